# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2086,SC2119,SC2154 # words, and names of other files
#
# For tests/bench/start*.vm: QEMU with an assigned device, from exec to the guest's first
# instruction. All of the guest's memory is clear by then, and in the IOMMU.
. tests/bench/lib.sh
. tests/vfio.sh

# start PEER LEAF SIZE PATH [OPTION...]: OPTIONs are of the memory, ",prealloc=on"
start() {
	boot 30 start start $1 $2 $3 \
		qemu-system-x86_64 -accel kvm -cpu host -m $3 \
		-object "memory-backend-file,id=mem,size=$3,mem-path=$4,share=on,align=1G${5-}" \
		-machine pc,memory-backend=mem -nodefaults -no-user-config -display none \
		-bios "$DAX_NONE_BUILD/guest/first.bin" -debugcon stdio \
		-device "vfio-pci,host=$(edu_devices)" </dev/null
}

# shellcheck disable=SC2317 # called by wait_for
is_clear() {
	[ "$(attribute unclear_bytes)" = 0 ]
}

have_all() {
	have_device
	need modprobe kvm-amd
	quiet
	have_vfio
	need no_ahead
	# The first has to read all that it needs.
	have_fresh 1G 1G
	start dax_none 1G 1G /dev/$dax >/dev/null
}

# measure SIZE: first of memory that was cleared ahead. A guest that writes nothing leaves it
# as clear as it was.
measure() {
	have_fresh 1G $1
	need ahead
	need wait_for 600 is_clear
	need no_ahead
	for _ in 1 2 3 4 5; do
		start dax_none-ahead 1G $1 /dev/$dax
	done
	is "$1 were cleared ahead" "$(attribute zeroed_bytes) $(attribute unclear_bytes)" '0 0'
	have_fresh 1G $1
	start dax_none 1G $1 /dev/$dax
}

# have_ram SIZE: the memory becomes the kernel's, in which nobody pins what can be moved
# elsewhere, for the peers: this machine may not have it twice.
huge=/run/huge
have_ram() {
	set_to /sys/devices/system/memory/auto_online_blocks online_kernel
	need modprobe kmem
	resize 1G $1
	need bind kmem
	need mkdir $huge
}

# measure_peers SIZE
pool=/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages
measure_peers() {
	set_to $pool ${1%G}
	is "$1 are huge pages" "$(cat $pool)G" $1
	need mount -t hugetlbfs -o pagesize=1G none $huge
	start hugetlbfs 1G $1 $huge
	need umount $huge
	set_to $pool 0
	need mount -t tmpfs -o huge=always,size=100% none $huge
	start memfd 2M $1 $huge
	need umount $huge
}
