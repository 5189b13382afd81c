#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 8G --append 'nokaslr memmap=2G%4G-1+0xefffffff'
# vm-debug: --timeout 1500
#
# Promise: what users can make the kernel keep for their files is bounded for each
# mount, charged to them, and refused before anything changes; whoever deletes is
# never refused.
. tests/lib.sh
. tests/dmemfs.sh

holes=200000
# What the kernel uses for itself, in KiB.
unreclaimable() {
	awk '/SUnreclaim/ { print $2 }' /proc/meminfo
}

# extents WHAT: extents, extents_limit or extents_bytes of the mount
extents() {
	awk -v what="$1" '$1 == what { print $2 }' /sys/kernel/debug/dmemfs/*/extents
}

user() {
	setpriv --reuid 1001 --regid 1001 --clear-groups "$@"
}

state() {
	echo "$(avail) $(stat -c '%s %b' $mnt/user/file) $(extents extents)"
}

# SIGBUS, as a shell reports it.
# shellcheck disable=SC2317 # ok calls it
touch_page() {
	dax-mem touch "$1" "$2" 4K 4K >/dev/null 2>&1
	[ $? -eq 135 ]
}

have_dmemfs dax0.0
need mount_dmem dax=dax0.0,pagesize=4K
need install -d -o 1001 -m 700 $mnt/user
total=$(avail)
need user fallocate -l $((holes * 8192)) $mnt/user/file
before=$(unreclaimable)
made=$(user dmemfs-holes punch $mnt/user/file 4096 $holes)
grown=$(($(unreclaimable) - before))
diag "$made holes; the kernel has $grown KiB more in use"
is 'one user cannot punch any number of holes' "${made#* }" ENOSPC
at_most 'they take no more of the kernel than 64K extents' "$grown" $((12 << 10))
is 'the limit is 64K extents for a small mount' "$(extents extents_limit)" 65536
at_most 'and kept' "$(extents extents)" 65536
at_most 'in bytes' "$(extents extents_bytes)" $((136 * 65536))

# Nothing is half done.
before=$(state)
end=$(((holes - 1) * 8192))
like 'one more hole is refused' "$(user fallocate -p -o $((end - 36864)) -l 4096 $mnt/user/file 2>&1)" \
	'No space left'
fails 'also a larger one' user fallocate -p -o $((end - 36864)) -l 32768 $mnt/user/file
fails 'and a cut through an extent' user truncate -s $((end - 4096)) $mnt/user/file
is 'nothing has changed' "$(state)" "$before"
need user truncate -s 8K $mnt/user/sparse
ok 'a hole that cannot be filled gives SIGBUS' touch_page $mnt/user/sparse 0
like 'with a reason in the log' "$(dmesg | tail -n 5)" 'no extent left for a hole in sparse.*nr_extents'
is 'nothing has changed' "$(state)" "$before"

# Room comes back with what is deleted.
ok 'more is allowed by a remount' mount -o remount,nr_extents=70000 $mnt
like 'which shows' "$(findmnt -no FS-OPTIONS $mnt)" 'nr_extents=70000'
is 'and works' "$(user dmemfs-holes punch $mnt/user/file 4096 $holes | cut -d ' ' -f 2)" ENOSPC
at_most 'up to the new limit' "$(extents extents)" 70000
fails 'no less than there are' mount -o remount,nr_extents=60000 $mnt
like 'which the log explains' "$(dmesg | tail -n 5)" 'nr_extents=60000 is less than the [0-9]* in use'
like 'and nothing has changed' "$(findmnt -no FS-OPTIONS $mnt)" 'nr_extents=70000'
ok 'truncating to 0 is always possible' user truncate -s 0 $mnt/user/file
is 'it gives back all memory' "$(avail)" "$total"
at_most 'and all extents' "$(extents extents)" 8
need user rm $mnt/user/sparse

# As many files as there may be extents, then delete them.
need mount -o remount,nr_extents=1000 $mnt
need user truncate -s 1G $mnt/user/file
made=$(user dmemfs-holes allocate $mnt/user/file 4096 2000)
is 'single pages are extents, too' "${made#* }" ENOSPC
like 'each makes one of what is free behind it, too' "${made% *}" '^49[0-9]$'
ok 'deleting is always possible' user rm $mnt/user/file
is 'it gives back all memory' "$(avail)" "$total"
at_most 'and all extents' "$(extents extents)" 8
need umount $mnt

# The bound goes by size; nobody meets it with large pages.
need mount_dmem dax=dax0.0,pagesize=2M
need fallocate -l 2G $mnt/file
is 'every second 2M page can be a hole' "$(dmemfs-holes punch $mnt/file $((2 << 20)) 512)" 512
need umount $mnt
for options in nr_extents=0 nr_extents=-1 nr_extents=x nr_extents=; do
	fails "refused: $options" mount_dmem dax=dax0.0,$options
done

# Whoever makes them pays for them.
need mount_dmem dax=dax0.0,pagesize=4K,nr_extents=10M
need install -d -o 1001 -m 700 $mnt/user
need user fallocate -l 1G $mnt/user/file
group=/sys/fs/cgroup/user
need sh -c 'echo +memory >/sys/fs/cgroup/cgroup.subtree_control'
need mkdir $group
need sh -c "echo 8M >$group/memory.max"
need sh -c "echo 0 >$group/memory.swap.max 2>/dev/null || [ ! -e $group/memory.swap.max ]"
sh -c "echo \$\$ >$group/cgroup.procs; exec dmemfs-holes punch $mnt/user/file 4096 130000" >/dev/null 2>&1
is 'a memory cgroup ends one who wants too much' $? 137
like 'for what the kernel keeps of it' "$(cat $group/memory.events)" '^oom_kill 1$'
diag "$(grep -E '^slab ' $group/memory.stat)"
ok 'the file can be deleted' rm $mnt/user/file
is 'and nothing is lost' "$(avail)" "$total"
need umount $mnt
ok 'the module can go' rmmod dmemfs
done_testing
