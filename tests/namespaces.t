#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 14G --append 'memmap=8G!4G'
#
# Promise: ndctl makes namespaces without struct page, beside others in the same
# region; what does not fit is refused, and nothing is lost by that.
. tests/lib.sh
. tests/namespace.sh

have_regions
whole=$(available)
is 'all of the reserved range can be used' "$whole" $((8 << 30))

# Once for what is read from disk the first time.
create_none --size 64M
need destroy "$dev"
before=$(mem_available)
create_none --verbose --size 2G --align 1G
first=$dev
none=$dev
cost=$((before - $(mem_available)))
# KASAN keeps freed memory for a while.
if [ "$DAX_NONE_KERNEL" = stock ]; then
	at_most 'map none costs less than 1 MiB' $cost 1024
else
	skip 'map none costs less than 1 MiB' "cannot be told on this kernel: $cost KiB"
fi
is 'the JSON has these fields' "$(json 'keys_unsorted | join(" ")')" \
	'dev mode map size uuid daxregion align'
is 'mode, map, size and align are as asked' \
	"$(json '[.mode, .map, .size, .align] | join(" ")')" \
	"devdax none $((2 << 30)) $((1 << 30))"
is 'so are those of the dax region, to the byte' \
	"$(json '.daxregion | [.size, .align] | join(" ")')" \
	"$((2 << 30)) $((1 << 30))"
is 'which has one device' "$(json '.daxregion.devices | length')" 1
is 'of that size too' \
	"$(json '.daxregion.devices[0] | [.chardev, .size, .target_node, .mode] | join(" ")')" \
	"dax0.0 $((2 << 30)) 0 devdax"
is 'served by dax_none' "$(dax_driver_of dax0.0)" dax_none
is 'with 1G leaves, if somebody uses it' \
	"$(dax-mem touch /dev/dax0.0 0 2G 1G && cat /sys/bus/dax/devices/dax0.0/leaves_1g)" 2
is 'libnvdimm knows where it is' \
	"$(cat $nd/region0/"$(cat $nd/"$first"/holder)"/{resource,size} | xargs)" \
	"0x100000000 $((2 << 30))"

create_none --size 512M --align 2M
second=$dev
none+=" $dev"
is 'the device is named after the namespace' "$(dax_of "$second")" dax0.1
create --mode devdax --map dev --size 1G --align 2M
is 'a namespace with struct page is device_dax'\''s' \
	"$(dax_driver_of "$(dax_of "$dev")")" device_dax
third=$dev
create --mode fsdax --map dev --size 512M
need mkfs.ext4 -q -b 4096 "/dev/$(json .blockdev)"
fourth=$dev
need mkdir /tmp/pmem
ok 'an fsdax namespace can be mounted' \
	mount -o dax "/dev/$(json .blockdev)" /tmp/pmem
pids=()
for device in dax0.0:1G dax0.1:64M "$(dax_of "$third")":64M; do
	{ dax-mem fill "/dev/${device%:*}" 0 "${device#*:}" 7 &&
		dax-mem check "/dev/${device%:*}" 0 "${device#*:}" 7; } &
	pids+=($!)
done
ok 'with a file in it' cp /bin/busybox /tmp/pmem
for pid in "${pids[@]}"; do
	wait "$pid"
	is 'while the others are used' $? 0
done
ok 'the file is intact' cmp /bin/busybox /tmp/pmem/busybox
umount /tmp/pmem

# refused NAME MESSAGE ARG...: and the region is as it was.
refused() {
	local name=$1 message=$2 was output
	shift 2
	was=$(available)
	if output=$(ndctl create-namespace --region 0 "$@" 2>&1); then
		fail "$name"
	elif [ "$(available)" != "$was" ]; then
		fail "$name: bytes are missing"
	else
		like "$name" "$output" "$message"
	fi
}

refused 'map none is for devdax, not fsdax' 'devdax' --mode fsdax --map none
refused 'nor sector' 'devdax' --mode sector --map none
refused 'nor raw' 'devdax' --mode raw --map none
refused 'a size that is no multiple of 16M' 'align' \
	--mode devdax --map none --size 65M
refused 'a size that is no multiple of the align' 'align' \
	--mode devdax --map none --size 1040M --align 1G
refused 'an align that there is not' 'align' \
	--mode devdax --map none --size 64M --align 8M
refused 'a size that is not there' 'space' \
	--mode devdax --map none --size 8G --align 2M

# So far all of it was the normal path, and ndctl knew what cannot be.
is 'up to here, no driver printed an error' \
	"$(dmesg --level emerg,alert,crit,err | grep -E 'nd_|pmem|dax|region|namespace')" ''

# By hand, as ndctl would not do it: what comes next is no place for 1G leaves.
create_none --size 16M
gap=$dev
dax=$nd/region0/$(cat $nd/region0/dax_seed)
namespace=$(cat $nd/region0/namespace_seed)
need sh -c "cat /proc/sys/kernel/random/uuid >$nd/$namespace/uuid
	echo $((1 << 30)) >$nd/$namespace/size
	cat /proc/sys/kernel/random/uuid >$dax/uuid
	echo none >$dax/mode
	echo $((1 << 30)) >$dax/align
	echo $namespace >$dax/namespace"
fails 'the driver refuses a place that is not aligned' \
	sh -c "echo ${dax##*/} >/sys/bus/nd/drivers/dax_pmem_none/bind"
like 'and says why' "$(log)" "$namespace .* is not aligned to 0x40000000"
echo $((2 << 20)) >"$dax/align"
ok 'and takes it when that is corrected' \
	sh -c "echo ${dax##*/} >/sys/bus/nd/drivers/dax_pmem_none/bind"
need destroy "$gap"
need destroy "$namespace"

create_none --align 2M
rest=$dev
is 'without --size, the largest hole is taken' "$(available)" 0
refused 'a full region' 'space' --mode devdax --map none --size 16M
need destroy "$rest"

pids=()
for number in 1 2; do
	ndctl create-namespace -r 0 -m devdax -M none -s 256M >/tmp/$number 2>&1 &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid"
	is 'two ndctl at once both succeed' $? 0
done
is 'with a namespace each' \
	"$(jq -r .dev /tmp/1 /tmp/2 | sort -u | wc -l)" 2
for dev in $(jq -r .dev /tmp/1 /tmp/2); do
	is 'without struct page' "$(dax_driver_of "$(dax_of "$dev")")" dax_none
	none+=" $dev"
done

for dev in $third $fourth; do
	need destroy "$dev"
done
# At 4K, since device_dax saves some of it for larger aligns.
before=$(mem_available)
create --mode devdax --map mem --size 3G --align 4K
cost=$((before - $(mem_available)))
diag "map mem: $cost KiB for 3 GiB"
if [ "$DAX_NONE_KERNEL" = stock ]; then
	at_most 'for map mem, struct pages take 1.5%' $cost $((3 * 17 * 1024))
	at_most 'of memory, and no less' $((3 * 15 * 1024)) $cost
else
	skip 'for map mem, struct pages take 1.5%' 'cannot be told on this kernel'
fi
need destroy "$dev"

for dev in $none; do
	ok "$dev can be destroyed" destroy "$dev"
done
is 'nothing is lost' "$(available)" "$whole"
done_testing
