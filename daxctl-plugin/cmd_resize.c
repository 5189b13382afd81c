// SPDX-License-Identifier: GPL-2.0-only
/* carve resize and carve rename: what is there changes, and stays what it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus.h"
#include "carve.h"
#include "device.h"
#include "journal.h"
#include "label.h"
#include "place.h"
#include "rows.h"
#include "size.h"
#include "state.h"
#include "sysfs.h"
#include "table.h"
#include "victim.h"
#include "zero.h"

static int get_size(const struct carve_options *opt, const struct dev *dev,
		    uint64_t *size)
{
	uint64_t unit = dev->align > PLAN_GRANULE ? dev->align : PLAN_GRANULE;
	char text[SIZE_TEXT];

	if (!opt->size || size_parse(opt->size, size))
		return fail_as(STATUS_BAD_INPUT,
			       "--size \"%s\" is not a size: give bytes, or a number such as 2.5 and K, M, G or T",
			       opt->size ? opt->size : "");
	if (!*size || *size % unit)
		return fail_as(STATUS_BAD_INPUT,
			       "--size %s is not possible: it must be a multiple of %s, and not 0",
			       opt->size, size_text(unit, text));
	if (opt->preserve && *size > dev->size)
		return fail_as(STATUS_BAD_INPUT,
			       "--preserve goes with a smaller size only: what %s would get has the content of its former owner",
			       dev->name);
	if (opt->preserve && dev->mode != MODE_NONE)
		return fail_as(STATUS_BAD_INPUT,
			       "--preserve is for devices with map none");
	return 0;
}

/* The extents that are to be added, where the planner puts a device of that size. */
static int plan_more(const struct carve_options *opt, const struct node *node,
		     const struct dev *dev, uint64_t more, struct extents *mem)
{
	struct plan_request req = { .size = more, .align = dev->align,
				    .count = 1, .contiguous = opt->contiguous };
	char text[SIZE_TEXT];
	int rc;

	*mem = (struct extents){ 0 };
	rc = place_on_node(node, &req, mem);
	if (rc == -ENOSPC)
		return fail_as(STATUS_NO_ROOM,
			       "no room for %s more on node %d, where %s is",
			       size_text(more, text), node->id, dev->name);
	return rc ? fail("cannot plan: %s", strerror(-rc)) : 0;
}

static int check_unused(const struct nodes *nodes, struct node *node,
			struct dev *dev)
{
	struct victim victim = { node, dev };
	const struct victims victims = { 1, &victim };

	return victims_check(nodes, &victims);
}

/* What was never cleared has the content of former owners, and would be kept as well. */
static int clear_rest(const struct dev *dev)
{
	unsigned long long left;

	/* A driver that does not tell may have cleared anything. */
	if (!sysfs_number(&left, "/sys/bus/dax/devices/%s/unclear_bytes", dev->name) &&
	    !left)
		return 0;
	return devices_zero(dev, 1);
}

/* Whatever fails: it gets back what it had, but for the content. */
static int change(const struct node *node, struct dev *dev, uint64_t size,
		  const struct extents *more, bool preserve)
{
	uint64_t old = dev->size;
	int rc;

	rc = journal_resize(dev, size, preserve);
	if (!rc)
		rc = bus_unbind(node, dev);
	if (rc)
		return rc;
	rc = device_grow(node, dev, more);
	if (!rc && interrupted)
		rc = fail("interrupted");
	if (!rc)
		rc = device_settle(node, dev, size, preserve);
	if (rc && device_settle(node, dev, size < old ? size : old, preserve))
		journal_stays();
	return rc;
}

static int print(const struct carve_options *opt, const struct dev *dev, int node)
{
	struct rows rows;
	int rc;

	rc = rows_of(dev, &node, 1, &rows);
	if (!rc)
		rc = rows_print(opt, &rows);
	rows_free(&rows);
	return rc;
}

static int resize(const struct carve_options *opt, const struct nodes *nodes,
		  const char *name)
{
	struct extents more = { 0 };
	struct node *node;
	struct dev *dev;
	uint64_t size;
	int rc;

	dev = select_dev(nodes, name, &node);
	if (!dev)
		return -1;
	if (!dev->size)
		return fail_as(STATUS_NOT_FOUND,
			       "%s has no memory: make a device with daxctl carve create",
			       dev->name);
	rc = get_size(opt, dev, &size);
	if (!rc && size > dev->size)
		rc = plan_more(opt, node, dev, size - dev->size, &more);
	if (!rc && size != dev->size && !opt->dry_run) {
		rc = check_unused(nodes, node, dev);
		if (!rc && opt->preserve)
			rc = clear_rest(dev);
		if (!rc)
			rc = report_ready();
		if (!rc)
			rc = change(node, dev, size, &more, opt->preserve);
		if (!rc && dev_read(node, dev))
			rc = fail("%s cannot be read again", dev->name);
	} else if (!rc) {
		dev->size = size;
	}
	free(more.ext);
	return rc ? rc : print(opt, dev, node->id);
}

int cmd_resize(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes;
	int rc;

	if (argc != 1)
		return fail_as(STATUS_BAD_INPUT,
			       "resize what? Give the name of one device, and --size");
	rc = table_check(opt);
	if (!rc)
		rc = state_begin(&nodes);
	if (rc)
		return rc;
	rc = resize(opt, &nodes, argv[0]);
	nodes_free(&nodes);
	state_end();
	return rc;
}

static int rename_dev(const struct nodes *nodes, const char *name,
		      const char *label)
{
	struct node *node, *other;
	struct dev *dev, *taken;

	dev = select_dev(nodes, name, &node);
	if (!dev)
		return -1;
	if (!label_valid(label) && *label)
		return fail_as(STATUS_BAD_INPUT,
			       "\"%s\" is not possible: up to %d letters, digits, \".\", \"_\" and \"-\", and not like the name of a device; \"\" takes the name away",
			       label, LABEL_NAME - 1);
	taken = *label ? select_find(nodes, label, &other) : NULL;
	if (taken && taken != dev)
		return fail_as(STATUS_EXISTS,
			       "there is a device with the name %s already",
			       label);
	if (!dev->identity)
		return fail_as(STATUS_NOT_FOUND,
			       "%s has no memory that could have a name",
			       dev->name);
	strcpy(dev->label, label);
	if (label_write(dev))
		return -1;
	/* udev makes the link of that name. */
	sysfs_write("change", "%s/%s/uevent", node->path, dev->name);
	return 0;
}

int cmd_rename(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes;
	int rc;

	(void)opt;
	if (argc != 2)
		return fail_as(STATUS_BAD_INPUT,
			       "rename what? Give a device, and what it is to be called");
	rc = state_begin(&nodes);
	if (rc)
		return rc;
	rc = rename_dev(&nodes, argv[0], argv[1]);
	nodes_free(&nodes);
	state_end();
	return rc;
}

/*
 * What 91-daxctl-carve.rules asks for each device: its label. No lock, since a command
 * that has it may wait for udev; and no complaint, since most devices have none.
 */
int cmd_udev(const struct carve_options *opt, int argc, char **argv)
{
	struct dev dev = { 0 };

	(void)opt;
	if (argc != 1 || strlen(argv[0]) >= sizeof(dev.name) ||
	    strchr(argv[0], '/'))
		return fail_as(STATUS_BAD_INPUT, "udev is for udev only");
	strcpy(dev.name, argv[0]);
	dev.identity = sysfs_inode("/sys/bus/dax/devices/%s/mapping0", dev.name);
	label_read(&dev);
	if (!dev.label[0])
		return -1;
	puts(dev.label);
	return report_flush();
}
