#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 8G --numa 2 --append 'nokaslr memmap=1G%5G-1+0xefffffff memmap=1G%8G-1+0xefffffff'
# Node 0 is 0-2G and 4G-6G, node 1 is 6G-10G.
# vm-debug: --timeout 1500
#
# Promise: mpol=, set_mempolicy() and mbind() say from which node memory comes, as far as
# the cpuset allows; that is checked by the physical addresses that are mapped.
. tests/lib.sh
. tests/dmemfs.sh

tracing=/sys/kernel/tracing

# placed COMMAND...: runs it, and prints "NODE0-MIB NODE1-MIB" of what it mapped.
placed() {
	echo >$tracing/trace
	"$@" >/dev/null || echo "failed: $*"
	awk '/pfn_special_fault:/ {
		mib = 1 / 256
		if (/leaf=2M/) mib = 2
		if (/leaf=1G/) mib = 1024
		nr = $0; sub(/.* nr=/, "", nr); sub(/ .*/, "", nr)
		pfn = $0; sub(/.* pfn=0x/, "", pfn); sub(/ .*/, "", pfn)
		# In hexadecimal of the same length, by the alphabet.
		where = "elsewhere"
		if (pfn >= "140000" && pfn < "180000") where = 0
		if (pfn >= "200000" && pfn < "240000") where = 1
		node[where] += mib * nr
	} END { print node[0] + 0, node[1] + 0, node["elsewhere"] }' \
		$tracing/trace | sed 's/ $//'
}

# touched FILE: maps 64 MiB of it.
touched() {
	placed dax-mem touch "$1" 0 64M 4K
}

free_on() {
	awk '/^free_bytes/ { print $2 / 1048576 }' /sys/kernel/debug/dmemfs/*/node"$1"
}

have_dmemfs dax0.0 dax1.0
is 'there is a device on each node' "$(cat $bus/devices/dax?.0/target_node | tr '\n' ' ')" '0 1 '
need sh -c "echo 1 >$tracing/events/pfn_special/pfn_special_fault/enable"
both=dax=dax0.0:dax1.0

need mount_dmem $both,mpol=bind:1
need fallocate -l 64M $mnt/a
is 'mpol=bind:1' "$(touched $mnt/a)" '0 64'
is 'debugfs agrees' "$(free_on 0) $(free_on 1)" '1024 960'
is 'the mount is stronger than the task' \
	"$(numactl --membind=0 fallocate -l 64M $mnt/b && touched $mnt/b)" '0 64'
need truncate -s 64M $mnt/c
is 'mbind() is stronger than the mount' \
	"$(placed dmemfs-mbind $mnt/c $((64 << 20)) bind 1)" '64 0'
fails 'another node does not help out' fallocate -l 900M $mnt/d
is 'and nothing is left of the attempt' "$(free_on 0) $(free_on 1)" '960 896'
need mount -o remount,mpol=bind:0 $mnt
need truncate -s 64M $mnt/d
is 'a remount changes it' "$(touched $mnt/d)" '64 0'
need umount $mnt

need mount_dmem $both,mpol=prefer:1
need fallocate -l 1000M $mnt/a
is 'mpol=prefer:1' "$(free_on 0) $(free_on 1)" '1024 24'
need fallocate -l 64M $mnt/b
is 'falls back to the other node' "$(touched $mnt/b)" '40 24'
need umount $mnt

need mount_dmem $both,mpol=interleave:0-1
need fallocate -l 64M $mnt/a
is 'mpol=interleave:0-1' "$(touched $mnt/a)" '32 32'
need umount $mnt

need mount_dmem $both
for node in 0 1; do
	need numactl --membind=$node fallocate -l 64M $mnt/m$node
	need numactl --preferred=$node fallocate -l 64M $mnt/p$node
	need numactl --cpunodebind=$node fallocate -l 64M $mnt/c$node
	wanted='64 0'
	[ $node -eq 0 ] || wanted='0 64'
	is "set_mempolicy(MPOL_BIND, $node)" "$(touched $mnt/m$node)" "$wanted"
	is "set_mempolicy(MPOL_PREFERRED, $node)" "$(touched $mnt/p$node)" "$wanted"
	is "no policy: a CPU of node $node" "$(touched $mnt/c$node)" "$wanted"
	need truncate -s 64M $mnt/b$node
	is "mbind(MPOL_BIND, $node)" \
		"$(placed dmemfs-mbind $mnt/b$node $((64 << 20)) bind $((1 << node)))" "$wanted"
	need truncate -s 64M $mnt/q$node
	is "mbind(MPOL_PREFERRED, $node)" \
		"$(placed dmemfs-mbind $mnt/q$node $((64 << 20)) preferred $((1 << node)))" \
		"$wanted"
done
need numactl --interleave=0,1 fallocate -l 64M $mnt/i
is 'set_mempolicy(MPOL_INTERLEAVE)' "$(touched $mnt/i)" '32 32'
need truncate -s 64M $mnt/j
is 'mbind(MPOL_INTERLEAVE)' \
	"$(placed dmemfs-mbind $mnt/j $((64 << 20)) interleave 3)" '32 32'
need umount $mnt

# Who may not use a node gets nothing from there, whatever else is said.
cg=/sys/fs/cgroup
mountpoint -q $cg || need mount -t cgroup2 none $cg
need sh -c "echo +cpuset >$cg/cgroup.subtree_control"
need mkdir $cg/confined
need sh -c "echo 0 >$cg/confined/cpuset.mems"

# A CPU of node 1. (numactl asks for memory there as well, and is refused.)
cpu=$(sed 's/[,-].*//' /sys/devices/system/node/node1/cpulist)

# confined COMMAND...: as a task that may use node 0 alone
confined() {
	# shellcheck disable=SC2016,SC2317 # expanded by the inner shell; fails calls this
	sh -c 'echo $$ >/sys/fs/cgroup/confined/cgroup.procs && exec "$@"' confined "$@"
}

need mount_dmem $both
fails 'cpuset.mems=0: no more than node 0 has' confined fallocate -l 1536M $mnt/a
is 'and nothing is left of the attempt' "$(free_on 0) $(free_on 1)" '1024 1024'
need confined taskset -c "$cpu" fallocate -l 64M $mnt/a
is 'cpuset.mems=0: on a CPU of node 1' "$(touched $mnt/a)" '64 0'
need truncate -s 64M $mnt/b
is 'cpuset.mems=0: a hole is touched' \
	"$(placed confined dax-mem touch $mnt/b 0 64M 4K)" '64 0'
need confined taskset -c "$cpu" dd if=/dev/zero of=$mnt/c bs=64M count=1 status=none
is 'cpuset.mems=0: write()' "$(touched $mnt/c)" '64 0'
need umount $mnt
for policy in bind:1 prefer:1 interleave:0-1; do
	need mount_dmem $both,mpol=$policy
	need confined fallocate -l 64M $mnt/a
	is "cpuset.mems=0 is stronger than mpol=$policy" "$(touched $mnt/a)" '64 0'
	need umount $mnt
done
need rmdir $cg/confined
need rmmod dmemfs
done_testing
