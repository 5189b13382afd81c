# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For tests/dmemfs*.t: devices bound to dax_none, and mounts of them.
. tests/device.sh

mnt=/run/dmem

# have_dmemfs DEVICE...: the module is loaded and the devices are bound.
have_dmemfs() {
	have_device
	for have_dmemfs_dax; do
		unbind "$have_dmemfs_dax" || bail "cannot unbind $have_dmemfs_dax"
		echo 4096 >"$bus/devices/$have_dmemfs_dax/align" ||
			bail "cannot align $have_dmemfs_dax"
		bind_none "$have_dmemfs_dax" || bail "cannot bind $have_dmemfs_dax"
	done
	modprobe dmemfs || bail 'modprobe dmemfs failed'
	mkdir -p "$mnt"
}

# mount_dmem OPTIONS: mounts at $mnt.
mount_dmem() {
	mount -t dmemfs -o "$1" dmem "$mnt"
}

# avail: bytes that the mount can still give.
avail() {
	echo $(($(stat -f -c '%a * %S' "$mnt")))
}
