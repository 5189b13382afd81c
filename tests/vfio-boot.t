#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --icount --mem 6G --edu 1 --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug-instead: --mem 6G --edu 1 --append 'nokaslr memmap=1G%4G-1+0xefffffff' --timeout 900
#
# Promise: a guest with an assigned device starts no slower on memory without
# struct page than on the faster of memfd and hugetlbfs. Counted in instructions
# of the host, from the start of QEMU until the guest has done its first DMA.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh
. tests/assigned.sh

memfd=memory-backend-memfd
hugetlb=memory-backend-memfd,hugetlb=on,hugetlbsize=2M
none=memory-backend-file,mem-path=/dev/$dax,align=1G

# boot NAME BACKEND: sets $cost to nanoseconds, that is to instructions.
boot() {
	cost=$(date +%s%N)
	start_guest "$2"
	guest_dma 1 1 || bail "$1: no DMA"
	cost=$(($(date +%s%N) - cost))
	stop_guest || bail "$1: the guest does not power off"
	pass "$1: the guest boots and does DMA"
	printf '# %-10s %12d\n' "$1" "$cost"
}

have_device
need bind_none
need sh -c 'echo 512 >/proc/sys/vm/nr_hugepages'
is 'there are 512 pages of 2M' "$(cat /proc/sys/vm/nr_hugepages)" 512
have_vfio
[ "$DAX_NONE_KERNEL" = debug ] || boot 'a first one' $memfd
boot memfd $memfd
best=$cost
boot hugetlbfs $hugetlb
[ "$best" -le "$cost" ] || best=$cost
boot 'map none' "$none"
[ "$DAX_NONE_KERNEL" = debug ] ||
	at_most 'map none takes no longer than the better of the others' "$cost" "$best"
done_testing
