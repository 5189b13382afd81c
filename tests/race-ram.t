#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 6G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: when the kernel has the memory of a device as System RAM, no process, and
# no child of it, has a leaf of it left.
# shellcheck disable=SC2086 # no spaces in names
. tests/lib.sh
. tests/device.sh
. tests/race.sh

# 1000, given by hand, takes half an hour.
rounds=${1:-10}

have_device
need set_align $((2 << 20))
need bind_none
need modprobe kmem
need stretch_fork

state='for state in /sys/devices/system/memory/memory{32..39}/state'
export RACE_GIVE="bash -ec '. tests/device.sh; echo $dax >$bus/drivers/dax_none/remove_id
	bind kmem
	$state; do [ \$(<\$state) != offline ] || echo online_movable >\$state; done'"
export RACE_BACK="bash -ec '. tests/device.sh
	$state; do until [ \$(<\$state) = offline ] || echo offline >\$state; do :; done; done
	unbind; bind_none'"
tap_run race fork ram $dax $rounds 4
stretched 'fork() was held up'
done_testing
