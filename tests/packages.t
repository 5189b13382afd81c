#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host
# stock
#
# Promise: with the packages and the README alone, a Debian 12 host gets to a guest
# on /dev/daxN.M, a reboot brings the devices back, and purge leaves nothing. What
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
		here && mine && /^    +```/ { code = !code; next }
		here && mine && code { sub(/^ +/, ""); print }' README.md |
		sed -e 's/64G/3G/g; s/32G/1G/g' -e 's:\./\(dax-none-[^ ]*\.deb\):/mnt/\1:g'
}

need make deb BUILD="$build"
mkdir "$dir/files"
cp "$build"/deb/*.deb tests/lib.sh tests/packages/* "$dir/files/"
cp "$build/guest/init.cpio" "$dir/files/guest.cpio"
for step in 1 2 3 4; do
	lines $step >"$dir/files/step-$step"
	[ -s "$dir/files/step-$step" ] || bail "README.md: step $step has no commands"
done

tap_run tests/vm/debian-host -m 8G "$dir/files" tests/packages/{install,create,again}
done_testing
