# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For tests/race-*.t: races of tests/bin/race.c with their windows stretched.

# stretch POINT...: "racer" is held up there; see tests/kernel/delay.c.
stretch() {
	[ ! -d /sys/module/delay ] || rmmod delay || return 1
	modprobe delay at="$(printf '%s,' "$@" | sed 's/,$//')" comm=racer
}

# In fork(): on its way to each mapping, and between its look at a leaf of the parent
# and the page table locks of the copy.
stretch_fork() {
	stretch copy_page_range:100 "_raw_spin_lock@copy_huge_pmd:10000"
}

# In our own faults: where they take a page table lock to install what they have found,
# and where they map memory to clear it, which nobody has done before them.
stretch_faults() {
	no_ahead && stretch "_raw_spin_lock@[pfn_special]:3000" "memremap@[pfn_special]:3000"
}

# In mremap(): with the new mapping there and before any leaf is in it, and between its
# look at a leaf and the lock under which it moves it.
stretch_moves() {
	stretch move_page_tables:3000 _raw_spin_lock@move_huge_pmd:3000 \
		_raw_spin_lock@move_page_tables:3000
}

# stretched NAME: the first of the points has been passed, that is, the race was run.
stretched() {
	stretched_hits=$(cat /sys/module/delay/parameters/hits)
	diag "delays: $stretched_hits"
	at_most "$1" 1 "${stretched_hits%% *}"
}
