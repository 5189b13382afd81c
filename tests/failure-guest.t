#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 9G --append 'memmap=3G!4G'
# vm-debug: --timeout 1500
#
# Promise: a memory error in a KVM guest's RAM costs the guest the process that
# owned the page, and its neighbour nothing.
. tests/lib.sh
. tests/namespace.sh

offline=/sys/devices/system/memory/hard_offline_page
# shellcheck disable=SC2317 # run by wait_for
has() {
	grep -Eq -- "$1" "$2"
}

have_regions
create_none --size 1G --align 1G
create_none --size 1G --align 1G
# KVM is for AMD here, and takes from guests what they need to recover. As an
# Intel and with that, the guest's kernel can.
need modprobe kvm_mce_recovery
export GUEST=memory-error UNTIL=/tmp/end
for device in dax0.0 dax0.1; do
	tests/guest/run /dev/$device 1G -cpu Skylake-Client-v4,vendor=GenuineIntel >/tmp/$device 2>&1 &
done
for device in dax0.0 dax0.1; do
	wait_for 300 has 'page at 0x' /tmp/$device ||
		bail "the guest on $device does not start: $(cat /tmp/$device)"
done

# All of the guest's RAM lies below its PCI hole, so that an offset into the
# device is an address in the guest.
page=$(sed -n 's/.*guest: page at \(0x[0-9a-f]*\).*/\1/p' /tmp/dax0.0)
start=$(cat /sys/bus/dax/devices/dax0.0/mapping0/start)
echo $((start + page)) >$offline
ok 'the owner of the page is killed' \
	wait_for 300 has 'owner of the page ended by signal 7' /tmp/dax0.0
like 'its kernel says which page it was' "$(cat /tmp/dax0.0)" \
	"Memory failure: $(printf %#x $((page / 4096))): .*Recovered"
is 'the host has one bad page' "$(cat /sys/bus/dax/devices/dax0.0/bad_pages)" 1
touch $UNTIL
for device in dax0.0 dax0.1; do
	ok "the guest on $device keeps all other memory" \
		wait_for 300 has 'guest: still has 192 MiB' /tmp/$device
done
diag "$(cat /tmp/dax0.0)"
pkill qemu-system
wait
is 'the neighbour has noticed nothing' \
	"$(grep -E 'ended|[Mm]emory failure|mce|Hardware Error' /tmp/dax0.1)" ''
is 'and has no bad page' "$(cat /sys/bus/dax/devices/dax0.1/bad_pages)" 0

echo $((start + page)) >/sys/kernel/pfn_quarantine/clear
need destroy all
done_testing
