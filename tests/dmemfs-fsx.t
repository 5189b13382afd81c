#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 7G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: a file is what POSIX says it is after any sequence of operations, by
# read(), write() and mappings, and files never see each other's bytes.
. tests/lib.sh
. tests/dmemfs.sh

# dmemfs-fsx.t SECONDS SEED searches in earnest.
seconds=${1:-12}
[ "$DAX_NONE_KERNEL" = stock ] || seconds=${1:-15}

have_dmemfs dax0.0
for pagesize in 4K 2M; do
	need mount_dmem dax=dax0.0,pagesize=$pagesize
	total=$(avail)
	pids=
	for seed in 1 2 3; do
		dmemfs-fsx $mnt/f$seed $((8 << 20)) $((seed + ${2:-0})) 0 \
			"$seconds" >/run/fsx.$seed 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		status=0
		wait "$pid" || status=$?
		is "$pagesize: a file and its model agree" $status 0
	done
	diag "$(cat /run/fsx.*)"
	is "$pagesize: no page is lost" "$(avail)" "$total"
	need umount $mnt
done
done_testing
