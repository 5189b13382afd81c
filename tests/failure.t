#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 9G --smp 1 --cpu Skylake-Client-v4 --hmp --append 'nokaslr memmap=4G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a memory error costs 4 KiB. Whoever reports it, the page is taken from
# all who map it, they are told as the kernel tells them, and it stays away until
# an operator says that it was repaired.
# shellcheck disable=SC2086,SC2317 # no spaces in names; functions run by ok, fails and need
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine
inject=/sys/kernel/debug/pfn_special/inject
offline=/sys/devices/system/memory/hard_offline_page

# A patrol scrubber's finding: bank 9, uncorrected, action optional, address valid
# and physical (SDM volume 3B, chapters 16 and 17).
scrub() {
	hmp mce 0 9 0xbd000000000000c0 5 "$1" 0x8c
}

write() {
	printf '%s\n' "$1" >"$2"
}

clear_all() {
	while [ "$(cat $quarantine/nr_pages)" -gt 0 ]; do
		cat $quarantine/pages >$quarantine/clear || return 1
	done
}

# What the kernel says of an error, without what differs each time.
said() {
	dmesg | grep -E 'Memory failure|memory_failure|hardware memory corruption' |
		sed -E 's/^\[[^]]*\] *//; s/0x[0-9a-f]+/PFN/g; s/:[0-9]+ due/:PID due/; s/fault at .*/fault/'
}

# Errors in ordinary RAM: by machine check and by hand.
ordinary() {
	dmesg --clear
	ram-error "bash -c '. tests/lib.sh; hmp mce 0 9 0xbd000000000000c0 5 \$ADDRESS 0x8c'"
	ram-error "echo \$ADDRESS >$offline"
	said
}

without=$(ordinary 2>&1)
have_device
need set_align 4096
need bind_none
is 'errors in ordinary RAM are handled as without the modules' \
	"$(ordinary 2>&1)" "$without"
like 'that is: by the kernel' "$without" 'touched: code 4 at byte 9 of the page, lsb 12'

start=$(($(attribute mapping0/start)))
page=$(((1 << 29) + 12345 * 4096))
bad=$((start + page))
bad_hex=$(printf '0x%013x' $bad)

# shellcheck disable=SC2016 # expanded by the inner shell
tap_run failure-test ao /dev/$dax $sysfs \
	"bash -c '. tests/lib.sh; hmp mce 0 9 0xbd000000000000c0 5 \$0 0x8c'"
like 'the log says what happened' "$(dmesg)" "$dax: memory error at $(printf %#x $bad)"
is 'the device lists it as block devices do' "$(attribute badblocks)" \
	"$((page / 512)) 8"
is 'the quarantine lists it' "$(cat $quarantine/pages)" $bad_hex
fails 'a second report is no new error' write $bad $offline
is 'and counted once' "$(cat $quarantine/nr_pages)" 1

# It stays away.
need unbind
ok 'the device can be bound again' bind_none
like 'with a warning' "$(dmesg)" '1 of its pages were hit by memory errors'
need unbind
need rmmod dax_none pfn_special
fails 'the record does not let itself be unloaded' rmmod pfn_quarantine
need modprobe dax_none
need bind_none
is 'it survives the unloading of everything else' "$(attribute badblocks)" \
	"$((page / 512)) 8"
dax-mem read /dev/$dax $page 4K 4K >/dev/null 2>&1
is 'the page gives SIGBUS' $? 135
ok 'all before it is zero' dax-mem zero /dev/$dax 0 $page
ok 'all behind it is zero' dax-mem zero /dev/$dax $((page + 4096)) 64M
ok 'and can be used' dax-mem fill /dev/$dax $((page + 4096)) 64M 1

# An operator carries the record over a reboot, and says what was repaired.
need cp $quarantine/pages /tmp/pages
ok 'a repaired page can be cleared' write $bad $quarantine/clear
is 'no page is bad any more' "$(attribute bad_pages)$(attribute badblocks)" 0
ok 'the page comes back empty' dax-mem zero /dev/$dax $page 4096
ok 'its neighbours are as they were' dax-mem check /dev/$dax $((page + 4096)) 64M 1
fails 'a good page cannot be cleared' write $bad $quarantine/clear
dax-mem hold /dev/$dax $page 4096 >/tmp/held 2>&1 &
holder=$!
wait_for 60 grep -q ready /tmp/held || bail 'no holder'
ok 'the record can be put back' cp /tmp/pages $quarantine/pages
is 'as it was' "$(cat $quarantine/pages)" $bad_hex
kill -USR1 $holder
wait $holder
is 'a page added by hand is taken from who maps it' $? 7
# 300 pages: more than sysfs takes at a time.
for i in $(seq 300); do printf '0x%013x\n' $((start + i * 8192)); done >/tmp/many
need cp /tmp/many $quarantine/pages
is 'a long record can be put back' "$(sort $quarantine/pages)" \
	"$(sort /tmp/pages /tmp/many)"
is 'and is counted' "$(attribute bad_pages)" 301
ok 'a leaf still ends before a bad page' dax-mem fill /dev/$dax 8M 128M 2
need clear_all
for text in '' x -1 0 0x10000000000000 '4096 x' 0x1000000000000000000000000000; do
	fails "refused as bad pages: '$text'" write "$text" $quarantine/pages
done
is 'nothing of that was recorded' "$(cat $quarantine/nr_pages)" 0
need unbind
need rmmod dax_none pfn_special
ok 'an empty record can be unloaded' rmmod pfn_quarantine
ok 'pages can be given when it is loaded' modprobe pfn_quarantine pages=$bad,4096
is 'and are in it' "$(cat $quarantine/pages)" "$(printf '0x%013x\n' 4096)
$bad_hex"
need clear_all

# The other ways in.
need modprobe dax_none
need bind_none
tap_run failure-test ao /dev/$dax $sysfs sh -c "'echo \$0 >$offline'"
need clear_all
tap_run failure-test ao /dev/$dax $sysfs sh -c "'echo \$0 >$inject'"
need clear_all
for text in x 4096 0 0xffffffffffffffff; do
	fails "refused for a drill: '$text'" write "$text" $inject
done
like 'the log says what to write' "$(dmesg)" 'not a physical address in memory bound'
need write 1 /proc/sys/vm/memory_failure_early_kill
dax-mem hold /dev/$dax 0 64K >/tmp/held 2>&1 &
holder=$!
wait_for 60 grep -q ready /tmp/held || bail 'no holder'
need write $((start + 4096 * 7)) $inject
wait $holder
is 'vm.memory_failure_early_kill is obeyed' $? 7
need write 0 /proc/sys/vm/memory_failure_early_kill
need clear_all

# Where memory_failure() cannot be had.
fails 'ftrace cannot be turned off behind our back' write 0 /proc/sys/kernel/ftrace_enabled
need unbind
need rmmod dax_none pfn_special
is 'nothing is redirected any more' "$(cat /sys/kernel/tracing/enabled_functions)" ''
case $(write 0 /proc/sys/kernel/ftrace_enabled 2>&1) in
*'not supported'*)
	skip 'memory errors without a redirection' \
		'this kernel does not let anybody turn ftrace off'
	need modprobe dax_none
	need bind_none
	;;
*)
	is 'ftrace can be turned off now' "$(cat /proc/sys/kernel/ftrace_enabled)" 0
	need modprobe dax_none
	like 'if the redirection fails, the log says so' "$(dmesg)" 'cannot be redirected'
	need bind_none
	scrub $bad >/dev/null
	ok 'machine checks are seen all the same' wait_for 5 grep -qx 1 $sysfs/bad_pages
	dax-mem read /dev/$dax $page 4K 4K >/dev/null 2>&1
	is 'and the page is withdrawn' $? 135
	need clear_all
	;;
esac
need unbind
need rmmod dax_none pfn_special pfn_quarantine
done_testing
