/* SPDX-License-Identifier: GPL-2.0-only */
/* Device nodes in /dev: whether they are what they should be, and whose. */
#ifndef CARVE_DEVNODE_H
#define CARVE_DEVNODE_H

#include "node.h"

/**
 * devnode_read() - look at the device node of a device
 * @dev: the device: node, owner and permissions are filled in
 */
void devnode_read(struct dev *dev);

/**
 * devnode_check_place() - is there anything in /dev where a device is to be?
 * @name: name of a device that does not exist
 *
 * A program that opens the device before it is there may make a file: QEMU does, and
 * then runs on the host's own RAM. The kernel makes no device node in its place.
 *
 * Return: 0 if there is nothing, or negative after a complaint.
 */
int devnode_check_place(const char *name);

/**
 * devnode_check() - is the device node of a new device there?
 * @dev: the device
 *
 * Return: 0, or negative after a complaint.
 */
int devnode_check(const struct dev *dev);

/**
 * devnode_own() - set owner and permissions
 * @dev: the device, with what is wanted
 *
 * Return: 0, or negative after a complaint.
 */
int devnode_own(const struct dev *dev);

/**
 * devnode_make() - make a device node that is missing
 * @dev: the device
 *
 * Return: 0, or a negative errno.
 */
int devnode_make(const struct dev *dev);

/**
 * devnode_remove() - remove the device node of a device that is no more
 * @dev: the device
 *
 * The kernel removes only what it made itself, not what devnode_make() did.
 */
void devnode_remove(const struct dev *dev);

/**
 * owner_valid() - can this be an owner?
 * @owner: "USER", "USER:GROUP" or ":GROUP", by name or number
 *
 * Return: whether this machine knows both.
 */
bool owner_valid(const char *owner);

#endif /* CARVE_DEVNODE_H */
