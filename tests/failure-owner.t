#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: of a memory error only those are told who have the memory: not a process
# that mapped the device before it was unbound and bound anew.
# shellcheck disable=SC2086 # no spaces in names
. tests/lib.sh
. tests/device.sh

have_device
need set_align 4096
need bind_none
tap_run failure-owner $dax
like 'the log counts one' "$(dmesg | grep 'memory error')" ' 1 early-kill processes told'
done_testing
