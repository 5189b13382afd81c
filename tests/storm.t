#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 7G --append 'nokaslr memmap=1G%4G-1+0xefffffff kmemleak=on'
# vm-debug: --timeout 1500
#
# Promise: bound, used by 8 processes in every way at once, killed, and unbound
# under load, again and again, nothing breaks and nothing leaks.
# Names of devices hold no spaces, and the default one is meant:
# shellcheck disable=SC2086,SC2119
. tests/lib.sh
. tests/device.sh

# pause TENTHS: of a second, without a program that would wait for its turn.
mkfifo /tmp/pause
exec 9<>/tmp/pause
pause() {
	read -r -t "0.$1" -u 9
}

cycle() {
	# Clearing 1G is slow in an emulator: 1G leaves where nothing is cleared.
	size=$((64 << 20))
	if [ $(($1 % 2)) -eq 1 ]; then
		size=$((1 << 30))
		bind_preserve || return 1
	else
		bind_none || return 1
	fi
	storm /dev/$dax $size "$align" 8 9>&- &
	storm=$!
	pause $(($1 % 3 + 1))
	# Under load, or after the kill: each in half of the cycles.
	[ $(($1 % 4)) -lt 2 ] || unbind $dax || return 1
	kill -KILL $storm
	wait $storm
	[ $(($1 % 4)) -ge 2 ] || unbind $dax || return 1
}

# What the modules hold: allocations that name them, and unshared slabs.
held() {
	grep -cE 'pfn_special|dax_none' /proc/vmallocinfo
}

slab() {
	awk '/^SUnreclaim/ { print $2 }' /proc/meminfo
}

# The debug kernel is the one that notices; the stock one only gets a taste.
# An argument, by hand, makes it more.
rounds=${1:-8}
[ "$DAX_NONE_KERNEL" = debug ] || rounds=10

have_device
cycles=0
for align in 2097152 4096; do
	need set_align $align
	for i in $(seq 2); do
		cycle "$i" 2>/dev/null || bail "warm-up $i"
	done
done
before=$(slab)
for align in 2097152 4096; do
	need set_align $align
	for i in $(seq $rounds); do
		cycle "$i" 2>/dev/null || break
		cycles=$((cycles + 1))
	done
done
is 'cycles of bind, use, kill and unbind' $cycles $((2 * rounds))
is 'no vmalloc area of ours is left' "$(held)" 0
if [ "$DAX_NONE_KERNEL" = debug ]; then
	# Twice: the first scan only marks what looks like a leak.
	echo scan >/sys/kernel/debug/kmemleak
	sleep 6
	echo scan >/sys/kernel/debug/kmemleak
	is 'no leak is found' \
		"$(grep -cE '\[(pfn_special|dax_none)\]' /sys/kernel/debug/kmemleak)" 0
else
	# Objects in KASAN's quarantine would still count as slab.
	at_most 'the slabs are as large as before' $(($(slab) - before)) 1024
fi
need rmmod dax_none pfn_special
done_testing
