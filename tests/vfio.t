#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 9G --edu 2 --append 'nokaslr memmap=4G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: devices behind an IOMMU do DMA into memory without struct page, as long
# as VFIO maps it and no longer, with the module of drivers/vfio and without.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh

# is_untouched NAME: the IOMMU stops both devices, and the first page of slot 1
# stays as it is. What the devices have in their buffers is another pattern.
is_untouched() {
	before=$(faults)
	need edu fill 1 0 4096 3
	ok "$1: the IOMMU reports it" wait_for 20 more_faults "$before"
	ok "$1: the memory is untouched" edu check 1 0 4096 3
}

# more_faults BEFORE: both devices write once more. The kernel reports ten faults in
# five seconds and keeps quiet about the others.
more_faults() {
	edu write 0 "$iova" 2048 && edu write 1 $((iova + 2048)) 2048 &&
		[ "$(faults)" -gt "$1" ]
}

# dma_works OFFSET: both devices copy 2 KiB from the start of slot 1, which has the
# pattern 1, to OFFSET.
dma_works() {
	for device in 0 1; do
		edu fill 1 $1 2048 $((device + 5)) &&
			edu read $device "$iova" 2048 &&
			edu write $device $((iova + $1)) 2048 &&
			edu same 1 0 2048 $1 || return 1
	done
}

dma() {
	need edu open 1 /dev/$dax 0 1G
	need edu fill 1 0 4096 1
	ok "$1: memory without struct page is mapped" edu map 1 0 1G $iova
	ok "$1: devices read and write it" dma_works $((512 << 20))
	ok "$1: it is unmapped" edu unmap $iova 1G
	is_untouched "$1: DMA after that"
	need edu fill 1 0 4096 1
	need edu map 1 0 1G $iova
	ok "$1: and mapped once more" dma_works $((768 << 20))
	edu dirty $iova 1G || bail "dirty: $answer"
	is "$1: all of it counts as dirty, and once more when unmapped" \
		"$value" '262144 262144'
	need edu close 1
	need edu munmap 1
}

pagesize() {
	awk -v dev="/dev/$dax" '$NF == dev { found = 1 }
		found && /^KernelPageSize/ { print $2; exit }' /proc/$edu_pid/smaps
}

# maps NAME LENGTH KIB: a mapping from the start of the device has that page size,
# whatever VFIO does with it, and DMA gets to the right place in each extent.
maps() {
	need edu open 1 /dev/$dax 0 $2
	is "$1: smaps tells the contiguity" "$(pagesize)" $3
	need edu fill 1 0 4096 1
	ok "$1: it is mapped" edu map 1 0 $2 $iova
	for offset in $4; do
		ok "$1: DMA at offset $offset" dma_works $((offset))
	done
	ok "$1: it is unmapped" edu unmap $iova $2
	is_untouched "$1: DMA after that"
	need edu close 1
	need edu munmap 1
}

have_device
need set_align 4096
need bind_none
iova=$((4 << 30))

have_vfio stock
start_edu
dma stock
stop_edu
have_vfio
start_edu
dma patched
stop_edu
have_vfio stock
is 'the log says once that VFIO is the stock one' \
	"$(dmesg | grep -c "is the kernel's own: .* install the one of drivers/vfio")" 1

need unbind
echo 0 >"$sysfs/size"
for range in 100000000-13fffffff 180200000-1a01fffff 1c0001000-1c0200fff; do
	need sh -c "echo $range >$sysfs/mapping"
done
need bind_none
have_vfio
start_edu
maps 'one extent' 1G 1048576 0x3ffff000
maps 'two extents' 1536M 2048 '0x3ffff000 0x40000000 0x5ffff000'
maps 'a ragged one' 1538M 4 '0x3ffff000 0x40000000 0x60000000 0x60012000 0x601ff000'
need edu open 1 /dev/$dax 0 1538M
need edu fill 1 0 8192 1
ok 'parts of it that are no leaves are mapped' edu map 1 4K 1023M $iova
need edu read 0 $iova 2048
need edu write 0 $((iova + (5 << 20))) 2048
ok 'and DMA gets to the right place' edu same 1 4096 2048 $(((5 << 20) + 4096))
need edu unmap $iova 1023M
need edu munmap 1

bad=$((0x101234000))
need sh -c "echo $bad >/sys/devices/system/memory/hard_offline_page"
need edu open 1 /dev/$dax 0 1G
is 'a bad page: smaps tells the contiguity' "$(pagesize)" 4
fails 'it is not mapped' edu map 1 0 1G $iova
ok 'what comes before it is' edu map 1 0 18M $iova
ok 'and what comes after it' edu map 1 19M 64M $((iova + (19 << 20)))
need edu fill 1 0 4096 1
ok 'DMA gets from here to there' dma_works $((32 << 20))
stop_edu
need unbind
done_testing
