#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --icount --mem 8G --append 'nokaslr memmap=2G%4G-1+0xefffffff memmap=1G%6G-1+0xefffffff'
#
# Promise: a memory error waits for no tenant. One device is being cleared by 16, of
# whom half may use 1% of a CPU; an error in another device, and taking that device
# away, are done within 10 ms.
#
# By the clock of the VM, which counts instructions, 10^9 to a second. What is timed
# starts no program, and has the only CPU before the tenants: how the scheduler shares
# it is not the question.
# shellcheck disable=SC2086 # no spaces in names
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine
inject=/sys/kernel/debug/pfn_special/inject
group=/sys/fs/cgroup/slow
errors=20

# takes FILE TEXT: how many microseconds it takes to write that there.
takes() {
	takes_start=${EPOCHREALTIME/./}
	echo "$2" >"$1" || bail "$2 >$1"
	took=$((${EPOCHREALTIME/./} - takes_start))
}

# longest: of so many errors.
longest() {
	most=0
	chrt -f -p 50 $$
	for ((i = 0; i < errors; i++)); do
		takes $inject $((start1 + i * 4096))
		[ $took -le $most ] || most=$took
	done
	chrt -o -p 0 $$
	need cp $quarantine/pages $quarantine/clear
}

have_device
need no_ahead
for device in dax0.0 dax1.0; do
	need unbind $device
	echo 4096 >$bus/devices/$device/align
	need bind_none $device
done
start1=$(($(cat $bus/devices/dax1.0/mapping0/start)))
longest
diag "an error while nobody clears takes at most $most us"
at_most 'an error takes milliseconds' $most 10000

# Eight want the same 1G leaf and are slow, eight have 128M each.
need sh -c 'echo +cpu >/sys/fs/cgroup/cgroup.subtree_control'
need mkdir $group
need sh -c "echo 1000 100000 >$group/cpu.max"
tenants=
for i in 0 1 2 3 4 5 6 7; do
	sh -c "echo \$\$ >$group/cgroup.procs && exec dax-mem touch /dev/dax0.0 0 1G 1G" \
		>/dev/null 2>&1 &
	tenants="$tenants $!"
done
# slow_ones: how many of them clear or wait for who clears
slow_ones() {
	while read -r pid; do
		cat "/proc/$pid/stack"
	done <$group/cgroup.procs | grep -c ' pfn_special_zero+'
}
until [ "$(slow_ones)" -eq 8 ]; do
	case $(uname -r) in
	6.12.*) ;;
	*) [ "$(attribute zeroed_bytes)" -lt $((1 << 30)) ] || break ;;
	esac
	sleep 0.1
done
# Kernels since 6.18 hold up who has used up his share when he leaves the kernel.
slow=$(slow_ones)
for i in 0 1 2 3 4 5 6 7; do
	dax-mem touch /dev/dax0.0 $(((1 << 30) + i * (128 << 20))) 128M 2M >/dev/null 2>&1 &
	tenants="$tenants $!"
done
until [ "$(attribute zeroed_bytes)" -gt 0 ]; do
	sleep 0.1
done
longest
diag "an error while 16 clear takes at most $most us"
at_most 'an error in other memory does not wait for them' $most 10000

chrt -f -p 50 $$
takes $bus/drivers/dax_none/unbind dax1.0
chrt -o -p 0 $$
diag "unbinding takes $took us"
at_most 'nor does unbinding other memory' $took 10000
if [ "$slow" -eq 8 ]; then
	is 'all of the slow ones are still at it' "$(slow_ones)" 8
else
	skip 'the slow ones are at it all the time' \
		'this kernel does not slow down who is in the kernel'
fi
kill -KILL $tenants 2>/dev/null
wait
done_testing
