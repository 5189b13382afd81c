/* SPDX-License-Identifier: GPL-2.0-only */
/* Clearing memory now rather than when it is first used. */
#ifndef CARVE_ZERO_H
#define CARVE_ZERO_H

#include "node.h"

/**
 * devices_zero() - clear devices, with a progress bar on a terminal
 * @devs: devices that dax_none serves
 * @nr: number of @devs
 *
 * Return: 0, or negative after a complaint.
 */
int devices_zero(const struct dev *devs, size_t nr);

#endif /* CARVE_ZERO_H */
