#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --append nokaslr
# vm: --append 'memmap=256M%4G-1+0xefffffff memmap=256M%0x120000000-1+0xefffffff'
# vm: --append 'memmap=256M%0x140000000-1+0xefffffff'
#
# Promise: a range from the middle of a node's region can be given back and used by
# itself, while the region hands out what is on both sides of it, and comes back.
. tests/lib.sh
. tests/carve.sh
. tests/device.sh

have_regions
extents() {
	tr '\n' ' ' <"$(region 0)/extents"
}
# edges fill|check DEVICE SEED OFFSET...: 4M each, where ranges begin and end, which is
# where one that has moved would meet another
# shellcheck disable=SC2317 # ok and need call it
edges() {
	edges_do=$1 edges_of=$2 edges_seed=$3
	shift 3
	for edge; do
		dax-mem "$edges_do" "$edges_of" "$edge" 4M "$edges_seed" || return 1
	done
}
left=0x100000000-0x10fffffff
middle=0x120000000-0x12fffffff
right=0x140000000-0x14fffffff

is 'a region of three ranges' "$(extents)" "$left $middle $right "
need modprobe dax_none

round=0
while [ $round -lt 3 ]; do
	round=$((round + 1))
	ok "$round: the one in the middle goes" sh -c "echo hmem.1 >$hmem/unbind"
	is 'and the others are left' "$(extents)" "$left $right "
	need sh -c 'echo >/sys/bus/platform/devices/hmem.1/driver_override'
	ok 'dax_hmem takes it' sh -c 'echo hmem.1 >/sys/bus/platform/drivers/hmem/bind'
	is 'all of it' "$(cat /sys/bus/platform/devices/hmem.1/dax_region/size)" $((256 << 20))
	is 'the region has what both sides have' "$(free 0)" $((512 << 20))

	# Both at once, each of its own memory.
	need daxctl carve create --node 0 --size 512M
	is 'a device goes around it' "$(cat /sys/bus/dax/devices/dax1000.0/size)" $((512 << 20))
	dev=$(cd /sys/bus/platform/devices/hmem.1 && echo dax[0-9]*.0)
	need bind dax_none "$dev"
	need edges fill /dev/dax1000.0 1 0 252M 256M 508M
	need edges fill "/dev/$dev" 2 0 252M
	ok 'and neither sees the other' edges check /dev/dax1000.0 1 0 252M 256M 508M
	ok 'nor is it seen' edges check "/dev/$dev" 2 0 252M
	need unbind "$dev"
	need daxctl carve destroy --all

	need sh -c 'echo hmem.1 >/sys/bus/platform/drivers/hmem/unbind'
	need sh -c 'echo dax_node >/sys/bus/platform/devices/hmem.1/driver_override'
	ok 'it comes back' sh -c "echo hmem.1 >$hmem/bind"
	is 'and the region is what it was' "$(extents)" "$left $middle $right "
done

# Nothing stays taken of what a region was.
for source in hmem.1 hmem.0 hmem.2; do
	need sh -c "echo $source >$hmem/unbind"
	need sh -c "echo >/sys/bus/platform/devices/$source/driver_override"
	ok "$source can be dax_hmem's" sh -c "echo $source >/sys/bus/platform/drivers/hmem/bind"
done
like 'no complaint of the kernel' "none$(dmesg | grep -E 'conflict|WARNING|BUG:')" '^none$'
done_testing
