#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 7G --append 'nokaslr memmap=2G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a process beside QEMU that maps the guest's memory in parts serves it, whatever
# the device's align: where there is a VGA card, the first part is what lies below 640K.
# QEMU needs no align= for that.
# shellcheck disable=SC2086,SC2119 # names of devices hold no spaces, defaults are meant
. tests/lib.sh
. tests/device.sh

# A disk of which the guest runs the first sector: it says so to the debug port, and stops.
#	movb $'!', %al; outb %al, $0xe9; 1: hlt; jmp 1b
disk=/tmp/disk
{
	printf '\260!\346\351\364\353\375'
	head -c 503 /dev/zero
	printf '\125\252'
	head -c 1M /dev/zero
} >$disk

have_device
for align in 1G 2M; do
	unbind
	need set_align "$(numfmt --from=iec $align)"
	need bind_none
	qemu-storage-daemon --blockdev file,node-name=disk,filename=$disk \
		--export type=vhost-user-blk,id=disk,addr.type=unix,addr.path=/tmp/$align,node-name=disk \
		>/tmp/daemon-$align 2>&1 &
	daemon=$!
	ok "$align: a disk is served" wait_for 60 test -S /tmp/$align
	qemu-system-x86_64 -accel tcg -nodefaults -no-user-config -display none -m 1G -device VGA \
		-object memory-backend-file,id=mem,size=1G,mem-path=/dev/$dax,share=on \
		-machine q35,memory-backend=mem -debugcon file:/tmp/said-$align \
		-chardev socket,id=disk,path=/tmp/$align \
		-device vhost-user-blk-pci,chardev=disk,num-queues=1,bootindex=0 >/tmp/qemu-$align 2>&1 &
	qemu=$!
	ok "$align: and the guest reads it" wait_for 300 grep -qsa '!' /tmp/said-$align
	is "$align: nobody complains" "$(cat /tmp/daemon-$align /tmp/qemu-$align)" ''
	kill $qemu $daemon
	wait
done
done_testing
