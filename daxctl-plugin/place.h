/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the planner puts one device in what is free on one node. */
#ifndef CARVE_PLACE_H
#define CARVE_PLACE_H

#include "node.h"
#include "plan.h"

/**
 * place_on_node() - where a device goes
 * @node: the node
 * @req: one device: its count is 1
 * @mem: its extents, in place of those that it had
 *
 * Return: 0, -ENOSPC, -ENOMEM, or what else plan_make() returns. After an error @mem is
 * the caller's to free as well.
 */
int place_on_node(const struct node *node, const struct plan_request *req,
		  struct extents *mem);

#endif /* CARVE_PLACE_H */
