#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 2G
# stock
#
# Promise: modules that look into structures of the kernel which no header has are
# built from what the kernel itself says about them, and refuse to load on a kernel
# that says something else, before they have touched anything.
. tests/lib.sh

btf=/sys/kernel/btf
[ -r $btf/vmlinux ] || {
	skip_all "this kernel has no BTF ($btf/vmlinux), and is built for with its own source"
}

# pretend FILE COMMAND ARG...: the kernel says of itself what COMMAND prints.
pretend() {
	file=$1
	shift
	"$@" >"/tmp/${file##*/}" || bail "$* failed"
	mount --bind "/tmp/${file##*/}" "$file" || bail "cannot mount over $file"
}

# refused MODULE MESSAGE: nothing is left of it.
refused() {
	dmesg --clear
	fails "$1 is refused" modprobe "$1"
	like 'the message says what is wrong' "$(dmesg)" "private_layout: $2"
	ok 'and nothing of it is there' test ! -d "/sys/module/$1"
	ok 'nor on its bus' test ! -e "/sys/bus/$bus/drivers/$1"
}

cp $btf/vmlinux /tmp/kernel.btf
bus=dax

pretend $btf/vmlinux btf-alter move dev_dax align /tmp/kernel.btf
refused dax_none 'struct dev_dax has align at [0-9]* with 4 bytes in this kernel, not at [0-9]* with 4: build these modules for'
bus=platform
refused dax_node 'struct dev_dax has align at'
umount $btf/vmlinux
bus=dax

pretend $btf/vmlinux btf-alter rename dax_device_driver probe /tmp/kernel.btf
refused dax_none 'struct dax_device_driver has no probe in this kernel: build'
umount $btf/vmlinux

pretend $btf/vmlinux btf-alter grow dev_dax_data - /tmp/kernel.btf
refused dax_none 'struct dev_dax_data has [0-9]* bytes in this kernel, not [0-9]*: build'
umount $btf/vmlinux

pretend $btf/vmlinux btf-alter rename dax_region - /tmp/kernel.btf
refused dax_none 'struct dax_region is not in this kernel: build'
umount $btf/vmlinux

pretend $btf/vmlinux head -c 100000 /tmp/kernel.btf
refused dax_none '/sys/kernel/btf/vmlinux is not in a form that is known here: update'
umount $btf/vmlinux

pretend $btf/vmlinux head -c 0 /tmp/kernel.btf
refused dax_none '/sys/kernel/btf/vmlinux cannot be read .-[0-9]*.: sysfs has to be mounted'
umount $btf/vmlinux

if [ -d "/lib/modules/$(uname -r)/kernel/drivers/nvdimm" ]; then
	need modprobe libnvdimm
	bus=nd
	cp $btf/libnvdimm /tmp/nvdimm.btf
	pretend $btf/libnvdimm btf-alter move nd_pfn mode /tmp/nvdimm.btf /tmp/kernel.btf
	refused dax_pmem_none 'struct nd_pfn has mode at'
	umount $btf/libnvdimm
fi

dmesg --clear
ok 'all of them load where the kernel is what they were built for' \
	modprobe -a dax_none dax_node dax_pmem_none
is 'without a word' "$(dmesg | grep -c private_layout)" 0

# What is built for a kernel with other structures.
need cc -D_GNU_SOURCE -o /tmp/generate drivers/private/generate.c
generate() {
	/tmp/generate DAX drivers/private/dax.list "$1"
}
ok 'a header comes from the BTF of a kernel' generate /tmp/kernel.btf
btf-alter rename dev_dax align /tmp/kernel.btf >/tmp/altered.btf
fails 'a member that is missing is an error of the build' generate /tmp/altered.btf
like 'that says so' "$(generate /tmp/altered.btf 2>&1)" \
	'dax.list:[0-9]*: struct dev_dax of this kernel has no member align, which these modules use'
btf-alter rename dax_region - /tmp/kernel.btf >/tmp/altered.btf
like 'and so is a structure' "$(generate /tmp/altered.btf 2>&1)" \
	'this kernel has no struct dax_region, which these modules use'
btf-alter move dev_dax align /tmp/kernel.btf >/tmp/altered.btf
ok 'a member that has moved is built for where it is' \
	[ "$(generate /tmp/altered.btf)" != "$(generate /tmp/kernel.btf)" ]
head -c 5000 /tmp/kernel.btf >/tmp/altered.btf
like 'what is not BTF is refused' "$(generate /tmp/altered.btf 2>&1)" 'is not BTF'
done_testing
