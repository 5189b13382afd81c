# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# KVM guests with assigned edu devices, for tests/*.t. Wants tests/vfio.sh.

# start_guest BACKEND [QEMU-ARG...]: boots a guest with 1G of RAM from the memory
# backend, such as "memory-backend-file,mem-path=/dev/dax0.0", and all of the edu
# devices; returns when it is ready to do DMA.
start_guest() {
	[ -c /dev/kvm ] || need modprobe kvm-amd
	guest_dir=$(mktemp -d)
	mkfifo "$guest_dir/hmp.in" "$guest_dir/hmp.out"
	guest_args=()
	guest_n=0
	for guest_device in $(edu_devices); do
		guest_args+=(-device "vfio-pci,host=$guest_device,id=edu$guest_n")
		guest_n=$((guest_n + 1))
	done
	guest_backend=$1
	shift
	# On this machine type the root bus gives devices back. Memory above 4G is
	# hot-plugged.
	coproc GUEST {
		exec qemu-system-x86_64 -accel kvm -cpu host \
			-m 1G,slots=2,maxmem=8G -machine pc,memory-backend=mem \
			-object "$guest_backend,id=mem,size=1G,share=on" \
			-nodefaults -no-user-config -display none -serial stdio \
			-chardev "pipe,id=hmp,path=$guest_dir/hmp" \
			-mon chardev=hmp,mode=readline \
			-kernel "$DAX_NONE_GUEST_VMLINUZ" \
			-initrd "$DAX_NONE_BUILD/guest/vfio.cpio" \
			-append 'console=ttyS0 quiet panic=-1 random.trust_cpu=on tsc=reliable no_timer_check memhp_default_state=online_movable' \
			"${guest_args[@]}" "$@" 2>&1
	}
	# shellcheck disable=SC2153 # coproc sets it
	guest_pid=$GUEST_PID
	exec 8<>"$guest_dir/hmp.in"
	# What the monitor says is kept, so that QEMU never waits for a reader.
	cat "$guest_dir/hmp.out" >"$guest_dir/hmp.log" &
	guest_says 'guest: ready' || bail "the guest does not boot: $line"
}

# guest_says PREFIX: waits for a line of the guest's console that starts so.
# Other lines that matter are kept in $said.
guest_says() {
	said=
	while IFS= read -r -t 300 line <&"${GUEST[0]}"; do
		line=${line%$'\r'}
		case $line in
		"$1"*) return 0 ;;
		*'guest: FAILED'*)
			diag "$line"
			return 1
			;;
		# The devices have no reset of their own, which QEMU mentions.
		*'no available reset mechanism'*) ;;
		qemu-system*) diag "$line" ;;
		guest:*) said+=${said:+$'\n'}$line ;;
		esac
	done
	line='the guest is gone, or silent'
	return 1
}

guest() {
	printf '%s\n' "$*" >&"${GUEST[1]}"
}

# monitor COMMAND...: of the guest's QEMU
monitor() {
	printf '%s\n' "$*" >&8
}

# guest_dma SEED N [FROM [TO]]: N devices of the guest do DMA between pages of the
# guest with physical addresses in the range; the guest verifies what they wrote.
# Sets $pages to the addresses of the pages they wrote to, so no subshell may run
# this: not for "ok".
guest_dma() {
	guest dma "$1" "${@:3}"
	guest_says 'guest: done' || return 1
	[ "$line" = "guest: done $2" ] || { diag "$line"; return 1; }
	pages=$(printf '%s\n' "$said" | sed -n 's/.* wrote \(0x[0-9a-f]*\) .*/\1/p')
}

# host_sees FILE BASE SEED: the host finds in FILE, which is the guest's memory
# from the physical address BASE on, what the devices wrote last.
host_sees() {
	[ -n "$pages" ] || return 1
	for guest_page in $pages; do
		dax-mem check "$1" $((guest_page - $2)) 2048 "$3" || return 1
	done
}

# host_writes FILE BASE SEED: the other way: the guest's device reads what the
# host has written into one of those pages.
host_writes() {
	guest_page=${pages%%$'\n'*}
	dax-mem fill "$1" $((guest_page - $2)) 2048 "$3" || return 1
	guest read "$guest_page" "$2"
	guest_says 'guest: read' || return 1
	[ "$line" = "guest: read seed $3" ] || { diag "$line"; return 1; }
}

# stop_guest: powers it off. Fails if QEMU does. Not for "ok" either.
stop_guest() {
	guest off
	guest_status=0
	wait "$guest_pid" || guest_status=$?
	exec 8>&-
	rm -r "$guest_dir"
	return $guest_status
}
