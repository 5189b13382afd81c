#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 6G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: what a file has lost does not come back: no process of an ordinary user, and
# no child of it, keeps a leaf of memory that was truncated or punched away and that
# another file has now.
. tests/lib.sh
. tests/dmemfs.sh
. tests/race.sh

# Of each race; 1000, given by hand, takes half an hour.
rounds=${1:-15}

have_dmemfs dax0.0
need mount_dmem dax=dax0.0,pagesize=2M,size=8M
need install -d -o nobody -m 700 "$mnt/nobody"
need stretch_fork
tap_run race fork truncate "$mnt" "$rounds" 4
tap_run race fork punch "$mnt" "$rounds" 4
stretched 'fork() was held up'
need stretch_faults
tap_run race fault truncate "$mnt" "$rounds" 4
tap_run race fault truncate "$mnt" "$rounds" 2048 4K
stretched 'faults were held up'
need stretch_moves
tap_run race mremap truncate "$mnt" "$rounds" 4
tap_run race mremap punch "$mnt" "$rounds" 4
stretched 'mremap() was held up'
done_testing
