/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What devices are called. The kernel keeps no names, so each is a file in STATE_DIR,
 * bound to the identity of the device's memory: whatever gets that place next does not
 * get the name. They are gone after a reboot, as the devices are; "carve save" has both.
 */
#ifndef CARVE_LABEL_H
#define CARVE_LABEL_H

#include <stdbool.h>

#include "node.h"

/**
 * label_valid() - can this be a label?
 * @label: letters, digits, ".", "_" and "-"; not like the name of a device
 *
 * Return: whether.
 */
bool label_valid(const char *label);

/**
 * label_read() - fill in the label of a device
 * @dev: the device; its identity has to be known
 */
void label_read(struct dev *dev);

/**
 * label_write() - store dev->label, or forget it if it is ""
 * @dev: the device; its identity has to be known
 *
 * All of it is replaced, or nothing.
 *
 * Return: 0, or negative after a complaint.
 */
int label_write(const struct dev *dev);
void label_remove(const char *name);

/**
 * label_sweep() - forget labels of devices that are no more
 * @nodes: what there is
 *
 * Return: how many there were.
 */
unsigned int label_sweep(const struct nodes *nodes);

#endif /* CARVE_LABEL_H */
