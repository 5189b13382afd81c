#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 7G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
#
# Promise: files and directories are what POSIX says they are, and the tools that
# everyone knows show numbers that make sense.
. tests/lib.sh
. tests/dmemfs.sh

have_dmemfs dax0.0
need mount_dmem dax=dax0.0,pagesize=4K,strictatime
tap_run dmemfs-posix $mnt
need umount $mnt

need mount_dmem dax=dax0.0,pagesize=2M,size=512M,nr_inodes=20,mpol=prefer:0,uid=1,gid=2,mode=1750
is 'findmnt shows what it was mounted with' "$(findmnt -no FSTYPE,SOURCE $mnt)" \
	'dmemfs dmem'
like 'and all options' "$(findmnt -no FS-OPTIONS $mnt)" \
	'dax=dax0.0,pagesize=2M,size=512M,nr_inodes=20,mpol=prefer:0,uid=1,gid=2,mode=1750'
is 'the root directory has its owner and mode' "$(stat -c '%u %g %a' $mnt)" '1 2 1750'
need fallocate -l 64M $mnt/full
need truncate -s 64M $mnt/sparse
need dd if=/dev/zero of=$mnt/sparse bs=4096 count=1 seek=4096 conv=notrunc status=none
is 'df' "$(df -h --output=size,used,avail,pcent $mnt | tail -n 1 | tr -s ' ')" \
	' 512M 66M 446M 13%'
is 'df -i' "$(df --output=itotal,iused,iavail $mnt | tail -n 1 | tr -s ' ')" \
	' 20 3 17'
is 'ls -s' "$(ls -sh $mnt/full) $(ls -sh $mnt/sparse)" \
	"64M $mnt/full 2.0M $mnt/sparse"
is 'du' "$(du -h $mnt | cut -f 1)" 66M
is 'du --apparent-size' "$(du -h --apparent-size $mnt/sparse | cut -f 1)" 64M
is 'stat -f' "$(stat -f -c '%T %S %l' $mnt)" 'UNKNOWN (0x646d656d) 2097152 255'
need umount $mnt

# Tools that copy.
need mount_dmem dax=dax0.0,pagesize=2M
head -c 5000001 /dev/urandom >/run/random
need cp /run/random $mnt/copy
ok 'cp and cmp' cmp /run/random $mnt/copy
need cp --sparse=always $mnt/copy $mnt/again
ok 'sha256sum' sh -c "sha256sum <$mnt/again >/run/sum && sha256sum -c /run/sum </run/random"
need dd if=$mnt/copy of=$mnt/direct bs=1M iflag=direct oflag=direct status=none
ok 'dd with O_DIRECT' cmp /run/random $mnt/direct
need tar -C $mnt -cf $mnt/tar copy
ok 'tar' sh -c "tar -xOf $mnt/tar copy | cmp - /run/random"
need truncate -s 6M $mnt/holes
need dd if=/run/random of=$mnt/holes bs=1M seek=2 count=1 conv=notrunc status=none
need cp --sparse=auto $mnt/holes $mnt/holes2
is 'cp finds holes by SEEK_DATA' "$(stat -c '%b' $mnt/holes2)" 4096
# sendfile() and splice(): no page can be lent, so the bytes are copied.
ok 'splice' sh -c "cat $mnt/copy | cmp - /run/random"
need umount $mnt

# A block device that a file is behind, which has less memory than it promises.
need modprobe loop
need mount_dmem dax=dax0.0,pagesize=4K,size=1M
need truncate -s 1028K $mnt/disk
loop=$(losetup --find --show --direct-io=on $mnt/disk)
is 'a loop device does direct I/O' "$(cat "/sys/block/${loop#/dev/}/loop/dio")" 1
fails 'what does not fit is not lost in silence' \
	dd if=/dev/zero of="$loop" bs=1028K count=1 oflag=direct
ok 'and what fits is there' dd if=/dev/zero of="$loop" bs=1M count=1 oflag=direct
need losetup --detach "$loop"
need umount $mnt

need mount_dmem dax=dax0.0,pagesize=2M,hugetlbfs
is 'with -o hugetlbfs, statfs answers as hugetlbfs does' \
	"$(stat -f -c '%t %T %S' $mnt)" '958458f6 hugetlbfs 2097152'
need umount $mnt
ok 'the manual page is clean' mandoc -T lint -W warning Documentation/man/mount.dmemfs.8
ok 'the module can go' rmmod dmemfs
done_testing
