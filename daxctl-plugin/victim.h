/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices that are to go. */
#ifndef CARVE_VICTIM_H
#define CARVE_VICTIM_H

#include "node.h"

/**
 * struct victims - devices that are to go, each once
 * @nr: number of @victim
 * @victim: the devices
 */
struct victims {
	size_t nr;
	struct victim {
		struct node *node;
		struct dev *dev;
	} *victim;
};

/* Room for all devices of @nodes. Return: 0, or negative after a complaint. */
int victims_init(const struct nodes *nodes, struct victims *victims);
void victims_add(struct victims *victims, struct node *node, struct dev *dev);
void victims_free(struct victims *victims);

/**
 * victims_check() - does anybody use them?
 * @nodes: the machine
 * @victims: devices; all are looked at
 *
 * Return: 0 if nobody does, or negative after a complaint for each that is used.
 */
int victims_check(const struct nodes *nodes, const struct victims *victims);

/**
 * victims_destroy() - destroy them
 * @victims: devices
 * @done: set to how many have gone
 *
 * Return: 0, or negative after a complaint, for one or more.
 */
int victims_destroy(const struct victims *victims, size_t *done);

#endif /* CARVE_VICTIM_H */
