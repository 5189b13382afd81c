#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 8G --smp 1 --cpu Skylake-Client-v4 --hmp --append 'nokaslr memmap=1G%4G-1+0xefffffff memmap=1G!6G'
# vm-debug: --timeout 1500
#
# Promise: an error in memory that is reserved, and that nobody has at the time, is
# not forgotten; a repaired page comes back empty, whoever had it; and what has become
# ordinary RAM meanwhile is not written to.
# shellcheck disable=SC2086,SC2317 # no spaces in names; functions run by ok, fails and need
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine
offline=/sys/devices/system/memory/hard_offline_page

write() {
	printf '%s\n' "$1" >"$2"
}

# A patrol scrubber's finding, as in failure.t.
scrub() {
	hmp mce 0 9 0xbd000000000000c0 5 "$1" 0x8c
}

hex() {
	printf '0x%013x' $1
}

have_device
need set_align 4096
start=$(($(attribute mapping0/start)))
page=$(((1 << 28) + 4096 * 77))
bad=$((start + page))

# Errors.
ok 'an error in memory that nobody has is taken' write $bad $offline
is 'and recorded' "$(cat $quarantine/pages)" "$(hex $bad)"
like 'the log says so' "$(dmesg)" "unbound: memory error at $(printf %#x $bad)"
fails 'a second report is no new error' write $bad $offline
is 'and is counted once' "$(cat $quarantine/nr_pages)" 1
scrub $((bad + 4096)) >/dev/null
ok 'so is what the hardware finds there' wait_for 20 grep -qx 2 $quarantine/nr_pages
ok 'and in memory reserved as persistent, without a driver' write $((6 << 30)) $offline
is 'it is recorded, too' "$(tail -n 1 $quarantine/pages)" "$(hex $((6 << 30)))"
fails 'an error where there is no memory is none of ours' write $((0xfed00000)) $offline
fails 'nor is one where there is nothing' write $((1 << 45)) $offline
is 'neither is recorded' "$(cat $quarantine/nr_pages)" 3
ok 'the device can be bound' bind_none
is 'and knows of its pages' "$(attribute badblocks)" "$((page / 512)) 16"
dax-mem read /dev/$dax $page 4K 4K >/dev/null 2>&1
is 'which give SIGBUS' $? 135
need sh -c "cat $quarantine/pages >$quarantine/clear"
is 'all can be cleared' "$(cat $quarantine/nr_pages)" 0

# Repairs.
need dax-mem fill /dev/$dax $((page - 4096)) 12K 1
need unbind
need write $bad $quarantine/pages
ok 'a page that nobody has can be cleared' write $bad $quarantine/clear
need bind_preserve
ok 'it comes back empty' dax-mem zero /dev/$dax $page 4096
fails 'where there was something before' dax-mem zero /dev/$dax $((page - 4096)) 4096
fails 'and behind it' dax-mem zero /dev/$dax $((page + 4096)) 4096
like 'nobody keeps any of the memory' "$(cat /proc/iomem)" dax0.0
is 'but its owner' "$(grep -c pfn_quarantine /proc/iomem)" 0
need unbind

# As RAM. What the kernel would have in the page is not for us to clear.
need write $bad $quarantine/pages
[ ! -e /sys/devices/system/memory/auto_online_blocks ] ||
	echo offline >/sys/devices/system/memory/auto_online_blocks
need set_align $((2 << 20))
# It takes the device as soon as it is loaded.
need modprobe kmem
[ "$(driver_of $dax)" = kmem ] || need bind kmem
fails 'a page of what is RAM now is not cleared' write $bad $quarantine/clear
is 'and stays in the record' "$(cat $quarantine/pages)" "$(hex $bad)"
like 'the log says what to do' "$(dmesg)" 'cannot be cleared: its memory is in use, see /proc/iomem'
need unbind
ok 'when the RAM has been given back it is' write $bad $quarantine/clear
is 'and the record is empty' "$(cat $quarantine/nr_pages)" 0
done_testing
