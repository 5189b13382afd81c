# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# A dax device for tests/*.t: the first one that memmap= reserved.

dax=${dax:-dax0.0}
bus=/sys/bus/dax
# shellcheck disable=SC2034 # for the tests
sysfs=$bus/devices/$dax
# shellcheck disable=SC2034 # for the tests
tracing=/sys/kernel/tracing

# have_device: the drivers are loaded and the device exists, bound to none.
have_device() {
	modprobe dax_hmem || bail 'modprobe dax_hmem failed'
	modprobe dax_none || bail 'modprobe dax_none failed'
	[ -d "$sysfs" ] || bail "there is no $dax; was memory reserved?"
	unbind "$dax"
}

driver_of() {
	basename "$(readlink "$bus/devices/$1/driver")"
}

# unbind [DEVICE]: from whatever driver it is bound to, if any. A driver forgets
# the name too, or it would take the device back at the next chance.
# shellcheck disable=SC2120 # most callers want the default
unbind() {
	unbind_driver=$(driver_of "${1:-$dax}")
	[ -n "$unbind_driver" ] || return 0
	echo "${1:-$dax}" >"$bus/drivers/$unbind_driver/unbind" || return 1
	echo "${1:-$dax}" >"$bus/drivers/$unbind_driver/remove_id"
}

# bind DRIVER [DEVICE]
bind() {
	echo "${2:-$dax}" >"$bus/drivers/$1/new_id" || return 1
	[ "$(driver_of "${2:-$dax}")" = "$1" ]
}

bind_none() {
	bind dax_none "$@"
}

# bind_preserve [DEVICE]: to dax_none, with what is in it
# shellcheck disable=SC2120 # most callers want the default
bind_preserve() {
	echo "${1:-$dax}" >"$bus/drivers/dax_none/bind_preserve" || return 1
	[ "$(driver_of "${1:-$dax}")" = dax_none ]
}

set_align() {
	echo "$1" >"$sysfs/align"
}

# no_ahead, ahead: whether memory is cleared before anyone touches it. Once it is switched
# off, nobody is at it. For tests that count what is cleared, or what clear memory around
# a fault brings; VMs whose memory the machine does not have boot with pfn_special.ahead=N.
no_ahead() {
	modprobe pfn_special && echo N >/sys/module/pfn_special/parameters/ahead
}

ahead() {
	modprobe pfn_special && echo Y >/sys/module/pfn_special/parameters/ahead
}

attribute() {
	cat "$sysfs/$1"
}
