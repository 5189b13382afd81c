#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host
#
# Promise: who consumes a memory error gets SIGBUS with BUS_MCEERR_AR and the
# address, and everything else lives on; and what the kernel consumes while it copies
# for somebody is not forgotten. Such a machine check must come while its consumer
# runs, which only someone outside the VM can see to.
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

# in_vm NAME COMMAND...: a VM whose tests become tests of this file. A line "# consume
# ADDRESS FIRST LAST" of it wants such an error while the CPU is there.
in_vm() {
	local name=$1 status=0
	shift
	# Before it starts: what the last one said is not for this one.
	rm -f "$dir/monitor"
	: >"$dir/out"
	# shellcheck disable=SC2086 # empty or one word
	tests/vm/run $debug --installed --mem 7G --smp 1 --cpu Skylake-Client-v4 --timeout 600 \
		--append 'nokaslr memmap=2G%4G-1+0xefffffff' --monitor "$dir/monitor" \
		--log "${BUILD:-build}/logs/$name${debug:+-debug}.log" -- "$@" \
		>>"$dir/out" &
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
	wait "$vm" || status=$?
	is 'the kernel has nothing else to report' $status 0
}

# By the process that maps the memory.
in_vm failure-consumed sh -c '. tests/lib.sh; . tests/device.sh
	have_device; need bind_none
	exec failure-test ar /dev/dax0.0 /sys/bus/dax/devices/dax0.0'

# By the kernel, as it reads a file for somebody. Where the error is, it finds by
# itself; only if memory_failure() is out of reach does it take the word of the
# hardware.
cat >"$dir/read" <<'END'
. tests/lib.sh
. tests/dmemfs.sh

quarantine=/sys/kernel/pfn_quarantine
if [ "$1" != redirected ]; then
	error=$({ echo 0 >/proc/sys/kernel/ftrace_enabled; } 2>&1)
	case $error in
	*'not supported'*)
		skip 'memory errors without a redirection' \
			'this kernel does not let anybody turn ftrace off'
		done_testing
		exit
		;;
	?*) bail "ftrace_enabled: $error" ;;
	esac
fi
have_dmemfs dax0.0
start=$(($(attribute mapping0/start)))
need mount_dmem dax=dax0.0
need fallocate -l 64M $mnt/file
need dax-mem fill $mnt/file 0 64M 1
copy=$(sed -n 's/^\([0-9a-f]*\) . copy_mc_enhanced_fast_string$/0x\1/p' /proc/kallsyms)
[ -n "$copy" ] || bail 'the kernel has no copy_mc_enhanced_fast_string()'
# The copy is one instruction, a few bytes behind the beginning.
printf '# consume %#x %#x %#x\n' $((start + 12345 * 4096)) $((copy + 6)) $((copy + 10))
while dd if=$mnt/file of=/dev/null bs=2M 2>/tmp/error; do
	:
done
like 'who reads the file gets an error' "$(cat /tmp/error)" 'Input/output error'
ok 'and a page is recorded' wait_for 20 grep -qx 1 $quarantine/nr_pages
bad=$(($(cat $quarantine/pages) - start))
if [ "$1" = redirected ]; then
	ok 'which the file has' [ $bad -ge 0 -a $bad -lt $((64 << 20)) ]
	fails 'and keeps from its readers' dd if=$mnt/file of=/dev/null bs=4K \
		skip=$((bad / 4096)) count=1
	ok 'all before it can be read' dd if=$mnt/file of=/dev/null bs=4K \
		count=$((bad / 4096))
else
	is 'which the hardware has named' $bad $((12345 * 4096))
fi
done_testing
END
in_vm failure-read bash "$dir/read" redirected
in_vm failure-read-logged bash "$dir/read" logged
done_testing
