#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# debug
# vm: --mem 7G --timeout 5400 --append 'nokaslr memmap=1280M%4G-1+0xefffffff memmap=768M%6G-1+0xefffffff'
#
# Promise: four tenants who make calls at random, while the memory is taken away and
# given back, cut, and hit by errors, find no byte of each other, and nothing that the
# kernel has to say.
#
# Arguments, by hand or from "make soak", are those of the program soak.
. tests/lib.sh
. tests/dmemfs.sh

have_dmemfs dax0.0 dax1.0
need mount_dmem dax=dax1.0,pagesize=4K,mode=1777
need modprobe kvm-amd
chmod 0666 /dev/kvm
echo 1 >/sys/kernel/mm/ksm/run
tap_run soak -n 20000 "$@" dax0.0 $mnt dax1.0
is 'the kernel finds no corrupt page table' "$(dmesg | grep -c 'bad p[gmu]d')" 0
ok 'the mount can go' umount $mnt
for dev in dax0.0 dax1.0; do ok "$dev can go" unbind $dev; done
ok 'the modules can go' rmmod dmemfs dax_none pfn_special
done_testing
