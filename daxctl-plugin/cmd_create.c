// SPDX-License-Identifier: GPL-2.0-only
/* carve create: plan devices, and make all of them or none. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "carve.h"
#include "device.h"
#include "report.h"
#include "select.h"
#include "size.h"
#include "state.h"
#include "zero.h"

/* More than fits on a machine with 2M each. */
#define COUNT_MAX	(1ul << 24)

static int get_size(const char *option, const char *text, uint64_t *size)
{
	int rc = size_parse(text, size);

	if (rc == -ERANGE)
		return fail("%s %s is too large", option, text);
	if (rc)
		return fail("%s \"%s\" is not a size: give bytes, or a number and K, M, G or T",
			    option, text);
	return 0;
}

static int get_request(const struct carve_options *opt,
		       struct plan_request *req)
{
	unsigned long count = 1;
	char align[SIZE_TEXT];
	uint64_t unit;

	*req = (struct plan_request){
		.align = PLAN_GRANULE,
		.contiguous = opt->contiguous,
		.spread = opt->spread,
	};
	if (!opt->size)
		return fail("--size is missing: how large shall the device be?");
	if (get_size("--size", opt->size, &req->size))
		return -1;
	if (opt->align && get_size("--align", opt->align, &req->align))
		return -1;
	if (req->align != 4096 && req->align != PLAN_GRANULE &&
	    req->align != PLAN_UNIT)
		return fail("--align %s is not possible: it can be 4K, 2M or 1G",
			    opt->align);
	unit = req->align > PLAN_GRANULE ? req->align : PLAN_GRANULE;
	if (!req->size || req->size % unit)
		return fail("--size %s is not possible: it must be a multiple of %s, and not 0",
			    opt->size, size_text(unit, align));
	if (opt->count && (number_parse(opt->count, COUNT_MAX, &count) || !count))
		return fail("--count \"%s\" is not possible: give a number from 1 to %lu",
			    opt->count, COUNT_MAX);
	req->count = count;
	if (opt->name && !label_valid(opt->name))
		return fail("--name \"%s\" is not possible: up to %d letters, digits, \".\", \"_\" and \"-\", and not like the name of a device",
			    opt->name, LABEL_NAME - 1);
	if (opt->name && count > 1 &&
	    strlen(opt->name) + strlen(opt->count) + 2 > LABEL_NAME)
		return fail("--name %s is too long, with a number after it",
			    opt->name);
	return 0;
}

static int choose_nodes(const struct carve_options *opt,
			const struct nodes *nodes, struct select *select)
{
	/* Where memory is matters too much to leave it to chance. */
	if (!opt->node && nodes->nr > 1 && !opt->spread)
		return fail("--node is missing: there are %zu nodes; give one, or several with commas, or --spread",
			    nodes->nr);
	return select_nodes(nodes, opt->node, select);
}

static struct plan_run *free_runs(const struct select *select, size_t *nr)
{
	struct plan_run *runs;
	size_t i, j;

	*nr = 0;
	for (i = 0; i < select->nr; i++)
		*nr += select->node[i]->free.nr;
	runs = calloc(*nr + 1, sizeof(*runs));
	if (!runs)
		return NULL;
	*nr = 0;
	for (i = 0; i < select->nr; i++) {
		const struct node *node = select->node[i];

		for (j = 0; j < node->free.nr; j++)
			runs[(*nr)++] = (struct plan_run){
				node->free.ext[j].start,
				node->free.ext[j].size, node->id };
	}
	return runs;
}

static int no_room(const struct plan_request *req, const struct plan_run *runs,
		   size_t nr, unsigned int fit)
{
	char size[SIZE_TEXT], largest[SIZE_TEXT], align[SIZE_TEXT];
	uint64_t free = 0;
	size_t i;

	for (i = 0; i < nr; i++)
		free += runs[i].size;
	return fail("no room for %u device%s of %s, only for %u: %" PRIu64 "M are free there, and %s in one piece aligned to %s",
		    req->count, req->count > 1 ? "s" : "",
		    size_text(req->size, size), fit, free >> 20,
		    size_text(plan_largest(runs, nr, req->align), largest),
		    size_text(req->align, align));
}

static int make_plan(const struct select *select,
		     const struct plan_request *req, struct plan *plan)
{
	struct plan_run *runs;
	size_t nr;
	int rc;

	*plan = (struct plan){ 0 };
	runs = free_runs(select, &nr);
	if (!runs)
		return fail("out of memory");
	rc = plan_make(runs, nr, req, plan);
	if (rc == -ENOSPC)
		rc = no_room(req, runs, nr, plan->nr);
	else if (rc)
		rc = fail("cannot plan: %s", strerror(-rc));
	free(runs);
	return rc;
}

static bool label_taken(const struct nodes *nodes, const char *label)
{
	size_t i, j;

	for (i = 0; i < nodes->nr; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++)
			if (!strcmp(nodes->node[i].devs[j].label, label))
				return true;
	return false;
}

/* Devices as they will be, except for what the kernel decides. */
static int make_devs(const struct carve_options *opt, const struct nodes *nodes,
		     const struct plan_request *req, const struct plan *plan,
		     struct dev *devs)
{
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		struct dev *dev = &devs[i];

		dev->id = ID_ANY;
		dev->align = req->align;
		dev->size = req->size;
		dev->mode = MODE_NONE;
		dev->mem.nr = plan->devices[i].nr;
		dev->mem.ext = plan->devices[i].extents;
		if (!opt->name)
			continue;
		if (plan->nr == 1)
			snprintf(dev->label, sizeof(dev->label), "%s",
				 opt->name);
		else
			snprintf(dev->label, sizeof(dev->label), "%.50s-%u",
				 opt->name, i);
		if (label_taken(nodes, dev->label))
			return fail("there is a device with the name %s already",
				    dev->label);
	}
	return 0;
}

static void undo(const struct nodes *nodes, const struct plan *plan,
		 struct dev *devs, unsigned int nr)
{
	while (nr--)
		device_destroy(nodes_find(nodes, plan->devices[nr].node),
			       &devs[nr]);
}

static int create_all(const struct nodes *nodes, const struct plan *plan,
		      struct dev *devs)
{
	unsigned int i;
	int rc = 0;

	for (i = 0; i < plan->nr; i++) {
		rc = interrupted ? fail("interrupted") :
		     device_create(nodes_find(nodes, plan->devices[i].node),
				   &devs[i], false);
		if (rc)
			break;
	}
	if (rc)
		undo(nodes, plan, devs, i);
	return rc;
}

/* It may take minutes, in which others need not wait. */
static int zero_all(const struct nodes *nodes, const struct plan *plan,
		    struct dev *devs)
{
	int rc;

	state_unlock();
	rc = devices_zero(devs, plan->nr);
	if (rc && !state_lock())
		undo(nodes, plan, devs, plan->nr);
	return rc;
}

static int report(const struct carve_options *opt, const struct plan *plan,
		  const struct dev *devs)
{
	struct json_object *array = json_object_new_array();
	unsigned int i;

	for (i = 0; array && i < plan->nr; i++) {
		struct json_object *obj =
			report_dev(&devs[i], plan->devices[i].node, opt->human);

		/* There is none yet. */
		if (obj && opt->dry_run)
			json_object_object_del(obj, "chardev");
		json_object_array_add(array, obj);
	}
	return report_print(array);
}

static int run_plan(const struct carve_options *opt, const struct nodes *nodes,
		    const struct plan_request *req, const struct plan *plan)
{
	struct dev *devs = calloc(plan->nr, sizeof(*devs));
	int rc;

	if (!devs)
		return fail("out of memory");
	rc = make_devs(opt, nodes, req, plan, devs);
	if (!rc && !opt->dry_run)
		rc = create_all(nodes, plan, devs);
	if (!rc && !opt->dry_run && opt->zero)
		rc = zero_all(nodes, plan, devs);
	if (!rc)
		rc = report(opt, plan, devs);
	if (!rc && !opt->dry_run)
		fprintf(stderr, "created %u device%s\n", plan->nr,
			plan->nr == 1 ? "" : "s");
	free(devs);
	return rc;
}

int cmd_create(const struct carve_options *opt, int argc, char **argv)
{
	struct plan_request req;
	struct select select;
	struct nodes nodes = { 0 };
	struct plan plan = { 0 };
	int rc;

	if (argc)
		return fail("\"%s\" is one argument too many: create takes options only",
			    argv[0]);
	rc = get_request(opt, &req);
	if (!rc)
		rc = state_lock();
	if (rc)
		return rc;
	rc = nodes_read(&nodes);
	if (!rc)
		rc = choose_nodes(opt, &nodes, &select);
	if (!rc) {
		rc = make_plan(&select, &req, &plan);
		if (!rc)
			rc = run_plan(opt, &nodes, &req, &plan);
		plan_free(&plan);
		select_free(&select);
	}
	nodes_free(&nodes);
	state_unlock();
	return rc;
}
