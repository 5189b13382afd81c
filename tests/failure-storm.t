#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 6G --append 'nokaslr memmap=512M%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: errors at random pages, reported in two ways at once, while the memory
# is mapped, zeroed, moved, forked, unmapped, unbound and bound, and while it is
# nobody's, are each counted once and cost their page only.
# shellcheck disable=SC2086 # names of devices hold no spaces
. tests/lib.sh
. tests/device.sh

quarantine=/sys/kernel/pfn_quarantine
pages=131072

# Errors from each of the two sources; with 20000, run by hand, it takes long.
errors=${1:-1000}

have_device
need set_align 4096
need bind_none
start=$(attribute mapping0/start)

storm /dev/$dax $((pages * 4096)) 4096 6 &
storm=$!
error-storm inject /sys/kernel/debug/pfn_special/inject "$start" $pages $errors 1 \
	>/tmp/injected &
pids=($!)
error-storm inject /sys/devices/system/memory/hard_offline_page "$start" $pages \
	$errors 2 >/tmp/offlined &
pids+=($!)

# Meanwhile it changes hands.
rebinds=0
while kill -0 "${pids[@]}" 2>/dev/null; do
	sleep 0.2
	need unbind
	need bind_none
	rebinds=$((rebinds + 1))
	[ $((rebinds % 20)) -ne 0 ] || diag "$(cat $quarantine/nr_pages) pages so far"
done
for pid in "${pids[@]}"; do
	wait $pid
	is 'every error is taken' $? 0
done
kill -KILL $storm
wait $storm
diag "rebound $rebinds times; injected: $(cat /tmp/injected); offlined: $(cat /tmp/offlined)"
is "all $((2 * errors)) were reported" \
	"$(awk '{ n += $1 + $3 } END { print n }' /tmp/injected /tmp/offlined)" $((2 * errors))
new=$(awk '{ n += $1 } END { print n }' /tmp/injected /tmp/offlined)
is 'each page is counted once' "$(cat $quarantine/nr_pages)" "$new"
is 'and listed once' "$(sort -u $quarantine/pages | wc -l)" "$new"
is 'the device has them all' "$(attribute bad_pages)" "$new"

need unbind
need bind_none
is 'every other page can be used' "$(error-storm touch /dev/$dax $pages &
	toucher=$!
	wait $toucher)" "$((pages - new)) written, $new lost"

# Takes the locks of the above the other way round.
first=$(head -n 1 $quarantine/pages)
need sh -c "echo $first >$quarantine/clear && echo $first >$quarantine/pages"
is 'a page can be cleared and added by hand' "$(cat $quarantine/nr_pages)" "$new"
done_testing
