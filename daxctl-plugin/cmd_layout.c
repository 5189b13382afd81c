// SPDX-License-Identifier: GPL-2.0-only
/* carve save and carve restore. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carve.h"
#include "device.h"
#include "journal.h"
#include "layout.h"
#include "place.h"
#include "rows.h"
#include "size.h"
#include "state.h"
#include "table.h"
#include "victim.h"

/* With the lock, so that no half-made device gets into it. */
int cmd_save(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes;
	int rc;

	(void)opt;
	if (argc != 1)
		return fail_as(STATUS_BAD_INPUT,
			       "save to where? Give one file, or - for standard output");
	rc = state_begin(&nodes);
	if (rc)
		return rc;
	rc = layout_save(&nodes, argv[0]);
	nodes_free(&nodes);
	state_end();
	return rc;
}

static bool same_memory(const struct dev *a, const struct dev *b)
{
	size_t i;

	if (a->mem.nr != b->mem.nr)
		return false;
	for (i = 0; i < a->mem.nr; i++)
		if (a->mem.ext[i].start != b->mem.ext[i].start ||
		    a->mem.ext[i].size != b->mem.ext[i].size)
			return false;
	return true;
}

/* What is different about a device that is there, in words; "" if nothing is. */
static void compare(const struct dev *have, const struct dev *want, bool by_size,
		    char *what, size_t size)
{
	char x[SIZE_TEXT], y[SIZE_TEXT];

	*what = '\0';
	if (have->size != want->size)
		snprintf(what, size, "its size is %s, not %s",
			 size_text(have->size, x), size_text(want->size, y));
	else if (have->align != want->align)
		snprintf(what, size, "its align is %s, not %s",
			 size_text(have->align, x), size_text(want->align, y));
	else if (have->mode != want->mode)
		snprintf(what, size, "its driver is %s",
			 *have->driver ? have->driver : "none");
	else if (strcmp(have->label, want->label))
		snprintf(what, size, "its name is \"%s\", not \"%s\"",
			 have->label, want->label);
	else if (!by_size && !same_memory(have, want))
		snprintf(what, size, "its memory is elsewhere");
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
				return fail_as(STATUS_EXISTS, "%s does not fit: %s has memory of [%#" PRIx64 "-%#" PRIx64 "]",
					    want->name, dev->name, gap->start,
					    end - 1);
		}
	}
	return fail_as(STATUS_NO_ROOM, "%s does not fit: [%#" PRIx64 "-%#" PRIx64 "] is not reserved memory of node %d this time",
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
		rc = fail_as(STATUS_NO_ROOM, "%s does not fit: memory errors hit [%#" PRIx64 "-%#" PRIx64 "]; create it anew elsewhere, or write the page to /sys/kernel/pfn_quarantine/clear if it was repaired",
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

/* Of a node's free memory, as much as was saved. */
static int place_by_size(const struct node *node, struct dev *want)
{
	struct plan_request req = { .size = want->size, .align = want->align,
				    .count = 1 };
	int rc = place_on_node(node, &req, &want->mem);

	if (rc == -ENOSPC)
		return fail_as(STATUS_NO_ROOM,
			       "%s does not fit: node %d has not got as much free memory in such pieces",
			       want->name, node->id);
	if (rc)
		return fail("cannot plan: %s", strerror(-rc));
	say("%s: elsewhere than it was", want->name);
	return 0;
}

static int check_fit(const struct carve_options *opt, const struct nodes *nodes,
		     const struct node *node, struct layout_dev *ldev)
{
	struct dev *want = &ldev->dev;
	struct extents gap;
	int rc = 0;

	if (!node)
		return fail_as(STATUS_NOT_FOUND,
			       "%s does not fit: node %d has no dax region this time",
			       want->name, ldev->node);
	if (node->region != ldev->region)
		return fail_as(STATUS_NOT_FOUND,
			       "%s does not fit: the devices of node %d are dax%d.* this time",
			       want->name, node->id, node->region);
	if (label_conflict(nodes, want))
		return fail_as(STATUS_EXISTS,
			       "%s does not fit: another device has its name, %s",
			       want->name, want->label);
	if (extents_sub(&want->mem, &node->free, &gap))
		return fail("out of memory");
	if (gap.nr && opt->by_size)
		rc = place_by_size(node, want);
	else if (gap.nr)
		rc = check_bad(node, want, &gap, opt->preserve);
	free(gap.ext);
	return rc;
}

/* What a new device took is not free for the next, and a name is not either. */
static int account(struct node *node, const struct dev *dev)
{
	struct extents left;
	struct dev *more;

	if (extents_sub(&node->free, &dev->mem, &left))
		return fail("out of memory");
	free(node->free.ext);
	node->free = left;
	more = realloc(node->devs, (node->nr_devs + 1) * sizeof(*more));
	if (!more)
		return fail("out of memory");
	node->devs = more;
	more[node->nr_devs] = *dev;
	/* The extents stay the layout's. */
	more[node->nr_devs].mem = (struct extents){ 0 };
	node->nr_devs++;
	return 0;
}

/* Return: 1 if it was made, 0 if it was there. */
static int restore_one(const struct carve_options *opt,
		       const struct nodes *nodes, struct layout_dev *ldev)
{
	struct node *node = nodes_find(nodes, ldev->node);
	struct dev *want = &ldev->dev;
	const struct dev *have;
	char what[160];
	int rc;

	have = node ? node_find_dev(node, want->id) : NULL;
	if (have && have->size && node->region == ldev->region) {
		compare(have, want, opt->by_size, what, sizeof(what));
		if (*what)
			return fail_as(STATUS_EXISTS,
				       "%s does not fit: there is a different %s already: %s",
				       want->name, want->name, what);
		say("%s is there already", want->name);
		return 0;
	}
	rc = check_fit(opt, nodes, node, ldev);
	if (!rc && !opt->dry_run) {
		rc = device_create(node, want, opt->preserve);
		if (!rc)
			rc = journal_keep(want);
	}
	if (!rc)
		rc = account(node, want);
	return rc ? rc : 1;
}

static int by_id(const void *a, const void *b)
{
	const struct layout_dev *x = a, *y = b;

	if (x->region != y->region)
		return x->region < y->region ? -1 : 1;
	return x->dev.id < y->dev.id ? -1 : x->dev.id > y->dev.id;
}

static int report(const struct carve_options *opt, const struct layout *layout,
		  const bool *made, size_t nr)
{
	struct dev *devs = calloc(nr + 1, sizeof(*devs));
	int *node = calloc(nr + 1, sizeof(*node));
	struct rows rows = { 0 };
	int rc = -1;
	size_t i;

	for (nr = i = 0; devs && node && i < layout->nr; i++)
		if (made[i]) {
			devs[nr] = layout->devs[i].dev;
			node[nr++] = layout->devs[i].node;
		}
	if (devs && node && !rows_of(devs, node, nr, &rows))
		rc = rows_print(opt, &rows);
	rows_free(&rows);
	free(devs);
	free(node);
	return rc;
}

/* What does not fit is no reason to leave guests without the rest. */
static int restore(const struct carve_options *opt, const struct nodes *nodes,
		   struct layout *layout)
{
	bool *made = calloc(layout->nr + 1, sizeof(*made));
	size_t i, nr = 0;
	int one, rc = 0;

	if (!made)
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
		one = restore_one(opt, nodes, &layout->devs[i]);
		made[i] = one > 0;
		nr += made[i];
		if (one < 0)
			rc = -1;
	}
	device_end();
	if (report(opt, layout, made, nr))
		rc = -1;
	if (!opt->dry_run)
		done("restored %zu device%s", nr, nr == 1 ? "" : "s");
	free(made);
	return rc;
}

/* Is there a device of that place in the file, just so? */
static bool is_wanted(const struct carve_options *opt, const struct layout *layout,
		      const struct node *node, const struct dev *dev)
{
	char what[160] = "";
	size_t i;

	for (i = 0; i < layout->nr; i++) {
		const struct layout_dev *ldev = &layout->devs[i];

		if (ldev->node != node->id || ldev->region != node->region ||
		    ldev->dev.id != dev->id)
			continue;
		compare(dev, &ldev->dev, opt->by_size, what, sizeof(what));
		if (*what)
			caution("%s is not as in the file: %s", dev->name, what);
		return !*what;
	}
	caution("%s is not in the file", dev->name);
	return false;
}

/* What differs goes, too: it is made as in the file then. */
static int remove_extra(const struct carve_options *opt, struct nodes *nodes,
			const struct layout *layout)
{
	struct victims victims;
	size_t i, j, nr;
	int rc;

	rc = victims_init(nodes, &victims);
	for (i = 0; !rc && i < nodes->nr; i++) {
		struct node *node = &nodes->node[i];

		for (j = 0; j < node->nr_devs; j++)
			if (node->devs[j].size &&
			    !is_wanted(opt, layout, node, &node->devs[j]))
				victims_add(&victims, node, &node->devs[j]);
	}
	if (!rc && !opt->force)
		rc = victims_check(nodes, &victims);
	if (!rc && !opt->dry_run) {
		rc = victims_destroy(&victims, &nr);
		if (nr)
			done("destroyed %zu device%s", nr, nr == 1 ? "" : "s");
		nodes_free(nodes);
		if (!rc)
			rc = nodes_read(nodes);
	}
	victims_free(&victims);
	return rc;
}

int cmd_restore(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes;
	struct layout layout;
	int rc;

	if (argc != 1)
		return fail_as(STATUS_BAD_INPUT,
			       "restore from where? Give one file, or - for standard input");
	if (opt->by_size && opt->preserve)
		return fail_as(STATUS_BAD_INPUT,
			       "--preserve is for memory that is where it was: leave out --by-size");
	if (opt->force && !opt->remove_extra)
		return fail_as(STATUS_BAD_INPUT,
			       "--force is for --remove-extra: nothing else is taken away");
	rc = table_check(opt);
	if (rc)
		return rc;
	rc = layout_load(argv[0], &layout);
	if (!rc && !opt->dry_run)
		rc = report_ready();
	if (!rc)
		rc = state_begin(&nodes);
	if (!rc) {
		if (opt->remove_extra)
			rc = remove_extra(opt, &nodes, &layout);
		if (!rc)
			rc = restore(opt, &nodes, &layout);
		nodes_free(&nodes);
		state_end();
	}
	layout_free(&layout);
	return rc;
}
