// SPDX-License-Identifier: GPL-2.0-only
/* carve destroy: give memory back, unless somebody uses it. */
#include <stdlib.h>

#include "carve.h"
#include "select.h"
#include "state.h"
#include "victim.h"

/* Where nobody asked for it by name, an empty device 0 is none. */
static void add_node(struct victims *victims, struct node *node)
{
	size_t i;

	for (i = 0; i < node->nr_devs; i++)
		if (node->devs[i].size || node->devs[i].id)
			victims_add(victims, node, &node->devs[i]);
}

static int choose(const struct carve_options *opt, const struct nodes *nodes,
		  int argc, char **argv, struct victims *victims)
{
	struct select select;
	struct node *node;
	struct dev *dev;
	size_t i;
	int rc;

	for (i = 0; i < (size_t)argc; i++) {
		dev = opt->ignore_missing ? select_find(nodes, argv[i], &node) :
					    select_dev(nodes, argv[i], &node);
		if (dev)
			victims_add(victims, node, dev);
		else if (!opt->ignore_missing)
			return -1;
	}
	if (argc)
		return 0;
	rc = select_nodes(nodes, opt->node, &select);
	if (rc)
		return rc;
	for (i = 0; i < select.nr; i++)
		add_node(victims, select.node[i]);
	select_free(&select);
	return 0;
}

static int destroy(const struct carve_options *opt, const struct nodes *nodes,
		   int argc, char **argv)
{
	struct victims victims;
	size_t nr = 0;
	int rc;

	rc = victims_init(nodes, &victims);
	if (!rc)
		rc = choose(opt, nodes, argc, argv, &victims);
	if (!rc && !opt->force)
		rc = victims_check(nodes, &victims);
	if (!rc) {
		rc = victims_destroy(&victims, &nr);
		done("destroyed %zu device%s", nr, nr == 1 ? "" : "s");
	}
	victims_free(&victims);
	return rc;
}

int cmd_destroy(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes;
	int rc;

	if (!!argc + !!opt->node + opt->all != 1)
		return fail_as(STATUS_BAD_INPUT,
			       "destroy what? Give the names of devices, or --node, or --all, and not more than one of these");
	rc = state_begin(&nodes);
	if (rc)
		return rc;
	rc = destroy(opt, &nodes, argc, argv);
	nodes_free(&nodes);
	state_end();
	return rc;
}
