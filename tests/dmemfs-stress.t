#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 7G --append 'nokaslr memmap=2G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: programs made to find faults in file systems find none: stress-ng's class
# for them, and fio with verification by each way that a file can be read.
. tests/lib.sh
. tests/dmemfs.sh

# verified PAGESIZE ENGINE ARG...: fio writes at random and reads back.
verified() {
	verified_pagesize=$1 verified_engine=$2
	shift 2
	ok "$verified_pagesize: fio, $verified_engine $*" fio --name=v --directory=$mnt \
		--ioengine="$verified_engine" --rw=randrw --bsrange=4k-256k --blockalign=4k \
		--size=8M --numjobs=2 --verify=crc32c --verify_fatal=1 --do_verify=1 \
		--unlink=1 --thread --minimal "$@"
}

have_dmemfs dax0.0
for pagesize in 4K 2M; do
	need mount_dmem dax=dax0.0,pagesize=$pagesize,mode=0777
	total=$(avail)
	verified $pagesize psync --fallocate=none
	verified $pagesize mmap
	if [ $pagesize = 4K ]; then
		verified $pagesize libaio --iodepth=4 --direct=1
		verified $pagesize io_uring --iodepth=4
	fi
	is "$pagesize: fio leaves nothing behind" "$(avail)" "$total"
	need umount $mnt
done

# What is in the class and does not touch the file system, or wants what the file
# system has not: then stress-ng says "no resources", and that is its status.
elsewhere=bind-mount,binderfs,eventfd,io,procfs,xattr
# Files of 2M pages would be too large for some of these in memory that small.
need mount_dmem dax=dax0.0,pagesize=4K,mode=0777
total=$(avail)
status=0
output=$(stress-ng --class filesystem --exclude $elsewhere --all 1 --verify \
	--hdd-bytes 64M --iomix-bytes 64M --fallocate-bytes 64M --sync-file-bytes 64M \
	--copy-file-bytes 128M --timeout "${1:-15}" --temp-path $mnt --oom-avoid 2>&1) || status=$?
is 'stress-ng --class filesystem --verify' $status 0
like 'it came to its end' "$output" 'successful run completed'
diag "$(printf '%s\n' "$output" | grep -Ev 'dispatching|setting to|run completed' | tail -n 30)"
need sh -c "rm -rf $mnt/*"
is 'stress-ng leaves nothing behind' "$(avail)" "$total"
need umount $mnt
ok 'the module can go' rmmod dmemfs
done_testing
