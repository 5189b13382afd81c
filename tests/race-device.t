#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# race
# vm: --mem 6G --append 'nokaslr memmap=1G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: what has been taken away does not come back: no process, and no child of
# it, keeps a leaf of a device that was unbound, or of a page with a memory error,
# whatever it was doing meanwhile.
# shellcheck disable=SC2086 # neither names nor numbers hold spaces
. tests/lib.sh
. tests/device.sh
. tests/race.sh

# Of each race; 1000, given by hand, takes half an hour.
rounds=${1:-15}

have_device
need set_align 4096
need bind_none
need stretch_fork
tap_run race fork unbind $dax "$rounds" 4
tap_run race fork error $dax "$rounds" 1
tap_run race fork unbind $dax "$rounds" 512 4K
stretched 'fork() was held up'
need stretch_faults
tap_run race fault unbind $dax "$rounds" 4
tap_run race fault unbind $dax "$rounds" 512 4K
tap_run race fault error $dax "$rounds" 2
tap_run race mprotect unbind $dax "$rounds" 4
tap_run race madvise unbind $dax "$rounds" 4
stretched 'faults were held up'
need stretch_moves
tap_run race mremap unbind $dax "$rounds" 4
tap_run race mremap unbind $dax "$rounds" 512 4K
tap_run race mremap error $dax "$rounds" 2
stretched 'mremap() was held up'
done_testing
