#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --icount --cpu max,-erms --mem 7G --append 'nokaslr norandmaps pfn_special.ahead=N memmap=2G%4G-1+0xefffffff'
# vm-debug: --timeout 1200
#
# Promise: what "make bench" measures can be relied on, as two measurements of the
# same agree, and faults cost what they should, compared with device_dax.
# shellcheck disable=SC2086 # words, and names of devices
. tests/bench/lib.sh

have_device
need modprobe device_dax
quiet

# cost FIGURE PEER LEAF SIZE: in instructions
cost() {
	mapping $2 $3 $4 /dev/$dax $1 | sed -n "s/^bench $1 $2 $3 $4 //p"
}

# percent A B: how far two numbers are apart, in whole percents, rounded up
percent() {
	echo $((($1 > $2 ? $1 - $2 : $2 - $1) * 100 / $2 + ($1 != $2)))
}

have dax_none 4K 2G
small=$(cost populate dax_none 4K 16M)
middle=$(cost populate dax_none 2M 256M)
large=$(cost populate dax_none 1G 2G)
unmap=$(cost unmap dax_none 2M 256M)
[ $((small * middle * large * unmap)) -gt 0 ] || bail 'nothing was measured'
have dax_none 4K 2G
at_most 'touching 256M by 2M leaves costs the same the next time, within 1%' \
	"$(percent $middle "$(cost populate dax_none 2M 256M)")" 1
at_most 'and unmapping them' "$(percent $unmap "$(cost unmap dax_none 2M 256M)")" 1

if [ "$DAX_NONE_KERNEL" = stock ]; then
	have device_dax 4K 2G
	at_most 'populating 4K leaves costs at most a tenth of device_dax' \
		$((small * 10)) "$(cost populate device_dax 4K 16M)"
	have device_dax 2M 2G
	at_most 'a 2M leaf at most 0.6' \
		$((middle * 10)) $(($(cost populate device_dax 2M 256M) * 6))
	have device_dax 1G 2G
	at_most 'a 1G leaf at most 0.6' \
		$((large * 10)) $(($(cost populate device_dax 1G 2G) * 6))
	diag "4K $small, 2M $middle, 1G $large"
fi
done_testing
