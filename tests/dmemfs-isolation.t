#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a process without privilege that is given one file cannot reach any
# other byte of the device, whatever it does with the file.
. tests/lib.sh
. tests/dmemfs.sh

seconds=8
[ "$DAX_NONE_KERNEL" = stock ] || seconds=10

have_dmemfs dax0.0
for pagesize in 4K 2M; do
	# Less than two files of 24M: memory changes hands all the time.
	need mount_dmem dax=dax0.0,pagesize=$pagesize,size=40M
	total=$(avail)
	tap_run dmemfs-isolation $mnt $((24 << 20)) $seconds
	need rm -f $mnt/mine $mnt/theirs
	is "$pagesize: no page is lost" "$(avail)" "$total"
	need umount $mnt
done
done_testing
