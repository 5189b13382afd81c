#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=2G%4G-1+0xefffffff'
# stock
#
# Promise: files of dmemfs are mapped by the largest leaves that fit, live until
# their last user is gone, and nobody sees what was in them before.
. tests/lib.sh
. tests/dmemfs.sh

have_dmemfs dax0.0
for pagesize in 2M 4K 1G; do
	before="$(attribute leaves_1g)"
	need mount_dmem dax=dax0.0,pagesize=$pagesize
	total=$(avail)
	is "$pagesize: all of the device is there" "$total" $((2 << 30))
	need fallocate -l 2G $mnt/a
	is "$pagesize: an allocated file has it" "$(avail)" 0
	ok "$pagesize: it reads as zero" dax-mem zero $mnt/a 0 1G
	is "$pagesize: through 1G leaves" \
		$(($(attribute leaves_1g) - before)) 1
	need dax-mem fill $mnt/a 64M 64M 1
	ok "$pagesize: it holds what was written" dax-mem check $mnt/a 64M 64M 1
	need dd if=$mnt/a of=/run/part bs=1M skip=64 seek=64 count=8 status=none
	ok "$pagesize: read() sees what a mapping wrote" dax-mem check /run/part 64M 8M 1
	dax-mem hold $mnt/a 0 2M >/run/held &
	holder=$!
	need wait_for 10 grep -q ready /run/held
	need rm $mnt/a
	is "$pagesize: a deleted file has its memory while it is mapped" "$(avail)" 0
	kill -USR1 $holder
	wait $holder
	is "$pagesize: and can be used" $? 0
	is "$pagesize: then the memory is free" "$(avail)" "$total"
	need truncate -s 2G $mnt/b
	is "$pagesize: a sparse file has no memory" "$(avail)" "$total"
	ok "$pagesize: the next file reads as zero" dax-mem zero $mnt/b 0 128M
	need umount $mnt
done

need mount_dmem dax=dax0.0,pagesize=4K
need fallocate -l 1075843072 $mnt/p
tap_run private-test $mnt/p
like 'a refused private mapping says what to do' "$(dmesg)" \
	'dmemfs: .*: a private mapping cannot be writable: use MAP_SHARED'
need rm $mnt/p

# A program that maps all that it reads, privately.
export HOME=/run GIT_CONFIG_NOSYSTEM=1
need git config --global user.name n
need git config --global user.email e@localhost
ok 'git makes a repository' git init -q $mnt/git
need cp -r tests Documentation $mnt/git
need git -C $mnt/git add .
ok 'it commits' git -C $mnt/git commit -q -m one
need git -C $mnt/git mv tests renamed
need git -C $mnt/git commit -q -m two
ok 'it packs' git -C $mnt/git gc -q --aggressive
ok 'and finds nothing wrong' git -C $mnt/git fsck --strict
ok 'it clones' git clone -q $mnt/git $mnt/clone
ok 'and the clone is the same' diff -r tests $mnt/clone/renamed
need umount $mnt
done_testing
