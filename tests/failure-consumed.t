#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host
#
# Promise: who consumes a memory error gets SIGBUS with BUS_MCEERR_AR and the
# address, and everything else lives on. Such a machine check must come while its
# consumer runs, which only someone outside the VM can see to.
. tests/lib.sh

debug=
# shellcheck disable=SC2089 # the quotes reach the kernel's command line as they are
[ -z "${DEBUG_KERNEL-}" ] || [ "$DEBUG_KERNEL" = 0 ] || debug=--debug-kernel
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Data load, uncorrected, action required, address valid and physical (SDM volume
# 3B, chapters 16 and 17); recoverable: the instruction can be restarted.
consume() {
	tests/vm/mce "$dir/monitor" "$2" "$3" \
		"mce 0 9 0xbd80000000000134 7 $1 0x8c" >&2 ||
		kill "$vm"
}

: >"$dir/out"
# shellcheck disable=SC2086 # empty or one word
tests/vm/run $debug --mem 7G --smp 1 --cpu Skylake-Client-v4 --timeout 600 \
	--append 'nokaslr memmap=2G%4G-1+0xefffffff' --monitor "$dir/monitor" \
	--log "${BUILD:-build}/logs/failure-consumed${debug:+-debug}.log" -- \
	sh -c '. tests/lib.sh; . tests/device.sh
		have_device; need bind_none
		exec failure-test ar /dev/dax0.0 /sys/bus/dax/devices/dax0.0' \
	>"$dir/out" &
vm=$!
while read -r line; do
	case $line in
	'# consume '*)
		read -r _ _ address first last <<<"$line"
		consume "$address" "$first" "$last"
		;;
	esac
done < <(tail -n +1 -f --pid=$vm "$dir/out")
tap_run cat "$dir/out"
status=0
wait "$vm" || status=$?
is 'the kernel has nothing else to report' $status 0
done_testing
