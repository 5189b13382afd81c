#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --icount --mem 6G --edu 1 --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug-instead: --mem 6G --edu 1 --append 'nokaslr memmap=1G%4G-1+0xefffffff' --timeout 1500
#
# Promise: a guest with an assigned device starts no slower on memory without
# struct page than on the faster of memfd and hugetlbfs. Counted in instructions
# of the host, in units of 10 million, that QEMU and its guest have executed when
# the guest has done its first DMA, which host and guest verify.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh
. tests/assigned.sh

memfd='memory-backend-memfd'
hugetlb='memory-backend-memfd,hugetlb=on,hugetlbsize=2M'
none=memory-backend-file,mem-path=/dev/$dax,align=1G

# boot NAME BACKEND: sets $cost to what QEMU has used of the CPU. What the clock
# says depends on the disk, too, and jumps ahead whenever the CPU has nothing to do.
boot() {
	start_guest "$2"
	guest_dma 1 1 || bail "$1: no DMA"
	cost=$(awk '{ print $14 + $15 }' "/proc/$guest_pid/stat")
	# QEMU's other memfds, if any, are no memory of the guest.
	memory=$(find "/proc/$guest_pid/fd" -lname '/memfd:memory-backend-memfd*' | head -n 1)
	memory=${memory:-/dev/$dax}
	ok "$1: the guest boots and does DMA that the host sees" host_sees "$memory" 0 1
	host_writes "$memory" 0 2
	is "$1: the device reads what the host wrote" $? 0
	stop_guest
	is "$1: the guest powers off" $? 0
	printf '# %-10s %6d\n' "$1" "$cost"
}

have_device
need no_ahead
need bind_none
need sh -c 'echo 512 >/proc/sys/vm/nr_hugepages'
is 'there are 512 pages of 2M' "$(cat /proc/sys/vm/nr_hugepages)" 512
have_vfio
# What is read from disk for the first time is nobody's cost.
cat "$(command -v qemu-system-x86_64)" "$DAX_NONE_GUEST_VMLINUZ" >/dev/null || bail 'no QEMU'
need qemu-system-x86_64 --version >/dev/null
boot memfd $memfd
best=$cost
boot hugetlbfs $hugetlb
[ "$best" -le "$cost" ] || best=$cost
boot 'map none' "$none"
[ "$DAX_NONE_KERNEL" = debug ] ||
	at_most 'map none takes no longer than the better of the others' "$cost" "$best"
done_testing
