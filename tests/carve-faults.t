#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 8G --numa 2 --append nokaslr
# vm: --timeout 1800
# vm: --append 'memmap=1G%4608M-1+0xefffffff memmap=2G%7G-1+0xefffffff'
#
# Promise: whatever processes, files and other tools are in the way, daxctl carve takes
# memory from nobody who uses it, gives it to nobody who should not have it, loses none,
# and says what is wrong.
# shellcheck disable=SC2317 # functions are run by ok and fails
. tests/lib.sh
. tests/carve.sh

have_regions
need modprobe dmemfs
users() {
	cat "/sys/bus/dax/devices/$1/users"
}

# Who uses it: the kernel's word, not a guess
need daxctl carve create --node 0 --size 64M
is 'nobody uses a new device' "$(users dax1000.0)" ''
need mkdir -p /mnt/dmem
need mount -t dmemfs -o dax=dax1000.0,pagesize=2M dmem /mnt/dmem
like 'a mount of dmemfs whose source says nothing is a user' "$(users dax1000.0)" \
	'^claim dmemfs 0:[0-9]+$'
refuses 'and keeps the device' 'claimed by dmemfs' destroy dax1000.0
refuses 'also by resizing' 'claimed by dmemfs' resize dax1000.0 --size 32M
is 'list has it' "$(query '.[].devices[] | [.mount, (.users.claims | length)]' -n 0)" \
	'["/mnt/dmem",1]'
exec 5>/mnt/dmem/file
need umount -l /mnt/dmem
refuses 'a lazy umount does not hide it' 'claimed by dmemfs' destroy --all
exec 5>&-
gone() {
	[ -z "$(users dax1000.0)" ]
}
need wait_for 10 gone
unshare --mount sh -c 'mount -t dmemfs -o dax=dax1000.0 dmem /mnt/dmem && exec sleep 60' &
other=$!
taken() {
	[ -n "$(users dax1000.0)" ]
}
need wait_for 10 taken
refuses 'nor does a mount namespace' 'claimed by dmemfs' destroy dax1000.0
kill $other
wait $other
need wait_for 10 gone

# A name that is no text, and is told to a terminal
# shellcheck disable=SC2016
evil='use POSIX; open(F, "+<", "/dev/dax1000.0") or die;
	my $n = "\xff\xfe\e[2Jevil\0"; syscall(157, 15, $n, 0, 0, 0); $| = 1; print "ready\n"; sleep 100'
perl -e "$evil" >/run/evil &
holder=$!
need wait_for 10 grep -q ready /run/evil
ok 'a name that is no UTF-8 makes no bad JSON' \
	sh -c 'daxctl carve list | python3 -c "import json, sys; json.load(sys.stdin)"'
is 'it is there, with its bytes' "$(query '.[].devices[].holders[0].comm' -n 0)" \
	'\xff\xfe\x1b[2Jevil'
like 'and does no harm in a complaint' "$(daxctl carve destroy --all 2>&1)" \
	'in use by \\xff\\xfe\\x1b\[2Jevil, pid'
kill $holder
wait $holder
need daxctl carve destroy --all

# Names belong to memory
need daxctl carve create --node 1 --size 256M --name tenantA --mode 0660 --owner 0:6
is 'owner and permissions are as asked for' "$(stat -c '%a %u:%g' /dev/dax1001.0)" '660 0:6'
need daxctl destroy-device -f dax1001.0
need daxctl reconfigure-device -s 256M dax1001.0
need daxctl enable-device --map=none dax1001.0
is 'what has the place of a device does not get its name' \
	"$(query '.[].devices[] | [.chardev, .name]' -n 1)" '["dax1001.0",null]'
need daxctl carve destroy dax1001.0
is 'nor its owner' "$(stat -c '%a %u:%g' /dev/dax1001.0)" '600 0:0'
need daxctl carve create --node 1 --size 256M --name tenantA
need daxctl disable-device dax1001.0
need daxctl reconfigure-device -s 512M dax1001.0
need daxctl enable-device --map=none dax1001.0
is 'what another tool resizes keeps its name' \
	"$(query '.[].devices[] | [.chardev, .name, .size]' -n 1)" \
	"[\"dax1001.0\",\"tenantA\",$((512 << 20))]"
refuses 'an owner that would be another one' '4294967296' \
	create --node 1 --size 256M --owner 4294967296
need daxctl carve destroy --all

# A file where a device is to be
need daxctl carve create --node 0 --size 64M
need truncate -s 1M /dev/dax1000.1
refuses 'a stray file is named, and nothing is made' '/dev/dax1000.1 is a regular file of 1M' \
	create --node 0 --size 64M --count 2
like 'check finds it' "$(daxctl carve check)" '^error +stray +/dev/dax1000.1 is a file of 1M'
need rm /dev/dax1000.1
need daxctl carve create --node 0 --size 64M
need rm /dev/dax1000.1
is 'without its node a device still is there' \
	"$(query '.[].devices[] | [.chardev, .node]' -n 0)" \
	'["dax1000.0",null]
["dax1000.1","missing"]'
is 'and its memory is not free' "$(query '.[].available_size' -n 0)" "$(free 0)"
daxctl carve check --repair >/run/check
is 'check makes the node' "$(stat -c %F /dev/dax1000.1)" 'character special file'
ok 'and it can be destroyed' daxctl carve destroy dax1000.1
fails 'and the node goes with it' test -e /dev/dax1000.1
need daxctl carve destroy --all

# Memory of nobody
need sh -c 'echo 1 >/sys/devices/platform/dax_node.0/dax_region/create'
like 'check finds a device without memory' "$(daxctl carve check)" \
	'^warning +idle +dax1000.1 has no memory'
daxctl carve check --repair >/run/check 2>&1
is 'and deletes it' "$(ls /sys/bus/dax/devices)" \
	'dax1000.0
dax1001.0'
need daxctl reconfigure-device -s 64M dax1000.0
like 'and one without driver' "$(daxctl carve check)" \
	'^error +orphan +dax1000.0 has memory and no driver'
daxctl carve check >/dev/null
is 'with a status for monitoring' $? 2
need daxctl carve destroy dax1000.0

# Where the result goes
for where in '&-' /dev/full; do
	status=0
	eval "daxctl carve create --node 0 --size 64M >$where 2>/run/said" || status=$?
	is "nothing is made that is not told ($where)" \
		"$status $(query '.[].devices | length' -n 0)" '1 0'
	like 'which is said' "$(cat /run/said)" 'cannot write to standard output.*nothing is changed'
done
is 'nothing of it is in a file of ours' "$(cat /run/dax-none/lock)" ''
status=0
daxctl carve create --node 0 --size 64M <&- 2>&- >/run/made || status=$?
is 'closed files but for one that matters do not' "$status $(jq -r '.[].chardev' /run/made)" \
	'0 dax1000.0'

# Files of devices
need daxctl carve save /run/layout
is 'a layout is for root only' "$(stat -c %a /run/layout)" 600
need chmod 640 /run/layout
need chown 0:6 /run/layout
need daxctl carve save /run/layout
is 'unless it was for others before' "$(stat -c '%a %g' /run/layout)" '640 6'
echo precious >/run/victim
for link in /run/layout.new /run/layout.tmp; do ln -s /run/victim $link; done
need daxctl carve save /run/layout
is 'a link beside it leads nowhere' "$(cat /run/victim) $(stat -c %F /run/layout)" \
	'precious regular file'
need daxctl carve destroy --all
jq '.devices[0].chardev = "dax1000.2000000000"' /run/layout >/run/bomb
refuses 'an id that would take others without end' 'out of range' restore /run/bomb
jq '.devices[0].map = "weird"' /run/layout >/run/weird
refuses 'a map that nobody knows' '"map" is neither' restore /run/weird
jq '.devices[0].more = 1' /run/layout >/run/more
refuses 'anything that nobody knows' '"more" is not known' restore /run/more
is 'a socket is a file as any other' "$(python3 -c '
import socket, subprocess
a, b = socket.socketpair()
a.sendall(open("/run/layout", "rb").read())
a.close()
print(subprocess.run(["daxctl", "carve", "restore", "-"], stdin=b,
	stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode)')" 0
need daxctl carve destroy --all
jq '.devices[0].chardev = "dax1000.300"' /run/layout >/run/high
ok 'a high id can be restored' daxctl carve restore /run/high
is 'and the others are free again' "$(ls /sys/bus/dax/devices)" \
	'dax1000.0
dax1000.300
dax1001.0'
need daxctl carve destroy --all

# Saving while devices come and go
(
	trap 'exit 0' TERM
	while :; do
		daxctl carve create --node 0 --size 600M
		daxctl carve destroy --node 0
	done
) >/dev/null 2>&1 &
maker=$!
half=0
for _ in $(seq 20); do
	daxctl carve save - >/run/now 2>/dev/null || continue
	half=$((half + $(jq '[.devices[] | select(.map != "none" or .state)] | length' /run/now)))
done
kill $maker
wait $maker 2>/dev/null
is 'no saved device is half made' $half 0
need daxctl carve destroy --all

need daxctl carve create --node 0 --size 64M --count 3 --name some
need daxctl carve save /run/layout
need daxctl carve destroy --all

# Restoring what differs
need daxctl carve restore /run/layout
need daxctl carve destroy some-1
need daxctl carve create --node 0 --size 128M --name other
status=0
said=$(daxctl carve restore /run/layout 2>&1 >/dev/null) || status=$?
is 'what differs is no reason to destroy anything' $status 5
like 'it is said what does' "$said" 'different dax1000.1 already: its size is 128M, not 64M'
ok 'unless that is asked for' daxctl carve restore --remove-extra /run/layout
is 'and then all is as saved' "$(daxctl carve save - | jq -cS .)" "$(jq -cS . /run/layout)"
done_testing
