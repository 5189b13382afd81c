#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# host
#
# Promise: an error that the firmware reports (ACPI GHES) is taken like any other.
# This machine plays the firmware: it gives the VM a table with an error source
# that is polled, and the test puts a record where the table says.
. tests/lib.sh

debug=
[ -z "${DEBUG_KERNEL-}" ] || [ "$DEBUG_KERNEL" = 0 ] || debug=--debug-kernel
dir=$(realpath "$(mktemp -d "${BUILD:-build}/ghes.XXXXXX")")
trap 'rm -rf "$dir"' EXIT

# Reserved for the record: a pointer to it, and behind that the record.
at=0x70000000

# HEST with one Generic Hardware Error Source (ACPI 6.5, 18.3.2.7), without the
# header of the table, which QEMU adds: polled each 100 ms.
perl -e 'print pack("V  vvvCCVVV  CCCCQ<  CCvVVVVVV  V",
	1,
	9, 0, 0xffff, 0, 1, 1, 1, 4096,
	0, 64, 0, 4, hex shift,
	0, 28, 0, 100, 0, 0, 0, 0, 0,
	4096)' $at >"$dir/hest"

# report ADDRESS: a Generic Error Status Block with one recoverable memory error
# (ACPI 6.5, 18.3.2.7.1; UEFI 2.10, N.2.5), and then the pointer to it.
cat >"$dir/report" <<END
#!/usr/bin/perl
my (\$at, \$address) = ($at, hex shift);
END
cat >>"$dir/report" <<'END'
my $section = pack("Q<4 v8 Q<3 C2 v3", 2, 0, $address, 0, (0) x 16);
my $data = pack("Vv2C8 V vCC V x16 x20",
	0xa5bc1114, 0x6f64, 0x4ede, 0xb8, 0x63, 0x3e, 0x83, 0xed, 0x7c, 0x83, 0xb1,
	0, 0x0201, 0, 0, length $section) . $section;
open my $mem, "+<", "/dev/mem" or die "/dev/mem: $!";
for ([$at + 64, pack("V5", 0x11, 0, 0, length $data, 0) . $data],
     [$at, pack("Q<", $at + 64)]) {
	sysseek $mem, $_->[0], 0 or die "seek: $!";
	syswrite $mem, $_->[1] or die "write: $!";
}
END
chmod +x "$dir/report"

cat >"$dir/run" <<'END'
. tests/lib.sh
. tests/device.sh

have_device
need set_align 4096
need bind_none
start=$(($(attribute mapping0/start)))
dax-mem hold /dev/$dax 64K 4096 >/tmp/held 2>&1 &
holder=$!
need wait_for 60 grep -q ready /tmp/held
need "$1" "$(printf %x $((start + 65536)))"
ok 'the page is bad' wait_for 20 grep -qx 1 $sysfs/bad_pages
is 'it is that page' "$(attribute badblocks)" '128 8'
kill -USR1 $holder
wait $holder
is 'and it is taken from who maps it' $? 7
like 'an error in ordinary RAM is left to the kernel' "$(ram-error "$1 \$ADDRESS
	for i in \$(seq 100); do
		! dmesg | grep -q 'Memory failure: .*Recovered' || break
		sleep 0.1
	done")" 'touched: code 4 at byte 9 of the page, lsb 12'
is 'and not recorded here' "$(attribute bad_pages)" 1
done_testing
END

status=0
# shellcheck disable=SC2086 # empty or one word
tests/vm/run $debug --mem 7G --smp 1 --timeout 600 \
	--append "nokaslr memmap=2G%4G-1+0xefffffff memmap=64K\$$at" \
	--qemu "-acpitable 'sig=HEST,data=$dir/hest'" \
	--log "${BUILD:-build}/logs/failure-ghes${debug:+-debug}.log" -- \
	bash "$dir/run" "$dir/report" >"$dir/out" || status=$?
tap_run cat "$dir/out"
is 'the kernel has nothing else to report' "$status" 0
done_testing
