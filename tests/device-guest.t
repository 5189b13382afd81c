#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 6G --timeout 1200 --append 'nokaslr memmap=1G%4G-1+0xefffffff'
#
# Promise: a device of any align is the memory of a PC, which has a hole where the VGA
# card is: for KVM, for a vhost-user backend, and for QEMU when it maps a page anew after
# a memory error; however QEMU was told to map it.
# No spaces are in these names, defaults are meant, and wait_for calls functions:
# shellcheck disable=SC2086,SC2119,SC2317
. tests/lib.sh
. tests/device.sh

# A boot sector that copies the second sector of its disk to the third, says how that
# went, and once it is sent a byte ends QEMU with status 33.
cat >/run/boot.s <<'EOF'
	.code16
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$0x7c00, %sp
	mov	$0x0201, %ax	# read one sector
	mov	$0x0002, %cx	# the second of the first cylinder
	mov	$0, %dh		# first head; the disk is in %dl
	mov	$0x8000, %bx	# to there
	int	$0x13
	jc	bad
	mov	$0x0301, %ax	# write one sector
	mov	$0x0003, %cx
	int	$0x13
	jc	bad
	mov	$0x7c00 + good, %si
	jmp	say
bad:	mov	$0x7c00 + wrong, %si
say:	mov	$0x3f8, %dx
	lodsb
	out	%al, %dx
	test	%al, %al
	jnz	say
	mov	$0x3fd, %dx	# line status
wait:	in	%dx, %al
	test	$1, %al
	jz	wait
	mov	$16, %al
	out	%al, $0xf4	# isa-debug-exit
	hlt
good:	.asciz	"guest: copied\n"
wrong:	.asciz	"guest: FAILED: the disk gives errors\n"
	.org	510
	.word	0xaa55
EOF
need as -o /run/boot.o /run/boot.s
need objcopy -O binary /run/boot.o /run/boot

# start NAME MEM-PATH: a guest whose disk a vhost-user backend serves
start() {
	name=$1
	{ cat /run/boot; printf '%-512s' "$name"; head -c 1M /dev/zero; } >/run/disk
	rm -f /run/disk.sock /run/in
	mkfifo /run/in
	qemu-storage-daemon --blockdev file,node-name=f,filename=/run/disk \
		--export type=vhost-user-blk,id=e,addr.type=unix,addr.path=/run/disk.sock,node-name=f,writable=on \
		>/run/daemon 2>&1 &
	daemon=$!
	need wait_for 30 [ -S /run/disk.sock ]
	exec 3<>/run/in
	# As an Intel that recovers from memory errors.
	qemu-system-x86_64 -accel kvm -cpu Skylake-Client-v4,vendor=GenuineIntel -m 1G \
		-nodefaults -no-user-config -display none -serial stdio -device VGA \
		-object "memory-backend-file,id=mem,size=1G,share=on,mem-path=$2" \
		-machine q35,memory-backend=mem -device isa-debug-exit,iobase=0xf4,iosize=4 \
		-chardev socket,id=c,path=/run/disk.sock \
		-device vhost-user-blk-pci,chardev=c,num-queues=1 <&3 >/run/out 2>&1 3>&- &
	qemu=$!
}

# copied N: so many times, or QEMU is gone
copied() {
	[ "$(grep -c '^guest:' /run/out)" -ge "$1" ] || ! kill -0 $qemu
}

# finish N: the guest has copied so many times, and ends
finish() {
	wait_for 120 copied "$1" || kill $qemu
	echo >&3
	status=0
	wait $qemu || status=$?
	kill $daemon
	wait $daemon
	diag "$(cat /run/out /run/daemon)"
	is "$name: the guest runs to its end" $status 33
	is "$name: the disk got what the guest copied" \
		"$(dd if=/run/disk bs=512 skip=2 count=1 status=none)" "$(printf '%-512s' "$name")"
	is "$name: the backend could map what it was told to" \
		"$(grep -c 'mmap error' /run/daemon)" 0
}

need modprobe kvm-amd
need modprobe kvm_mce_recovery
have_device
for align in 1G 2M; do
	need unbind
	need set_align "$(numfmt --from=iec $align)"
	need bind_none
	for option in ,align=$align ''; do
		start "align $align, QEMU's ${option:-own}" /dev/$dax$option
		runs=1
		if [ "$option" ]; then
			wait_for 120 copied 1 || break
			# Where the guest has nothing. It does not handle errors, and is reset.
			page=$(($(attribute mapping0/start) + (768 << 20)))
			echo $page >/sys/devices/system/memory/hard_offline_page
			runs=2
			wait_for 120 copied 2
			is "$name: the guest starts anew after a memory error" \
				"$(grep -c '^guest: copied' /run/out)" 2
			echo $page >/sys/kernel/pfn_quarantine/clear
		fi
		finish $runs
	done
	is "align $align: is what it was" "$(attribute align)" "$(numfmt --from=iec $align)"
done
like 'a mapping without room for 1G leaves is in the log' "$(dmesg)" \
	"$dax: qemu-.*: mapping at .* has no room for leaves of 0x40000000"
done_testing
