#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: taking the device away never crashes the kernel: mappings turn into
# SIGBUS, and the device can go to any other driver and come back.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

# hold OFFSET LENGTH: a process that has the memory mapped and touched.
hold() {
	dax-mem hold /dev/$dax "$1" "$2" >/tmp/held 2>&1 &
	holder=$!
	wait_for 60 grep -q ready /tmp/held || bail "no holder: $(cat /tmp/held)"
}

# touches_again NAME STATUS: the holder touches the memory once more and ends;
# 7 is SIGBUS.
touches_again() {
	kill -USR1 $holder
	wait $holder
	is "$1" $? "$2"
}

have_device
need bind_none

hold 0 1G
fails 'the module stays while a file is open' rmmod dax_none
touches_again 'the holder can still use the memory' 0

hold 0 1G
ok 'a mapped device can be unbound' unbind
touches_again 'its mapping turns into SIGBUS' 7

need bind_none
hold 0 4M
need unbind
need bind_none
ok 'the device can be bound and used again' dax-mem touch /dev/$dax 0 1G 512M
touches_again 'but a mapping from before stays dead' 7

hold 0 4M
need unbind
need modprobe device_dax
need bind device_dax
is 'device_dax can have it' "$(driver_of $dax)" device_dax
fails 'its node is held by the old file for now' \
	dax-mem touch /dev/$dax 0 2M 2M
like 'and the log says what to do' "$(dmesg)" 'close them first'
touches_again 'the old mapping is dead' 7
ok 'then device_dax serves it, with struct page' dax-mem touch /dev/$dax 0 1G 2M

hold 0 4M
need unbind
fails 'while a file of device_dax is open the device is not taken over' bind_none
like 'and the log says what to do' "$(dmesg)" 'close them and bind again'
touches_again 'the old mapping is dead' 7
echo $dax >$bus/drivers/dax_none/remove_id
ok 'then it comes back to map none' bind_none
ok 'and reads as zero' dax-mem zero /dev/$dax 0 1G

need modprobe kmem
before=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)
need unbind
need bind kmem
for state in /sys/devices/system/memory/memory{32..39}/state; do
	[ "$(cat $state)" != offline ] || need sh -c "echo online_movable >$state"
done
after=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)
at_most 'the kernel can have it as RAM' $((1024 * 1024 - after + before)) 65536
for state in /sys/devices/system/memory/memory{32..39}/state; do
	wait_for 20 sh -c "echo offline >$state" || bail "$state does not go offline"
done
need unbind
ok 'and it comes back from there' bind_none
ok 'and reads as zero' dax-mem zero /dev/$dax 0 1G

need unbind
ok 'the modules can be unloaded' rmmod dax_none pfn_special
is 'nothing is left in /proc/iomem' "$(grep -c " $dax\$" /proc/iomem)" 0
ok 'and loaded again' modprobe dax_none
ok 'to serve once more' bind_none
ok 'with zeroes' dax-mem zero /dev/$dax 0 64M
done_testing
