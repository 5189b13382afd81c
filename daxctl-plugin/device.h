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
 * @dev: what: id or ID_ANY, label, align, mode and extents; name, numbers and size
 *       are filled in
 * @preserve: keep what is in the memory; for MODE_NONE
 *
 * What the kernel made of it is read back and compared.
 *
 * Return: 0, or negative after a complaint, with everything as before.
 */
int device_create(const struct node *node, struct dev *dev, bool preserve);

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

#endif /* CARVE_DEVICE_H */
