# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests/bench/*.vm, which run inside a VM and print figures, one a line:
#	bench FIGURE PEER LEAF SIZE VALUE
# VALUE is instructions, or KiB for the figure "memory". When the same figure comes
# several times, gather.jq decides.
. tests/lib.sh
. tests/device.sh

# What is measured is in memory, with its libraries: what it costs to map a file
# depends on how that came into the page cache. (The measuring programs are static.)
local=/run/bench
need mkdir -p $local/bin $local/lib
need find "$DAX_NONE_BUILD/bench" -maxdepth 1 -type f -perm -u+x -exec cp {} $local/bin/ \;
need cp -a "$DAX_NONE_BUILD/tools" $local/
need mount --bind $local/tools "$DAX_NONE_BUILD/tools"
while IFS= read -r library; do
	need cp -L "$library" $local/lib/
done < <(ldd "$DAX_NONE_BUILD"/tools/{bin/*,libexec/*/*} |
	awk '$2 == "=>" { print $3 }' | sort -u)
# Where commands look each time, as a server that takes its time would count, too.
for directory in "/lib/modules/$(uname -r)" /lib/modprobe.d /etc/modprobe.d; do
	need mkdir -p "$local$directory"
	need cp -a "$directory/." "$local$directory"
	need mount --bind "$local$directory" "$directory"
done
need find /usr/lib/locale /etc/ld.so.cache "$(realpath /lib64/ld-linux-x86-64.so.2)" \
	-type f -exec touch {} +
export LD_LIBRARY_PATH=$local/lib
PATH=$local/bin:$PATH
# shellcheck disable=SC2034 # for those who source this
drivers=$bus/drivers

set_to() {
	need sh -c "echo $2 >$1"
}

# The programs: a figure that cannot be had is an error.
action() { command action "$@" || bail "action $*"; }
mapping() { command mapping "$@" || bail "mapping $*"; }
files() { command files "$@" || bail "files $*"; }

# quiet: nothing that the kernel does by itself comes while something is measured.
quiet() {
	set_to /proc/sys/kernel/watchdog 0
	set_to /sys/kernel/mm/transparent_hugepage/khugepaged/defrag 0
	# Whether a command gets a huge page depends on what others left.
	set_to /sys/kernel/mm/transparent_hugepage/enabled never
	set_to /proc/sys/vm/compaction_proactiveness 0
	set_to /proc/sys/vm/stat_interval 3600
	# Else whether a page comes from the CPU's list or the buddy allocator, which
	# takes some 200 instructions more, depends on what was freed before.
	set_to /proc/sys/vm/percpu_pagelist_high_fraction 8
	set_to /proc/sys/kernel/sched_rt_runtime_us -1
}

# resize ALIGN SIZE: the device, bound to nothing, is so large.
resize() {
	need unbind
	set_to "$sysfs/size" 0
	set_to "$sysfs/align" "$(numfmt --from=iec "$1")"
	set_to "$sysfs/size" "$(numfmt --from=iec "$2")"
}

# have DRIVER ALIGN SIZE: the device is bound to DRIVER and so large. What an earlier
# owner left in it is kept, so that nothing is cleared: device_dax never does.
have() {
	resize "$2" "$3"
	if [ "$1" = dax_none ]; then
		need bind_preserve
	else
		need bind "$1"
	fi
}

# have_fresh ALIGN SIZE: the device is bound to dax_none and is yet to be cleared.
have_fresh() {
	resize "$1" "$2"
	need bind dax_none
}

# boot SECONDS COMMAND...: has a guest boot. The QEMU that plays the machine (seen with 7.2)
# has one in fifty hang; that one is started again, once it took SECONDS, several times as
# long as any.
boot() {
	for _ in 1 2 3; do
		timeout "$@" && return
		# 124: timeout's own
		[ $? -eq 124 ] || break
		# Its QEMU has been told as well, but not waited for.
		sleep 2
		echo "# a guest hung"
	done
	bail "$*"
}

# free_kib: memory that nobody has, with what each CPU keeps for itself.
free_kib() {
	awk '/^MemFree:/ { kib += $2 }
	     $1 == "count:" { kib += 4 * $2 }
	     END { print kib }' /proc/meminfo /proc/zoneinfo
}
