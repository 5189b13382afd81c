#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 7G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
#
# Promise: a guest that runs a guest does so on this memory, or stops where the kernel
# refuses that and the log has said so.
. tests/lib.sh
. tests/device.sh

have_device
need bind_none

# The modules of the guest's kernel that KVM is made of, what they need first.
modules=$(dirname "$DAX_NONE_GUEST_VMLINUZ")/../lib/modules
mkdir -p /tmp/initrd/kvm
number=10
add() {
	local file other
	file=$(find "$modules/" -name "$1.ko*" -o -name "${1//_/-}.ko*" | head -n 1)
	[ -n "$file" ] || bail "the guest's kernel has no module $1"
	for other in $(modinfo -F depends "$file" | tr ',' ' '); do
		add "$other"
	done
	[ -z "$(find /tmp/initrd/kvm -name "*-$1.ko")" ] || return 0
	number=$((number + 1))
	case $file in
	*.xz) xz -dc "$file" ;;
	*) cat "$file" ;;
	esac >"/tmp/initrd/kvm/$number-$1.ko"
}
add kvm-amd
# Several archives in one file are one to the kernel.
(cd /tmp/initrd && find kvm | cpio --quiet -o -H newc -R 0:0) >/tmp/kvm.cpio ||
	bail 'cannot put the modules together'
cat "$DAX_NONE_BUILD/guest/nested.cpio" /tmp/kvm.cpio >/tmp/nested.cpio

# start BACKEND: the guest, until it ends or QEMU has stopped it.
start() {
	qemu-system-x86_64 -accel kvm -cpu host -m 512M \
		-object "$1,id=mem,size=512M,share=on" -machine q35,memory-backend=mem \
		-nodefaults -no-user-config -display none -no-reboot -serial stdio \
		-kernel "$DAX_NONE_GUEST_VMLINUZ" -initrd /tmp/nested.cpio \
		-append 'console=ttyS0 quiet panic=-1 random.trust_cpu=on tsc=reliable no_timer_check' \
		</dev/null >/tmp/out 2>&1 &
	qemu=$!
	wait_for 600 grep -aqE 'its guest is done|FAILED|KVM internal error|Kernel panic' /tmp/out
	kill $qemu
	wait $qemu
	tr -d '\r' </tmp/out
}

[ -c /dev/kvm ] || need modprobe kvm-amd
like 'a guest runs a guest on other memory' "$(start memory-backend-memfd)" 'its guest is done'
none="memory-backend-file,mem-path=/dev/$dax,align=1G"
if [ ! -e /sys/module/kvm/parameters/allow_unsafe_mappings ]; then
	like 'and on memory without struct page' "$(start "$none")" 'its guest is done'
	skip 'the log says that it does not' 'it does, on this kernel'
	skip 'where KVM may map what it cannot pin, it does' 'it does, on this kernel'
	done_testing
fi
like 'on memory without struct page, KVM refuses' "$(start "$none")" 'KVM internal error'
like 'and the log has said so' "$(dmesg)" \
	'pfn_special: a guest that runs guests stops with a KVM internal error'
need rmmod kvm_amd kvm
need modprobe kvm allow_unsafe_mappings=1
need modprobe kvm-amd
like 'where KVM may map what it cannot pin, it runs' "$(start "$none")" 'its guest is done'
like 'and the log warns of that' "$(dmesg)" 'kvm.allow_unsafe_mappings is Y'
done_testing
