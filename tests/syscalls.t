#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --guests --mem 9G --timeout 1500 --append 'nokaslr memmap=2G%4G-1+0xefffffff memmap=2G%7G-1+0xefffffff hugepagesz=1G hugepages=1 hugepagesz=2M hugepages=8'
# vm-debug: --timeout 3600
# stock
# (On the debug kernel by hand, since it takes long: DEBUG_KERNEL=1 tests/vm/prove-one
# tests/syscalls.t. It must be silent there, and say the same.)
#
# Promise: no system call on such memory does harm, with leaves of any size, and
# Documentation tells what each of them does.
#
# With arguments, by hand: those of the program syscalls. "--print" prints both tables
# in place of testing, for tests/bin/syscalls/accept.
. tests/lib.sh
. tests/dmemfs.sh

print=
if [ "${1-}" = --print ]; then
	print=yes
	shift
fi

have_dmemfs dax0.0 dax1.0
need mount_dmem dax=dax1.0,pagesize=4K
for module in kvm-amd vhost-net loop; do need modprobe $module; done
# A disk for O_DIRECT, in ordinary memory.
need modprobe brd rd_nr=1 rd_size=4096
# As hosts have it; VMs for guests start without.
echo 2 >/proc/sys/kernel/randomize_va_space
echo '|/bin/cat' >/proc/sys/kernel/core_pattern
echo 1 >/sys/kernel/mm/ksm/run

# The first series of kernels is documented whole, others by what they answer otherwise.
kernel=$(uname -r | cut -d . -f 1,2)
marks=syscalls
[ "$kernel" = 6.12 ] || marks="syscalls of $kernel"

# between MARKS FILE: what stands there between these marks.
between() {
	sed -n "/^<!-- $1: begin -->\$/,/^<!-- $1: end -->\$/p" "$2" | sed '1d;$d'
}

# differing FILE: of a table on stdin, what FILE says otherwise, as a table.
differing() {
	between syscalls "$1" >/tmp/first
	grep -vxFf /tmp/first | awk -v head="$(grep -m 1 '^|' /tmp/first)" '
		!/^\|/ { next }
		!rows++ { print head; gsub(/[^|]+/, "---", head); print head }
		{ print }
		END { if (!rows) print "Nothing." }'
}

# found NAME FILE: what FILE is to say of the table or the limits.
found() {
	if [ "$marks" = syscalls ]; then
		cat "/tmp/syscalls.$1"
	else
		differing "$2" <"/tmp/syscalls.$1"
	fi
}

if [ "$print" ]; then
	syscalls -t /tmp/syscalls.table -l /tmp/syscalls.limits "$@" /dev/dax0.0 $bus/devices/dax0.0 \
		$mnt $bus/devices/dax1.0 >&2 || exit 1
	echo "==== syscalls $marks"
	found table Documentation/syscalls.md
	echo "==== limits $marks"
	found limits Documentation/limits.md
	exit 0
fi
tap_run syscalls -t /tmp/syscalls.table -l /tmp/syscalls.limits "$@" /dev/dax0.0 $bus/devices/dax0.0 \
	$mnt $bus/devices/dax1.0
is 'the kernel finds no corrupt page table' "$(dmesg | grep -c 'bad p[gmu]d')" 0

# A part of the rows says nothing of all.
if [ $# -eq 0 ]; then
	for name in table limits; do
		file=Documentation/limits.md
		[ $name = limits ] || file=Documentation/syscalls.md
		between "$marks" $file >/tmp/documented
		found $name $file >/tmp/found
		ok "$file says the same (if it is right that it does not: make syscalls-accept)" \
			diff -u /tmp/documented /tmp/found
	done
fi
need umount $mnt
done_testing
