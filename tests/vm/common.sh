# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are used by the scripts that source this
#
# What the scripts of this directory share: where things live, and how they
# complain. Sourced by bash scripts, never run.

# $(function) fails where the function does.
shopt -s inherit_errexit

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$(realpath -m "${BUILD:-$repo/build}")
cache=$(realpath -m "${DAX_NONE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/dax-none}")

me=${0##*/}
mkdir -p "$cache"

# Kernels are looked for in the series that KERNEL names; the newest build in it is
# taken, since a pinned one vanishes from the archive with the next security update.
main_series=6.12
series=${KERNEL:-$main_series}
if [ "$series" = newest ]; then
	[ -s "$cache/newest" ] || env -u KERNEL "$repo/tests/vm/kernel" --newest >&2
	series=$(cat "$cache/newest")
fi

# Narration goes to stderr: stdout belongs to whoever called us.
say() {
	printf '%s: %s\n' "$me" "$*" >&2
}

die() {
	say "$@"
	exit 1
}

# Runs a command without its chatter, which is shown only when it fails.
quietly() {
	local log status=0
	log=$(mktemp "$cache/log.XXXXXX")
	"$@" >"$log" 2>&1 || status=$?
	if [ "$status" -ne 0 ]; then
		tail -n 40 "$log" >&2
		say "failed with status $status: $*"
	fi
	rm -f "$log"
	return "$status"
}

# Runs a command as root; apt-get needs that, nothing else here does.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		quietly "$@"
	elif command -v sudo >/dev/null; then
		quietly sudo "$@"
	else
		die "this needs root, and there is no sudo: $*"
	fi
}

# Serializes what must not run twice at once: "lock NAME" holds the lock until
# the script exits.
lock() {
	mkdir -p "$cache"
	exec 9>"$cache/$1.lock"
	flock 9
}

# stock_version [SERIES]: the version of the stock kernel that was picked for this cache.
stock_version() {
	KERNEL=${1:-$series} "$repo/tests/vm/kernel" >&2
	cat "$cache/kernel-${1:-$series}"
}

# What of the source of a kernel is needed here, for lint and for drivers/vfio. Modules
# are built without it.
source_dir() {
	"$repo/tests/vm/kernel" --source "$1" >&2
	printf '%s/src-%s\n' "$cache" "$1"
}

# The directory of a kernel in the cache, fetched or built if need be: "stock",
# "debug", or the version of some other Debian kernel.
kernel_dir() {
	case $1 in
	stock)
		printf '%s/%s\n' "$cache" "$(stock_version "$series")" ;;
	debug)
		"$repo/tests/vm/debug-kernel" ;;
	*)
		"$repo/tests/vm/kernel" "$1" >&2
		printf '%s/%s\n' "$cache" "$1" ;;
	esac
}

# Where a module belongs, below lib/modules/VERSION: depmod prefers what is in
# updates to the kernel's own module of the same name.
module_dir() {
	case $1 in
	*/vfio_iommu_type1.ko) echo updates ;;
	*) echo extra ;;
	esac
}
