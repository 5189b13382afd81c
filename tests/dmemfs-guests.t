#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 8G --timeout 1200 --append 'nokaslr memmap=2G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: guests share a pool by virtio-mem. What one gives up, another can have at
# once, and finds it empty.
. tests/lib.sh
. tests/dmemfs.sh
. tests/dmemfs-guest.sh

# one_up ROUND UP DOWN: DOWN gives 384 MiB up, and UP gets them.
one_up() {
	resize "$3" 0
	is "round $1: df has what guest $3 had" "$(avail)" $((384 << 20))
	file-data $mnt/"$2"-vmem >/run/old
	resize "$2" 384
	is "round $1: and guest $2 has all of it" "$(avail)" 0
	is "round $1: which is zero" "$(file-data $mnt/"$2"-vmem zero /run/old)" $((384 << 20))
	tell "$2" online online
	tell "$2" 'fill 300' filled
	tell "$2" free free
	pass "round $1: guest $2 fills and verifies it"
}

have_dmemfs dax0.0
# Two guests of 256M, and 384M that goes from one to the other.
need mount_dmem dax=dax0.0,pagesize=2M,size=896M,hugetlbfs,mode=0700
tests/guest/vmem a $mnt 256M 384M 384M &
a=$!
tests/guest/vmem b $mnt 256M 384M 0 &
b=$!
said a ready || bail "guest a: $(cat /run/a.out)"
said b ready || bail "guest b: $(cat /run/b.out)"
ok 'guest a starts with 640 MiB' wait_for 60 has a 384
ok 'guest b with 256 MiB' has b 0
tell a online online
tell a 'fill 300' filled
tell a free free
# More by hand: a round takes half a minute or more.
rounds=${1:-1}
for round in $(seq "$rounds"); do
	one_up "$round" b a
	# Back, for the next round.
	[ "$round" -eq "$rounds" ] || one_up "$round" a b
done
for guest in a b; do
	echo off >/run/$guest.in
done
status=0
wait $a || status=$?
wait $b || status=$?
is 'both power off' $status 0
ok 'their files can be deleted' sh -c "rm $mnt/*"
is 'and all is free' "$(avail)" $((896 << 20))
need umount $mnt
done_testing
