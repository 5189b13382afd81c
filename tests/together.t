#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
# stock
# (On the debug kernel by hand, since it takes long.)
#
# Promise: those who wait for the same memory clear it together, each granule once, and
# nobody goes on before what he needs is clear.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

G=$((1 << 30))
events=$tracing/events/pfn_special/pfn_special_zero

# fresh: a device that has to be cleared, and a trace of who does that
fresh() {
	need bind_none
	need dax-mem touch /dev/$dax 0 1G 4096
	need unbind
	need bind_none
	need sh -c "echo >$tracing/trace"
}

# pieces NAME: how many pieces a program of that name has cleared
pieces() {
	grep -c " $1-[0-9]*.*pfn_special_zero: $dax " $tracing/trace
}

# One waits a while before each piece; the other does not.
need cp "$(command -v dax-mem)" /tmp/racer
need modprobe delay at='memremap@[pfn_special]:50000' comm=racer
have_device
need no_ahead
need sh -c "echo 1 >$events/enable"

fresh
/tmp/racer touch /dev/$dax 0 1G 1G &
racer=$!
need wait_for 60 grep -q '^[1-9]' /sys/module/delay/parameters/hits
ok 'two need the same leaf of 1G' dax-mem read /dev/$dax 0 1G 1G
wait $racer
is 'and both get it' $? 0
at_most 'the one who came first has cleared some' 1 "$(pieces racer)"
at_most 'the one who came second did not only wait' 2 "$(pieces dax-mem)"
is 'nothing was cleared twice' "$(attribute zeroed_bytes)" $G
is 'with a leaf for each' "$(attribute leaves_1g)" 2
need unbind

# What somebody who is killed had taken goes to the others.
fresh
/tmp/racer touch /dev/$dax 0 1G 1G &
racer=$!
need wait_for 60 sh -c "[ \$(cat $sysfs/zeroed_bytes) -gt 0 ]"
dax-mem zero /dev/$dax 0 1G &
waiter=$!
kill -KILL $racer
wait $racer
wait $waiter
is 'one is killed, the other finds only zeroes' $? 0
is 'all of it was cleared once' "$(attribute zeroed_bytes)" $G
need unbind

# Ranges that overlap in every way, at once, with the memory taken away now and then.
for round in 1 2 3 4; do
	fresh
	pids=
	for range in '0 1G' '0 512M' '96M 448M' "$((round * 34))M 130M" '510M 514M' '2M 1022M'; do
		dax-mem zero /dev/$dax $range &
		pids+=" $!"
	done
	if [ $((round % 4)) -eq 0 ]; then
		unbind || bail "round $round: unbind"
		# A signal, or no device to begin with.
		for pid in $pids; do
			wait $pid
			case $? in
			0 | 2 | 135) ;;
			*) bail "round $round: $pid" ;;
			esac
		done
		continue
	fi
	for pid in $pids; do
		wait $pid || bail "round $round: not clear"
	done
	[ "$(attribute zeroed_bytes)" = $G ] || bail "round $round: $(attribute zeroed_bytes)"
	need unbind
done
pass 'however ranges overlap, all find zeroes, and each granule is cleared once'
done_testing
