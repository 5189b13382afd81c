#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host
# stock
#
# Promise: with the packages and the README alone, a Debian 12 host of two NUMA nodes of
# odd sizes gets to a guest on each of them, a reboot brings the devices back, an upgrade
# takes nothing from guests and keeps what was asked for, and purge leaves nothing. What
# the host runs are the README's own lines, with sizes that fit into this VM.
. tests/lib.sh

build=${BUILD:-build}
dir=$(mktemp -d "$build/packages.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# lines N: the shell commands of step N of "On a real host".
lines() {
	awk -v step="$1." '
		/^## / { here = /^## On a real host/ }
		here && /^[0-9]+\. / { mine = ($1 == step) }
		here && mine && /^    +```/ { code = /```sh/; next }
		here && mine && code { sub(/^ +/, ""); print }' README.md |
		sed -e 's/16G/4G/g; s/32G/1G/g' -e 's:\./\(dax-none-[^ ]*\.deb\):/mnt/\1:g'
}

need make deb BUILD="$build"
need debian/build 1.1

# What dpkg's flags make of a program: no symbol is bound late, it can be anywhere, its
# stack and what it prints are checked.
mkdir "$dir/tools"
need dpkg-deb -x "$build"/deb/dax-none-tools_*.deb "$dir/tools"
prefix=$dir/tools/usr/lib/dax-none
for program in bin/daxctl bin/ndctl lib/libdaxctl.so.1 libexec/daxctl/daxctl-carve; do
	like "$program: BIND_NOW" "$(readelf -dW "$prefix/$program")" 'FLAGS.* NOW|BIND_NOW'
	like "$program: PIE" "$(readelf -hW "$prefix/$program")" 'Type: +DYN'
	like "$program: stack protector" "$(readelf --dyn-syms -W "$prefix/$program")" __stack_chk_fail
	like "$program: fortified" "$(readelf --dyn-syms -W "$prefix/$program")" '__[a-z]+_chk@'
done
like 'daxctl is configured in /etc' "$(strings -a "$prefix/lib/libdaxctl.so.1")" '^/etc/daxctl.conf.d$'
mkdir "$dir/files" "$dir/files/next"
cp "$build"/deb/1.1/*.deb "$dir/files/next/"
cp "$build"/deb/*.deb tests/lib.sh tests/packages/* "$dir/files/"
cp "$build/guest/init.cpio" "$dir/files/guest.cpio"
for step in 1 2 3 4; do
	lines $step >"$dir/files/step-$step"
	[ -s "$dir/files/step-$step" ] || bail "README.md: step $step has no commands"
done

tap_run tests/vm/debian-host -m 5220,3780 "$dir/files" tests/packages/{install,create,again}
done_testing
