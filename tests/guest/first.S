/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware for QEMU's -bios whose first instructions are all that it does: it says
 * so to the debug port, and stops.
 */
	.code16
	.org	0xfff0
	/* Where an x86 CPU begins, 16 bytes below the end */
	movb	$'!', %al
	outb	%al, $0xe9
1:	hlt
	jmp	1b
	.org	0x10000
