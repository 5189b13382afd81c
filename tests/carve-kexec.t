#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --installed --mem 8G --numa 2 --append 'nokaslr memmap=512M%4608M-1+0xefffffff'
# vm: --append 'memmap=512M%5376M-1+0xefffffff memmap=1G%7G-1+0xefffffff'
# vm-debug: --timeout 1800
#
# Promise: devices survive a kexec, with their content if that is asked for, and
# cleared if not; and so do files of dmemfs. This file runs once in each of the two kernels.
. tests/lib.sh
. tests/carve.sh

# argument NAME: what the first kernel told the second.
argument() {
	sed -n "s/.* carve\.$1=\([^ ]*\).*/\1/p" /proc/cmdline
}

# Without that map the next kernel takes soft-reserved memory for plain reserved.
[ -d /sys/firmware/memmap ] ||
	skip_all "this kernel has no CONFIG_FIRMWARE_MEMMAP, so kexec passes no memory types"
have_regions
saved=$(argument saved)
if [ -z "$saved" ]; then
	need daxctl carve create --node 0 --size 600M --name keep
	need daxctl carve create --node 1 --size 128M --name drop
	is 'one of them has two extents' "$(query '.[].devices[].mappings | length')" \
		'2
1'
	need dax-mem fill /dev/dax1000.0 0 600M 23
	need dax-mem fill /dev/dax1001.0 0 128M 42
	need daxctl carve create --node 1 --size 128M --name files
	need dax-mem fill /dev/dax1001.1 0 128M 7
	need modprobe dmemfs
	need mkdir /run/files
	need mount -t dmemfs -o dax=dax1001.1,pagesize=4K,noatime dmem /run/files
	need fallocate -l 40M /run/files/guest
	need dax-mem fill /run/files/guest 0 5M 11
	need dax-mem fill /run/files/guest 30M 8K 12
	need chown 1000:1001 /run/files/guest
	# As an argument, since nothing else is left of this kernel.
	saved=$(daxctl carve save - | jq -c . | gzip -9 | base64 -w 0)
	files=$(dmemfs-layout save /run/files - | jq -c . | gzip -9 | base64 -w 0)
	need kexec -l "$DAX_NONE_VMLINUZ" --initrd="$DAX_NONE_INITRD" --reuse-cmdline \
		--append=" carve.saved=$saved carve.files=$files carve.done=$tap_count.$tap_failed"
	# What was printed is still on its way.
	sleep 2
	kexec -e
	bail 'kexec -e returned'
fi

tap_count=$(argument 'done')
tap_failed=${tap_count#*.}
tap_count=${tap_count%.*}
echo "$saved" | base64 -d | gzip -d >/run/saved
jq '.devices |= map(select(.name == "keep"))' /run/saved >/run/keep
jq '.devices |= map(select(.name == "drop"))' /run/saved >/run/drop
is 'the second kernel begins without devices' "$(query '.[].devices | length')" '0
0'
jq '.devices |= map(select(.name == "files"))' /run/saved >/run/files.json
ok 'one is restored with its content' daxctl carve restore --preserve /run/keep
ok 'one without' daxctl carve restore /run/drop
ok 'one for files' daxctl carve restore --preserve /run/files.json
is 'all are what they were' "$(daxctl carve save - | jq -c .)" "$(jq -c . /run/saved)"
ok 'the content is there' dax-mem check /dev/dax1000.0 0 600M 23
is 'nothing of it was cleared' "$(cat /sys/bus/dax/devices/dax1000.0/zeroed_bytes)" 0
ok 'the other reads as zeroes' dax-mem zero /dev/dax1001.0 0 128M
need modprobe dmemfs
need mkdir /run/files
argument files | base64 -d | gzip -d >/run/layout
ok 'files are restored' dmemfs-layout restore /run/layout /run/files
is 'with their owner' "$(stat -c '%u:%g %s' /run/files/guest)" "1000:1001 $((40 << 20))"
ok 'and content' eval 'dax-mem check /run/files/guest 0 5M 11 &&
	dax-mem check /run/files/guest 30M 8K 12'
ok 'what nobody had touched reads as zeroes' dax-mem zero /run/files/guest 6M 24M
need fallocate -l 80M /run/files/rest
ok 'and so does what no file had' dax-mem zero /run/files/rest 0 80M
need umount /run/files
need daxctl carve destroy --all
need daxctl carve create --node 0 --size 600M
is 'the next to have the memory does not keep it' \
	"$(cat /sys/bus/dax/devices/dax1000.0/preserve)" 0
done_testing
