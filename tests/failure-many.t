#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --icount --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# stock
#
# Promise: with very many bad pages each is looked at once by whoever asks for them.
# Times are by the clock of the VM, which counts instructions, 10^9 to a second. What
# is timed starts no program: to load one takes the clock anywhere.
# shellcheck disable=SC2086,SC2317 # no spaces in names; functions run by takes
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine
pages=131072

# takes NAME LIMIT COMMAND...: in milliseconds. The debug kernel has no limit.
takes() {
	takes_name=$1
	takes_limit=$2
	shift 2
	takes_start=${EPOCHREALTIME/./}
	"$@" || bail "$*"
	takes_ms=$(((${EPOCHREALTIME/./} - takes_start) / 1000))
	diag "$takes_name: $takes_ms ms"
	[ "$DAX_NONE_KERNEL" != stock ] || at_most "$takes_name" $takes_ms "$takes_limit"
}

# show FILE: its lines become those of the array shown.
show() {
	mapfile -t shown <"$1"
}

# record FILE: writes all of them there, some each time.
record() {
	printf '%s\n' "${many[@]}" >"$1"
}

have_device
need no_ahead
need set_align 4096
start=$(($(attribute mapping0/start)))
# In a row; then one, and one more, so that there is something to find behind it.
mapfile -t many < <(perl -e 'printf "0x%013x\n", $ARGV[0] + $_ * 4096
	for 0 .. $ARGV[1] - 1, $ARGV[1] + 1, $ARGV[1] + 3' $start $pages)

takes 'recording them' 10000 record $quarantine/pages
is 'all are recorded' "$(cat $quarantine/nr_pages)" $((pages + 2))
takes 'listing them' 1000 show $quarantine/pages
ok 'the list is what was recorded' [ "${shown[*]}" = "${many[*]}" ]
need bind_none
takes 'reading badblocks' 200 show $sysfs/badblocks
is 'it has each run' "${shown[*]}" \
	"0 $((pages * 8)) $(((pages + 1) * 8)) 8 $(((pages + 3) * 8)) 8"
takes 'reading bad_pages' 200 show $sysfs/bad_pages
is 'it counts them' "${shown[*]}" $((pages + 2))
is 'anyone may do that' "$(setpriv --reuid 65534 --regid 65534 --clear-groups \
	cat $sysfs/bad_pages $sysfs/badblocks | wc -l)" 4
takes 'recording them once more' 10000 record $quarantine/pages
takes 'clearing them' 10000 record $quarantine/clear
is 'none is left' "$(cat $quarantine/nr_pages)$(attribute badblocks)" 0
takes 'recording them while the device is bound' 10000 record $quarantine/pages
need unbind
takes 'clearing them while it is not' 10000 record $quarantine/clear
is 'and none is left' "$(cat $quarantine/nr_pages)" 0
done_testing
