#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 7G --edu 2 --append 'nokaslr memmap=1G%4G-1+0xefffffff memmap=512M%5632M-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a KVM guest on memory without struct page drives the PCI devices that
# are assigned to it, through memory hotplug, reset, and giving a device back.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh
. tests/assigned.sh

ram_end=$((1 << 30))
hotplug=$((4 << 30))

# dma NAME SEED DEVICES FROM TO FILE: the guest's devices do DMA into its memory
# between FROM and TO, and the host finds it in FILE, which is what is at FROM.
dma() {
	guest_dma $2 $3 $4 $5
	is "$1: $3 device(s) do DMA" $? 0
	ok "$1: the host sees what they wrote" host_sees "$6" $4 $2
	host_writes "$6" $4 $(($2 + 50))
	is "$1: a device reads what the host wrote" $? 0
}

hotplugged() {
	monitor 'info memory-devices'
	sleep 0.5
	grep -q 'addr: 0x100000000' "$guest_dir/hmp.log"
}

have_device
need bind_none
need bind_none dax1.0
have_vfio
[ "$(edu_devices | wc -l)" -eq 2 ] || bail 'this wants two edu devices'

start_guest memory-backend-file,mem-path=/dev/$dax,align=1G
is 'the host maps the guest with one leaf' \
	"$(attribute leaves_1g) $(attribute leaves_2m) $(attribute leaves_4k)" '1 0 0'
dma 'map none' 1 2 0 $ram_end /dev/$dax

# The debug kernel, which is the guest's too, has no hotplug.
if [ "$DAX_NONE_KERNEL" = debug ]; then
	skip 'memory hotplug' 'the debug kernel has none'
	skip 'PCI hotplug' 'the debug kernel has none'
else
	monitor 'object_add memory-backend-file,id=more,size=512M,mem-path=/dev/dax1.0,share=on,align=2M'
	monitor 'device_add pc-dimm,memdev=more,id=dimm'
	ok 'a second device is hot-plugged as memory' wait_for 30 hotplugged
	dma 'hot-plugged memory' 2 2 $hotplug $((hotplug + (512 << 20))) /dev/dax1.0
fi

monitor system_reset
guest_says 'guest: ready'
is 'the guest is reset' $? 0
dma 'after the reset' 3 2 0 $ram_end /dev/$dax

if [ "$DAX_NONE_KERNEL" != debug ]; then
	gone=$(edu_devices | tail -n 1)
	monitor 'device_del edu1'
	ok 'the guest gives a device back' wait_for 30 give $gone ''
	dma 'the other device' 4 1 0 $ram_end /dev/$dax
	need give $gone vfio-pci
	monitor "device_add vfio-pci,host=$gone,id=edu1"
	for _ in 1 2 3 4 5 6 7 8; do
		sleep 1
		guest_dma 5 2 0 $ram_end && break
	done
	dma 'the device is back' 6 2 0 $ram_end /dev/$dax
fi
stop_guest
is 'the guest powers off' $? 0

for device in $(edu_devices); do
	ok "$device is the host's again" give $device ''
done
ok 'the memory can be unbound' unbind
ok 'and bound again' bind_none
ok 'with nothing left of the guest' dax-mem zero /dev/$dax 0 1G
done_testing
