#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 6G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
#
# Promise: where the kernel finds no room to map what it has to clear, whoever touches
# the memory gets SIGBUS, once; he neither waits for ever nor sees what is not clear.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine

# In a shell of its own, which says so when a signal ends the command.
# shellcheck disable=SC2317 # run by is
status_of() {
	("$@") >/dev/null 2>&1
	echo $?
}

# A task that waits for ever is killed, with status 137.
# shellcheck disable=SC2317 # run by is
touch_it() {
	timeout -s KILL 60 dax-mem "$@"
}

have_device
need no_ahead
need set_align 4096
need bind_none
need dax-mem fill /dev/$dax 0 64M 1
need unbind
need bind_none

need modprobe no_memremap
is 'a read gets SIGBUS' "$(status_of touch_it read /dev/$dax 0 4K 4K)" 135
is 'so does a write' "$(status_of touch_it touch /dev/$dax 4M 4K 4K)" 135
is 'nothing was cleared' "$(attribute zeroed_bytes)" 0
start=$(($(attribute mapping0/start)))
need sh -c "echo $start >$quarantine/pages"
fails 'a repaired page cannot be cleared' sh -c "echo $start >$quarantine/clear"
is 'and stays away' "$(attribute bad_pages)" 1
need rmmod no_memremap
ok 'once there is room, it can' sh -c "echo $start >$quarantine/clear"
ok 'and all comes back, clear' dax-mem zero /dev/$dax 0 64M
done_testing
