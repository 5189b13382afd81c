#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 7G --append 'nokaslr memmap=128M%4G-1+0xefffffff memmap=128M%5G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: however far clearing ahead has come, and whenever it is stopped, the next owner
# finds nothing of the last one, and nobody's data is cleared while he has it. With
# OWNERS_ROUNDS in the environment as many rounds as that; see "make owners".
# shellcheck disable=SC2154 # of the files below
. tests/lib.sh
. tests/dmemfs.sh
. tests/race.sh

rounds=${OWNERS_ROUNDS:-250}
seed=${OWNERS_SEED:-1}

# Slow enough that much is still to be cleared when somebody comes.
need modprobe pfn_special
need sh -c 'echo 67108864 >/sys/module/pfn_special/parameters/ahead_bytes_per_second'
have_dmemfs "$dax" dax1.0
need mount_dmem "dax=$dax,pagesize=4K"
ok "files and a device have $rounds owners in turn (seed $seed)" \
	owners "$rounds" "$seed" "$mnt" dax1.0
need rm -r "$mnt"/*

# Where it is about to clear what is beside somebody's data, it stays for a while, so that
# he may be gone and another one there when it says that all is clear.
need sh -c 'echo 0 >/sys/module/pfn_special/parameters/ahead_bytes_per_second'
need ahead
need modprobe delay 'at=memremap@[pfn_special]:5000' comm="$(pgrep -l ^pfn_ahead | cut -d " " -f 2 | head -n 1)"
ok "the same with its windows stretched (seed $seed)" \
	owners "$rounds" "$seed" "$mnt" dax1.0
stretched 'they were stretched'
need rmmod delay

need ahead
need rm -r "$mnt"/*
for device in "$dax" dax1.0; do
	ok "in the end all of $device is clear" wait_for 300 \
		grep -qx 0 "$bus/devices/$device/unclear_bytes"
done
# The other one was bound again and again, and may have been preserved in the end.
at_most 'some of it ahead' 1 "$(cat "$bus/devices/$dax/ahead_bytes")"
at_most 'and some of it by its owners' 1 "$(cat "$bus/devices/$dax/zeroed_bytes")"
done_testing
