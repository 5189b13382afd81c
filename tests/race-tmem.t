#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 7G --append 'nokaslr memmap=128M%4G-1+0xefffffff memmap=128M%5G-1+0xefffffff'
# vm-debug: --timeout 2400
#
# Promise: memory that is lent, taken, opened, mounted, unbound and claimed by all at once
# has one owner at a time, who finds nothing of the others in it, and nobody waits for ever.
# shellcheck disable=SC2154,SC2086 # of the files below; names hold no spaces
# shellcheck disable=SC2317 # called by until_done()
. tests/lib.sh
. tests/dmemfs.sh
. tests/race.sh
. tests/tmem.sh

# Of whoever opens; the others go on until that is done.
rounds=${1:-12}

# until_done COMMAND...: again and again, whether it succeeds or not.
until_done() {
	while [ ! -e /run/done ]; do
		"$@"
	done >/dev/null 2>&1
}

# It has what was left there, or has been cleared just now.
check_own() {
	dax-mem check "/dev/$1" 0 2M 7 || [ $? -ne 1 ] || dax-mem zero "/dev/$1" 0 2M
}

# Whoever opens one and finds it empty leaves something in it.
opens() {
	for _ in $(seq "$rounds"); do
		dax-mem zero "/dev/$1" 0 2M
		case $? in
		# It may be in use by a mount, or unbound; or nobody had it in between.
		0) dax-mem fill "/dev/$1" 0 2M 7 && echo "$1" >>/run/opened ;;
		1) check_own "$1" || [ $? -ne 1 ] || echo "$1" >>/run/not-zero ;;
		esac
	done >/dev/null 2>&1
}

mounts() {
	mount_dmem dax=dax0.0:dax1.0 || return
	echo mounted >>/run/mounted
	if fallocate -l 2M $mnt/file; then
		dax-mem zero $mnt/file 0 2M || [ $? -ne 1 ] || echo file >>/run/not-zero
		dax-mem fill $mnt/file 0 2M 9
	fi
	umount $mnt
}

rebinds() {
	echo dax1.0 >$bus/drivers/dax_none/unbind
	echo dax1.0 >$bus/drivers/dax_none/attach
	sleep 0.3
}

lends() {
	lend "$1" && echo "$1" >>/run/lent
	[ $((RANDOM % 4)) -ne 0 ] || take "$1"
}

# A reader that is killed while it waits.
is_killed() {
	timeout -s KILL 0.0$((RANDOM % 9)) dax-mem read "/dev/$1" 0 4K 4K
}

uses() {
	modprobe tmem_test ops=1000 keys=1000 || touch /run/wrong
	rmmod tmem_test
}

have_dmemfs dax0.0 dax1.0
need no_ahead
need modprobe tmem
need modprobe delay "at=synchronize_rcu_expedited@[tmem]:2000,memremap@[pfn_special]:3000,memunmap@[pfn_special]:3000,pfn_special_unclaim:3000,pfn_special_claim:1000,tmem_area_del:1000"
rm -f /run/done
for device in dax0.0 dax1.0; do
	until_done lends $device &
	until_done is_killed $device &
done
until_done mounts &
until_done rebinds &
until_done uses &
opens dax0.0 &
opener=$!
opens dax1.0
wait $opener
touch /run/done
wait
diag "opened $(wc -l </run/opened), mounted $(wc -l </run/mounted), lent $(wc -l </run/lent) times"
fails 'nobody found anything of others' test -e /run/not-zero
fails 'nothing that was put is lost or wrong' test -e /run/wrong
at_most 'they were opened' 1 "$(wc -l </run/opened)"
at_most 'and mounted' 1 "$(wc -l </run/mounted)"
at_most 'and lent' 1 "$(wc -l </run/lent)"
stretched 'the windows were stretched'
need rmmod delay
for device in dax0.0 dax1.0; do
	[ "$(driver_of $device)" ] || need bind_none $device
	ok "in the end $device can be opened" dax-mem zero /dev/$device 0 16M
done
is 'nothing is lent' "$(lent)" 0
fails 'no mapping is left' kernel_maps
ok 'all modules can be unloaded' rmmod tmem
done_testing
