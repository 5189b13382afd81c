/* SPDX-License-Identifier: GPL-2.0-only */
/* Mounts of dmemfs, as the kernel describes them and makes them. */
#ifndef DMEMFS_MOUNT_H
#define DMEMFS_MOUNT_H

#include "layout.h"

/**
 * mount_read() - how something is mounted
 * @path: where
 * @root: its root directory
 * @layout: flags, options and devices are filled in
 *
 * Return: 0, or negative after a complaint.
 */
int mount_read(const char *path, int root, struct layout *layout);

/**
 * mount_create() - mount files that are to be restored, where nobody finds them
 * @layout: flags, options and devices
 *
 * The devices are found by their memory. Whatever happens to this process, the mount ends
 * with the descriptor, unless it is shown by mount_show().
 *
 * Return: a descriptor; negative after a complaint.
 */
int mount_create(const struct layout *layout);

/**
 * mount_show() - let everyone find it
 * @mount: from mount_create()
 * @flags: of the layout: only now can it be read-only
 * @where: the directory, opened
 * @path: the same, for messages
 *
 * Return: 0, or negative after a complaint.
 */
int mount_show(int mount, unsigned int flags, int where, const char *path);

#endif /* DMEMFS_MOUNT_H */
