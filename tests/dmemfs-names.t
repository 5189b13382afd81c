#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
#
# Promise: what containers, unions of directories and backups want of a file system is
# there: handles, whiteouts, mounts that show other owners.
. tests/lib.sh
. tests/dmemfs.sh

have_dmemfs dax0.0
need mount_dmem dax=dax0.0,pagesize=4K
tap_run dmemfs-names $mnt
need umount $mnt

ok 'the module can go' rmmod dmemfs
done_testing
