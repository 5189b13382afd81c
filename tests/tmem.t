#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=256M%4G-1+0xefffffff memmap=256M%5G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: idle memory can be used by put and get, and whoever opens, mounts, binds or
# unbinds it gets it back, with nothing in it, and no mapping in the kernel. What was put
# into a persistent pool is not lost by that.
# shellcheck disable=SC2154,SC2086 # of the files below; names hold no spaces
# shellcheck disable=SC2317 # called by "ok"
. tests/lib.sh
. tests/dmemfs.sh
. tests/tmem.sh

inject=/sys/kernel/debug/pfn_special/inject
quarantine=/sys/kernel/pfn_quarantine
size=$((256 << 20))
on_debug=$([ "$DAX_NONE_KERNEL" = stock ] || echo yes)

# some N M: N on the stock kernel, M on the debug kernel.
some() {
	if [ "$on_debug" ]; then echo "$2"; else echo "$1"; fi
}

# use ARG...: pages are put, got and flushed, and some stay.
use() {
	modprobe tmem_test "$@"
}

unuse() {
	rmmod tmem_test
}

test_parameter() {
	cat "/sys/module/tmem_test/parameters/$1"
}

# lend_again DEVICE: once nothing is left of the last time.
lend_again() {
	wait_for 20 lend "$1"
}

have_dmemfs dax0.0 dax1.0
need no_ahead
need modprobe tmem
fails 'nothing is lent at first, and nothing can be taken' take 4096
need dax-mem fill /dev/dax0.0 0 16M 1

# Lending.
ok 'an idle device can be lent' lend dax0.0
is 'it says so' "$(lent)" $size
is 'and how large it is' "$(cat $tmem/devices/dax0.0/size)" $size
is 'with nothing in it' "$(cat $tmem/devices/dax0.0/used)" 0
like 'the device says so too' "$(attribute users)" '^claim tmem$'
fails 'not twice' lend dax0.0
fails 'nor one that does not exist' lend dax9.9
fails 'nor a path' lend ../dax1.0
fails 'nor nothing' lend ''
like 'with a reason in the log' "$(dmesg)" 'tmem: no device dax9.9 is bound'
dax-mem hold /dev/dax1.0 0 4K >/run/held &
holder=$!
need wait_for 10 grep -q ready /run/held
fails 'nor one that is open' lend dax1.0
kill -USR1 $holder
wait $holder
like 'while it is lent the kernel maps it' "$(kernel_maps)" ioremap
ok 'the second can be lent as well' lend dax1.0

# What is put is got, whatever is taken meanwhile.
(
	while [ ! -e /run/enough ]; do
		for device in dax0.0 dax1.0; do
			take $device
			lend $device
		done
	done
) 2>/dev/null &
looper=$!
ok 'puts, gets and flushes while devices are taken and lent' \
	use ops="$(some 10000 3000)" keys=8000
touch /run/enough
wait $looper
at_most 'pages were saved meanwhile' 1 "$(test_parameter saved)"
is 'and none was lost' "$(test_parameter lost)" 0
need unuse
for device in dax0.0 dax1.0; do
	take $device 2>/dev/null
done
is 'all was taken back in the end' "$(lent)" 0
fails 'no mapping is left' kernel_maps

# Whoever wants it has it at once, and what is in it is elsewhere.
need lend dax0.0
need use ops=4000 keys=2000
at_most 'there is something in it' 1 "$(cat $tmem/devices/dax0.0/used)"
ok 'a device that is lent can be opened, and reads as zero' \
	dax-mem zero /dev/dax0.0 0 64M
is 'it is not lent any more' "$(lent)" 0
at_most 'what was in it has been saved' 1 "$(test_parameter saved)"
fails 'no mapping is left after that' kernel_maps
need wait_for 20 test ! -d $tmem/devices/dax0.0
fails 'a module that is in use stays' rmmod tmem
need unuse

need lend_again dax0.0
need lend_again dax1.0
need use ops=4000 keys=2000
ok 'both can be mounted' mount_dmem dax=dax0.0:dax1.0
need fallocate -l 16M $mnt/file
ok 'and read as zero' dax-mem zero $mnt/file 0 16M
is 'nothing is lent' "$(lent)" 0
fails 'what is mounted cannot be lent' lend dax0.0
need umount $mnt
need unuse

need lend_again dax0.0
need use ops=4000 keys=2000
ok 'it can be unbound' unbind dax0.0
is 'and is not lent then' "$(lent)" 0
fails 'no mapping is left' kernel_maps
at_most 'what was in it has been saved' 1 "$(test_parameter saved)"
is 'and none was lost' "$(test_parameter lost)" 0
need bind_none dax0.0
ok 'bound again it reads as zero' dax-mem zero /dev/dax0.0 0 16M
need unuse

# Nowhere to go.
need lend_again dax0.0
need use ops=4000 keys=2000
need sh -c 'echo Y >/sys/module/tmem_test/parameters/full_disk'
fails 'where pages cannot be saved it is not taken' take dax0.0
fails 'nor can it be opened' dax-mem read /dev/dax0.0 0 4K 4K
is 'it stays lent' "$(lent)" $size
like 'with a reason in the log' "$(dmesg)" 'tmem: dax0.0: stays lent, since pages'
is 'and nothing was lost' "$(test_parameter lost)" 0
ok 'to unbind it always works' unbind dax0.0
at_most 'what was in it is lost' 1 "$(test_parameter lost)"
like 'and the log says so' "$(dmesg)" 'tmem: dax0.0: .* pages were lost'
need unuse
need bind_none dax0.0

# Bytes, and limits.
need lend_again dax0.0
need lend_again dax1.0
fails 'more than there is cannot be taken' take $((2 * size + 1))
is 'and nothing was' "$(lent)" $((2 * size))
ok 'a byte can' take 1
is 'which takes a device' "$(lent)" $size
ok 'the rest can' take $size
is 'and none is left' "$(lent)" 0

# Memory errors.
need lend_again dax1.0
start=$(($(cat $bus/devices/dax1.0/mapping0/start)))
for i in $(seq 0 63); do
	echo $((start + i * 8192)) >$inject || bail 'no error'
done
ok 'pages with errors are not used' use ops=8000 keys=8000
at_most 'they are left out' 1 "$(cat $tmem/devices/dax1.0/bad_pages)"
is 'nothing was lost' "$(test_parameter lost)" 0
for i in $(seq 0 "$(some 2047 511)"); do
	echo $((start + (2 * i + 1) * 4096)) >$inject || bail 'no error'
done
for i in $(seq 0 "$(some 255 127)"); do
	echo $((start + (2 * i + 1) * 4096)) >$quarantine/clear || bail 'not cleared'
done
at_most 'a page that is repaired is lost: it comes back empty' 1 "$(test_parameter lost)"
before=$(test_parameter lost)
ok 'with errors in what is put it can be taken' take dax1.0
at_most 'and those pages are lost' $((before + 1)) "$(test_parameter lost)"
need unuse
need cp $quarantine/pages /run/pages
need sh -c "cat /run/pages >$quarantine/clear"
is 'they are good again' "$(cat $quarantine/nr_pages)" 0

# Hibernation, as far as it goes without a disk for the image.
if [ -w /sys/power/pm_test ]; then
	need lend_again dax1.0
	need use ops=4000 keys=2000
	need sh -c 'echo freezer >/sys/power/pm_test'
	echo disk >/sys/power/state 2>/dev/null
	is 'before hibernation all is saved' "$(cat $tmem/devices/dax1.0/used)" 0
	is 'and the memory stays lent' "$(lent)" $size
	need unuse
	ok 'it is used again afterwards' use ops=4000 keys=2000
	at_most 'really' 1 "$(cat $tmem/devices/dax1.0/used)"
	need unuse
	need take dax1.0
fi

# The end.
need lend_again dax0.0
need lend_again dax1.0
ok 'the module can be unloaded while devices are lent' rmmod tmem
fails 'no mapping is left' kernel_maps
ok 'they can be opened' dax-mem zero /dev/dax1.0 0 16M
is 'and nobody has them' "$(attribute users)" ''
done_testing
