#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 9G --edu 1 --append 'nokaslr memmap=4G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: memory that an IOMMU may map belongs to nobody else, whatever is done to
# its device. Without the module of drivers/vfio that holds as long as a file is
# open; what it does not cover is shown too, as Documentation/vfio.md lists it.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh

iova=$((4 << 30))
drivers='dax_none device_dax kmem'
# What is online by itself cannot be taken back.
[ ! -e /sys/devices/system/memory/auto_online_blocks ] ||
	echo offline >/sys/devices/system/memory/auto_online_blocks

# map: the first gigabyte of the device, fresh and of pattern 1
map() {
	need bind_none
	need edu open 1 /dev/$dax 0 1G
	need edu fill 1 0 4096 1
	need edu map 1 0 1G $iova
}

# forget: the process has no mapping of it any more; only the IOMMU does
forget() {
	need edu munmap 1
	need edu close 1
}

# still_mapped: DMA causes no IOMMU fault
still_mapped() {
	before=$(faults)
	edu read 0 $iova 2048 && edu write 0 $((iova + 4096)) 2048 &&
		[ "$(faults)" -eq "$before" ]
}

# bind_quietly DRIVER DEVICE: leaves no name behind if it fails
bind_quietly() {
	bind "$1" "$2" 2>/dev/null && return 0
	echo "$2" >$bus/drivers/"$1"/remove_id
	return 1
}

# nobody_gets_it NAME: no driver binds the device, nor another one of that memory
nobody_gets_it() {
	for driver in $drivers; do
		fails "$1: $driver does not get the device" bind_quietly $driver $dax
	done
	need sh -c "echo $((512 << 20)) >$sysfs/size"
	fails "$1: nor what it is shrunk to" bind_quietly dax_none $dax
	need sh -c "echo 0 >$sysfs/size"
	need sh -c "echo 1 >$region/create"
	need sh -c "echo $((4 << 30)) >$bus/devices/$other/size"
	for driver in $drivers; do
		fails "$1: $driver does not get a new device there" \
			bind_quietly $driver $other
	done
	need sh -c "echo 0 >$bus/devices/$other/size"
	need sh -c "echo $other >$region/delete"
	need sh -c "echo $((4 << 30)) >$sysfs/size"
}

have_device
for driver in $drivers; do
	need modprobe "$driver"
	need test -d "$bus/drivers/$driver"
done
unbind
need set_align 4096
region=$(realpath "$sysfs/..")/dax_region
other=${dax%.*}.1
for module in stock patched; do
	[ $module = stock ] && have_vfio stock
	[ $module = stock ] || have_vfio
	start_edu
	map
	[ $module = stock ] || forget
	fails "$module: dax_none cannot be unloaded" rmmod dax_none
	ok "$module: the device can be unbound" unbind
	like "$module: the log says what that means" "$(dmesg)" \
		'unbound while VFIO may map it: the memory can be used again when all files'
	ok "$module: the IOMMU maps it on" still_mapped
	nobody_gets_it "$module"
	ok "$module: the IOMMU maps it all the time" still_mapped
	ok "$module: it is unmapped" edu unmap $iova 1G
	[ $module = patched ] || forget
	ok "$module: it can be bound then" bind_none
	ok "$module: and is clear for its new owner" dax-mem zero /dev/$dax 0 8K
	need unbind
	stop_edu
done

start_edu
map
need edu start 0 $iova 2048
need unbind
fails 'nobody gets it while it is mapped' bind_quietly dax_none $dax
kill -9 "$edu_pid"
{ wait "$edu_pid"; } 2>/dev/null
ok 'a process that is killed gives it back' bind_none
need unbind

have_vfio stock
start_edu
map
need edu read 0 $iova 2048
forget
ok 'stock, files closed before the unmapping: unbound' unbind
ok 'stock: somebody else gets what the IOMMU maps' bind_none
need dax-mem fill /dev/$dax 0 4K 9
need edu write 0 $iova 2048
fails 'stock: and a device writes to it' dax-mem check /dev/$dax 0 4K 9
need edu unmap $iova 1G
need unbind
stop_edu

have_vfio
start_edu
map
forget
need unbind
for verb in unbind bind; do
	need sh -c "echo hmem_platform.0 >/sys/bus/platform/drivers/hmem_platform/$verb"
done
need unbind
ok 'all dax devices are made anew: the IOMMU maps it on' still_mapped
fails 'and still nobody gets it' bind_quietly dax_none $dax
stop_edu
ok 'until the process ends' bind_none
done_testing
