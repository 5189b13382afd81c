#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 820G --smp 1 --icount --append 'nokaslr memmap=800G%8G-1+0xefffffff'
# vm-debug-instead: --mem 18G --smp 1 --icount --append 'nokaslr memmap=8G%8G-1+0xefffffff' --timeout 900
#
# The debug kernel looks at every page of a soft-reserved range when it boots: it
# gets 8 GiB, and files of 4 GiB.
#
# Promise: what a file costs, in memory or in time, does not depend on its size,
# except for its leaves; time is guest time, an instruction count. With nozero:
# clearing is what costs.
. tests/lib.sh
. tests/dmemfs.sh

large=100
[ "$DAX_NONE_KERNEL" = stock ] || large=4

available() {
	awk '/MemAvailable/ { print $2 }' /proc/meminfo
}

# us COMMAND...: its guest time in microseconds.
us() {
	us_start=${EPOCHREALTIME/./}
	"$@" || bail "failed: $*"
	us_end=${EPOCHREALTIME/./}
	took=$((us_end - us_start))
}

# life GIB: create, allocate, touch and delete a file; sets the times and the kB.
life() {
	us fallocate -l "$1G" $mnt/file
	allocate=$took
	leaves=$(attribute leaves_1g)
	us dax-mem touch $mnt/file 0 "$1G" 1G
	touch=$took
	leaves=$(($(attribute leaves_1g) - leaves))
	sync
	used=$((before - $(available)))
	us rm $mnt/file
	remove=$took
	diag "$1 GiB: fallocate $allocate us, touch $touch us, rm $remove us, $used KiB"
}

have_dmemfs dax0.0
said=$(setpriv --reuid 65534 --clear-groups mount -t dmemfs -o dax=dax0.0,nozero dmem $mnt 2>&1)
like 'only root mounts' "$said" 'must be superuser|denied|not permitted'
for pagesize in 1G 2M; do
	need mount_dmem dax=dax0.0,pagesize=$pagesize,nozero
	# The first of anything pays for slabs and for reading the programs.
	before=0
	life 1
	sync
	before=$(available)
	life 1
	allocate1=$allocate touch1=$touch remove1=$remove
	life $large
	is "$pagesize: $large leaves of 1G" "$leaves" $large
	at_most "$pagesize: creating and allocating costs the same" "$allocate" \
		$((allocate1 * 13 / 10 + 500))
	at_most "$pagesize: touching costs some microseconds for each leaf" "$touch" \
		$((touch1 * 13 / 10 + 500 + 20 * large))
	at_most "$pagesize: deleting costs the same" "$remove" \
		$((remove1 * 13 / 10 + 500 + 5 * large))
	at_most "$pagesize: it takes next to no memory" "$used" 1023
	need umount $mnt
done
is 'nothing was cleared' "$(attribute zeroed_bytes)" 0
need rmmod dmemfs
done_testing
