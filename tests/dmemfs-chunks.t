#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 5G --append 'nokaslr memmap=128M%4G-1+0xefffffff'
#
# Promise: of memory that was cleared in part only, because that was all that its user
# touched, the next one finds nothing of him, however much of it he gets, and whether or
# not the rest was being cleared when it changed hands.
# shellcheck disable=SC2154 # of the files below
. tests/lib.sh
. tests/dmemfs.sh
. tests/race.sh

all=$((16 << 20))
# Of a file that has whole granules: fallocate() gives it those, faults would not.
file=$mnt/file
other=$mnt/other

# cleared: KiB that somebody has had to wait for
cleared() {
	echo $(($(attribute zeroed_bytes) >> 10))
}

# unclear: KiB that are still to be cleared
unclear() {
	echo $(($(attribute unclear_bytes) >> 10))
}

# all_zero: whoever has all of the memory finds zeroes; then it is free again.
# shellcheck disable=SC2317 # ok calls it
all_zero() {
	local status=0
	if ! fallocate -l $all "$other" || ! dax-mem zero "$other" 0 $all; then
		status=1
	fi
	rm "$other"
	return $status
}

# page FILE OFFSET SEED: fills a page, by a leaf of its own, since the mapping is no larger
page() {
	need dax-mem fill "$1" "$2" 4K "$3"
}

have_device
need no_ahead
need unbind
need sh -c "echo 0 >$sysfs/size && echo $all >$sysfs/size"
have_dmemfs "$dax"
need mount_dmem "dax=$dax,pagesize=4K"

# Whole granules go to the next one.
need fallocate -l 4M "$file"
is 'allocating clears nothing' "$(cleared)" 0
page "$file" 64K 1
page "$file" 2M 1
is 'of two granules, one chunk each is cleared' "$(cleared)" 128
is 'all but that is still to be cleared' "$(unclear)" $(((all >> 10) - 128))
ok 'the owner has what he wrote' dax-mem check "$file" 64K 4K 1
need rm "$file"
is 'when he is gone, all is to be cleared' "$(unclear)" $((all >> 10))
ok 'and the next one finds zeroes' all_zero

# The other chunks, one after another and all at once, and what is whole then
need fallocate -l 4M "$file"
before=$(cleared)
for offset in 0 512K 1M 1536K; do
	page "$file" $offset 2
done
page "$file" 512K 3
is 'a chunk that is clear is not cleared again' $(($(cleared) - before)) 256
ok 'what is around them reads as zero' dax-mem zero "$file" 4K 508K
ok 'as does what no leaf of 4K could show' dax-mem zero "$file" 1540K 508K
need dax-mem read "$file" 0 2M 4K
is 'nor is any of it when the rest of the granule is' $(($(cleared) - before)) 2048
ok 'what was written is still there' dax-mem check "$file" 512K 4K 3
ok 'in all places' dax-mem check "$file" 1536K 4K 2
ok 'and nothing else' dax-mem zero "$file" 1028K 508K

# Parts of granules go to others.
page "$file" 2M 4
page "$file" 3M 4
need truncate -s 3M "$file"
need fallocate -l $((all - (3 << 20))) "$other"
ok 'who gets the second half of a granule finds zeroes in it' dax-mem zero "$other" 0 $((all - (3 << 20)))
page "$other" $((all - (4 << 20))) 5
ok 'and who has the first half what he wrote' dax-mem check "$file" 2M 4K 4
need fallocate -p -o 2M -l 64K "$file"
need fallocate -o 2M -l 64K "$file"
ok 'what was punched out of a granule comes back as zeroes' dax-mem zero "$file" 2M 1M
need rm "$file" "$other"
ok 'whoever comes after both finds zeroes' all_zero

# What is around chunks in use is cleared ahead: slowly, so that there is time for more.
need fallocate -l 2M "$file"
page "$file" 0 6
page "$file" 1M 6
need ahead
ok 'all becomes clear ahead' wait_for 300 grep -qx 0 "$sysfs/unclear_bytes"
need no_ahead
ok 'but for what has been written' dax-mem check "$file" 0 4K 6
ok 'anywhere' dax-mem check "$file" 1M 4K 6
ok 'and the rest is zero' dax-mem zero "$file" 4K 1020K
need rm "$file"

# It comes to an end when the owner is gone, and another has the memory.
need modprobe delay 'at=memremap@[pfn_special]:100000' comm=pfn_ahead/0
rounds=15
bad=0
for ((i = 1; i <= rounds; i++)); do
	need fallocate -l $all "$file"
	for ((offset = 0; offset < all; offset += 2 << 20)); do
		page "$file" $((offset + 65536)) $i
	done
	need ahead
	# In the middle of it, most of the time: it stays for 100 ms.
	sleep 0.0$((i % 10))
	need rm "$file"
	need no_ahead
	all_zero || bad=$((bad + 1))
done
is "in $rounds rounds nobody finds what was around the rest" $bad 0
stretched 'which was being cleared meanwhile'
need rmmod delay
need umount "$mnt"
done_testing
