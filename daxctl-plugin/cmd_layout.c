// SPDX-License-Identifier: GPL-2.0-only
/* carve save and carve restore. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "carve.h"
#include "device.h"
#include "layout.h"
#include "report.h"
#include "state.h"

int cmd_save(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes = { 0 };
	int rc;

	(void)opt;
	if (argc != 1)
		return fail("save to where? Give one file, or - for standard output");
	rc = nodes_read(&nodes);
	if (!rc)
		rc = layout_save(&nodes, argv[0]);
	nodes_free(&nodes);
	return rc;
}

static bool same(const struct dev *a, const struct dev *b)
{
	size_t i;

	if (a->align != b->align || a->mode != b->mode ||
	    strcmp(a->label, b->label) || a->mem.nr != b->mem.nr)
		return false;
	for (i = 0; i < a->mem.nr; i++)
		if (a->mem.ext[i].start != b->mem.ext[i].start ||
		    a->mem.ext[i].size != b->mem.ext[i].size)
			return false;
	return true;
}

/* Who has memory that a saved device wants, if anybody has it at all. */
static int tell_missing(const struct node *node, const struct dev *want,
			const struct plan_extent *gap)
{
	uint64_t end = gap->start + gap->size;
	size_t i, j;

	for (i = 0; i < node->nr_devs; i++) {
		const struct dev *dev = &node->devs[i];

		for (j = 0; j < dev->mem.nr; j++) {
			const struct plan_extent *ext = &dev->mem.ext[j];

			if (ext->start < end && gap->start < ext->start + ext->size)
				return fail("%s does not fit: %s has memory of [%#" PRIx64 "-%#" PRIx64 "]",
					    want->name, dev->name, gap->start,
					    end - 1);
		}
	}
	return fail("%s does not fit: [%#" PRIx64 "-%#" PRIx64 "] is not reserved memory of node %d this time",
		    want->name, gap->start, end - 1, node->id);
}

/*
 * Memory that only a memory error keeps from being free. Where the content is to
 * be kept there is no choice, and the driver withholds the bad pages; otherwise
 * other memory is better.
 */
static int check_bad(const struct node *node, const struct dev *want,
		     const struct extents *gap, bool preserve)
{
	struct extents rest;
	int rc = 0;

	if (extents_sub(gap, &node->bad, &rest))
		rc = fail("out of memory");
	else if (rest.nr)
		rc = tell_missing(node, want, &rest.ext[0]);
	else if (!preserve)
		rc = fail("%s does not fit: memory errors hit [%#" PRIx64 "-%#" PRIx64 "]; create it anew elsewhere, or write the page to /sys/kernel/pfn_quarantine/clear if it was repaired",
			  want->name, gap->ext[0].start,
			  gap->ext[0].start + gap->ext[0].size - 1);
	else
		caution("%s has pages that memory errors hit: they stay withheld",
			want->name);
	free(rest.ext);
	return rc;
}

static bool label_conflict(const struct nodes *nodes, const struct dev *want)
{
	size_t i, j;

	for (i = 0; i < nodes->nr && want->label[0]; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++)
			if (!strcmp(nodes->node[i].devs[j].label, want->label))
				return true;
	return false;
}

static int check_fit(const struct nodes *nodes, const struct node *node,
		     const struct layout_dev *ldev, bool preserve)
{
	const struct dev *want = &ldev->dev, *have;
	struct extents gap;
	int rc = 0;

	if (!node)
		return fail("%s does not fit: node %d has no dax region this time",
			    want->name, ldev->node);
	if (node->region != ldev->region)
		return fail("%s does not fit: the devices of node %d are dax%d.* this time",
			    want->name, node->id, node->region);
	have = node_find_dev(node, want->id);
	if (have && have->size)
		return fail("%s does not fit: there is a different %s already",
			    want->name, want->name);
	if (label_conflict(nodes, want))
		return fail("%s does not fit: another device has its name, %s",
			    want->name, want->label);
	if (extents_sub(&want->mem, &node->free, &gap))
		return fail("out of memory");
	if (gap.nr)
		rc = check_bad(node, want, &gap, preserve);
	free(gap.ext);
	return rc;
}

static int restore_one(const struct carve_options *opt,
		       const struct nodes *nodes, const struct layout_dev *ldev,
		       struct json_object *done)
{
	struct node *node = nodes_find(nodes, ldev->node);
	struct dev dev = ldev->dev;
	const struct dev *have;
	int rc;

	have = node ? node_find_dev(node, dev.id) : NULL;
	if (have && node->region == ldev->region && same(have, &dev)) {
		say("%s is there already", dev.name);
		return 0;
	}
	rc = check_fit(nodes, node, ldev, opt->preserve);
	if (!rc && !opt->dry_run)
		rc = device_create(node, &dev, opt->preserve);
	if (!rc)
		json_object_array_add(done, report_dev(&dev, node->id,
						       opt->human));
	return rc;
}

static int by_id(const void *a, const void *b)
{
	const struct layout_dev *x = a, *y = b;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	return x->dev.id < y->dev.id ? -1 : x->dev.id > y->dev.id;
}

/* What does not fit is no reason to leave guests without the rest. */
static int restore(const struct carve_options *opt, const struct nodes *nodes,
		   struct layout *layout)
{
	struct json_object *done = json_object_new_array();
	size_t i, nr;
	int rc = 0;

	if (!done)
		return fail("out of memory");
	/* A low id that is wanted later must not be in the way now. */
	if (layout->nr)
		qsort(layout->devs, layout->nr, sizeof(*layout->devs), by_id);
	for (i = 0; i < layout->nr; i++) {
		if (interrupted) {
			rc = fail("interrupted: %zu devices are left",
				  layout->nr - i);
			break;
		}
		if (restore_one(opt, nodes, &layout->devs[i], done))
			rc = -1;
	}
	nr = json_object_array_length(done);
	if (report_print(done))
		rc = -1;
	if (!opt->dry_run)
		fprintf(stderr, "restored %zu device%s\n", nr,
			nr == 1 ? "" : "s");
	return rc;
}

int cmd_restore(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes = { 0 };
	struct layout layout;
	int rc;

	if (argc != 1)
		return fail("restore from where? Give one file, or - for standard input");
	rc = layout_load(argv[0], &layout);
	if (!rc)
		rc = state_lock();
	if (!rc) {
		rc = nodes_read(&nodes);
		if (!rc)
			rc = restore(opt, &nodes, &layout);
		nodes_free(&nodes);
		state_unlock();
	}
	layout_free(&layout);
	return rc;
}
