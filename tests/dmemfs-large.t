#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 820G --smp 1 --icount --append 'nokaslr pfn_special.ahead=N memmap=800G%8G-1+0xefffffff'
# vm-debug-instead: --mem 18G --smp 1 --icount --append 'nokaslr pfn_special.ahead=N memmap=8G%8G-1+0xefffffff' --timeout 900
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
limit=255
if [ "$DAX_NONE_KERNEL" = debug ]; then
	large=4
	limit=2047
fi

available() {
	awk '/MemAvailable/ { print $2 }' /proc/meminfo
}

# life GIB: of a file; sets the times, the leaves and the memory in use then.
life() {
	leaves=$(attribute leaves_1g)
	# shellcheck disable=SC2046 # three numbers
	set -- "$1" $(dmemfs-life $mnt/file "$1")
	[ $# -eq 4 ] || bail "dmemfs-life $1"
	allocate=$2 touch=$3 remove=$4
	leaves=$(($(attribute leaves_1g) - leaves))
	diag "$1 GiB: allocate $allocate us, touch $touch us, delete $remove us"
}

# What the kernel has in use for a file that exists and is mapped.
weight() {
	need fallocate -l "$1"G $mnt/file
	dax-mem hold $mnt/file 0 "$1"G >/run/held &
	weight_holder=$!
	need wait_for 60 grep -q ready /run/held
	sync
	weight=$(available)
	kill $weight_holder
	wait $weight_holder 2>/dev/null
	need rm $mnt/file
}

have_dmemfs dax0.0
said=$(setpriv --reuid 65534 --clear-groups mount -t dmemfs -o dax=dax0.0,nozero dmem $mnt 2>&1)
like 'only root mounts' "$said" 'must be superuser|denied|not permitted'
for pagesize in 1G 2M; do
	need mount_dmem dax=dax0.0,pagesize=$pagesize,nozero
	# The first of anything pays for slabs and for reading the programs.
	life 1
	life 1
	allocate1=$allocate touch1=$touch remove1=$remove
	life $large
	is "$pagesize: $large leaves of 1G" "$leaves" $large
	at_most "$pagesize: creating and allocating costs the same" "$allocate" \
		$((allocate1 * 2 + 20))
	at_most "$pagesize: touching costs microseconds for each leaf" "$touch" \
		$((touch1 * 2 + 20 + 10 * large))
	at_most "$pagesize: deleting costs microseconds for each leaf" "$remove" \
		$((remove1 * 2 + 20 + 5 * large))
	weight 1
	weight 1
	weight1=$weight
	weight $large
	diag "a file of $large GiB takes $((weight1 - weight)) KiB more than one of 1 GiB"
	at_most "$pagesize: it takes next to no memory" $((weight1 - weight)) $limit
	need umount $mnt
done
is 'nothing was cleared' "$(attribute zeroed_bytes)" 0
need rmmod dmemfs
done_testing
