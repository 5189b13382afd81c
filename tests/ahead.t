#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --edu 1 --append 'nokaslr memmap=256M%4G-1+0xefffffff memmap=128M%5G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: memory is cleared before anyone waits for it, as long as nobody wants the CPU;
# what is preserved, bad, or in use, is never touched.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/dmemfs.sh
. tests/vfio.sh

M=$((1 << 20))
size=$((256 * M))
quarantine=/sys/kernel/pfn_quarantine
events=$tracing/events/pfn_special/pfn_special_ahead

limit() {
	echo "$1" >/sys/module/pfn_special/parameters/ahead_bytes_per_second
}

# other ATTRIBUTE: of the second device
other() {
	cat $bus/devices/dax1.0/$1
}

is_clear() {
	[ "$(cat $bus/devices/$1/unclear_bytes)" = 0 ]
}

# The thread takes the first that has something to clear: when it is done with the second
# device, it has passed by the first.
pass_by() {
	unbind dax1.0 && bind_none dax1.0 && wait_for 120 is_clear dax1.0 &&
		[ "$(other ahead_bytes)" -gt 0 ]
}

have_device
for device in dax0.0 dax1.0; do
	need unbind $device
	need sh -c "echo 4096 >$bus/devices/$device/align"
done
need no_ahead
need bind_none
ok 'somebody writes' dax-mem fill /dev/$dax 0 256M 1
need unbind
need bind_none
sleep 1
is 'switched off, nothing is cleared' "$(attribute ahead_bytes) $(attribute unclear_bytes)" \
	"0 $size"
need dax-mem touch /dev/$dax 0 2M 2M
is 'but for what is touched' "$(attribute zeroed_bytes) $(attribute unclear_bytes)" \
	"$((2 * M)) $((size - 2 * M))"

need sh -c "echo 1 >$events/enable"
need ahead
ok 'switched on, all of the rest is' wait_for 120 is_clear $dax
is 'by nobody who needs it' "$(attribute ahead_bytes) $(attribute zeroed_bytes)" \
	"$((size - 2 * M)) $((2 * M))"
like 'there is a tracepoint' "$(cat $tracing/trace)" "pfn_special_ahead: $dax pgoff=0x200 nr=512"
need sh -c "echo 0 >$events/enable"
ok 'the next owner reads only zeroes' dax-mem zero /dev/$dax 2M 254M
is 'and waits for none of them' "$(attribute zeroed_bytes)" $((2 * M))
thread=$(pgrep '^pfn_ahead')
is 'one thread does that' "$(wc -w <<<"$thread")" 1
is 'at idle priority' "$(ps -o cls= -p $thread)" IDL

# Only an upper bound: nobody knows how busy the machine is.
need no_ahead
need limit $((8 * M))
need unbind
need bind_none
start=${EPOCHREALTIME/./}
need ahead
ok 'with a limit memory is cleared, too' wait_for 60 sh -c "[ \$(cat $sysfs/ahead_bytes) -gt $((8 * M)) ]"
bytes=$(attribute ahead_bytes)
took=$((${EPOCHREALTIME/./} - start))
at_most 'but no more than that' $bytes $((8 * M * took / 1000000 + 4 * M))
start=${EPOCHREALTIME/./}
need unbind
at_most 'unbinding does not wait for the limit' $((${EPOCHREALTIME/./} - start)) 20000000
need limit 0
for bad in -1 x ''; do
	fails "the limit cannot be '$bad'" limit "$bad"
done

# On each CPU something wakes up every now and then.
sched=$tracing/events/sched
need no_ahead
need bind_none
need sh -c "echo 16384 >$tracing/buffer_size_kb; echo >$tracing/trace
	echo 1 >$events/enable
	echo 1 >$sched/sched_wakeup/enable; echo 1 >$sched/sched_switch/enable"
need mkfifo /tmp/never
sleepers=
for cpu in $(seq 0 $(($(nproc) - 1))); do
	taskset -c "$cpu" bash -c ">/tmp/sleeper$cpu; while :; do read -rt 0.003 <>/tmp/never; done" &
	sleepers+=" $!"
	need wait_for 60 test -e /tmp/sleeper$cpu
done
need ahead
need wait_for 120 is_clear $dax
kill $sleepers
need sh -c "echo 0 >$events/enable
	echo 0 >$sched/sched_wakeup/enable; echo 0 >$sched/sched_switch/enable"
# Of those, which stay on their CPU, that woke up where the thread was running: how often,
# and the most granules that it went on to clear.
gave_way=$(awk -v pids="$sleepers" '
	BEGIN { n = split(pids, p, " "); for (i = 1; i <= n; i++) pinned[p[i]] }
	function event(s) { return $0 ~ ": " s ": " }
	{ match($0, /\[[0-9]+\]/); cpu = substr($0, RSTART + 1, RLENGTH - 2) + 0 }
	event("sched_switch") {
		here[cpu] = /next_comm=pfn_ahead/
		waits[cpu] = 0
	}
	event("sched_wakeup") && match($0, / pid=[0-9]+/) &&
	substr($0, RSTART + 5, RLENGTH - 5) in pinned && match($0, /target_cpu=[0-9]+/) {
		to = substr($0, RSTART + 11, RLENGTH - 11) + 0
		if (here[to] && !waits[to]) { waits[to] = 1; granules[to] = 0; woke++ }
	}
	event("pfn_special_ahead") && waits[cpu] && ++granules[cpu] > most { most = granules[cpu] }
	END { print woke + 0, most + 0 }' $tracing/trace)
at_most 'others wake up where it runs' 1 "${gave_way% *}"
at_most 'and get the CPU after a granule or two' "${gave_way#* }" 2
diag "woke up, granules: $gave_way"
need unbind

# A round ends wherever the clearing is.
for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
	bind_none || bail "round $round: bind"
	dax-mem fill /dev/$dax 0 48M $round || bail "round $round: fill"
	unbind || bail "round $round: unbind"
	case $((round % 4)) in
	0) no_ahead ;;
	*) ahead ;;
	esac
	bind_none || bail "round $round: bind again"
	case $((round % 4)) in
	1) no_ahead && ahead ;;
	2) sleep 0.$((round % 7)) && no_ahead ;;
	esac
	dax-mem zero /dev/$dax 0 64M || bail "round $round: not clear"
	unbind || bail "round $round: unbind again"
done
pass 'owners in turn read only zeroes, however far the clearing came'
need ahead
for round in 1 2 3 4 5 6 7 8 9 10; do
	bind_none || bail "round $round: bind"
	unbind || bail "round $round: unbind"
done
pass 'memory can be taken away while it is cleared'

need bind_none
need dax-mem fill /dev/$dax 0 256M 3
need unbind
need bind_preserve
need pass_by
is 'what is preserved is not cleared' "$(attribute ahead_bytes) $(attribute unclear_bytes)" '0 0'
ok 'all of it is as it was' dax-mem check /dev/$dax 0 256M 3
need unbind

# A bad page, seen when nobody has it: the kernel does not read it then either.
start=$((4 << 30))
need sh -c "echo $((start + 8 * M + 4096)) >$quarantine/pages"
need bind_none
ok 'what is around a bad page is cleared' wait_for 120 is_clear $dax
need unbind
page() {
	dd if=/dev/mem bs=4096 skip=$(((start + 8 * M) / 4096 + $1)) count=1 2>/tmp/dd |
		tr -d '\0' | wc -c
}
if dd if=/dev/mem of=/dev/null bs=4096 skip=$((start / 4096)) count=1 2>/tmp/dd; then
	is 'the pages beside it are clear' "$(page 0) $(page 2)" '0 0'
	is 'and it is left alone' "$([ "$(page 1)" -gt 0 ] && echo data)" data
else
	skip 'a bad page is left alone' "$(tail -n 1 /tmp/dd)"
fi
need cp $quarantine/pages $quarantine/clear

# Files.
have_dmemfs $dax
need wait_for 120 is_clear $dax
need mount_dmem dax=$dax
ok 'what a file system takes is cleared for it' wait_for 120 is_clear $dax
before=$(attribute ahead_bytes)
need fallocate -l 64M $mnt/file
need fallocate -l 1M $mnt/small
need dax-mem fill $mnt/file 0 64M 5
need dax-mem fill $mnt/small 0 1M 6
zeroed=$(attribute zeroed_bytes)
is 'its files are clear at once' "$zeroed" 0
need rm $mnt/file
ok 'what they give back is cleared' wait_for 120 is_clear $dax
is 'and that alone' "$(($(attribute ahead_bytes) - before))" $((64 * M))
ok 'a file beside it is as it was' dax-mem check $mnt/small 0 1M 6
need fallocate -l 64M $mnt/file
ok 'the next file reads as zeroes' dax-mem zero $mnt/file 0 64M
is 'without waiting' "$(attribute zeroed_bytes)" 0
need umount $mnt
need mount_dmem dax=$dax,nozero
need fallocate -l 64M $mnt/file
need dax-mem fill $mnt/file 0 64M 7
need pass_by
is 'with nozero nothing is cleared' "$(attribute unclear_bytes)" 0
ok 'nor is what is in files' dax-mem check $mnt/file 0 64M 7
need umount $mnt
ok 'afterwards all of it is' wait_for 120 is_clear $dax

# What a device can still write to. The kernel's own VFIO keeps no file, so all of it can
# be given up meanwhile; nor can any device be bound, so the second one is before.
need no_ahead
need unbind dax1.0
need bind_none dax1.0
have_vfio stock
need mount_dmem dax=$dax
need fallocate -l 8M $mnt/file
start_edu
need edu open 1 $mnt/file 0 8M
need edu fill 1 0 8M 1
need edu map 1 0 8M $((4 << 30))
need edu munmap 1
need edu close 1
need rm $mnt/file
need umount $mnt
before=$(attribute ahead_bytes)
need ahead
need wait_for 120 is_clear dax1.0
is 'what a device maps is not cleared' "$(attribute unclear_bytes) $(attribute ahead_bytes)" \
	"$size $before"
stop_edu
ok 'before it does no longer' wait_for 120 is_clear $dax
ok 'and then it is clear' dax-mem zero /dev/$dax 0 64M

# The clearing comes to its end when all goes away.
need unbind
need unbind dax1.0
ok 'all modules can go' rmmod dmemfs dax_none pfn_special
is 'and the thread with them' "$(pgrep -c '^pfn_ahead')" 0
done_testing
