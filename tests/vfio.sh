# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# VFIO for tests/*.t: the edu devices of a VM with "--edu N", driven by vfio-edu.

# edu_devices: their addresses on the PCI bus, such as 0000:00:04.0
edu_devices() {
	grep -l '^0x11e8$' /sys/bus/pci/devices/*/device | cut -d / -f 6
}

# have_vfio [stock]: all edu devices are bound to vfio-pci, with the module of
# drivers/vfio or with the kernel's own.
have_vfio() {
	[ -n "$(edu_devices)" ] || bail 'no edu device: --edu is missing'
	need modprobe vfio
	load_type1 "${1-}"
	need modprobe vfio-pci
	for vfio_device in $(edu_devices); do
		need give "$vfio_device" vfio-pci
	done
}

# give BDF DRIVER: binds a PCI device to that driver, or to none if it is empty.
give() {
	[ ! -e "/sys/bus/pci/devices/$1/driver" ] ||
		echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind" || return 1
	echo "$2" >"/sys/bus/pci/devices/$1/driver_override" || return 1
	[ -n "$2" ] || return 0
	echo "$1" >/sys/bus/pci/drivers_probe || return 1
	[ "$(basename "$(readlink "/sys/bus/pci/devices/$1/driver")")" = "$2" ]
}

# load_type1 [stock]: vfio_iommu_type1 of drivers/vfio, or the kernel's own, in
# place of what is loaded. The emulated IOMMU does not remap interrupts.
load_type1() {
	[ ! -d /sys/module/vfio_iommu_type1 ] || need rmmod vfio_iommu_type1
	if [ "${1-}" = stock ]; then
		vfio_module=$(find "/lib/modules/$(uname -r)/kernel/drivers/vfio/" \
			-name 'vfio_iommu_type1.ko*')
		case $vfio_module in
		*.xz)
			xz -dc "$vfio_module" >/tmp/vfio_iommu_type1.ko
			vfio_module=/tmp/vfio_iommu_type1.ko
			;;
		esac
		need insmod "$vfio_module" allow_unsafe_interrupts=1
	else
		need modprobe vfio_iommu_type1 allow_unsafe_interrupts=1
	fi
}

# start_edu: vfio-edu in the background, for all edu devices.
start_edu() {
	# shellcheck disable=SC2046 # addresses hold no spaces
	coproc EDU { exec vfio-edu $(edu_devices) 2>&1; }
	# shellcheck disable=SC2153 # coproc sets it
	edu_pid=$EDU_PID
	edu_answer
	[ "$answer" = ok ] || bail "vfio-edu does not start: $answer"
}

edu_answer() {
	IFS= read -r -t 300 answer <&"${EDU[0]}" || answer='error: vfio-edu is gone'
}

# edu COMMAND...: gives vfio-edu a command; its answer is in $answer, and in
# $value what comes after "ok". Fails if the answer is an error.
edu() {
	printf '%s\n' "$*" >&"${EDU[1]}" || return 1
	edu_answer
	value=${answer#ok}
	value=${value# }
	[ "$answer" != "${answer#ok}" ] && return 0
	printf '%s\n' "$*: $answer"
	return 1
}

# stop_edu: vfio-edu ends, and with it all that it mapped. Not to be used with ok
# or need: a subshell cannot wait for it.
stop_edu() {
	edu_in=${EDU[1]}
	exec {edu_in}>&-
	wait "$edu_pid" || bail "vfio-edu ended with status $?"
}

# faults: how many faults the IOMMU has reported so far.
faults() {
	dmesg | grep -c 'DMAR: \[DMA'
}

# leaves_in_iommu: counts the entries of the first device's IOMMU page table by
# size, as "NUMBER of BYTES", from IOVA 4G on. Only the debug kernel can dump it.
leaves_in_iommu() {
	# An entry is shown with all that lead to it, and what is missing below.
	awk '$2 == "|" && $1 >= "0x0000000100000" {
			n[NF == 5 ? "0x40000000" : NF == 6 ? "0x200000" : "0x1000"]++
		}
		END { for (size in n) print n[size] " of " size }' \
		"/sys/kernel/debug/iommu/intel/$(edu_devices | head -n 1)/domain_translation_struct"
}
