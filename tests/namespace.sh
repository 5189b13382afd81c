# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Legacy pmem with labels, for tests/*.t: namespaces of the regions that memmap=
# reserved, by ndctl.

nd=/sys/bus/nd/devices
e820=/sys/devices/platform/e820_pmem

# hand_over: what a machine with the modprobe.d entry does at boot, where udev
# loads the module for the device.
hand_over() {
	cp drivers/nvdimm/nd_e820_label.conf /etc/modprobe.d/ || return 1
	modprobe -b "$(cat $e820/modalias)" 2>/tmp/modprobe.err || return 1
	[ "$(basename "$(readlink $e820/driver)")" = nd_e820_label ]
}

# have_regions: with labels, and without namespaces.
have_regions() {
	hand_over || bail 'nd_e820_label did not get the device'
	[ -d $nd/region0 ] || bail 'there is no region; was memory reserved?'
	# Not counted as what the first namespace costs.
	modprobe -a nd_pmem dax_pmem device_dax || bail 'modprobe failed'
}

# create ARG...: a namespace in region 0; sets json, and dev to its name.
create() {
	json=$(ndctl create-namespace --region 0 "$@" 2>/tmp/create.err) ||
		bail "create-namespace $*: $(cat /tmp/create.err)"
	# shellcheck disable=SC2034
	dev=$(json .dev)
}

create_none() {
	create --mode devdax --map none "$@"
}

destroy() {
	ndctl destroy-namespace --force "$@"
}

# json FILTER: part of what create printed.
json() {
	printf '%s' "$json" | jq -rc "$1"
}

# listed NAMESPACE FILTER: part of what it is now.
listed() {
	ndctl list --namespace "$1" --device-dax --idle | jq -rc ".[0] | $2"
}

# log: what the drivers said.
log() {
	dmesg | grep -E 'nd_|nvdimm|region|namespace|pmem|dax'
}

# available: bytes of region 0 that are not in a namespace.
available() {
	cat $nd/region0/available_size
}

# mem_available: KiB, with what each CPU keeps for itself, which is many MiB and
# changes all the time.
mem_available() {
	awk '/^MemAvailable:/ { kib += $2 }
	     $1 == "count:" { kib += 4 * $2 }
	     END { print kib }' /proc/meminfo /proc/zoneinfo
}

# dax_of NAMESPACE: the name of its dax device.
dax_of() {
	listed "$1" '.daxregion.devices[0].chardev'
}

dax_driver_of() {
	basename "$(readlink "/sys/bus/dax/devices/$1/driver")"
}

# hold DEVICE LENGTH: a process that has a device mapped.
hold() {
	dax-mem hold "/dev/$1" 0 "$2" >/tmp/held 2>&1 &
	holder=$!
	wait_for 60 grep -q ready /tmp/held || bail "no holder: $(cat /tmp/held)"
}

# gets_sigbus NAME: the holder's next access ends it so.
gets_sigbus() {
	kill -USR1 "$holder"
	wait "$holder"
	is "$1" $? 7
}
