#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=2G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a memory error in a file costs the file 4 KiB and the pool one page of
# the mount's page size, which no file gets again while the page is bad.
. tests/lib.sh
. tests/dmemfs.sh

quarantine=/sys/kernel/pfn_quarantine
inject=/sys/kernel/debug/pfn_special/inject

# hit ADDRESS: an error there.
hit() {
	echo "$1" >$inject || bail "no error at $1"
}

# The physical address of what was allocated last.
allocated() {
	echo $(($(sed -n 's/.*dmemfs_alloc:.* pfn=\([0-9a-fx]*\) .*/\1/p' \
		"$tracing/trace" | tail -n 1) * 4096))
}

# all_there NAME SIZE: a file of all that is free has so many bytes.
all_there() {
	is "$1: so much is free" "$(avail)" $(($2))
	ok "$1: all of it can be allocated" fallocate -l "$(avail)" $mnt/all
}

# much_of SIZE: all of it, but on the debug kernel, which takes minutes for that.
much_of() {
	if [ "$DAX_NONE_KERNEL" = stock ]; then echo "$1"; else echo $((64 << 20)); fi
}

# all_good NAME SIZE: and all of them are zero, which takes its time.
all_good() {
	all_there "$@"
	ok "$1: and is good" dax-mem zero $mnt/all 0 "$(much_of $(($2)))"
	need rm $mnt/all
}

have_dmemfs dax0.0
start=$(($(attribute mapping0/start)))
total=$((2 << 30))
need sh -c "echo 1 >$tracing/events/dmemfs/dmemfs_alloc/enable"
need mount_dmem dax=dax0.0,pagesize=2M

# The file has the start of the device: failure-test relies on that.
need fallocate -l 1G $mnt/file
tap_run failure-test ao $mnt/file "$sysfs" sh -c "'echo \$0 >$inject'"
like 'the log names the file system' "$(dmesg)" 'memory error at .* 4 KiB withdrawn'
bad=$(((1 << 29) + 12345 * 4096))
is 'read() gets EIO' "$(dd if=$mnt/file bs=4096 skip=$((bad / 4096)) count=1 2>&1 |
	grep -c 'Input/output error')" 1
ok 'but for the page before' dd if=$mnt/file bs=4096 skip=$((bad / 4096 - 1)) \
	count=1 of=/dev/null
fails 'write() cannot repair it' dd if=/dev/zero of=$mnt/file bs=4096 \
	seek=$((bad / 4096)) count=1 conv=notrunc
is 'the file still has its memory' "$(avail)" $((total - (1 << 30)))
need truncate -s 0 $mnt/file
all_good 'the file is empty' "$total - (2 << 20)"
need fallocate -l 1G $mnt/file
ok 'the file has a good page instead' dax-mem zero $mnt/file $bad 4096
is 'df counts the bad one out' "$(($(stat -f -c '%b * %S' $mnt)))" $((total - (2 << 20)))

# A hole is punched around a bad page; a bad page that nobody has touched.
hit $(($(allocated) + (5 << 20) + 4096))
dax-mem read $mnt/file $(((5 << 20) + 4096)) 4096 4096 >/dev/null 2>&1
is 'a page that was never touched gives SIGBUS' $? 135
ok 'its neighbours do not' dax-mem fill $mnt/file 4M $(((1 << 20) + 4096)) 1
need fallocate -p -o 4M -l 2M $mnt/file
ok 'where a hole is punched the page is replaced' dax-mem zero $mnt/file 4M 2M
need rm $mnt/file
all_there 'two errors' "$total - (4 << 20)"
need rm $mnt/all

# Errors in memory that is free, and in memory that was used and is free.
hit $((start + (1 << 30)))
hit $((start + total - 4096))
ok 'free memory that is bad is not handed out' fallocate -l $((total - (8 << 20))) $mnt/all
fails 'and missing' fallocate -l $((total - (6 << 20))) $mnt/all
ok 'the rest is good' dax-mem zero $mnt/all 0 "$(much_of $((total - (8 << 20))))"
# An error in a file that is deleted but mapped.
dax-mem hold $mnt/all 0 4096 >/run/held &
holder=$!
need wait_for 10 grep -q ready /run/held
need rm $mnt/all
trace=$(dmesg | grep -c 'withdrawn')
hit $(($(allocated) + 4096))
is 'an error in a file without a name' $(($(dmesg | grep -c withdrawn) - trace)) 1
kill -USR1 $holder
wait $holder
all_there 'five errors' "$total - (10 << 20)"
need rm $mnt/all
need umount $mnt

# What was a good size= stays one.
ok 'size= of all that the device had is good' mount_dmem dax=dax0.0,pagesize=2M,size=2G
is 'and there is what is good' "$(avail)" $((total - (10 << 20)))
hit $((start + (768 << 20)))
ok 'a remount repeats it' mount -o remount,ro $mnt
need umount $mnt

# Another page size, another mount.
need mount_dmem dax=dax0.0,pagesize=4K
all_good 'pages of 4K' "$total - (6 << 12)"
need umount $mnt
fails 'each page of 1G is bad' mount_dmem dax=dax0.0,pagesize=1G
like 'which the log says' "$(dmesg)" 'no device has a good, aligned page of 1073741824'
while [ "$(cat $quarantine/nr_pages)" -gt 0 ]; do
	need cp $quarantine/pages $quarantine/clear
done
need mount_dmem dax=dax0.0,pagesize=2M
all_there 'repaired' $total
need rm $mnt/all
need umount $mnt
need rmmod dmemfs
done_testing
