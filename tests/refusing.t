#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --cpu Skylake-Client-v4 --append 'nokaslr memmap=1G%4G-1+0xefffffff memmap=66M%5182M-1+0xefffffff memmap=1G%16G+0xefffffff'
#
# Promise: a range that cannot be served is refused when it is bound, with a
# message that says why and what to do.
#
# The ranges are: 4G to 5G; an odd one from 5G + 62M to 5G + 128M, whose section
# holds normal RAM too; and one that the firmware does not know, at 16G.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

# device_at ADDRESS: the device of the range that starts there.
device_at() {
	for device in "$bus"/devices/*; do
		[ "$(cat "$device/resource")" != "$1" ] || basename "$device"
	done
}

dax=$(modprobe dax_hmem && device_at 0x100000000)
sysfs=$bus/devices/$dax
have_device
is 'three ranges make three regions' "$(find $bus/devices -type l | wc -l)" 3

shared=$(device_at 0x143e00000)
fails 'a range in a section with normal RAM is refused' bind_none "$shared"
like 'the message says why and where' "$(dmesg)" \
	"$shared: range 0 \[0x143e00000-0x147ffffff\] has struct pages at 0x143e00000: .* keep to whole sections, of which it has none\$"
is 'and nothing was bound' "$(driver_of "$shared")" ''
is 'or left in /proc/iomem' "$(grep -c " $shared\$" /proc/iomem)" 0

unknown=$(device_at 0x400000000)
ok 'memory that the firmware does not call RAM is accepted' bind_none "$unknown"
if nm -u "$(modinfo -n dax_none)" | grep -q e820__mapped_raw_any; then
	like 'with a warning about KVM on Intel' "$(dmesg)" \
		"$unknown: range 0 .* not RAM in the firmware's memory map: KVM guests on Intel"
else
	skip 'with a warning about KVM on Intel' \
		"this kernel tells KVM alone what the firmware's memory map says"
fi
need bind_none
is 'memory that it does call RAM gives no warning' \
	"$(dmesg | grep "$dax: " | grep -c 'KVM guests')" 0

# The bus takes a start that is misaligned, and only checks the length.
need unbind
need sh -c "echo 0 >$sysfs/size"
need set_align 2097152
need sh -c "echo 100001000-100200fff >$sysfs/mapping"
fails 'a range misaligned to the align of the device is refused' bind_none
like 'the message says what would be right, which nothing of it is' "$(dmesg)" \
	"$dax: range 0 \[0x100001000-0x100200fff\] is not aligned to the device's align of 0x200000: use a smaller align\$"
echo $dax >$bus/drivers/dax_none/remove_id
need sh -c "echo 0 >$sysfs/size"
need sh -c "echo 100001000-100800fff >$sysfs/mapping"
fails 'so is a longer one' bind_none
like 'and the message has the part that is' "$(dmesg)" \
	"$dax: range 0 \[0x100001000-0x100800fff\] is not aligned .*: use \[0x100200000-0x1007fffff\] or a smaller align\$"
need sh -c "echo 0 >$sysfs/size"
need set_align 4096
need sh -c "echo 100001000-100200fff >$sysfs/mapping"
echo $dax >$bus/drivers/dax_none/remove_id
ok 'with an align of 4K it is accepted' bind_none
ok 'and can be used' dax-mem fill /dev/$dax 0 2M 1
is 'by 4K leaves' "$(attribute leaves_4k) $(attribute leaves_2m)" '512 0'

# Several ranges: 2M apart from each other, then a 4K-misaligned one, then 512M.
need unbind
need sh -c "echo 0 >$sysfs/size"
for range in 100000000-1001fffff 100400000-1007fffff 100a01000-100c00fff \
	120000000-13fffffff; do
	need sh -c "echo $range >$sysfs/mapping"
done
echo $dax >$bus/drivers/dax_none/remove_id
ok 'a device of four ranges is accepted' bind_none
is 'its size is their sum' "$(attribute size)" $((520 << 20))
ok 'its memory can be filled' dax-mem fill /dev/$dax 0 520M 7
ok 'and holds what was written' dax-mem check /dev/$dax 0 520M 7
at_most 'by 2M leaves where they fit' 259 "$(attribute leaves_2m)"
at_most 'and 4K leaves only where they do not' "$(attribute leaves_4k)" 1024
done_testing
