#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 9G --append 'nokaslr memmap=4G%4G-1+0xefffffff memmap=128M!8G'
# vm-debug: --timeout 1500
#
# Promise: every fault gets the largest leaf that fits, write-back, and a mapping
# bears all that a program may do with it.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

have_device
need no_ahead
need set_align 1073741824
need bind_none
for module in nd_e820 nd_pmem; do need modprobe $module; done
need wait_for 10 sh -c "ls /dev/pmem*"
echo 1 >"$tracing/events/pfn_special/pfn_special_fault/enable"

tap_run map-test /dev/$dax "$sysfs" /dev/pmem*

trace=$(cat "$tracing/trace")
like 'the tracepoint names leaf and pfn' "$trace" \
	'pfn_special_fault: .* leaf=1G nr=1 .* pfn=0x100000 '
is 'every leaf is write-back' \
	"$(printf '%s\n' "$trace" | grep pfn_special_fault: | grep -vc cache=wb)" 0
is 'the kernel finds no corrupt page table' \
	"$(dmesg | grep -c 'bad p[gmu]d')" 0
like 'a refused private mapping says what to do' "$(dmesg)" 'use MAP_SHARED'
like 'one past the end says where the end is' "$(dmesg)" 'past the end at 0x100000000'

like 'a mapping without room for leaves of align says where there is some' "$(dmesg)" \
	'has no room for leaves of 0x40000000: use an address of 0x[0-9a-f]* modulo that'
tap_run private-test /dev/$dax

need unbind
need set_align 2097152
need bind_none
tap_run map-test /dev/$dax "$sysfs"
is 'align is what it was set to' "$(attribute align)" 2097152
done_testing
