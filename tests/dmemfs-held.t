#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --edu 1 --append 'nokaslr memmap=128M%4G-1+0xefffffff'
# stock
#
# Promise: what a device can reach is nobody else's. With the module of drivers/vfio what
# VFIO maps and files give up is withheld until VFIO has unmapped it; with the kernel's
# own, which cannot be asked, all that files give up, until VFIO has no user left.
# No spaces are in these names, defaults are meant, and ok calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/dmemfs.sh
. tests/vfio.sh

iova=$((4 << 30))
mine=$((8 << 30))
M=$((1 << 20))
all=$((128 << 20))

withheld() {
	cat /sys/kernel/debug/dmemfs/*/withheld_bytes
}

# blocks FILE: bytes of memory that it has
blocks() {
	echo $(($(stat -c '%b * %B' "$1")))
}

# secret: another tenant has all that is left, and fills it.
secret() {
	secret_size=$(avail)
	need fallocate -l $secret_size $mnt/b/secret
	need dax-mem fill $mnt/b/secret 0 $secret_size 7
}

# kept_out NAME: no device of a reaches what b has.
kept_out() {
	ok "$1: the device reads" edu read 0 $iova 2048
	ok "$1: and writes it to a file of its own" edu write 0 $mine 2048
	fails "$1: that is not what another has written" \
		cmp -s -n 2048 $mnt/a/mine $mnt/b/secret
	ok "$1: the device writes" edu write 0 $((iova + 4096)) 2048
	ok "$1: but not into what another has" dax-mem check $mnt/b/secret 0 $secret_size 7
}

# start: a has a file of 8M that a device reaches from its offset $1 on, for $2 bytes
start() {
	need fallocate -l 8M $mnt/a/file
	need fallocate -l 2M $mnt/a/mine
	start_edu
	need edu open 1 $mnt/a/file 0 8M
	need edu fill 1 0 8M 1
	need edu map 1 $1 $2 $iova
	need edu open 2 $mnt/a/mine 0 2M
	need edu touch 2 4096
	need edu map 2 0 2M $mine
}

forget() {
	need edu munmap 1
	need edu close 1
}

have_dmemfs dax0.0
have_vfio stock
for how in delete truncate punch; do
	need mount_dmem dax=dax0.0,pagesize=2M
	need mkdir $mnt/a $mnt/b
	need dmemfs-dirsize $mnt/a 12M
	start 0 8M
	case $how in
	delete)
		forget
		need rm $mnt/a/file
		;;
	truncate) need truncate -s 0 $mnt/a/file ;;
	punch) need fallocate -p -l 8M $mnt/a/file ;;
	esac
	is "stock, $how: df counts the memory as used" "$(avail)" $((all - 10 * M))
	is "stock, $how: it is withheld" "$(withheld)" $((8 * M))
	fails "stock, $how: and counts in the size of the directory" fallocate -l 4M $mnt/a/more
	fails "stock, $how: nobody gets it" fallocate -l $((all - 8 * M)) $mnt/b/secret
	secret
	kept_out "stock, $how"
	need edu unmap $iova 8M
	is "stock, $how: unmapped, it is withheld for as long as VFIO has a user" \
		"$(avail) $(withheld)" "0 $((8 * M))"
	need rm $mnt/b/secret
	stop_edu
	case $how in
	delete)
		is "stock, $how: then df has it again" "$(avail)" $((all - 2 * M))
		ok "stock, $how: and the directory" fallocate -l 10M $mnt/a/more
		need rm $mnt/a/more
		;;
	*) ok "stock, $how: then somebody else gets it" fallocate -l $((all - 2 * M)) $mnt/b/secret ;;
	esac
	is "stock, $how: and nothing is withheld" "$(withheld)" 0
	[ -e $mnt/b/secret ] || need fallocate -l $((all - 2 * M)) $mnt/b/secret
	ok "stock, $how: it is clear" dax-mem zero $mnt/b/secret 0 $((all - 2 * M))
	need umount $mnt
done

# Root may say that VFIO's users are trusted.
need mount_dmem dax=dax0.0,pagesize=4K
need mkdir $mnt/a $mnt/b
start 0 8M
for i in 0 1 2 3 4 5 6 7; do
	need fallocate -p -o $((i * M)) -l 4K $mnt/a/file
done
is 'holes are withheld, too' "$(withheld)" 32768
ok 'what is left is still the file' edu check 1 4K 1020K 1
ok 'remount: they are trusted' mount -o remount,vfio=trusted $mnt
like 'which shows' "$(findmnt -no FS-OPTIONS $mnt)" 'vfio=trusted'
is 'and frees all of it' "$(withheld) $(avail)" "0 $((all - 10 * M + 32768))"
need truncate -s 0 $mnt/a/file
is 'memory returns at once' "$(avail)" $((all - 2 * M))
ok 'remount: they are not' mount -o remount,vfio=untrusted $mnt
fails 'and nothing else can be said' mount -o remount,vfio=maybe $mnt
is 'trust does not show' "$(findmnt -no FS-OPTIONS $mnt | grep -c vfio)" 0
stop_edu
need umount $mnt
need mount_dmem dax=dax0.0,pagesize=2M,vfio=trusted
like 'trust from the beginning' "$(findmnt -no FS-OPTIONS $mnt)" 'vfio=trusted'
need umount $mnt

# A device that is taken away takes along what is withheld of it.
need mount_dmem dax=dax0.0,pagesize=2M
need mkdir $mnt/a $mnt/b
start 0 8M
forget
need rm $mnt/a/file
is 'withheld' "$(withheld)" $((8 * M))
need unbind dax0.0
fails 'of a device that was taken away nothing is left' fallocate -l 2M $mnt/b/x
ok 'all can be deleted' rm -r $mnt/a $mnt/b
stop_edu
ok 'and the mount can be unmounted' umount $mnt
need bind_none dax0.0

# Ours: what is held is known, page by page.
have_vfio
for how in truncate punch; do
	need mount_dmem dax=dax0.0,pagesize=2M
	need mkdir $mnt/a $mnt/b
	start 2M 4M
	if [ $how = truncate ]; then
		ok 'held: truncate to where the end of it is held' truncate -s 4M $mnt/a/file
		is 'held: that is withheld' "$(withheld) $(avail)" "$((2 * M)) $((all - 8 * M))"
		ok 'held: truncate' truncate -s 0 $mnt/a/file
	else
		ok 'held: a hole' fallocate -p -l 8M $mnt/a/file
	fi
	is "held, $how: the file has nothing" "$(blocks $mnt/a/file)" 0
	is "held, $how: what is held is withheld, and no more" "$(withheld) $(avail)" \
		"$((4 * M)) $((all - 6 * M))"
	[ $how = truncate ] || ok "held, $how: the file is clear" dax-mem zero $mnt/a/file 0 $((8 * M))
	[ $how = truncate ] || need fallocate -p -l 8M $mnt/a/file
	secret
	kept_out "held, $how"
	need rm $mnt/b/secret
	ok "held, $how: it is unmapped" edu unmap $iova 4M
	is "held, $how: and all memory is back" "$(withheld) $(avail)" "0 $((all - 2 * M))"
	secret
	need rm $mnt/b/secret
	need fallocate -l $secret_size $mnt/b/secret
	ok "held, $how: and clear" dax-mem zero $mnt/b/secret 0 $secret_size
	stop_edu
	need umount $mnt
done

need mount_dmem dax=dax0.0,pagesize=2M
need mkdir $mnt/a $mnt/b
start 2M 4M
ok 'held: bytes can be cleared, which the file keeps' \
	fallocate -p -o $((2 * M + 8192)) -l 100 $mnt/a/file
ok 'held: they are' cmp -n 100 --ignore-initial=$((2 * M + 8192)):0 $mnt/a/file /dev/zero
ok 'held: truncate inside of the last page is possible' truncate -s 5M $mnt/a/file
is 'held: it cuts nothing that is held' "$(blocks $mnt/a/file) $(withheld)" "$((6 * M)) 0"
ok 'held: and clears' truncate -s 6M $mnt/a/file
ok 'held: what was behind it' cmp -n $M --ignore-initial=$((5 * M)):0 $mnt/a/file /dev/zero
forget
need rm $mnt/a/file
is 'held: deleted, it keeps its memory' "$(avail)" $((all - 8 * M))
secret
kept_out 'held, deleted'
need rm $mnt/b/secret
ok 'held: it is unmapped' edu unmap $iova 4M
is 'held: and all its memory is back' "$(avail)" $((all - 2 * M))
stop_edu
need umount $mnt

# With 4K pages, in many pieces, and with no extent left.
need mount_dmem dax=dax0.0,pagesize=4K
need mkdir $mnt/a $mnt/b
start 4K 4K
need edu map 1 16K 4K $((iova + M))
need edu map 1 24K 4K $((iova + 2 * M))
need rm -r $mnt/b
now=$(awk '$1 == "extents" { print $2 }' /sys/kernel/debug/dmemfs/*/extents)
need mount -o remount,nr_extents=$now $mnt
ok 'pieces: with no extent left there is a hole' fallocate -p -l 8M $mnt/a/file
is 'pieces: all of it is withheld' "$(withheld) $(blocks $mnt/a/file)" "$((8 * M)) 0"
need mount -o remount,nr_extents=1000 $mnt
is 'pieces: with some, what is held is, and that alone' "$(avail) $(withheld)" \
	"$((all - 2 * M - 12288)) 12288"
ok 'pieces: one is unmapped' edu unmap $((iova + M)) 4K
is 'pieces: the others are still held' "$(avail) $(withheld)" "$((all - 2 * M - 8192)) 8192"
stop_edu
is 'pieces: until they are not' "$(avail) $(withheld)" "$((all - 2 * M)) 0"
need umount $mnt
ok 'the module can go' rmmod dmemfs
done_testing
