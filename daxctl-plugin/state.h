/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel does not keep for us, in STATE_DIR: a lock, and the labels of
 * devices. It is gone after a reboot, as the devices are; "carve save" has both.
 */
#ifndef CARVE_STATE_H
#define CARVE_STATE_H

#include <stdbool.h>

#include "node.h"

#ifndef STATE_DIR
#define STATE_DIR	"/run/dax-none"
#endif

/**
 * state_lock() - keep other instances out
 *
 * Waits some seconds for one that is at work.
 *
 * Return: 0, or negative after a complaint.
 */
int state_lock(void);
void state_unlock(void);

/**
 * label_valid() - can this be a label?
 * @label: letters, digits, ".", "_" and "-"; not like the name of a device
 *
 * Return: whether.
 */
bool label_valid(const char *label);

/**
 * label_read() - fill in the label of a device
 * @dev: the device; what was stored counts only if it is still made of the same
 *       memory, since other tools destroy devices without telling us
 */
void label_read(struct dev *dev);

/**
 * label_write() - store dev->label
 * @dev: the device
 *
 * Return: 0, or negative after a complaint.
 */
int label_write(const struct dev *dev);
void label_remove(const char *name);

#endif /* CARVE_STATE_H */
