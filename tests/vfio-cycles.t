#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 9G --edu 2 --append 'nokaslr memmap=4G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: mapping, unmapping and unbinding, in any order and at the same time,
# while devices do DMA, harm neither the kernel nor whoever gets the memory next.
# shellcheck disable=SC2086,SC2119 # no spaces in these names; defaults are meant
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh

iova=$((4 << 30))
# An argument, by hand, makes it more: 200 take a quarter of an hour on the debug kernel.
cycles=${1:-40}

# Without a process for each step, and quiet: the driver knows the device by now.
leave() {
	echo $dax >$bus/drivers/dax_none/unbind
}

bind_again() {
	echo $dax >$bus/drivers/dax_none/bind
}

# one N: a cycle from bound to bound, in one of five orders. A leaf of 1G takes
# long to zero, so that is not for all of them.
one() {
	size=34M
	[ $(($1 % 19)) -ne 0 ] || size=1026M
	edu open 1 /dev/$dax $((4096 * ($1 % 3))) $size &&
		edu touch 1 2M && edu map 1 0 $size $iova &&
		edu start 0 $((iova + 8192)) 2048 &&
		edu start 1 $((iova + (33 << 20))) 2048 || return 1
	case $(($1 % 5)) in
	0)
		edu unmap $iova $size && edu munmap 1 && edu close 1 && leave
		;;
	1)
		leave && edu unmap $iova $size && edu munmap 1 && edu close 1
		;;
	2)
		edu munmap 1 && edu close 1 && leave && edu unmap $iova $size
		;;
	3)
		leave && ! bind_again 2>/dev/null && edu munmap 1 && ! bind_again 2>/dev/null &&
			edu close 1 && ! bind_again 2>/dev/null && edu unmap $iova $size
		;;
	4)
		race
		;;
	esac || return 1
	bind_again
}

# race: mapping and unmapping while the device is unbound, until there is nothing
# left to map
race() {
	edu unmap $iova $size || return 1
	leave &
	while edu map 1 0 $size $iova >/dev/null; do
		maps=$((maps + 1))
		edu unmap $iova $size || return 1
	done
	wait $! && edu munmap 1 && edu close 1
}

have_device
need set_align 4096
need bind_none
have_vfio
start_edu
maps=0
failed=
for ((cycle = 0; cycle < cycles; cycle++)); do
	one $cycle && continue
	failed="cycle $cycle, order $((cycle % 5)): $answer"
	break
done
is "$cycles cycles pass" "$failed" ''
diag "$maps mappings raced against $((cycles / 5)) unbinds"
stop_edu
ok 'nothing is left of the DMA' dax-mem zero /dev/$dax 0 64M
ok 'and nobody holds the memory' unbind
done_testing
