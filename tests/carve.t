#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 8G --numa 2 --append nokaslr
# Node 0 is 0-2G and 4G-6G, node 1 is 6G-10G. Each has three ranges with holes
# and odd ends; the last of node 0 and the first of node 1 are one.
# vm: --append 'memmap=0x20001000%0x107fff000-1+0xefffffff'
# vm: --append 'memmap=0x18300000%0x130000000-1+0xefffffff'
# vm: --append 'memmap=0x58000000%0x158000000-1+0xefffffff'
# vm: --append 'memmap=1G%0x1c0000000-1+0xefffffff'
# vm: --append 'memmap=0x30123000%0x208000000-1+0xefffffff'
#
# Promise: what memmap= cut up is one region per node, out of which devices of any
# size can be carved, all or nothing.
. tests/lib.sh
. tests/carve.sh

have_regions

# One region per node
is 'node 0: whole sections, without holes' "$(cat "$(region 0)/extents")" \
'0x108000000-0x127ffffff
0x130000000-0x147ffffff
0x158000000-0x17fffffff'
is 'node 1: the range that began on node 0 goes on here' \
	"$(cat "$(region 1)/extents")" \
'0x180000000-0x1afffffff
0x1c0000000-0x1ffffffff
0x208000000-0x237ffffff'
is 'holes are not available' "$(free 0)" $((1536 << 20))
is 'list agrees' "$(query '.[] | [.node, .available_size]')" \
"[0,$((1536 << 20))]
[1,$((2560 << 20))]"
is 'and knows the largest run at each alignment' \
	"$(query '.[].largest_free | [.["1G"], .["2M"]]' --node 1)" \
	"[$((1 << 30)),$((1 << 30))]"
like 'what was trimmed is logged' "$(dmesg)" 'hmem.0: 0x1000 bytes of .* trimmed'

# A device larger than any range
need sh -c 'modprobe pfn_special; echo N >/sys/module/pfn_special/parameters/ahead'
need daxctl carve create --node 0 --size 1400M --name guest

# How much of it is clear
clear() {
	daxctl carve list "$@" -o clear guest
}
is 'nothing of a new device is clear' "$(clear -p -H)" 0
need dax-mem read "/dev/$(daxctl carve list -p -H -o device guest)" 0 2M 2M
is 'but for what was touched' "$(clear -p -H)" $((2 << 20))
is 'as people say it' "$(clear -H)" 'all but 1398M'
like 'and in the picture' "$(daxctl carve show guest)" '^  clear: all but 1398M$'
need sh -c 'echo 1048576 >/sys/module/pfn_special/parameters/ahead_bytes_per_second
	echo Y >/sys/module/pfn_special/parameters/ahead'
like 'if it is cleared ahead, also when' "$(clear -H)" '^all but 1[0-9]*M, ready in 1[0-9]* s$'
need sh -c 'echo N >/sys/module/pfn_special/parameters/ahead
	echo 4294967296 >/sys/module/pfn_special/parameters/ahead_bytes_per_second'

is 'it has several extents' "$(query '.[].devices[].mappings | length' -n 0)" 3
is 'all of them on its node' "$(query '[.[].devices[].mappings[] |
	select(.start < 4294967296 or .end >= 6442450944)] | length' -n 0)" 0
is 'and one mode' "$(query '.[].devices[] | [.chardev, .name, .mode, .map]' -n 0)" \
	'["dax1000.0","guest","devdax","none"]'
ok 'no memory of node 1 is used' sh -c \
	"! sed -n 's/^ *\\([0-9a-f]*\\)-.* : dax1000.0/\\1/p' /proc/iomem |
		grep -v '^1[0-7]'"
# Minutes on the debug kernel, which sees no other paths in it than in mapping.t.
if [ "$DAX_NONE_KERNEL" = stock ]; then
	guest_status=0
	guest=$(tests/guest/run /dev/dax1000.0 1G 2>&1) || guest_status=$?
	is 'a KVM guest boots on it and verifies its memory' $guest_status 0
	[ $guest_status -eq 0 ] || diag "$guest"
fi

# In use
dax-mem hold /dev/dax1000.0 0 2M >/run/held &
holder=$!
need wait_for 10 grep -q ready /run/held
refuses 'a device in use is not destroyed, and who uses it is named' \
	"in use by dax-mem, pid $holder" destroy guest
refuses 'nor are others with it' "in use by dax-mem" destroy --all
is 'list names the holder' "$(query '.[].devices[].holders[0]' -n 0)" \
	"{\"pid\":$holder,\"comm\":\"dax-mem\"}"
fails 'nor does the region go' sh -c "echo hmem.0 >$hmem/unbind"
fails 'nor the module' rmmod dax_node
fails 'nor the module that reserved it' rmmod dax_hmem
# The file is closed, the mapping remains.
ok 'except by force' daxctl carve destroy --force guest
kill -USR1 $holder
wait $holder
is 'which ends in SIGBUS for the user' $? 7

# All or nothing
refuses 'more than there is' 'no room for 3 devices of 600M, only for 2' \
	create --node 0 --size 600M --count 3
refuses 'more in one piece than there is' 'no room' \
	create --node 0 --size 1G --contiguous
refuses 'gigabytes where there are none' 'no room' \
	create --node 0 --size 1G --align 1G
is 'a plan can be had without a device' "$(daxctl carve create --node 1 --size 1G \
	--align 1G --dry-run | jq -c '.[] | [.chardev, .mappings[].start, .leaves]')" \
	'[null,7516192768,{"1G":1073741824}]'
need daxctl carve create --size 64M --count 4 --spread --name s
is 'devices can be spread over nodes' "$(query '.[] | .devices | length')" '2
2'
need daxctl carve destroy --node 1
is 'and be destroyed by node' "$(query '.[] | .devices | length')" '2
0'
is 'small ones leave gigabytes alone' "$(daxctl carve create --node 1 --size 700M \
	--dry-run | jq -c '.[].mappings[].start < 7516192768')" true
need daxctl carve create --node 1 --size 64M --zero
is '--zero clears now' "$(cat /sys/bus/dax/devices/dax1001.0/unclear_bytes)" 0
need dax-mem fill /dev/dax1001.0 0 64M 1
need daxctl carve destroy --node 1
need daxctl carve create --node 1 --size 64M --name smaller
need dax-mem fill /dev/dax1001.0 0 2M 2
need daxctl carve resize smaller --size 32M --preserve
ok 'what gets smaller keeps its content' dax-mem check /dev/dax1001.0 0 2M 2
ok 'and nothing of the former owner' dax-mem zero /dev/dax1001.0 2M 30M
need daxctl carve destroy --node 1

# Half way: a file from the days of device_dax keeps dax_none from dax1000.0.
need daxctl carve destroy --all
need daxctl reconfigure-device -s 2M dax1000.0
need daxctl enable-device dax1000.0
exec 5</dev/dax1000.0
need daxctl disable-device dax1000.0
need daxctl reconfigure-device -s 0 dax1000.0
refuses 'if the second device fails, the first one goes' \
	'dax1000.0: the driver dax_none does not take it' \
	create --size 64M --count 2 --spread
exec 5<&-
before=$(state)
daxctl carve create --node 1 --size 2M --count 600 >/dev/null 2>&1 &
while [ ! -e /sys/bus/dax/devices/dax1001.9 ] && kill -0 $! 2>/dev/null; do
	:
done
kill -INT $!
wait $!
is 'interrupted, it fails' $? 1
is 'and leaves nothing behind' "$(state)" "$before"

# Several at once
for i in 1 2 3; do
	daxctl carve create --node 0 --size 256M --name "par$i" >/dev/null 2>&1 &
done
wait
is 'those that come at the same time wait for each other' \
	"$(query '[.[].devices[].name] | sort' -n 0)" '["par1","par2","par3"]'
is 'and share no memory' "$(free 0)" $((768 << 20))
flock --close /run/dax-none/lock sleep 60 &
locker=$!
sleep 0.5
refuses 'but not for ever' 'another instance' create --node 0 --size 2M
kill $locker
need daxctl carve destroy --all

# Save and restore, here and now
need daxctl carve create --node 0 --size 1200M --name big --align 4K
need daxctl carve create --node 1 --size 1G --align 1G
need daxctl carve create --node 1 --size 300M --count 2 --name small
need daxctl carve destroy dax1001.1
before=$(daxctl carve list)
need daxctl carve save /run/saved
need daxctl carve destroy --all
ok 'what was saved can be restored' daxctl carve restore /run/saved
is 'extents, ids and names are the same' "$(daxctl carve list)" "$before"
is 'ids that were free are so again' "$(ls /sys/bus/dax/devices)" \
'dax1000.0
dax1001.0
dax1001.2'
ok 'it can be done twice' daxctl carve restore /run/saved
need daxctl carve destroy --node 1
need daxctl carve create --node 1 --size 2M --contiguous --name thief
status=0
said=$(daxctl carve restore /run/saved 2>&1 >/dev/null) || status=$?
is 'if something does not fit' $status 5
like 'it is said what and why' "$said" \
	'dax1001.0 does not fit: there is a different dax1001.0 already'
like 'and the rest is restored' "$said" '^restored 1 device$'
need daxctl carve destroy --all

# Memory errors
need daxctl carve create --node 1 --size 1G --align 1G --name guest
need daxctl carve save /run/saved
need daxctl carve destroy guest
bad=0x1c1234000
need sh -c "echo $bad >/sys/kernel/pfn_quarantine/pages"
fails 'a range that has a bad page is not restored' daxctl carve restore /run/saved
like 'it is said why' "$tap_output" 'dax1001.0 does not fit: memory errors hit \[0x1c1200000-0x1c13fffff\]'
need daxctl carve create --node 1 --size \
	"$(query '[.[].free[] | .end - .start + 1] | add' -n 1)"
is 'all that can be had of the node leaves it out' "$(query '[.[].devices[].mappings[] |
	select(.start <= 7535280128 and .end >= 7535280128)] | length' -n 1)" 0
is 'with no more than the 2 MiB around it' "$(free 1)" $((2 << 20))
refuses 'which nobody gets' 'no room' create --node 1 --size 2M
need daxctl carve destroy --all
said=$(daxctl carve restore --preserve /run/saved 2>&1)
like 'where the content matters, the rest of it is' "$said" \
	'dax1001.0 has pages that memory errors hit'
is 'and the page is not' "$(cat /sys/bus/dax/devices/dax1001.0/bad_pages)" 1
need daxctl carve destroy --all
need sh -c "echo $bad >/sys/kernel/pfn_quarantine/clear"
ok 'once it was repaired, all can be restored' daxctl carve restore /run/saved
need daxctl carve destroy --all

# Bad input
refuses 'no size' '--size is missing' create --node 0
refuses 'a size of 0' 'not possible' create --node 0 --size 0
refuses 'an odd size' 'multiple of 2M' create --node 0 --size 3M
refuses 'a huge size' 'too large' create --node 0 --size 99999999999999T
refuses 'a size with a typo' 'is not a size' create --node 0 --size 1Q
refuses 'a negative size' 'is not a size' create --node 0 --size=-2M
refuses 'an odd alignment' '4K, 2M or 1G' create --node 0 --size 2M --align 3M
refuses 'no node' '--node is missing' create --size 2M
refuses 'a node that does not exist' 'no node 7' create --node 7 --size 2M
refuses 'a node that is none' 'not the number of a node' create --node x --size 2M
refuses 'a count of 0' 'count' create --node 0 --size 2M --count 0
need daxctl carve create --node 0 --size 2M --name taken
refuses 'a name that is taken' 'already' create --node 0 --size 2M --name taken
refuses 'a name that is none' 'not possible' create --node 0 --size 2M --name a/b
refuses 'an unknown option' 'not an option' create --bogus
refuses 'an option without its value' 'wants a value' create --size
refuses 'an argument too many' 'too many' create --node 0 --size 2M dax1000.0
refuses 'an unknown command' 'not a command' bogus
refuses 'a device that does not exist' 'no device dax9.9' destroy dax9.9
refuses 'nothing to destroy' 'destroy what?' destroy
refuses 'no file' 'cannot read' restore /nonexistent
printf '{"version":1,"devi' >/run/bad
refuses 'a broken file' 'not JSON' restore /run/bad
like 'who is not root is told so' "$(setpriv --reuid=65534 --regid=65534 --clear-groups \
	daxctl carve list 2>&1)" 'run this as root'
done_testing
