#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 6G --edu 1 --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: no IOMMU gets what was taken away while VFIO was mapping it: either VFIO
# has it, and nobody else gets it, or VFIO does not.
# No spaces are in these names, and defaults are meant:
# shellcheck disable=SC2086,SC2119
. tests/lib.sh
. tests/device.sh
. tests/dmemfs.sh
. tests/vfio.sh
. tests/race.sh

# Of each race; 1000, given by hand, takes half an hour.
rounds=${1:-20}

have_dmemfs dax0.0
have_vfio
edu=$(edu_devices)
# Before VFIO looks at a leaf, and between that and what it does with it.
need stretch iommu_map:10000 "_raw_spin_lock@follow_pfnmap_start:30000"
for take in punch truncate; do
	need mount_dmem dax=dax0.0,pagesize=2M,size=4M
	tap_run vfio-race $take $mnt $rounds $edu
	need umount $mnt
done
tap_run vfio-race unbind dax0.0 $rounds $edu
stretched 'VFIO was held up'
done_testing
