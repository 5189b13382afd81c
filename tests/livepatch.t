#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# host
#
# Promise: a change of our C replaces the code of loaded modules while a guest with an
# assigned device runs and others fault, and can be taken back; what cannot be replaced
# that way is refused, with the reason.
# shellcheck disable=SC2317 # functions that ok calls
. tests/lib.sh

build=$(realpath "${BUILD:-build}")
dir=$(realpath "$(mktemp -d "$build/livepatch.XXXXXX")")
trap 'rm -rf "$dir"' EXIT

# change FILE SED: appends to the patch $fix what an edit does to FILE.
change() {
	sed "$2" "$1" >"$dir/edited"
	! cmp -s "$1" "$dir/edited" || bail "the edit of $1 in this test no longer fits"
	diff -u --label "a/$1" --label "b/$1" "$1" "$dir/edited" >>"$fix"
	return 0
}

# livepatch [MODULES]: what "make livepatch" says is in $said.
livepatch() {
	status=0
	said=$(make -s --no-print-directory livepatch BUILD="$build" KVER=stock FIX="$fix" \
		MODULES="${1-$modules}" 2>&1) || status=$?
}

need make -s --no-print-directory vm-stock BUILD="$build"
need tests/vm/deps build livepatch
version=$(cat "${DAX_NONE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dax-none}/kernel-${KERNEL:-6.12}")
modules=$build/modules/$version

# As DKMS installs them.
mkdir "$dir/installed"
for module in "$modules"/*/*.ko "$modules"/*/*/*.ko; do
	objcopy -g "$module" "$dir/installed/${module##*/}"
done

# No 2M leaves; messages; and a message that is in functions with all that is special
# about code in the kernel. What is for other directories does not matter.
fix=$dir/fix.patch
cat >"$fix" <<'END'
--- a/Documentation/nothing.md
+++ b/Documentation/nothing.md
@@ -1,2 +1,2 @@
--- a line that starts like a file
+++ so does this
 and no more
END
change mm/special/fault.c 's/^\t    core_allows_2m_leaves() \&\&$/\t    !core_allows_2m_leaves() \&\&/'
change mm/special/leaf.c '
	s/^\tatomic64_add(nr, &ps->leaves\[.*/\tpr_warn_once("pfn_special: livepatch counts\\n");\n&/
	/^vm_fault_t leaf_set(/,/^}/ s/^\tswitch .*/\tif (fault_around_leaves)\n\t\tpr_warn_once("pfn_special: livepatch sets\\n");\n&/'
change drivers/dax/none_file.c '
	s/^static vm_fault_t none_huge_fault(/static atomic_t livepatch_faults;\n\n&/
	s/^\treturn pfn_special_fault(/\tif (!(atomic_inc_return(\&livepatch_faults) \& 63))\n\t\tpr_info("dax_none: livepatch: %d faults\\n",\n\t\t\tatomic_read(\&livepatch_faults));\n&/'
livepatch "$dir/installed"
is 'a livepatch is made' "$status" 0
[ "$status" -eq 0 ] || bail "$said"
patch=$(tail -n 1 <<<"$said")
like 'what replaces an inlined function is found at its caller' "$said" \
	'replaces serve of pfn_special'
like 'at all of them' "$said" 'replaces none_huge_fault of dax_none'
like 'and told' "$said" 'replaces none_fault of dax_none'
like 'what is new is told' "$said" 'new variable livepatch_faults lives and dies'

# The same for another build of dax_none: one bit of its ID is another.
id=$(readelf -n "$modules/drivers/dax/dax_none.ko" | sed -n 's/.*Build ID: //p')
cp "$patch" "$dir/livepatch_fix.ko"
mkdir "$dir/other"
perl -0777 -pe 'BEGIN { $id = pack("H*", shift) } s/\Q$id\E/chr(1 ^ ord $id) . substr $id, 1/ge' \
	"$id" "$patch" >"$dir/other/livepatch_fix.ko"
fails 'one with another build ID is another' cmp -s "$patch" "$dir/other/livepatch_fix.ko"

# Refused.
fix=$dir/refused.patch
change drivers/dax/none_file.c '/^\t\.pagesize = none_pagesize,$/d'
change mm/special/leaf.c 's/^\(static unsigned int fault_around_leaves = \)8;/\14;/
	$ s/$/\nmodule_param_named(livepatch, fault_around_bytes, ulong, 0644);\nEXPORT_SYMBOL_GPL(leaf_set);/'
change mm/special/ahead.c 's/^struct pfn_special_ahead {/&\n\tunsigned long livepatch;/'
change mm/main.c '/^static int __init/,/^}/ s/^\tcore_bugs_init();/&\n\tpr_info("livepatch\\n");/
	/^static void __exit/,/^}/ s/^\tcore_bugs_exit();/&\n\tpr_info("livepatch\\n");/'
livepatch
is 'what cannot be livepatched is refused' "$status" 2
like 'operations' "$said" 'refused: none_file.c: none_vm_ops, which is data, has another value'
like 'a variable' "$said" 'refused: leaf.c: fault_around_leaves, which is data, has another value'
like 'a parameter' "$said" 'refused: leaf.c: __param_livepatch is new in section __param'
like 'an exported symbol' "$said" 'refused: leaf.c: other symbols are exported'
like 'a structure' "$said" 'refused: mm/special/ahead.c: another layout: pfn_special_ahead;'
like '__init code' "$said" 'refused: main.c: __init code is another'
like '__exit code' "$said" 'refused: main.c: __exit code is another'

fix=$dir/nothing.patch
change mm/special/recycle.c '1 s/$/\n\/* a line more *\//'
livepatch
is 'a change that changes no code is refused' "$status" 2
like 'it is told' "$said" 'changes no code'
mkdir "$dir/modules"
objcopy -O binary -j .text "$modules/mm/pfn_special.ko" "$dir/text"
printf '\0' | dd of="$dir/text" bs=1 seek=100 conv=notrunc status=none
objcopy --update-section .text="$dir/text" "$modules/mm/pfn_special.ko" "$dir/modules/pfn_special.ko"
livepatch "$dir/modules"
is 'so are modules that were built from another source' "$status" 2
like 'it is told' "$said" 'was not built from this source'
fix=$dir/kbuild.patch
change mm/Kbuild '$ s/$/ /'
livepatch
is 'and changes that are not C' "$status" 2

cat >"$dir/run" <<'END'
. tests/lib.sh
. tests/device.sh
. tests/vfio.sh
. tests/assigned.sh

dir=$1
state=/sys/kernel/livepatch/livepatch_fix

patched() {
	[ "$(cat $state/transition)" = 0 ] && [ "$(cat $state/enabled)" = 1 ]
}

# apply, take_back: return when no task runs the other code any more.
apply() {
	insmod "${1:-$dir/livepatch_fix.ko}" && wait_for 300 patched
}

take_back() {
	echo 0 >$state/enabled && wait_for 300 test ! -e $state &&
		wait_for 30 rmmod livepatch_fix
}

# leaves COMMAND...: which leaves a command makes on the second device.
leaves() {
	before_2m=$(cat $bus/devices/dax1.0/leaves_2m)
	before_4k=$(cat $bus/devices/dax1.0/leaves_4k)
	"$@" || return 1
	made="$(($(cat $bus/devices/dax1.0/leaves_2m) - before_2m))"
	made+=" $(($(cat $bus/devices/dax1.0/leaves_4k) - before_4k))"
}

faults_counted() {
	dmesg | sed -n 's/.*dax_none: livepatch: \([0-9]*\) faults/\1/p' | tail -n 1
}

more_counted() {
	[ "$(faults_counted)" -gt "${1:-0}" ]
}

hotplugged() {
	monitor 'info memory-devices'
	sleep 0.5
	grep -q 'addr: 0x100000000' "$guest_dir/hmp.log"
}

dma() {
	guest_dma $2 1 $3 $4
	is "$1: the guest's device does DMA" $? 0
	ok "$1: the host sees what it wrote" host_sees $5 $3 $2
}

# Before the modules are there, or one of them.
need modprobe pfn_special
ok 'a livepatch may come before a module' apply
need modprobe dax_none
is 'which is patched when it comes' "$(cat $state/dax_none/patched)" 1
need rmmod dax_none
ok 'and be taken back' take_back
need apply "$dir/other/livepatch_fix.ko"
fails 'another build of the module is not loaded then' modprobe dax_none
like 'the log says why' "$(dmesg)" 'livepatch_fix: this is for dax_none with build ID [0-9a-f]{40}, but the one that is loaded has [0-9a-f]{40}'
need take_back

have_device
need bind_none
need bind_none dax1.0
fails 'a livepatch for another build of a module is refused' insmod "$dir/other/livepatch_fix.ko"
is 'nothing of it stays' "$(ls /sys/kernel/livepatch; lsmod | grep livepatch)" ''
have_vfio
start_guest memory-backend-file,mem-path=/dev/$dax,align=1G
dma before 1 0 $((1 << 30)) /dev/$dax
need dax-mem fill /dev/dax1.0 128M 128M 7
leaves dax-mem check /dev/dax1.0 128M 16M 7
is 'faults make 2M leaves' "$made" '8 0'

# Somebody who faults all the time.
: >/tmp/rounds
while [ ! -e /tmp/stop ]; do
	dax-mem check /dev/dax1.0 160M 4M 7 >>/tmp/wrong || echo "status $?" >>/tmp/wrong
	echo >>/tmp/rounds
	sleep 0.1
done &
tenant=$!

ok 'the code is replaced under them' apply
leaves dax-mem check /dev/dax1.0 128M 16M 7
like 'faults make 4K leaves' "$made" '^0 [0-9]+$'
ok 'and are counted' wait_for 60 more_counted
like 'messages of each function appear' "$(dmesg)" 'pfn_special: livepatch sets'
like 'of those, too, that the compiler has inlined elsewhere' "$(dmesg)" \
	'pfn_special: livepatch counts'
echo 1 >$tracing/events/pfn_special/pfn_special_fault/enable
need dax-mem check /dev/dax1.0 128M 16M 7
echo 0 >$tracing/events/pfn_special/pfn_special_fault/enable
like 'trace events are still seen' "$(cat $tracing/trace)" 'pfn_special_fault: dax1.0 .*leaf=4K'
: >$tracing/trace
monitor 'object_add memory-backend-file,id=more,size=128M,mem-path=/dev/dax1.0,share=on,align=2M'
monitor 'device_add pc-dimm,memdev=more,id=dimm'
ok 'memory is hot-plugged' wait_for 60 hotplugged
dma 'that memory' 2 $((4 << 30)) $(((4 << 30) + (128 << 20))) /dev/dax1.0

ok 'it is taken back' take_back
counted=$(faults_counted)
leaves dax-mem check /dev/dax1.0 128M 16M 7
like 'faults make 2M leaves again' "$made" '^[1-9][0-9]* 0$'
is 'and are counted no more' "$(faults_counted)" "$counted"

rounds=3
for round in $(seq $rounds); do
	apply && take_back || break
done
is 'it comes and goes many times' "$round $(ls /sys/kernel/livepatch)" "$rounds "
dma 'and then' 3 0 $((1 << 30)) /dev/$dax
dma 'the hot-plugged memory' 4 $((4 << 30)) $(((4 << 30) + (128 << 20))) /dev/dax1.0
: >/tmp/stop
wait $tenant
is 'whoever faulted all the time got the right bytes' "$(cat /tmp/wrong)" ''
diag "$(wc -l </tmp/rounds) times"
ok 'all memory is what it was' dax-mem check /dev/dax1.0 128M 128M 7
stop_guest
is 'the guest powers off' $? 0
need unbind
need unbind dax1.0
ok 'nothing holds the modules' rmmod dax_none
done_testing
END

status=0
tests/vm/run --buffer --guests --mem 7G --edu 1 --timeout 2400 \
	--append 'nokaslr memmap=1G%4G-1+0xefffffff memmap=256M%5632M-1+0xefffffff' \
	--log "$build/logs/livepatch.log" -- bash "$dir/run" "$dir" >"$dir/out" || status=$?
tap_run cat "$dir/out"
is 'the kernel has nothing else to report' "$status" 0
done_testing
