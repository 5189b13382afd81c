#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 820G --smp 1 --icount --append 'nokaslr pfn_special.ahead=N memmap=800G%8G-1+0xefffffff'
# vm-debug-instead: --mem 18G --smp 1 --icount --append 'nokaslr pfn_special.ahead=N memmap=8G%8G-1+0xefffffff' --timeout 900
#
# The debug kernel looks at every page of a soft-reserved range when it boots: it
# gets 8 GiB.
#
# Promise: binding costs nothing to speak of, in memory or in time, however large
# the device; time is guest time, an instruction count.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

available() {
	awk '/MemAvailable/ { print $2 }' /proc/meminfo
}

gib=800
limit=1023
if [ "$DAX_NONE_KERNEL" = debug ]; then
	gib=8
	# What KASAN, lockdep and kmemleak keep about the binding.
	limit=4095
fi

have_device
is 'the device has all of it' "$(attribute size)" $((gib << 30))
# Once without the device, so that neither side pays for warming up.
echo dax9.9 2>/dev/null >$bus/drivers/dax_none/bind_preserve
sync
before=$(available)
start=${EPOCHREALTIME/./}
echo $dax >$bus/drivers/dax_none/bind_preserve
end=${EPOCHREALTIME/./}
after=$(available)
is 'it is bound' "$(driver_of $dax)" dax_none
at_most 'in less than 50 ms' $((end - start)) 50000
at_most "for at most $limit KiB of memory" $((before - after)) $limit
diag "bind: $((end - start)) us, $((before - after)) KiB"

at_most 'for at most 64 KiB per TiB, and 256 KiB, by its own account' \
	"$(attribute metadata_bytes)" $((gib * 64 + (256 << 10)))
ok 'a byte in each GiB can be touched' dax-mem touch /dev/$dax 0 ${gib}G 1G
is "by $gib 1G leaves" "$(attribute leaves_1g)" $gib
is 'and no other' "$(attribute leaves_2m) $(attribute leaves_4k)" '0 0'
is 'preserved memory is not cleared' "$(attribute zeroed_bytes)" 0

start=${EPOCHREALTIME/./}
echo $dax >$bus/drivers/dax_none/unbind
end=${EPOCHREALTIME/./}
is 'it can be unbound' "$(driver_of $dax)" ''
diag "unbind: $((end - start)) us"
done_testing
