#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 9G --edu 1 --append 'nokaslr memmap=4G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: memory that an IOMMU may map belongs to nobody else, whatever is done to
# its device. The module of drivers/vfio says what it maps; while the kernel's own has
# a container, nothing that was given up goes to anybody.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh

iova=$((4 << 30))
pfn_special=/sys/module/pfn_special/parameters
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
		'unbound while VFIO may map it: the memory can be used again when VFIO'
	ok "$module: the IOMMU maps it on" still_mapped
	nobody_gets_it "$module"
	ok "$module: the IOMMU maps it all the time" still_mapped
	ok "$module: it is unmapped" edu unmap $iova 1G
	if [ $module = stock ]; then
		forget
		fails "$module: it cannot be bound while there is a container" \
			bind_quietly dax_none $dax
		stop_edu
	fi
	ok "$module: it can be bound then" bind_none
	ok "$module: and is clear for its new owner" dax-mem zero /dev/$dax 0 8K
	need unbind
	[ $module = stock ] || stop_edu
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
fails 'stock: nobody gets what the IOMMU maps' bind_quietly dax_none $dax
is 'stock: it is withheld' "$(cat $pfn_special/withheld_bytes)" $((4 << 30))
ok 'stock: the driver can be unloaded' rmmod dax_none
fails 'stock: what keeps the memory cannot' rmmod pfn_special
need modprobe dax_none
ok 'stock: the IOMMU maps it all the time' still_mapped
need edu unmap $iova 1G
fails 'stock: nobody knows when that ends' bind_quietly dax_none $dax
stop_edu
ok 'stock: but at the end of the process it is over' wait_for 10 grep -qx 0 $pfn_special/withheld_bytes
ok 'stock: and the memory can be used' bind_none

# Owners within one binding.
need modprobe dmemfs
need mkdir -p /run/dmem
start_edu
need edu open 1 /dev/$dax 0 1G
need edu fill 1 0 4096 1
need edu map 1 0 1G $iova
is 'the device says who has it open' "$(attribute users)" 'open 1'
forget
is 'and when nobody has' "$(attribute users)" ''
fails 'stock: nor does a file system get what a former user left in the IOMMU' \
	mount -t dmemfs -o dax=$dax dmem /run/dmem
like 'the log says why' "$(dmesg)" "$dax: VFIO may still map what its last user had"
need sh -c "echo Y >$pfn_special/trust_vfio"
ok 'unless root trusts such users' mount -t dmemfs -o dax=$dax dmem /run/dmem
like 'the device says who has it' "$(attribute users)" '^claim dmemfs'
need umount /run/dmem
need sh -c "echo N >$pfn_special/trust_vfio"
fails 'stock: the device is not for others either after that' dax-mem read /dev/$dax 0 4K 4K
stop_edu
ok 'until the container is gone' dax-mem read /dev/$dax 0 4K 4K
need unbind

have_vfio
start_edu
map
like 'the device says how much is held' "$(attribute users)" '^held 1073741824$'
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
