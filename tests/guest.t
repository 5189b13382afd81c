#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 7G --append 'nokaslr memmap=2G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a KVM guest boots on /dev/dax0.0 and KVM maps it with huge leaves.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

have_device
need bind_none
status=0
output=$(tests/guest/run /dev/$dax 2>&1) || status=$?
diag "$output"
is 'the guest boots, verifies its memory and powers off' $status 0
case $DAX_NONE_KERNEL in
# The guest runs the same kernel, and KASAN takes an eighth and more.
debug) most='[6-9][0-9][0-9]' ;;
*) most='[89][0-9][0-9]' ;;
esac
like 'it used most of its 1G' "$output" "guest: verified $most MiB"
pages_1g=$(printf '%s\n' "$output" | sed -n 's/.*pages_1g=\([0-9]*\).*/\1/p')
pages_2m=$(printf '%s\n' "$output" | sed -n 's/.*pages_2m=\([0-9]*\).*/\1/p')
pages_4k=$(printf '%s\n' "$output" | sed -n 's/.*pages_4k=\([0-9]*\).*/\1/p')
at_most 'KVM maps nearly all of it with huge leaves' \
	900 $((pages_1g * 1024 + pages_2m * 2))
# The 2M around the VGA hole and what the firmware uses are broken up by x86.
at_most 'and little of it with small ones' "${pages_4k:-9999}" 2048
is 'the host maps it with one leaf' "$(attribute leaves_1g)" 1
is 'and no other' "$(attribute leaves_2m) $(attribute leaves_4k)" '0 0'

# This KVM keeps no pages that it cannot pin: a guest's guest cannot run on these.
if [ -e /sys/module/kvm/parameters/allow_unsafe_mappings ]; then
	is 'the log says once that guests of guests do not run' \
		"$(dmesg | grep -c 'guest that runs guests stops with a KVM internal error')" 1
else
	skip 'the log says once that guests of guests do not run' 'they do, on this kernel'
fi

need unbind
need bind_none
ok 'the next owner reads only zeroes' dax-mem zero /dev/$dax 0 1G
done_testing
