#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 10G --append 'memmap=4G!4G'
# vm-debug: --timeout 1200
#
# Promise: namespaces of any size and align that fit can be made and destroyed in
# any order, and the region is as before when they are gone.
. tests/lib.sh
. tests/namespace.sh

have_regions
cycles=${1:-50}
[ "$DAX_NONE_KERNEL" = stock ] || cycles=${1:-8}
whole=$(available)
memory=
live=()
RANDOM=6061
made=0
refused=0
wrong=0

# destroy_one: any of the live ones.
destroy_one() {
	local victim=$((RANDOM % ${#live[@]}))
	destroy "${live[victim]}" >/dev/null 2>&1 || wrong=$((wrong + 1))
	live=("${live[@]:0:victim}" "${live[@]:victim + 1}")
}

for ((cycle = 0; cycle < cycles; cycle++)); do
	case $((RANDOM % 3)) in
	0) align=4K size=$((16 * (RANDOM % 64 + 1)))M ;;
	1) align=2M size=$((16 * (RANDOM % 64 + 1)))M ;;
	2) align=1G size=$((RANDOM % 2 + 1))G ;;
	esac
	before=$(available)
	if json=$(ndctl create-namespace -r 0 -m devdax -M none -s "$size" \
			-a "$align" 2>/tmp/error); then
		made=$((made + 1))
		live+=("$(json .dev)")
		[ "$(json .daxregion.devices[0].size)" = "$(numfmt --from=iec "$size")" ] &&
			[ "$(available)" = $((before - $(json .size))) ] ||
			wrong=$((wrong + 1))
	else
		# Nothing of that size is left, or only in a place that is
		# not aligned.
		refused=$((refused + 1))
		grep -Eqi 'space|align' /tmp/error && [ "$(available)" = "$before" ] ||
			wrong=$((wrong + 1))
	fi
	while [ ${#live[@]} -gt $((RANDOM % 4)) ]; do
		destroy_one
	done
	# By then all that is allocated once has been.
	[ $cycle -ne 9 ] || memory=$(mem_available)
done
while [ ${#live[@]} -gt 0 ]; do
	destroy_one
done

diag "$made made, $refused refused"
is 'each namespace is of its size, and each refusal leaves no trace' $wrong 0
at_most 'most of them were possible' $refused $((cycles / 3))
is 'the region is as at the start' "$(available)" "$whole"
is 'so is the list of devices' "$(ls /sys/bus/dax/devices)" ''
lost=$((memory - $(mem_available)))
if [ "$DAX_NONE_KERNEL" = stock ]; then
	at_most 'no memory is lost' $lost 1024
else
	# KASAN keeps freed memory for a while, but struct pages of a single
	# namespace would be 16 MiB per GiB.
	at_most 'no memory is lost' $lost 12288
fi
is 'no driver printed an error' \
	"$(dmesg --level emerg,alert,crit,err | grep -E 'nd_|pmem|dax|region|namespace')" ''
done_testing
