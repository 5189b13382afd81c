#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: what containers, unions of directories and backups want of a file system is
# there: handles, whiteouts, mounts that show other owners, attributes and ACLs; and
# directories may have a size of their own.
. tests/lib.sh
. tests/dmemfs.sh

have_dmemfs dax0.0
need mount_dmem dax=dax0.0,pagesize=4K
tap_run dmemfs-names $mnt
need umount $mnt

# The root directory is one of them.
need mount_dmem dax=dax0.0,pagesize=4K,nr_inodes=1000
tap_run dmemfs-attributes $mnt 999
is 'nothing is left of it all' "$(stat -f -c '%d' $mnt)" 999
need umount $mnt

for pagesize in 4K 2M; do
	need mount_dmem dax=dax0.0,pagesize=$pagesize
	total=$(avail)
	tap_run dmemfs-dirsize $mnt
	is "$pagesize: all is free again" "$(avail)" "$total"
	need umount $mnt
done
like 'the log says of a hole what its directory allows' "$(dmesg)" \
	'no memory left for a hole in h: .* the size of their directory'
like 'and why a size is refused' "$(dmesg)" \
	'trusted.dmemfs.size "4097" is not possible: use a multiple of the page size'

# The upper layer of a union, with all that wants attributes, handles and whiteouts.
need modprobe overlay
need mount_dmem dax=dax0.0,pagesize=4K
union=/run/union
need mkdir -p $mnt/upper $mnt/work /run/lower/dir $union
for name in gone moved changed dir/below; do echo below >"/run/lower/$name"; done
dmesg --clear
ok 'overlayfs takes it as its upper layer' mount -t overlay \
	-o "lowerdir=/run/lower,upperdir=$mnt/upper,workdir=$mnt/work,index=on,redirect_dir=on" \
	none $union
is 'and misses nothing' "$(dmesg | grep -c 'overlayfs:')" 0
need rm $union/gone
need mv $union/moved $union/there
need mv $union/dir $union/elsewhere
echo above >>$union/changed
is 'what is deleted is gone, what is moved has moved' \
	"$(cd $union && find . -type f | sort | tr '\n' ' ')" './changed ./elsewhere/below ./there '
is 'what was there is there' "$(cat $union/there $union/elsewhere/below | tr '\n' ' ')" 'below below '
is 'what is changed is changed' "$(tr '\n' ' ' <$union/changed)" 'below above '
is 'and nothing below' "$(cat /run/lower/* 2>/dev/null | sort -u)" below
need umount $union
need umount $mnt
ok 'the module can go' rmmod dmemfs
done_testing
