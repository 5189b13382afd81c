#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --cpu max --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
# (--cpu max: with ERMS, as most CPUs have it; other tests do without, see tests/vm/run.)
#
# Promise: nobody reads what a former owner wrote, unless asked to, and the kernel
# keeps no mapping of the memory.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

# What the kernel's page table says of the device's memory, on kernels that tell.
# shellcheck disable=SC2317 # called by "fails"
kernel_maps_device() {
	grep -q ioremap /proc/vmallocinfo &&
		grep -E 'phys=0x0*1[0-3]' /proc/vmallocinfo && return 0
	[ -r /sys/kernel/debug/page_tables/kernel ] || return 1
	# The direct map at ffff888000000000 (nokaslr) plus 4G to 5G.
	awk '/^0xffff8881/ && $1 >= "0xffff888100000000" &&
		$1 < "0xffff888140000000" && / (RW|ro) /' \
		/sys/kernel/debug/page_tables/kernel | grep .
}

have_device
need no_ahead
need bind_none
is 'a freshly bound device has cleared nothing' "$(attribute zeroed_bytes)" 0
is 'its map is none' "$(attribute map)" none
is 'it does not preserve' "$(attribute preserve)" 0

ok 'the first owner writes' dax-mem fill /dev/$dax 0 1G 1
ok 'and reads it back' dax-mem check /dev/$dax 0 1G 1
is 'all of it was cleared before' "$(attribute zeroed_bytes)" 1073741824
fails 'no kernel mapping is left behind' kernel_maps_device
ok 'within a binding data stays' dax-mem check /dev/$dax 0 1G 1

need unbind
need bind_none
need dax-mem read /dev/$dax 514M 64M 64M
is 'what is around a touched 2M leaf is not cleared ahead' \
	"$(attribute zeroed_bytes)" 2097152
ok 'the next owner reads only zeroes in a small mapping' \
	dax-mem zero /dev/$dax 514M 4M
is 'clearing is lazy, by 2M granules' "$(attribute zeroed_bytes)" 4194304
ok 'the next owner reads only zeroes everywhere' dax-mem zero /dev/$dax 0 1G
is 'no granule is cleared twice' "$(attribute zeroed_bytes)" 1073741824

# Pages here and there
need dax-mem fill /dev/$dax 0 16M 5
need unbind
need bind_none
cleared() {
	echo $(($(attribute zeroed_bytes) >> 10))
}
need dax-mem fill /dev/$dax 1M 4K 6
is 'for a page 64K are cleared' "$(cleared)" 64
need dax-mem fill /dev/$dax 1500K 8K 6
is 'and for others in the same granule as much' "$(cleared)" 128
is 'all but that is still to be cleared' "$(attribute unclear_bytes)" $(((1 << 30) - (128 << 10)))
ok 'what is in the same 64K reads as zeroes' dax-mem zero /dev/$dax 1028K 60K
is 'and was cleared before' "$(cleared)" 128
ok 'what is next to it, too' dax-mem zero /dev/$dax 1088K 4K
is 'for whoever goes on there all of the granule is cleared' "$(cleared)" 2048
ok 'but for what was in use' dax-mem check /dev/$dax 1M 4K 6
ok 'anywhere in it' dax-mem check /dev/$dax 1500K 8K 6
for page in 2560 2768 3000 3200 3400 3600 3800 3936; do
	need dax-mem fill /dev/$dax ${page}K 4K 7
done
is 'eight times that is done' "$(cleared)" $((2048 + 8 * 64))
need dax-mem fill /dev/$dax 2176K 4K 7
is 'then the rest at once' "$(cleared)" 4096
need dax-mem fill /dev/$dax 5M 4K 8
need dax-mem read /dev/$dax 4M 2M 2M
ok 'a larger leaf shows zeroes before what is in use' dax-mem zero /dev/$dax 4M 1M
ok 'and after it' dax-mem zero /dev/$dax 5124K 1020K
ok 'and that' dax-mem check /dev/$dax 5M 4K 8
is 'cleared once' "$(cleared)" 6144
need dax-mem fill /dev/$dax 9M 4K 9
need ahead
need wait_for 120 grep -qx 0 "$sysfs/unclear_bytes"
need no_ahead
ok 'clearing ahead leaves out what is in use' dax-mem check /dev/$dax 9M 4K 9
ok 'and clears what is before it' dax-mem zero /dev/$dax 8M 1M
ok 'and after it' dax-mem zero /dev/$dax 9220K 7M
need unbind
need bind_none
need dax-mem read /dev/$dax 1M 4K 4K
need unbind
need bind_none
ok 'and after all that the next owner reads only zeroes' dax-mem zero /dev/$dax 0 16M

need dax-mem fill /dev/$dax 0 1G 2
need unbind
need bind_preserve
is 'the device says that it preserves' "$(attribute preserve)" 1
ok 'a preserving owner finds the data' dax-mem check /dev/$dax 0 1G 2
is 'nothing was cleared for it' "$(attribute zeroed_bytes)" 0
fails 'it is asked for in binding, not later' \
	sh -c "echo $dax >$bus/drivers/dax_none/bind_preserve"
need unbind
need bind_none
is 'and good for once' "$(attribute preserve)" 0
ok 'the owner after that reads only zeroes' dax-mem zero /dev/$dax 0 1G

need dax-mem fill /dev/$dax 0 4M 3
need unbind
need bind_none
# shellcheck disable=SC2016 # expanded by the inner shell
ok 'a debugger that comes first reads only zeroes too' bash -c '
	dax-mem hold /dev/'$dax' 2M 4M >/tmp/held & pid=$!
	until grep -q ready /tmp/held; do sleep 0.1; done
	at=$((16#$(sed -n "s,^\([0-9a-f]*\)-.*/dev/dax.*,\1,p" /proc/$pid/maps)))
	sum=$(dd if=/proc/$pid/mem bs=4096 skip=$(((at + 0x200000) / 4096)) count=1 \
		2>/tmp/dd | tr -d "\0" | wc -c)
	kill $pid
	[ "$sum" = 0 ] || { cat /tmp/dd; echo "$sum bytes"; exit 1; }'
fails 'and leaves no kernel mapping behind' kernel_maps_device

need unbind
for bad in dax0 dax0.0x nonsense '' dax-1.0 dax0.99999999999999999999 dax7.7; do
	for file in bind_preserve attach; do
		fails "$file refuses '$bad'" \
			sh -c "echo '$bad' >$bus/drivers/dax_none/$file"
	done
done
need modprobe device_dax
need bind device_dax
fails 'and a device that has a driver' \
	sh -c "echo $dax >$bus/drivers/dax_none/bind_preserve"
fails 'so does attach' sh -c "echo $dax >$bus/drivers/dax_none/attach"
need unbind
need sh -c "echo 0 >$sysfs/size"
fails 'and one that has no memory' \
	sh -c "echo $dax >$bus/drivers/dax_none/bind_preserve"
need sh -c "echo 1073741824 >$sysfs/size"
need sh -c "echo $dax >$bus/drivers/dax_none/attach"
is 'attach gives it to map none' "$(attribute map)" none
is 'and nothing is left of a request that failed' "$(attribute preserve)" 0
need sh -c "echo $dax >$bus/drivers/dax_none/unbind"
fails 'the bus remembers no name' sh -c "echo $dax >$bus/drivers/dax_none/bind"
done_testing
