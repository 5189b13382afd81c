#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=256M%4G-1+0xefffffff memmap=128M%5G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: however far clearing ahead has come, and whenever it is stopped, the next owner
# finds nothing of the last one, and nobody's data is cleared while he has it. With
# OWNERS_ROUNDS in the environment as many rounds as that; see "make owners".
# shellcheck disable=SC2154 # of the files below
. tests/lib.sh
. tests/dmemfs.sh

rounds=${OWNERS_ROUNDS:-400}
seed=${OWNERS_SEED:-1}

have_dmemfs "$dax" dax1.0
need mount_dmem "dax=$dax"
need sh -c 'echo 0 >/sys/module/pfn_special/parameters/ahead_bytes_per_second'
ok "files and a device have $rounds owners in turn (seed $seed)" \
	owners "$rounds" "$seed" "$mnt" dax1.0
need ahead
need rm -r "$mnt"/*
for device in "$dax" dax1.0; do
	ok "in the end all of $device is clear" wait_for 300 \
		grep -qx 0 "$bus/devices/$device/unclear_bytes"
	at_most 'some of it ahead' 1 "$(cat "$bus/devices/$device/ahead_bytes")"
	at_most 'and some of it by its owners' 1 "$(cat "$bus/devices/$device/zeroed_bytes")"
done
done_testing
