#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# host
#
# Promise: save, reboot, restore: the same list. And with KASLR, which cuts the
# memory up in another way at each boot, each node still is one region.
. tests/lib.sh

# boot APPEND COMMAND [OPTION...]: in a VM of its own; prints what COMMAND prints.
boot() {
	append=$1
	command=$2
	shift 2
	options=()
	if [ -n "${DEBUG_KERNEL-}" ] && [ "$DEBUG_KERNEL" != 0 ]; then
		options=(--debug-kernel --timeout 1200)
	fi
	tests/vm/run --buffer "${options[@]}" "$@" --mem 8G --numa 2 --append "$append" -- \
		bash -euc ". tests/lib.sh; . tests/carve.sh; have_regions; $command"
}

dir=$(mktemp -d "${BUILD:-build}/reboot.XXXXXX")
trap 'rm -rf "$dir"' EXIT

ranges='nokaslr memmap=300M%4500M-1+0xefffffff memmap=400M%5G-1+0xefffffff'
ranges+=' memmap=1G%7G-1+0xefffffff memmap=500M%9001M-1+0xefffffff'

# A VM sees this machine's files, and what it prints is all that it leaves behind.
status=0
# shellcheck disable=SC2016 # expanded in the VM
boot "$ranges" '
	{
		daxctl carve create --node 0 --size 500M --name most
		daxctl carve create --node 1 --size 300M --count 3 --name some
		daxctl carve destroy some-1
		daxctl carve save /run/saved
		daxctl carve list >/run/list
	} >/run/log 2>&1 || { cat /run/log; exit 1; }
	jq -n "{ saved: input, list: input }" /run/saved /run/list' \
	>"$dir/first" || status=$?
is 'first boot' $status 0
[ $status -eq 0 ] || bail "$(cat "$dir/first")"
jq .saved "$dir/first" >"$dir/saved"
is 'three devices were saved' "$(jq '.devices | length' "$dir/saved")" 3

boot "$ranges" "
	daxctl carve restore '$(realpath "$dir")/saved' >/run/log 2>&1 ||
		{ cat /run/log; exit 1; }
	daxctl carve list" >"$dir/second" || status=$?
is 'second boot' $status 0
is 'restored, carve list is identical' "$(jq -S . "$dir/second")" \
	"$(jq -S .list "$dir/first")"

# 4G across the border between the nodes at 6G; the kernel may be inside.
# shellcheck disable=SC2016 # expanded in the VM
boot 'memmap=4G%5G-1+0xefffffff' '
	{
		daxctl carve create --node 0 --size $(($(free 0) >> 21 << 21)) --name whole
		daxctl carve create --node 1 --size 1300M --name guest
	} >/run/log 2>&1 || { cat /run/log; exit 1; }
	tests/guest/run /dev/dax1001.0 1G >/run/guest 2>&1 || { cat /run/guest; exit 1; }
	grep -o "guest: verified" /run/guest
	query ".[].ranges[] | [.start, .end]" -n 0 >&2
	query "[.[0].ranges[] | select(.start < 5368709120 or .end >= 6442450944)] == []" -n 0
	query "[.[0].ranges[] | select(.start < 6442450944 or .end >= 9663676416)] == []" -n 1
	query ".[].available_size" -n 0
	query "[.[].devices[].size] | add > 512000000" -n 0' --guests \
	>"$dir/third" 2>"$dir/log" || status=$?
is 'a boot with KASLR' $status 0
is 'one region for each node, to be carved up, and a guest on it' \
	"$(grep -v '^\[' "$dir/third")" 'guest: verified
true
true
0
true'
diag "node 0: $(grep '^\[' "$dir/third")"
[ $status -eq 0 ] || diag "$(cat "$dir/third" "$dir/log")"
done_testing
