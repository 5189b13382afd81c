// SPDX-License-Identifier: GPL-2.0-only
/* carve create: plan devices, and make all of them or none. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "carve.h"
#include "device.h"
#include "devnode.h"
#include "journal.h"
#include "label.h"
#include "rows.h"
#include "size.h"
#include "state.h"
#include "table.h"
#include "zero.h"

/* What a layout can hold of each node. */
#define COUNT_MAX	((unsigned long)ID_MAX)

/**
 * struct wanted - what is asked for
 * @req: to be planned; a size of 0 is the largest that fits
 * @model: what all devices have in common
 */
struct wanted {
	struct plan_request req;
	struct dev model;
};

static int get_size(const char *option, const char *text, uint64_t *size)
{
	int rc = size_parse(text, size);

	if (rc == -ERANGE)
		return fail_as(STATUS_BAD_INPUT, "%s %s is too large", option,
			       text);
	if (rc)
		return fail_as(STATUS_BAD_INPUT,
			       "%s \"%s\" is not a size: give bytes, or a number such as 2.5 and K, M, G or T",
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
		return fail_as(STATUS_BAD_INPUT,
			       "--size is missing: how large shall the device be?");
	if (strcmp(opt->size, "max") && get_size("--size", opt->size, &req->size))
		return -1;
	if (opt->align && get_size("--align", opt->align, &req->align))
		return -1;
	if (req->align != 4096 && req->align != PLAN_GRANULE &&
	    req->align != PLAN_UNIT)
		return fail_as(STATUS_BAD_INPUT,
			       "--align %s is not possible: it can be 4K, 2M or 1G",
			       opt->align);
	unit = req->align > PLAN_GRANULE ? req->align : PLAN_GRANULE;
	if (strcmp(opt->size, "max") && (!req->size || req->size % unit))
		return fail_as(STATUS_BAD_INPUT,
			       "--size %s is not possible: it must be a multiple of %s, and not 0",
			       opt->size, size_text(unit, align));
	if (opt->count && (number_parse(opt->count, COUNT_MAX, &count) || !count))
		return fail_as(STATUS_BAD_INPUT,
			       "--count \"%s\" is not possible: give a number from 1 to %lu",
			       opt->count, COUNT_MAX);
	req->count = count;
	return 0;
}

static int get_label(const struct carve_options *opt, unsigned int count)
{
	if (opt->if_missing && !opt->name)
		return fail_as(STATUS_BAD_INPUT,
			       "--if-missing goes by the name: give --name, too");
	if (!opt->name)
		return 0;
	if (!label_valid(opt->name))
		return fail_as(STATUS_BAD_INPUT,
			       "--name \"%s\" is not possible: up to %d letters, digits, \".\", \"_\" and \"-\", and not like the name of a device",
			       opt->name, LABEL_NAME - 1);
	if (count > 1 && strlen(opt->name) + strlen(opt->count) + 2 > LABEL_NAME)
		return fail_as(STATUS_BAD_INPUT,
			       "--name %s is too long, with a number after it",
			       opt->name);
	return 0;
}

static int get_mode(const struct carve_options *opt, struct dev *model)
{
	bool ram = opt->mode && !strcmp(opt->mode, "system-ram");
	bool none = opt->map && !strcmp(opt->map, "none");

	if (opt->mode && !ram && strcmp(opt->mode, "devdax"))
		return fail_as(STATUS_BAD_INPUT,
			       "--mode \"%s\" is not possible: it can be devdax or system-ram, or permissions such as 0660",
			       opt->mode);
	if (opt->map && !none && strcmp(opt->map, "mem"))
		return fail_as(STATUS_BAD_INPUT,
			       "--map \"%s\" is not possible: it can be none or mem",
			       opt->map);
	if (ram && none)
		return fail_as(STATUS_BAD_INPUT,
			       "--map none is for --mode devdax: system RAM has struct pages");
	model->mode = ram ? MODE_RAM : opt->map && !none ? MODE_MEM : MODE_NONE;
	if (opt->zero && model->mode != MODE_NONE)
		return fail_as(STATUS_BAD_INPUT,
			       "--zero is for --map none: nothing else clears memory");
	return 0;
}

static int get_owner(const struct carve_options *opt, struct dev *model)
{
	char *end;

	model->permissions = PERMISSIONS;
	if (opt->permissions) {
		model->permissions = strtoul(opt->permissions, &end, 8);
		if (*end || strlen(opt->permissions) > 4 ||
		    model->permissions & ~0666u)
			return fail_as(STATUS_BAD_INPUT,
				       "--mode %s is not possible: permissions are octal, such as 0660",
				       opt->permissions);
	}
	if (!opt->owner)
		return 0;
	if (strlen(opt->owner) >= OWNER_NAME || !owner_valid(opt->owner))
		return fail_as(STATUS_NOT_FOUND,
			       "--owner \"%s\" is not possible: give USER, USER:GROUP or :GROUP that this machine knows",
			       opt->owner);
	strcpy(model->owner, opt->owner);
	return 0;
}

static int get_wanted(const struct carve_options *opt, struct wanted *want)
{
	int rc;

	*want = (struct wanted){ 0 };
	rc = get_request(opt, &want->req);
	if (!rc)
		rc = get_label(opt, want->req.count);
	if (!rc)
		rc = get_mode(opt, &want->model);
	if (!rc)
		rc = get_owner(opt, &want->model);
	want->model.align = want->req.align;
	return rc;
}

static int choose_nodes(const struct carve_options *opt,
			const struct nodes *nodes, struct select *select)
{
	/* Where memory is matters too much to leave it to chance. */
	if (!opt->node && nodes->nr > 1 && !opt->spread)
		return fail_as(STATUS_BAD_INPUT,
			       "--node is missing: there are %zu nodes; give one, or several with commas, or --spread",
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
	return fail_as(STATUS_NO_ROOM, "no room for %u device%s of %s, only for %u: %" PRIu64 "M are free there, and %s in one piece aligned to %s",
		    req->count, req->count > 1 ? "s" : "",
		    size_text(req->size, size), fit, free >> 20,
		    size_text(plan_largest(runs, nr, req->align), largest),
		    size_text(req->align, align));
}

static int make_plan(const struct select *select, struct plan_request *req,
		     struct plan *plan)
{
	struct plan_run *runs;
	size_t nr;
	int rc;

	*plan = (struct plan){ 0 };
	runs = free_runs(select, &nr);
	if (!runs)
		return fail("out of memory");
	if (!req->size)
		req->size = plan_max(runs, nr, req);
	if (!req->size) {
		free(runs);
		return fail_as(STATUS_NO_ROOM,
			       "no room for %u device%s of any size: see daxctl carve list",
			       req->count, req->count > 1 ? "s" : "");
	}
	rc = plan_make(runs, nr, req, plan);
	if (rc == -ENOSPC)
		rc = no_room(req, runs, nr, plan->nr);
	else if (rc)
		rc = fail("cannot plan: %s", strerror(-rc));
	free(runs);
	return rc;
}

static const struct dev *find_label(const struct nodes *nodes,
				    const char *label, int *node)
{
	size_t i, j;

	for (i = 0; i < nodes->nr; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++)
			if (!strcmp(nodes->node[i].devs[j].label, label)) {
				*node = nodes->node[i].id;
				return &nodes->node[i].devs[j];
			}
	return NULL;
}

static void make_label(const struct carve_options *opt, unsigned int count,
		       unsigned int i, char *label)
{
	if (count == 1)
		snprintf(label, LABEL_NAME, "%s", opt->name);
	else
		snprintf(label, LABEL_NAME, "%.50s-%u", opt->name, i);
}

/* Devices as they will be, except for what the kernel decides. */
static int make_devs(const struct carve_options *opt, const struct nodes *nodes,
		     const struct wanted *want, const struct plan *plan,
		     struct dev *devs)
{
	unsigned int i;
	int node;

	for (i = 0; i < plan->nr; i++) {
		struct dev *dev = &devs[i];

		*dev = want->model;
		dev->id = ID_ANY;
		dev->size = want->req.size;
		dev->mem.nr = plan->devices[i].nr;
		dev->mem.ext = plan->devices[i].extents;
		if (!opt->name)
			continue;
		make_label(opt, plan->nr, i, dev->label);
		if (find_label(nodes, dev->label, &node))
			return fail_as(STATUS_EXISTS,
				       "there is a device with the name %s already",
				       dev->label);
	}
	return 0;
}

static void undo(const struct nodes *nodes, const struct plan *plan,
		 struct dev *devs, unsigned int nr)
{
	while (nr--)
		if (device_destroy(nodes_find(nodes, plan->devices[nr].node),
				   &devs[nr]))
			journal_stays();
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
	device_end();
	if (rc)
		undo(nodes, plan, devs, i);
	return rc;
}

/* It may take minutes, in which others need not wait; all is complete by then. */
static int zero_all(const struct nodes *nodes, const struct plan *plan,
		    struct dev *devs)
{
	int rc;

	state_end();
	rc = devices_zero(devs, plan->nr);
	if (state_lock())
		return -1;
	if (rc)
		undo(nodes, plan, devs, plan->nr);
	return rc;
}

static int report(const struct carve_options *opt, const struct plan *plan,
		  const struct dev *devs)
{
	int *node = calloc(plan->nr, sizeof(*node));
	struct rows rows;
	unsigned int i;
	int rc;

	if (!node)
		return fail("out of memory");
	for (i = 0; i < plan->nr; i++)
		node[i] = plan->devices[i].node;
	rc = rows_of(devs, node, plan->nr, &rows);
	if (!rc)
		rc = rows_print(opt, &rows);
	rows_free(&rows);
	free(node);
	return rc;
}

/* All or nothing, and nothing that the user does not hear of. */
static int make_all(const struct carve_options *opt, const struct nodes *nodes,
		    const struct plan *plan, struct dev *devs)
{
	int rc;

	rc = report_ready();
	if (!rc)
		rc = bus_load(devs[0].mode);
	if (!rc)
		rc = create_all(nodes, plan, devs);
	if (!rc && opt->zero)
		rc = zero_all(nodes, plan, devs);
	if (rc)
		return rc;
	rc = report(opt, plan, devs);
	if (rc)
		undo(nodes, plan, devs, plan->nr);
	else
		done("created %u device%s", plan->nr, plan->nr == 1 ? "" : "s");
	return rc;
}

static int run_plan(const struct carve_options *opt, const struct nodes *nodes,
		    const struct wanted *want, const struct plan *plan)
{
	struct dev *devs = calloc(plan->nr, sizeof(*devs));
	int rc;

	if (!devs)
		return fail("out of memory");
	rc = make_devs(opt, nodes, want, plan, devs);
	if (!rc)
		rc = opt->dry_run ? report(opt, plan, devs) :
				    make_all(opt, nodes, plan, devs);
	free(devs);
	return rc;
}

/*
 * With --if-missing: 1 if all that is asked for is there, 0 if nothing is. Part of it,
 * or something else of that name, is no state that anybody asked for.
 */
static int is_there(const struct carve_options *opt, const struct nodes *nodes,
		    const struct wanted *want)
{
	struct dev *devs = calloc(want->req.count, sizeof(*devs));
	int *node = calloc(want->req.count, sizeof(*node));
	unsigned int i, nr = 0;
	char label[LABEL_NAME];
	const struct dev *dev;
	struct rows rows = { 0 };
	int rc = 0;

	if (!devs || !node)
		rc = fail("out of memory");
	for (i = 0; i < want->req.count && !rc; i++) {
		make_label(opt, want->req.count, i, label);
		dev = find_label(nodes, label, &node[nr]);
		if (!dev)
			continue;
		if ((want->req.size && dev->size != want->req.size) ||
		    dev->align != want->req.align || dev->mode != want->model.mode)
			rc = fail_as(STATUS_EXISTS,
				     "there is a device with the name %s already, but not as asked for: see daxctl carve list %s",
				     label, label);
		devs[nr++] = *dev;
	}
	if (!rc && nr && nr < want->req.count)
		rc = fail_as(STATUS_EXISTS, "only %u of the %u devices %s-* are there: destroy these first",
			     nr, want->req.count, opt->name);
	if (!rc && nr) {
		rc = rows_of(devs, node, nr, &rows);
		if (!rc)
			rc = rows_print(opt, &rows);
		if (!rc)
			rc = 1;
	}
	rows_free(&rows);
	free(devs);
	free(node);
	return rc;
}

static int create(const struct carve_options *opt, const struct nodes *nodes,
		  struct wanted *want)
{
	struct select select;
	struct plan plan;
	int rc;

	if (opt->if_missing) {
		rc = is_there(opt, nodes, want);
		if (rc)
			return rc < 0 ? rc : 0;
	}
	rc = choose_nodes(opt, nodes, &select);
	if (rc)
		return rc;
	rc = make_plan(&select, &want->req, &plan);
	if (!rc)
		rc = run_plan(opt, nodes, want, &plan);
	plan_free(&plan);
	select_free(&select);
	return rc;
}

int cmd_create(const struct carve_options *opt, int argc, char **argv)
{
	struct wanted want;
	struct nodes nodes;
	int rc;

	if (argc)
		return fail_as(STATUS_BAD_INPUT,
			       "\"%s\" is one argument too many: create takes options only",
			       argv[0]);
	rc = table_check(opt);
	if (!rc)
		rc = get_wanted(opt, &want);
	if (!rc)
		rc = state_begin(&nodes);
	if (rc)
		return rc;
	rc = create(opt, &nodes, &want);
	nodes_free(&nodes);
	state_end();
	return rc;
}
