# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For tests/carve*.t: regions of dax_node, and daxctl carve.

# shellcheck disable=SC2034
hmem=/sys/bus/platform/drivers/dax_node

# The regions of all nodes, of all that memmap= reserved.
have_regions() {
	modprobe dax_node || bail 'modprobe dax_node failed'
	[ -d /sys/devices/platform/dax_node.0 ] ||
		bail 'node 0 has no region; was memory reserved?'
}

# region NODE: where its region is.
region() {
	echo "/sys/devices/platform/dax_node.$1"
}

# free NODE: bytes that no device has.
free() {
	cat "$(region "$1")/dax_region/available_size"
}

# query FILTER [ARG...]: what "carve list" says, through jq.
query() {
	query_filter=$1
	shift
	daxctl carve list "$@" | jq -rc "$query_filter"
}

# state: all that carve could have changed.
state() {
	daxctl carve list
	ls /sys/bus/dax/devices
	cat /sys/bus/dax/devices/*/align
}

# refuses NAME PART ARG...: "daxctl carve ARG..." exits with a status of its own, says
# PART in one sentence, and changes nothing.
refuses() {
	refuses_name=$1
	refuses_part=$2
	shift 2
	refuses_before=$(state)
	refuses_status=0
	refuses_said=$(daxctl carve "$@" 2>&1 >/dev/null) || refuses_status=$?
	if [ "$refuses_status" -lt 1 ] || [ "$refuses_status" -gt 7 ] ||
	   [ "$(printf '%s\n' "$refuses_said" | wc -l)" -ne 1 ] ||
	   [ "${refuses_said#daxctl carve: *"$refuses_part"}" = "$refuses_said" ]; then
		fail "$refuses_name"
		diag "status $refuses_status: daxctl carve $*"
		diag "said: $refuses_said"
		diag "wanted: $refuses_part"
	elif [ "$(state)" != "$refuses_before" ]; then
		fail "$refuses_name"
		diag "the state is not as before: $(state)"
	else
		pass "$refuses_name"
	fi
}
