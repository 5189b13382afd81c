#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 8G --append 'nokaslr memmap=1G%4G-1+0xefffffff memmap=1G%6G-1+0xefffffff'
#
# Promise: bad input is refused with a reason, limits hold, a device belongs to one
# mount or to whoever opens it, and one that vanishes takes nothing else along.
. tests/lib.sh
. tests/dmemfs.sh

# refused OPTIONS ERRNO-TEXT: mount says no, and leaves nothing behind.
refused() {
	refused_said=$(mount_dmem "$1" 2>&1 && umount $mnt && echo mounted)
	like "refused: $1" "$refused_said" "$2"
}

have_dmemfs dax0.0 dax1.0
for options in dax=dax0.0,nonsense dax=dax0.0,nonsense=1 dax=dax0.0,hugetlbfs=1 \
	pagesize=2M dax= dax=dax0.0,pagesize=3K dax=dax0.0,pagesize=2m \
	dax=dax0.0,size=1 dax=dax0.0,size=-2M dax=dax0.0,size=3G dax=dax0.0,size=2Mx \
	dax=dax0.0,size=99999999999999999999 dax=dax0.0,size=16777216T \
	dax=dax0.0,size= dax=dax0.0,size=% dax=dax0.0,size=0% dax=dax0.0,size=101% \
	dax=dax0.0,size=-1% dax=dax0.0,size=5.5% dax=dax0.0,nr_inodes=-1 dax=dax0.0,mode=17777 \
	dax=dax0.0,mode=8 dax=dax0.0,uid=x dax=dax0.0,mpol=bind dax=dax0.0,mpol=x:0 \
	dax=dax0.0,mpol=bind:9999 dax=dax0.0,mpol=bind:7 dax=dax0.0,mpol=local:0 \
	dax=dax0.0,mpol=bind: ; do
	refused "$options" 'bad option'
done
refused dax=dax9.9 'bad option'
refused dax=dax0.0:/dev/dax1.0 'bad option'
refused dax=dax0.0: 'bad option'
refused dax=dax0.0:dax0.0 'busy|already mounted'
like 'the log says why' "$(dmesg)" 'given twice'
like 'that of others too' "$(dmesg)" 'no device dax9.9 is bound to dax_none'
need unbind dax1.0
refused dax=dax0.0:dax1.0 'bad option'
need bind_none dax1.0

# A device is one mount's, or its openers'.
need mount_dmem dax=dax0.0:dax1.0
is 'two devices make one pool' "$(avail)" $((2 << 30))
mkdir -p /run/other
said=$(mount -t dmemfs -o dax=dax1.0 dmem /run/other 2>&1)
like 'a second mount of one is refused' "$said" 'busy|already mounted'
said=$(dax-mem read /dev/dax1.0 0 4K 4K 2>&1)
like 'and so is opening it' "$said" 'busy'
fails 'the module stays while it is mounted' rmmod dmemfs
need umount $mnt
dax-mem hold /dev/dax1.0 0 4K >/run/held &
holder=$!
need wait_for 10 grep -q ready /run/held
refused dax=dax0.0:dax1.0 'busy|already mounted'
need mount_dmem dax=dax0.0
ok 'the other device can be mounted meanwhile' umount $mnt
kill -USR1 $holder
wait $holder

# Who may mount.
is 'a user namespace may not' "$(setpriv --reuid 65534 --regid 65534 --clear-groups \
	unshare -rm mount -t dmemfs -o dax=dax0.0 dmem $mnt 2>&1 |
	grep -ci 'denied\|not permitted')" 1
is 'nor root in one' "$(unshare -Urm mount -t dmemfs -o dax=dax0.0 dmem $mnt 2>&1 |
	grep -ci 'denied\|not permitted')" 1

# Limits.
need mount_dmem dax=dax0.0,size=64M,nr_inodes=4
fails 'no more is allocated than size= allows' fallocate -l 66M $mnt/a
is 'and nothing half-way' "$(avail)" $((64 << 20))
ok 'but that much is' fallocate -l 64M $mnt/a
need truncate -s 4M $mnt/b
dax-mem touch $mnt/b 0 2M 2M >/dev/null 2>&1
is 'a hole that cannot be filled gives SIGBUS' $? 135
like 'with a reason in the log' "$(dmesg)" 'no memory left for a hole in'
is 'write() gets ENOSPC' "$(dd if=/dev/zero of=$mnt/b bs=1M count=1 conv=notrunc 2>&1 |
	grep -c 'No space left')" 1
need touch $mnt/c
is 'no more files than nr_inodes= allows' "$(touch $mnt/d 2>&1 | grep -c 'No space left')" 1
is 'and they are counted' "$(stat -f -c '%c %d' $mnt)" '4 0'
ok 'remount: room for more' mount -o remount,size=128M,nr_inodes=10 $mnt
ok 'that is there' fallocate -l 66M $mnt/a
like 'and shown' "$(findmnt -no FS-OPTIONS $mnt)" 'size=128M,nr_inodes=10'
for options in size=64M size=63M size=4G nr_inodes=2 dax=dax1.0 pagesize=4K hugetlbfs \
	nozero mode=700 nonsense mpol=bind:7; do
	fails "remount is refused: $options" mount -o "remount,$options" $mnt
done
is 'and nothing has changed' "$(findmnt -no FS-OPTIONS $mnt | grep -c 'size=128M,nr_inodes=10')" 1
ok 'remount: read-only' mount -o remount,ro $mnt
fails 'is read-only' touch $mnt/a
need mount -o remount,rw $mnt
need rm $mnt/a $mnt/b $mnt/c
is 'nothing is lost' "$(avail)" $((128 << 20))
need umount $mnt

need mount_dmem dax=dax0.0,pagesize=2M,size=50%
is 'size= may be a part of what there is' "$(avail)" $((512 << 20))
like 'and is shown as that' "$(findmnt -no FS-OPTIONS $mnt)" 'size=50%'
ok 'a remount changes it' mount -o remount,size=1% $mnt
is 'to whole pages' "$(avail)" $((10 << 20))
need umount $mnt

# Many files.
need mount_dmem dax=dax0.0,pagesize=4K
total=$(avail)
need mkdir $mnt/many
files=100000
[ "$DAX_NONE_KERNEL" = stock ] || files=10000
seq $files | (cd $mnt/many && xargs touch)
is "$files files" "$(find $mnt/many -type f | wc -l)" $files
need rm -r $mnt/many
is 'and none' "$(stat -f -c '%c %d' $mnt | awk '{ print $1 - $2 }')" 1
is 'without a page for them' "$(avail)" "$total"
need umount $mnt

# A device that vanishes. dax1.0 has the memory of one file and part of another.
need mount_dmem dax=dax1.0:dax0.0,pagesize=2M
need fallocate -l 1G $mnt/first
need fallocate -l 512M $mnt/second
dax-mem hold $mnt/first 0 2M >/run/held1 &
first=$!
dax-mem hold $mnt/second 0 2M >/run/held2 &
second=$!
need wait_for 10 grep -q ready /run/held1
need wait_for 10 grep -q ready /run/held2
before=$(avail)
gone=dax0.0
leaves=$(cat $bus/devices/dax1.0/leaves_*)
ok 'a device can be taken away' unbind $gone
like 'which the log says' "$(dmesg)" "a device of dax=dax1.0:dax0.0 was taken away"
kill -USR1 $first $second
wait $first
status=$?
wait $second
is 'one who maps it gets SIGBUS, one who maps the other does not' \
	"$(printf '%s\n' $status $? | sort | tr '\n' ' ')" '0 7 '
is 'who maps the other has not lost it meanwhile' "$(cat $bus/devices/dax1.0/leaves_*)" "$leaves"
lost=$mnt/first
kept=$mnt/second
[ $status -eq 7 ] || { lost=$mnt/second kept=$mnt/first; }
is 'read() gets EIO' "$(dd if=$lost of=/dev/null bs=4K count=1 2>&1 |
	grep -c 'Input/output error')" 1
is 'write() too' "$(dd if=/dev/zero of=$lost bs=4K count=1 conv=notrunc 2>&1 |
	grep -c 'Input/output error')" 1
ok 'the other file can be read' dd if=$kept of=/dev/null bs=1M status=none
fails 'the memory is not there any more' fallocate -l "$((before + 4096))" $mnt/third
ok 'files can be deleted' rm $lost
is 'the rest counts as it did' "$(($(avail) % (2 << 20)))" 0
ok 'and it can be unmounted' umount $mnt
need bind_none $gone
ok 'and mounted again' mount_dmem dax=dax1.0:dax0.0
is 'with all of it' "$(avail)" $((2 << 30))
need fallocate -l 2G $mnt/all
ok 'where nothing of before is seen' dax-mem zero $mnt/all 0 256M
need umount $mnt
need rmmod dmemfs
done_testing
