/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that come and go. */
#ifndef CARVE_DEVICE_H
#define CARVE_DEVICE_H

#include <stdbool.h>

#include "node.h"

/* Take any free id. */
#define ID_ANY	-1

/**
 * device_create() - make a device and hand it to its driver
 * @node: where
 * @dev: what: id or ID_ANY, label, align, mode, owner, permissions and extents; the
 *       rest is filled in
 * @preserve: keep what is in the memory; for MODE_NONE
 *
 * What the kernel made of it is read back and compared. Ids below one that is asked
 * for are taken, until device_end().
 *
 * Return: 0, or negative after a complaint, with everything as before.
 */
int device_create(const struct node *node, struct dev *dev, bool preserve);

/**
 * device_end() - give back ids that were taken to get at others
 */
void device_end(void);

/**
 * device_destroy() - take a device from its driver and give its memory back
 * @node: where
 * @dev: the device
 *
 * Device 0 of a region stays, without memory: the kernel keeps it.
 *
 * Return: 0, or negative after a complaint.
 */
int device_destroy(const struct node *node, const struct dev *dev);

/**
 * device_grow() - add extents to a device without driver
 * @node: where
 * @dev: the device
 * @mem: extents, in the order of offsets
 *
 * Return: 0, or negative after a complaint.
 */
int device_grow(const struct node *node, const struct dev *dev,
		const struct extents *mem);

/**
 * device_settle() - cut a device to its size, and hand it to the driver of its mode
 * @node: where
 * @dev: the device, without driver
 * @size: bytes, at most what it has
 * @preserve: keep what is in the memory; for MODE_NONE
 *
 * Return: 0, or negative after a complaint.
 */
int device_settle(const struct node *node, struct dev *dev, uint64_t size,
		  bool preserve);

/* Deletes a device without memory. Return: 0, or a negative errno. */
int device_delete(const struct node *node, int id);

#endif /* CARVE_DEVICE_H */
