#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 9G --append 'memmap=3G!4G'
# vm-debug: --timeout 1500
#
# Promise: KVM guests boot on namespaces without struct page, two at a time.
. tests/lib.sh
. tests/namespace.sh

have_regions
create_none --size 1G --align 1G
create_none --size 1G --align 1G
need modprobe kvm-amd

pids=()
for device in dax0.0 dax0.1; do
	tests/guest/run /dev/$device >/tmp/$device 2>&1 &
	pids+=($!)
done
for device in dax0.0 dax0.1; do
	wait "${pids[0]}"
	is "the guest on $device boots and verifies its memory" $? 0
	pids=("${pids[@]:1}")
	diag "$(cat /tmp/$device)"
	is 'with one leaf of 1G' \
		"$(cat /sys/bus/dax/devices/$device/leaves_{1g,2m,4k} | xargs)" '1 0 0'
done
need destroy all
done_testing
