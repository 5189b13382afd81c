// SPDX-License-Identifier: GPL-2.0-only
/* carve destroy: give memory back, unless somebody uses it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "carve.h"
#include "device.h"
#include "holder.h"
#include "select.h"
#include "state.h"

struct victims {
	size_t nr;
	struct victim {
		struct node *node;
		struct dev *dev;
	} *victim;
};

static void add(struct victims *victims, struct node *node, struct dev *dev)
{
	size_t i;

	for (i = 0; i < victims->nr; i++)
		if (victims->victim[i].dev == dev)
			return;
	victims->victim[victims->nr++] = (struct victim){ node, dev };
}

/* Where nobody asked for it by name, an empty device 0 is none. */
static void add_node(struct victims *victims, struct node *node)
{
	size_t i;

	for (i = 0; i < node->nr_devs; i++)
		if (node->devs[i].size || node->devs[i].id)
			add(victims, node, &node->devs[i]);
}

static int choose(const struct carve_options *opt, const struct nodes *nodes,
		  int argc, char **argv, struct victims *victims)
{
	struct select select;
	struct node *node;
	struct dev *dev;
	size_t i;
	int rc;

	if (argc) {
		for (; argc; argc--, argv++) {
			dev = select_dev(nodes, *argv, &node);
			if (!dev)
				return -1;
			add(victims, node, dev);
		}
		return 0;
	}
	rc = select_nodes(nodes, opt->node, &select);
	if (rc)
		return rc;
	for (i = 0; i < select.nr; i++)
		add_node(victims, select.node[i]);
	select_free(&select);
	return 0;
}

/* All are looked at before the first is touched. */
static int check_unused(const struct victims *victims,
			const struct holders *holders)
{
	const struct holder *holder;
	size_t i;
	int rc = 0;

	for (i = 0; i < victims->nr; i++) {
		const struct dev *dev = victims->victim[i].dev;

		holder = holders_next(holders, dev, NULL);
		if (dev->mode == MODE_RAM)
			rc = fail("%s is in use as system RAM: --force takes it offline first",
				  dev->name);
		else if (holder && holder->pid)
			rc = fail("%s is in use by %s, pid %d: end that, or take it away with --force",
				  dev->name, holder->what, holder->pid);
		else if (holder)
			rc = fail("%s is mounted at %s: unmount it first",
				  dev->name, holder->what);
	}
	return rc;
}

static int destroy_all(const struct victims *victims, unsigned int *done)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < victims->nr; i++) {
		const struct victim *victim = &victims->victim[i];

		if (interrupted)
			return fail("interrupted: %zu devices are left",
				    victims->nr - i);
		say("%s: destroying it", victim->dev->name);
		if (device_destroy(victim->node, victim->dev))
			rc = -1;
		else
			++*done;
	}
	return rc;
}

static int destroy(const struct carve_options *opt, const struct nodes *nodes,
		   int argc, char **argv)
{
	struct victims victims = { 0 };
	struct holders holders = { 0 };
	unsigned int done = 0;
	size_t i, nr = 0;
	int rc;

	for (i = 0; i < nodes->nr; i++)
		nr += nodes->node[i].nr_devs;
	victims.victim = calloc(nr + 1, sizeof(*victims.victim));
	if (!victims.victim)
		return fail("out of memory");
	rc = choose(opt, nodes, argc, argv, &victims);
	if (!rc && !opt->force) {
		rc = holders_read(nodes, &holders);
		if (!rc)
			rc = check_unused(&victims, &holders);
		holders_free(&holders);
	}
	if (!rc) {
		rc = destroy_all(&victims, &done);
		fprintf(stderr, "destroyed %u device%s\n", done,
			done == 1 ? "" : "s");
	}
	free(victims.victim);
	return rc;
}

int cmd_destroy(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes = { 0 };
	int rc;

	if (!!argc + !!opt->node + opt->all != 1)
		return fail("destroy what? Give the names of devices, or --node, or --all, and not more than one of these");
	rc = state_lock();
	if (rc)
		return rc;
	rc = nodes_read(&nodes);
	if (!rc)
		rc = destroy(opt, &nodes, argc, argv);
	nodes_free(&nodes);
	state_unlock();
	return rc;
}
