#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --icount --mem 9G --edu 1 --append 'nokaslr memmap=4G%4G-1+0xefffffff'
# vm-debug-instead: --mem 9G --edu 1 --append 'nokaslr memmap=4G%4G-1+0xefffffff' --timeout 1500
#
# Promise: with the module of drivers/vfio, mapping memory without struct page into
# an IOMMU costs a hundredth of what hugetlbfs costs, because whole leaves go into
# its page tables. Counted in guest instructions, all in one run.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh

iova=$((4 << 30))
control=/proc/dynamic_debug/control

# cost NAME SLOT LENGTH: sets $map and $unmap to nanoseconds, that is to guest
# instructions; the second time, when page tables of the IOMMU are there.
cost() {
	for _ in 1 2; do
		edu map $2 0 $3 $iova || bail "$answer"
		map=$value
		edu unmap $iova $3 || bail "$answer"
		unmap=$value
	done
	printf '# %-22s map %10d  unmap %10d\n' "$1" $map $unmap
}

# entries LENGTH: what the IOMMU driver is told to enter when slot 3 is mapped, as
# "NUMBER of SIZE".
entries() {
	if [ "$DAX_NONE_KERNEL" = debug ]; then
		need edu map 3 0 $1 $iova
		leaves_in_iommu
	else
		echo 'func __iommu_map +p' >$control
		need edu map 3 0 $1 $iova
		dmesg | sed -n 's/.* mapping: iova .* pgsize \(0x[0-9a-f]*\) count \([0-9]*\).*/\2 of \1/p' |
			tail -n 1
		echo 'func __iommu_map -p' >$control
	fi
	need edu unmap $iova $1
}

have_device
need no_ahead
need set_align 4096
need bind_none
need sh -c 'echo 256 >/proc/sys/vm/nr_hugepages'
is 'there are 256 pages of 2M' "$(cat /proc/sys/vm/nr_hugepages)" 256
have_vfio stock
for module in stock patched; do
	[ $module = stock ] || have_vfio
	start_edu
	need edu open 1 hugetlb 0 512M
	need edu open 2 /dev/$dax 2M 512M
	need edu open 3 /dev/$dax 1G 1G
	for slot in 1 2 3; do need edu touch $slot 4K; done
	cost "$module hugetlbfs 512M" 1 512M
	hugetlb_map=$map hugetlb_unmap=$unmap
	cost "$module 2M leaves 512M" 2 512M
	map_2m=$map unmap_2m=$unmap
	cost "$module 1G leaf   512M" 3 512M
	map_1g=$map unmap_1g=$unmap
	cost "$module 1G leaf     1G" 3 1G
	map_all=$map unmap_all=$unmap
	[ $module = stock ] && stop_edu
done

if [ "$DAX_NONE_KERNEL" = stock ]; then
	at_most 'mapping 512M of 2M leaves costs a tenth of hugetlbfs' \
		$((map_2m * 10)) $hugetlb_map
	at_most 'mapping 512M of a 1G leaf costs a hundredth' \
		$((map_1g * 100)) $hugetlb_map
	at_most 'and so does mapping all of it' $((map_all * 100)) $hugetlb_map
	at_most 'unmapping 2M leaves costs no more' $unmap_2m $hugetlb_unmap
	at_most 'unmapping a 1G leaf costs no more' $unmap_1g $hugetlb_unmap
	at_most 'and all of it' $unmap_all $hugetlb_unmap
fi
if [ "$DAX_NONE_KERNEL" = debug ] || grep -q ' \[.*\]__iommu_map ' $control; then
	is 'the IOMMU maps 1G with one entry' "$(entries 1G)" '1 of 0x40000000'
	is 'and half of it with entries of 2M' "$(entries 512M)" '256 of 0x200000'
else
	skip 'the IOMMU maps 1G with one entry' 'this kernel does not say what it maps'
fi
stop_edu
need unbind
done_testing
