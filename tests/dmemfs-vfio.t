#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 7G --timeout 1200 --append 'nokaslr intel_iommu=on memmap=1G%4G-1+0xefffffff'
# vm: --qemu '-device intel-iommu,intremap=off -device edu,dma_mask=0xffffffffffff'
# vm-debug: --timeout 1500
#
# Promise: a guest that grows and shrinks by virtio-mem may have a device assigned,
# which does DMA into what was plugged.
# shellcheck disable=SC2317 # functions that wait_for calls
. tests/lib.sh
. tests/dmemfs.sh
. tests/dmemfs-guest.sh

have_dmemfs dax0.0
need modprobe vfio-pci
need modprobe vfio_iommu_type1
need sh -c 'echo 1 >/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts'
edu=$(grep -l '^0x11e8$' /sys/bus/pci/devices/*/device | cut -d / -f 6)
[ -n "$edu" ] || bail 'there is no edu device'
need sh -c "echo vfio-pci >/sys/bus/pci/devices/$edu/driver_override"
need sh -c "echo $edu >/sys/bus/pci/drivers_probe"

need mount_dmem dax=dax0.0,pagesize=2M,size=768M,hugetlbfs,mode=0700
tests/guest/vmem a $mnt 256M 512M 0 -device "vfio-pci,host=$edu" &
guest=$!
said a ready || bail "guest a: $(cat /run/a.out)"
is 'only the base is in use' "$(avail)" $((512 << 20))
resize a 512
is 'it has all of the pool' "$(avail)" 0
: >/run/none
is 'which is zero' "$(file-data $mnt/a-vmem zero /run/none)" $((512 << 20))
tell a dma 'dma 8192'
dd if=$mnt/a-vmem of=/run/page bs=4096 skip=2 count=1 status=none
fails 'the device writes to plugged memory' cmp -s -n 4096 /run/page /dev/zero
is 'and nowhere else' "$(tr -d '\0' <$mnt/a-vmem | wc -c)" "$(tr -d '\0' </run/page | wc -c)"
resize a 0
is 'all of it is back in the pool' "$(avail)" $((512 << 20))
resize a 512
is 'and zero when it is plugged again' "$(file-data $mnt/a-vmem zero /run/none)" $((512 << 20))
tell a online online
tell a 'fill 300' filled
pass 'the guest fills and verifies it'

# The device is unbound: the guest is lost, but its device goes on.
need unbind dax0.0
like 'the log says who must go before the memory is used again' "$(dmesg)" \
	'unbound while VFIO may map it'
fails 'it is nobody else to have' bind_none dax0.0
# It has ended by itself if it touched its memory.
kill $guest 2>/dev/null
wait $guest
fails 'nor while it is mounted' bind_none dax0.0
need umount $mnt
ok 'but then' bind_none dax0.0
done_testing
