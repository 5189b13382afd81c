#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 9G --smp 1 --cpu Skylake-Client-v4 --hmp --append 'nokaslr memmap=4G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a memory error costs 4 KiB. Whoever reports it, the page is taken from
# all who map it, they are told as the kernel tells them, and it stays away.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine
offline=/sys/devices/system/memory/hard_offline_page

clear_all() {
	while [ "$(cat $quarantine/nr_pages)" -gt 0 ]; do
		cat $quarantine/pages >$quarantine/clear || return 1
	done
}

have_device
need bind_none
start=$(($(attribute mapping0/start)))
bad=$((start + (1 << 29) + 12345 * 4096))

# A patrol scrubber's finding: bank 9, uncorrected, action optional, address valid
# and physical (SDM volume 3B, chapters 16 and 17).
# shellcheck disable=SC2016 # expanded by the inner shell
tap_run failure-test ao /dev/$dax $sysfs \
	"bash -c '. tests/lib.sh; hmp mce 0 9 0xbd000000000000c0 5 \$0 0x8c'"
like 'the log says what happened' "$(dmesg)" "$dax: memory error at $(printf %#x $bad)"
is 'the device lists it as block devices do' "$(attribute badblocks)" \
	"$(((bad - start) / 512)) 8"
is 'the quarantine lists it' "$(cat $quarantine/pages)" "$(printf '0x%013x' $bad)"
done_testing
