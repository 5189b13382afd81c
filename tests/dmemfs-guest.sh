# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# shellcheck disable=SC2317 # functions that wait_for calls
#
# For tests of guests that tests/guest/vmem started.

# said GUEST LINE: waits for a line on its console.
said() {
	wait_for 240 grep -q "^guest: $2" "/run/$1.out"
}

# tell GUEST COMMAND ANSWER
tell() {
	: >"/run/$1.out"
	echo "$2" >"/run/$1.in"
	if ! said "$1" "$3"; then
		diag "$(cat "/run/$1.out")"
		bail "guest $1 did not answer to: $2"
	fi
}

monitor() {
	echo "$2" | socat - "unix-connect:/run/$1.monitor" | tr -d '\r'
}

plugged() {
	monitor "$1" 'qom-get vm0 size' | sed -n 's/^\([0-9][0-9]*\)$/\1/p'
}

has() {
	[ "$(plugged "$1")" = $(($2 << 20)) ]
}

# resize GUEST MIB: and wait for it.
resize() {
	monitor "$1" "qom-set vm0 requested-size ${2}M" >/dev/null
	ok "guest $1: $((256 + $2)) MiB" wait_for 240 has "$1" "$2"
}
