#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 14G --numa 2 --append 'memmap=5G!6G memmap=1000M!12388M'
#
# Promise: a namespace without struct page comes and goes as any other one does,
# and comes back as what it was. Taking it away never crashes the kernel.
. tests/lib.sh
. tests/namespace.sh

# Node 0 ends at 9G. The second range starts and ends in the midst of sections.
need modprobe nd_e820
is 'without a modprobe.d entry, nd_e820 has the device' \
	"$(basename "$(readlink $e820/driver)")" e820_pmem
need modprobe nd_e820_label
is 'and loading nd_e820_label does not change that' \
	"$(basename "$(readlink $e820/driver)")" e820_pmem
ok 'the device can be handed over at run time' sh -c "
	echo nd_e820_label >$e820/driver_override
	echo e820_pmem >$e820/driver/unbind
	echo e820_pmem >/sys/bus/platform/drivers_probe
	[ -e /sys/bus/platform/drivers/nd_e820_label/e820_pmem ]"
ok 'and back' sh -c "
	echo >$e820/driver_override
	echo e820_pmem >$e820/driver/unbind
	echo e820_pmem >/sys/bus/platform/drivers/e820_pmem/bind"
need sh -c "echo e820_pmem >$e820/driver/unbind"
need rmmod nd_e820_label nd_e820
have_regions
need rmmod nd_e820_label
have_regions
pass 'modprobe.d gives it to nd_e820_label at boot'

# region_is NAME NUMBER RESOURCE SIZE NODE
region_is() {
	local name=$1 dir=$nd/region$2
	shift 2
	is "$name" "$(cat "$dir"/{resource,size,numa_node,target_node} | xargs)" \
		"$* ${*: -1}"
}
G=$((1 << 30))
M=$((1 << 20))
region_is 'a range over two nodes becomes a region on the first' \
	0 0x180000000 $((3 * G)) 0
region_is 'and one on the second' 1 0x240000000 $((2 * G)) 1
region_is 'of sections shared with RAM only the rest is used' \
	2 0x308000000 $((896 * M)) 1
like 'and the log says what is not, at the start' "$(log)" \
	'\[0x306400000-0x307ffffff\] not used'
like 'and at the end' "$(log)" '\[0x340000000-0x344bfffff\] not used'
for region in 0 1; do
	need ndctl create-namespace -r $region -m devdax -M none -s 1G -a 1G
	is "target_node is right on node $region" \
		"$(cat /sys/bus/dax/devices/dax$region.0/{target_node,numa_node} | xargs)" \
		"$region $region"
done
need destroy namespace1.0

# same NAME: the namespace is what it was.
same() {
	wait_for 10 test -e "/sys/bus/dax/devices/$dax/driver"
	is "$1" "$(listed "$dev" '[.mode, .map, .size, .uuid, .align,
		.daxregion.size, .daxregion.align,
		.daxregion.devices[0].size, .daxregion.devices[0].map] |
		join(" ")')" "$was"
}

dev=namespace0.0
dax=dax0.0
uuid=$(listed $dev .uuid)
was="devdax none $G $uuid $G $G $G $G none"
same 'map none, with a uuid'
fails 'the module stays while a namespace is active' rmmod nd_e820_label
fails 'so does the one that claims it' rmmod dax_pmem_none

hold $dax 1G
ok 'a namespace can be disabled while it is mapped' \
	ndctl disable-namespace $dev
gets_sigbus 'the mapping turns into SIGBUS'
is 'its device is gone' "$(ls /sys/bus/dax/devices)" ''
fails 'from /proc/iomem too' grep -q $dax /proc/iomem
ok 'it can be enabled' ndctl enable-namespace $dev
same 'and is what it was'
ok 'and usable' dax-mem touch /dev/$dax 0 1G 1G

hold $dax 1G
ok 'a region can be disabled while a namespace is mapped' \
	ndctl disable-region region0
gets_sigbus 'the mapping turns into SIGBUS'
ok 'it can be enabled' ndctl enable-region region0
same 'and its namespace is what it was'

hold $dax 1G
ok 'a device can be unbound while it is mapped' daxctl disable-device $dax
gets_sigbus 'the mapping turns into SIGBUS'
ok 'it can be enabled without struct page again' \
	daxctl enable-device --map none $dax
is 'by its own driver' "$(dax_driver_of $dax)" dax_none
ok 'it can be given struct pages' \
	daxctl reconfigure-device --mode devdax --map mem --force $dax
is 'by device_dax' "$(dax_driver_of $dax)" device_dax
ok 'which works' dax-mem touch /dev/$dax 0 1G 1G
need daxctl reconfigure-device --mode devdax --map none --force $dax

# Enabling it below binds it once without being asked to preserve, and nobody touches it.
need sh -c 'echo N >/sys/module/pfn_special/parameters/ahead'
need daxctl disable-device $dax
need daxctl enable-device --map none $dax
need dax-mem fill /dev/$dax 0 1G 5
need ndctl disable-namespace $dev
need ndctl enable-namespace $dev
need daxctl disable-device $dax
need sh -c "echo $dax >/sys/bus/dax/drivers/dax_none/bind_preserve"
same 'a namespace that was to be preserved is what it was'
ok 'with what is in it' dax-mem check /dev/$dax 0 1G 5
need ndctl disable-namespace $dev
need ndctl enable-namespace $dev
ok 'but that is for once' dax-mem zero /dev/$dax 0 1G

# nd_pmem first on the bus, and loaded while the namespace has no claim.
need ndctl disable-namespace $dev
need rmmod nd_pmem
need modprobe nd_pmem
same 'a driver that is loaded later finds it as it was'
ok 'forced raw, it is a block device' sh -c "
	ndctl disable-namespace $dev &&
	echo 1 >$nd/$dev/force_raw &&
	echo $dev >/sys/bus/nd/drivers/nd_pmem/bind &&
	test -b /dev/pmem0"
need sh -c "echo $dev >/sys/bus/nd/drivers/nd_pmem/unbind
	echo 0 >$nd/$dev/force_raw"
need ndctl enable-namespace $dev
same 'and then what it was'

hold $dax 1G
ok 'a namespace can be destroyed while it is mapped' \
	ndctl destroy-namespace --force $dev
gets_sigbus 'the mapping turns into SIGBUS'
need create --mode devdax --map dev --size 1G --align 2M
is 'a namespace of the same name can be map dev' \
	"$(dax_driver_of "$(dax_of "$dev")")" device_dax
need ndctl disable-region region0
need ndctl enable-region region0
wait_for 10 test -e "/sys/bus/dax/devices/$dax/driver"
is 'and stays that' "$(dax_driver_of $dax)" device_dax
need destroy "$dev"

ok 'without active namespaces the module can be unloaded' rmmod nd_e820_label
ok 'and the other one' rmmod dax_pmem_none
is 'nothing is left of them' "$(ls $nd)" ''
have_regions
is 'but all can begin anew' "$(available)" $((3 * G))
done_testing
