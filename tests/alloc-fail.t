#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug
# vm: --mem 7G --timeout 1500 --append 'nokaslr memmap=2G%4G-1+0xefffffff kmemleak=on'
#
# Promise: any allocation may fail, at each step of binding, mapping, faulting,
# forking, and of what dmemfs does: then that step fails with ENOMEM, or does
# without, and nothing half-made stays behind.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/dmemfs.sh

for kind in failslab fail_page_alloc; do
	for limit in "/sys/kernel/debug/$kind"/ignore-gfp-*; do
		need sh -c "echo N >$limit"
	done
	need sh -c "echo 0 >/sys/kernel/debug/$kind/verbose"
done
need sh -c 'echo 0 >/sys/kernel/debug/fail_page_alloc/min-order'

# The kernel writes to a process's struct rseq when it was preempted. After a fork
# that page has to be copied first, and a failure of that is answered by SIGSEGV.
export GLIBC_TUNABLES=glibc.pthread.rseq=0

have_device
need no_ahead
need set_align 4096
need bind_none
need sh -c "echo $dax >$bus/drivers/dax_none/unbind"
tap_run alloc-fail bind $bus/drivers/dax_none/bind $bus/drivers/dax_none/unbind $dax
need sh -c "echo $dax >$bus/drivers/dax_none/bind"

# An offset of a page makes leaves of 4K, one of 2M those of 2M.
tap_run alloc-fail map /dev/$dax 4096 $((1 << 20))
tap_run alloc-fail map /dev/$dax $((2 << 20)) $((64 << 20))
tap_run alloc-fail map /dev/$dax 0 $((1 << 30))
tap_run alloc-fail fork /dev/$dax 4096 $((64 << 20))
need unbind

have_dmemfs $dax
tap_run alloc-fail mount dax=$dax $mnt
need mount_dmem dax=$dax
free=$(avail)
tap_run alloc-fail files $mnt
is 'all of the memory is free again' "$(avail)" "$free"
need fallocate -l 1G $mnt/file
tap_run alloc-fail map $mnt/file $((2 << 20)) $((64 << 20))
need rm $mnt/file
is 'all of the memory is free again after mapping' "$(avail)" "$free"
need umount $mnt

need bind_none
tap_run alloc-fail poison /sys/devices/system/memory/hard_offline_page 0x101234000 \
	$sysfs/bad_pages
need unbind

# Twice: the first scan only marks what looks like a leak.
echo scan >/sys/kernel/debug/kmemleak
sleep 6
echo scan >/sys/kernel/debug/kmemleak
is 'no leak is found' "$(grep -cE \
	'\[(pfn_special|pfn_quarantine|dax_none|dmemfs)\]' /sys/kernel/debug/kmemleak)" 0
need rmmod dmemfs dax_none pfn_special
done_testing
