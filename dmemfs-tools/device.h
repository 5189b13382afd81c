/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices of the dax bus: what memory they have. */
#ifndef DMEMFS_DEVICE_H
#define DMEMFS_DEVICE_H

#include "layout.h"

/**
 * device_read() - find out what memory a device has
 * @chardev: its name
 * @dev: filled in; to be freed with the layout it is of, also upon failure
 *
 * Return: 0, or negative after a complaint.
 */
int device_read(const char *chardev, struct layout_device *dev);

/**
 * device_find() - find the device that has certain memory
 * @want: that memory, and what its device was called
 *
 * Return: its name now, to be freed; NULL after a complaint.
 */
char *device_find(const struct layout_device *want);

#endif /* DMEMFS_DEVICE_H */
