/* SPDX-License-Identifier: GPL-2.0-only */
/* Which nodes and devices a command is about. */
#ifndef CARVE_SELECT_H
#define CARVE_SELECT_H

#include "node.h"

/**
 * struct select - nodes that were asked for
 * @nr: number of @node
 * @node: the nodes, in the order in which they were asked for
 */
struct select {
	size_t nr;
	struct node **node;
};

/**
 * select_nodes() - nodes by number
 * @nodes: the machine
 * @list: "0", "0,2", "0-3", "all", or NULL for all
 * @select: set to the nodes; to be freed by select_free() if that succeeds
 *
 * Return: 0, or negative after a complaint.
 */
int select_nodes(const struct nodes *nodes, const char *list,
		 struct select *select);
void select_free(struct select *select);

/**
 * select_find() - a device by name, where it is no failure if there is none
 * @nodes: the machine
 * @name: "dax1000.1", "/dev/dax1000.1", or what its creator called it
 * @node: set to the node that it is on
 *
 * Return: the device, or NULL.
 */
struct dev *select_find(const struct nodes *nodes, const char *name,
			struct node **node);

/**
 * select_dev() - a device by name
 * @nodes: the machine
 * @name: "dax1000.1", "/dev/dax1000.1", or what its creator called it
 * @node: set to the node that it is on
 *
 * Return: the device, or NULL after a complaint.
 */
struct dev *select_dev(const struct nodes *nodes, const char *name,
		       struct node **node);

#endif /* CARVE_SELECT_H */
