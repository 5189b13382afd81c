#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=128M%4G-1+0xefffffff memmap=128M%5G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: what is swapped out to /dev/tmemN is in memory that is lent while there is some,
# and on the disk behind otherwise; it comes back as it was, whatever is taken meanwhile.
# shellcheck disable=SC2154,SC2086 # of the files below; names hold no spaces
. tests/lib.sh
. tests/dmemfs.sh
. tests/tmem.sh

group=/sys/fs/cgroup/hog
inject=/sys/kernel/debug/pfn_special/inject
# Twice what a hog may have.
hog_mib=48
accesses=$(if [ "$DAX_NONE_KERNEL" = stock ]; then echo 8000; else echo 2000; fi)

# in_group COMMAND...: with less memory than it wants.
# shellcheck disable=SC2317 # called by "ok"
in_group() {
	(
		echo "$BASHPID" >$group/cgroup.procs
		exec "$@"
	)
}

have_dmemfs dax0.0 dax1.0
need no_ahead
need modprobe tmem_swap
need modprobe brd rd_nr=1 rd_size=131072
need sh -c 'echo +memory >/sys/fs/cgroup/cgroup.subtree_control'
need mkdir $group
need sh -c "echo $((hog_mib / 2))M >$group/memory.max"

# The device.
fails 'a disk that does not exist is refused' sh -c "echo /dev/nonsense >$tmem/swap/add"
fails 'and what is no disk' sh -c "echo /dev/null >$tmem/swap/add"
ok 'a disk gets a swap device in front of it' sh -c "echo /dev/ram0 >$tmem/swap/add"
is 'which says so' "$(cat /sys/block/tmem0/tmem/backing)" /dev/ram0
is 'and has its size' "$(blockdev --getsize64 /dev/tmem0)" $((128 << 20))
fails 'but only once' sh -c "echo /dev/ram0 >$tmem/swap/add"
need sh -c "seq 1 200000 | head -c 1M >/run/data"
ok 'what others write passes through' dd if=/run/data of=/dev/tmem0 bs=1M oflag=direct status=none
ok 'to the disk' cmp -n 1048576 /run/data /dev/ram0
ok 'and back' cmp -n 1048576 /run/data /dev/tmem0
is 'nothing of it is put' "$(pool tmem0 puts)" 0
need mkswap /dev/tmem0
need swapon /dev/tmem0
fails 'while it is in use it cannot be removed' sh -c "echo tmem0 >$tmem/swap/remove"
fails 'nor can the module' rmmod tmem_swap

# Nothing is lent: all goes to the disk.
ok 'swapping works with nothing lent' in_group hog $hog_mib "$accesses" 1
at_most 'puts are refused then' 1 "$(pool tmem0 refused)"
is 'all of them' "$(pool tmem0 puts)" 0

# Something is.
need lend dax0.0
refused=$(pool tmem0 refused)
ok 'and with a device lent' in_group hog $hog_mib "$accesses" 2
at_most 'which is put to' 1 "$(pool tmem0 puts)"
at_most 'and got from' 1 "$(pool tmem0 gets)"
is 'nothing goes to the disk' "$(pool tmem0 refused)" "$refused"
# But for those that swap keeps for each CPU, and what shells have swapped out.
at_most 'slots that are freed are flushed' "$(pool tmem0 used)" $((1 << 20))

# Less than is wanted.
need sh -c "echo $((4 << 20)) >$tmem/pools/tmem0/max"
ok 'a pool can have a limit' in_group hog $hog_mib "$accesses" 3
at_most 'beyond which the disk is used' $((refused + 1)) "$(pool tmem0 refused)"
need sh -c "echo max >$tmem/pools/tmem0/max"

# Taken and lent all the time.
need lend dax1.0
(
	while [ ! -e /run/enough ]; do
		take dax0.0
		dax-mem zero /dev/dax1.0 0 1M || touch /run/not-zero
		lend dax0.0
		take dax1.0
		lend dax1.0
	done
) 2>/dev/null &
looper=$!
ok 'two hogs while devices are taken, opened and lent' \
	in_group sh -c "hog $((hog_mib / 2)) $accesses 4 & hog $((hog_mib / 2)) $accesses 5 && wait \$!"
touch /run/enough
wait $looper
fails 'whoever opens one reads zeroes' test -e /run/not-zero
at_most 'pages went to the disk meanwhile' 1 "$(pool tmem0 saved)"
is 'none was lost' "$(pool tmem0 lost)" 0

# Out of swap, with pages in memory and on the disk.
lend dax0.0 2>/dev/null
in_group hog $hog_mib 1000000000 6 >/run/hog 2>&1 &
hog=$!
need wait_for 100 sh -c "[ \$(cat $tmem/pools/tmem0/used) -gt 8000000 ]"
need sh -c "echo max >$group/memory.max"
ok 'swapoff works while a hog swaps' swapoff /dev/tmem0
is 'and leaves nothing' "$(pool tmem0 used)" 0
kill -9 $hog
wait $hog 2>/dev/null
need sh -c "echo $((hog_mib / 2))M >$group/memory.max"
need swapon /dev/tmem0

# A memory error costs a page, and whoever has it.
in_group hog $hog_mib 1000000000 7 >/run/hog 2>&1 &
hog=$!
need wait_for 100 sh -c "[ \$(cat $tmem/pools/tmem0/used) -gt 8000000 ]"
used=dax0.0
[ "$(cat $tmem/devices/dax1.0/used)" -lt "$(cat $tmem/devices/dax0.0/used)" ] || used=dax1.0
start=$(($(cat $bus/devices/$used/mapping0/start)))
for i in $(seq 0 255); do
	echo $((start + i * 4096)) >$inject
done
wait $hog 2>/dev/null
is 'who swapped out a page that an error hit gets SIGBUS' $? 135
at_most 'a page is lost' 1 "$(pool tmem0 lost)"
ok 'others go on' in_group hog $hog_mib "$accesses" 8

# The tool.
need swapoff /dev/tmem0
ok 'tmemctl destroys a swap device' tmemctl destroy tmem0
fails 'which is gone then' test -b /dev/tmem0
is 'and makes one' "$(tmemctl create /dev/ram0)" tmem0
like 'not two of one disk' "$(tmemctl create /dev/ram0 2>&1)" 'cannot use /dev/ram0: .* it is mounted'
need tmemctl take --all
ok 'it lends' tmemctl lend dax0.0 /dev/dax1.0
like 'and tells why not' "$(tmemctl lend dax0.0 2>&1)" \
	'cannot lend dax0.0: .* it is open, mounted or lent already'
is 'it lists for programs' "$(tmemctl list --json |
	jq -c '[[.devices[] | .device, .size], (.pools[] | .pool, .kind, .backing)]')" \
	'[["dax0.0",134217728,"dax1.0",134217728],"tmem0","persistent","/dev/ram0"]'
like 'and for people' "$(tmemctl list)" '^dax1.0 +128M +0 +[0-9]+$'
is 'it counts' "$(tmemctl stat --json tmem0 | jq -c '.[0] | .pool, .puts')" '"tmem0"
0'
fails 'but not what does not exist' tmemctl stat tmem7
ok 'it takes some' tmemctl take --bytes 128M
is 'and no more' "$(lent)" $((128 << 20))
fails 'not more than there is' tmemctl take --bytes 1T
ok 'or all' tmemctl take --all
is 'of it' "$(lent)" 0
for words in '' nonsense 'take --bytes x' 'take' 'lend' 'list x' 'take --all dax0.0' 'create'; do
	tmemctl $words >/dev/null 2>&1
	is "bad usage: tmemctl $words" $? 2
done
need tmemctl lend dax0.0

# The end.
ok 'the module can be unloaded' rmmod tmem_swap
ok 'and the other, with devices lent' rmmod tmem
fails 'no mapping is left' kernel_maps
ok 'the disk can be used again' mkswap /dev/ram0
for page in tmem.7 tmemctl.8; do
	ok "the manual page $page is clean" mandoc -T lint -W warning Documentation/man/$page
done
done_testing
