#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --guests --mem 7G --append 'nokaslr memmap=2G%4G-1+0xefffffff'
#
# Promise: guests that libvirt runs, as its own user and in its sandbox, have their
# memory from a device, and from a mount of dmemfs, as Documentation says.
# shellcheck disable=SC2086,SC2317 # no spaces in names; functions run by ok and fails
. tests/lib.sh
. tests/dmemfs.sh

stop_daemon() {
	kill $libvirtd
	wait $libvirtd || bail 'libvirtd did not end well'
}

# daemon SETTING: libvirtd anew, with that in qemu.conf.
daemon() {
	[ -z "${libvirtd-}" ] || stop_daemon
	printf '%s\n' 'stdio_handler = "file"' 'security_driver = "none"' \
		"$1" >/etc/libvirt/qemu.conf
	libvirtd 2>/run/libvirtd.log &
	libvirtd=$!
	wait_for 60 virsh version || bail "libvirtd: $(cat /run/libvirtd.log)"
}

# describe NAME ELEMENTS [QEMU-ARG...]: its XML
describe() {
	cat <<-END
	<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
	  <name>$1</name>
	  <memory unit='GiB'>1</memory>
	  $2
	  <vcpu>1</vcpu>
	  <os>
	    <type arch='x86_64' machine='q35'>hvm</type>
	    <kernel>/run/guest/vmlinuz</kernel>
	    <initrd>/run/guest/initrd</initrd>
	    <cmdline>console=ttyS0 quiet panic=-1 random.trust_cpu=on tsc=reliable no_timer_check</cmdline>
	  </os>
	  <features><acpi/></features>
	  <cpu mode='host-passthrough' migratable='off'/>
	  <devices>
	    <emulator>$emulator</emulator>
	    <controller type='usb' model='none'/>
	    <serial type='file'><source path='/run/guest/$1.log'/></serial>
	    <memballoon model='none'/>
	  </devices>
	  <qemu:commandline>
	$(shift 2; [ $# -eq 0 ] || printf "    <qemu:arg value='%s'/>\n" "$@")
	  </qemu:commandline>
	</domain>
	END
}

# start NAME ELEMENTS [QEMU-ARG...]
start() {
	describe "$@" >/run/guest/$1.xml
	virsh create /run/guest/$1.xml --validate
}

# verified NAME: the guest has been filled and verified.
verified() {
	wait_for 120 grep -q 'guest: verified' /run/guest/$1.log
}

# leaves: that the device was mapped with, in bytes
leaves() {
	echo $((($(attribute leaves_1g) << 30) + ($(attribute leaves_2m) << 21) +
		($(attribute leaves_4k) << 12)))
}

all_is_free() {
	[ "$(avail)" -eq "$free" ]
}

qemu_user() {
	ps -o user:20= -C qemu-system-x86_64
}

# Another than the installed one is in somebody's home directory.
emulator=$(command -v qemu-system-x86_64)
case $emulator in
/usr/bin/*) ;;
*)
	need cp -r "${emulator%/bin/*}" /opt/qemu
	emulator=/opt/qemu/bin/qemu-system-x86_64
	;;
esac

backing="<memoryBacking><source type='file'/><access mode='shared'/>\
<allocation mode='immediate'/></memoryBacking>"
hugepages="<memoryBacking><hugepages/><access mode='shared'/></memoryBacking>"
on_device=(-object "memory-backend-file,id=dax,size=1G,mem-path=/dev/$dax,share=on,align=1G"
	-machine memory-backend=dax)
acl='cgroup_device_acl = [ "/dev/null", "/dev/full", "/dev/zero", "/dev/random",
	"/dev/urandom", "/dev/ptmx", "/dev/kvm", "/dev/'$dax'" ]'

# What the package libvirt-daemon-system and udev do on a host.
need modprobe kvm-amd
need chmod 666 /dev/kvm
id -u libvirt-qemu >/dev/null 2>&1 || need useradd --system --user-group libvirt-qemu
getent group kvm >/dev/null || need groupadd --system kvm
need mkdir -p /etc/libvirt /run/guest
need cp $DAX_NONE_GUEST_VMLINUZ /run/guest/vmlinuz
need cp $DAX_NONE_BUILD/guest/init.cpio /run/guest/initrd
export LIBVIRT_DEFAULT_URI=qemu:///system

have_device
need bind_none
message="can't open backing store /dev/$dax for guest RAM"
daemon "$acl"
fails 'without the permission a guest does not start' start device '' "${on_device[@]}"
like 'and it is said why' "$tap_output" "$message: Permission denied"
need chown libvirt-qemu /dev/$dax
daemon ''
fails 'nor without cgroup_device_acl' start device '' "${on_device[@]}"
like 'as is said, in the same words' "$tap_output" "$message: Permission denied"
daemon "$acl"
ok 'with both, it does' start device '' "${on_device[@]}"
ok 'and fills and verifies its memory' verified device
is 'which is the device' "$(leaves)" $((1 << 30))
like 'QEMU is not root' "$(qemu_user)" libvirt-qemu
ok 'the guest ends' virsh destroy device
ok 'and nobody has the device' unbind

have_dmemfs $dax
need mount_dmem dax=$dax
free=$(avail)
daemon "memory_backing_dir = \"$mnt\""
ok 'a guest on dmemfs starts' start files "$backing"
is 'it takes its memory at once' "$(avail)" $((free - (1 << 30)))
ok 'and fills and verifies it' verified files
like 'QEMU is not root there, either' "$(qemu_user)" libvirt-qemu
ok 'this guest ends, too' virsh destroy files
ok 'and its memory is free' wait_for 10 all_is_free
need umount $mnt

need mount_dmem dax=$dax,hugetlbfs,pagesize=2M
free=$(avail)
daemon "hugetlbfs_mount = \"$mnt\""
ok 'a guest with huge pages starts' start huge "$hugepages"
ok 'and fills and verifies its memory, again' verified huge
at_most 'which is of dmemfs' "$(avail)" $((free - (800 << 20)))
ok 'this guest ends as well' virsh destroy huge
ok 'and gives its memory back' wait_for 10 all_is_free
stop_daemon
need umount $mnt
done_testing
