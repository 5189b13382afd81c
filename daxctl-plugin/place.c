// SPDX-License-Identifier: GPL-2.0-only
/* See place.h. */
#include <errno.h>
#include <stdlib.h>

#include "place.h"

int place_on_node(const struct node *node, const struct plan_request *req,
		  struct extents *mem)
{
	struct plan_run *runs = calloc(node->free.nr + 1, sizeof(*runs));
	struct plan plan;
	size_t i;
	int rc;

	mem->nr = 0;
	if (!runs)
		return -ENOMEM;
	for (i = 0; i < node->free.nr; i++)
		runs[i] = (struct plan_run){ node->free.ext[i].start,
					     node->free.ext[i].size, node->id };
	rc = plan_make(runs, node->free.nr, req, &plan);
	for (i = 0; !rc && i < plan.devices[0].nr; i++)
		rc = extents_add(mem, plan.devices[0].extents[i].start,
				 plan.devices[0].extents[i].size);
	plan_free(&plan);
	free(runs);
	return rc;
}
