#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --icount --append 'nokaslr memmap=512M%4G-1+0xefffffff'
# stock
#
# Promise: of a memory error each process that wants to know early is told once, in
# the thread that wants it; and what others do, who map the page very often or have
# very many threads, costs the host's time in proportion, and no more.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine
inject=/sys/kernel/debug/pfn_special/inject

# Milliseconds by the clock of the VM, which counts instructions, 10^9 to a second.
time_error() {
	error-audience time $inject $1 | sed 's/[.].*//'
	need sh -c "cat $quarantine/pages >$quarantine/clear"
}

# in_background COMMAND...: waits until it says that it is ready.
in_background() {
	in_background_log=$(mktemp)
	"$@" >"$in_background_log" 2>&1 &
	wait_for 300 grep -q ready "$in_background_log" ||
		bail "not ready: $*: $(cat "$in_background_log")"
}

have_device
need no_ahead
need set_align 4096
need bind_none
start=$(($(attribute mapping0/start)))

tap_run error-audience told /dev/$dax "echo \$(($start + PAGE * 4096)) >$inject"
need sh -c "cat $quarantine/pages >$quarantine/clear"

alone=$(time_error $start)
in_background error-audience threads 3000
threads=$(time_error $start)
for _ in 1 2 3; do
	in_background error-audience map /dev/$dax 60000
done
often=$(time_error $start)
diag "an error takes $alone ms; with 3000 threads $threads ms; and with 180000 mappings $often ms"
# The debug kernel is slow for reasons of its own.
[ "$DAX_NONE_KERNEL" = stock ] || done_testing
at_most 'an error takes milliseconds' "$alone" 10
at_most '3000 threads of others do not matter' "$threads" 20
# 3 us for each mapping, which is taken out of the page tables.
at_most 'and 180000 mappings of the page cost what it takes to unmap them' "$often" 540
done_testing
