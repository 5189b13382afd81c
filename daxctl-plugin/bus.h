/* SPDX-License-Identifier: GPL-2.0-only */
/* Drivers of the dax bus: who gets a device, and how it is taken away again. */
#ifndef CARVE_BUS_H
#define CARVE_BUS_H

#include "node.h"

/**
 * bus_load() - load the driver for a mode
 * @mode: who is to serve devices
 *
 * Return: 0, or negative after a complaint.
 */
int bus_load(enum dev_mode mode);

/**
 * bus_bind() - hand a device to the driver for its mode
 * @node: where it is
 * @dev: the device, with memory and without driver; MODE_DISABLED is left so
 * @preserve: keep what is in the memory; for MODE_NONE
 *
 * Nobody else has it in between: where device_dax is faster, it is taken back.
 *
 * Return: 0, or negative after a complaint.
 */
int bus_bind(const struct node *node, struct dev *dev, bool preserve);

/**
 * bus_unbind() - take a device from its driver, which forgets its name
 * @node: where it is
 * @dev: the device; it may have no driver
 *
 * Return: 0, or negative after a complaint.
 */
int bus_unbind(const struct node *node, const struct dev *dev);

#endif /* CARVE_BUS_H */
