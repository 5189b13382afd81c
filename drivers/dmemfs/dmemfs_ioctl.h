/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Which memory the files of a mount have, and to give just that to files again:
 * ioctls on the root directory of a mount, for root. Documentation/ABI/ioctl-dmemfs
 * describes them.
 */
#ifndef _DMEMFS_IOCTL_H
#define _DMEMFS_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Extents that one call takes or gives, at most. */
#define DMEMFS_EXTENTS_MAX	4096

/* The memory was never seen: what it holds is a former owner's. */
#define DMEMFS_EXTENT_UNSEEN	0x1

/**
 * struct dmemfs_ioc_extent - contiguous memory of a file
 * @file_offset: bytes
 * @dev_offset: bytes, in its device
 * @length: bytes
 * @device: its place in the mount's option dax=, from 0
 * @flags: DMEMFS_EXTENT_*
 */
struct dmemfs_ioc_extent {
	__u64 file_offset;
	__u64 dev_offset;
	__u64 length;
	__u32 device;
	__u32 flags;
};

/**
 * struct dmemfs_ioc_extents - memory of a file
 * @extents: address of an array of struct dmemfs_ioc_extent
 * @nr: its length; DMEMFS_IOC_EXTENTS sets it to how many it has filled in
 * @fd: the file
 * @file_offset: DMEMFS_IOC_EXTENTS: where in the file to begin, in bytes; set to the end of
 *               the last extent. DMEMFS_IOC_PLACE: 0
 */
struct dmemfs_ioc_extents {
	__u64 extents;
	__u32 nr;
	__s32 fd;
	__u64 file_offset;
};

/* The mount is one for restoring, and not sealed yet. */
#define DMEMFS_STATE_UNSEALED	0x1
/* What the devices hold outlives the mount, as it is now. */
#define DMEMFS_STATE_KEPT	0x2

/**
 * struct dmemfs_ioc_state - a mount
 * @flags: DMEMFS_STATE_*
 * @nr_devices: how many devices it has
 * @used: bytes that files have, or have given up and that are withheld
 */
struct dmemfs_ioc_state {
	__u32 flags;
	__u32 nr_devices;
	__u64 used;
};

#define DMEMFS_IOC_STATE	_IOR(0xDE, 0, struct dmemfs_ioc_state)
#define DMEMFS_IOC_KEEP		_IOW(0xDE, 1, __u32)
#define DMEMFS_IOC_EXTENTS	_IOWR(0xDE, 2, struct dmemfs_ioc_extents)
#define DMEMFS_IOC_PLACE	_IOW(0xDE, 3, struct dmemfs_ioc_extents)
#define DMEMFS_IOC_SEAL		_IO(0xDE, 4)

#endif /* _DMEMFS_IOCTL_H */
