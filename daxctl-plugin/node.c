// SPDX-License-Identifier: GPL-2.0-only
/* What there is, see node.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <daxctl/libdaxctl.h>

#include "carve.h"
#include "node.h"
#include "quarantine.h"
#include "state.h"
#include "sysfs.h"

struct piece {
	unsigned long long offset, start, size;
};

static int by_offset(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int read_mappings(struct daxctl_dev *ddev, struct dev *dev)
{
	struct daxctl_mapping *mapping;
	struct piece *pieces;
	size_t i, nr = 0;
	int rc = 0;

	daxctl_mapping_foreach(ddev, mapping)
		nr++;
	pieces = calloc(nr ? nr : 1, sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	nr = 0;
	daxctl_mapping_foreach(ddev, mapping)
		pieces[nr++] = (struct piece){
			.offset = daxctl_mapping_get_offset(mapping),
			.start = daxctl_mapping_get_start(mapping),
			.size = daxctl_mapping_get_size(mapping),
		};
	qsort(pieces, nr, sizeof(*pieces), by_offset);
	for (i = 0; i < nr && !rc; i++)
		rc = extents_add(&dev->mem, pieces[i].start, pieces[i].size);
	free(pieces);
	return rc;
}

static enum dev_mode read_mode(struct daxctl_dev *ddev)
{
	if (daxctl_dev_is_map_none(ddev))
		return MODE_NONE;
	if (daxctl_dev_is_system_ram_capable(ddev))
		return MODE_RAM;
	return daxctl_dev_is_enabled(ddev) ? MODE_MEM : MODE_DISABLED;
}

static int read_dev(struct daxctl_dev *ddev, struct dev *dev)
{
	int rc;

	snprintf(dev->name, sizeof(dev->name), "%s",
		 daxctl_dev_get_devname(ddev));
	dev->id = daxctl_dev_get_id(ddev);
	dev->major = daxctl_dev_get_major(ddev);
	dev->minor = daxctl_dev_get_minor(ddev);
	dev->size = daxctl_dev_get_size(ddev);
	dev->align = daxctl_dev_get_align(ddev);
	dev->mode = read_mode(ddev);
	rc = read_mappings(ddev, dev);
	if (rc)
		return rc;
	/* A device that changes while we look is not one to plan with. */
	if (extents_size(&dev->mem) != dev->size)
		return -EAGAIN;
	label_read(dev);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct dev *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int read_devs(struct daxctl_region *region, struct node *node)
{
	struct extents used = { 0 };
	struct daxctl_dev *ddev;
	size_t i, j, nr = 0;
	int rc = 0;

	daxctl_dev_foreach(region, ddev)
		nr++;
	node->devs = calloc(nr ? nr : 1, sizeof(*node->devs));
	if (!node->devs)
		return -ENOMEM;
	daxctl_dev_foreach(region, ddev) {
		rc = read_dev(ddev, &node->devs[node->nr_devs++]);
		if (rc)
			return rc;
	}
	qsort(node->devs, node->nr_devs, sizeof(*node->devs), by_id);

	for (i = 0; i < node->nr_devs; i++) {
		const struct extents *mem = &node->devs[i].mem;

		for (j = 0; j < mem->nr && !rc; j++)
			rc = extents_add(&used, mem->ext[j].start,
					 mem->ext[j].size);
	}
	if (!rc)
		rc = extents_sub(&node->mem, &used, &node->free);
	free(used.ext);
	return rc;
}

/* What a memory error has hit is free only in the kernel's books. */
static int leave_out_bad(struct node *node)
{
	struct extents left;
	int rc = quarantine_read(&node->bad);

	if (rc || !node->bad.nr)
		return rc;
	rc = extents_sub(&node->free, &node->bad, &left);
	free(node->free.ext);
	node->free = left;
	return rc;
}

static int read_node(struct daxctl_region *region, int id, struct node *node)
{
	char *text;
	int rc;

	node->id = id;
	node->region = daxctl_region_get_id(region);
	node->path = strdup(daxctl_region_get_path(region));
	if (!node->path)
		return -ENOMEM;
	rc = sysfs_read(&text, "%s/extents", node->path);
	if (rc)
		return rc;
	rc = extents_parse(text, &node->mem);
	free(text);
	if (!rc)
		rc = read_devs(region, node);
	return rc ? rc : leave_out_bad(node);
}

static int by_node(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int try_read(struct nodes *nodes)
{
	struct daxctl_ctx *ctx = carve_ctx();
	struct daxctl_region *region;
	size_t nr = 0;
	int id, rc = 0;

	*nodes = (struct nodes){ 0 };
	if (!ctx)
		return -ENOMEM;
	daxctl_region_foreach(ctx, region)
		nr++;
	nodes->node = calloc(nr ? nr : 1, sizeof(*nodes->node));
	if (!nodes->node)
		rc = -ENOMEM;
	daxctl_region_foreach(ctx, region) {
		if (rc)
			break;
		if (sscanf(daxctl_region_get_devname(region), "dax_node.%d",
			   &id) == 1)
			rc = read_node(region, id, &nodes->node[nodes->nr++]);
	}
	daxctl_unref(ctx);
	if (nodes->nr)
		qsort(nodes->node, nodes->nr, sizeof(*nodes->node), by_node);
	return rc;
}

int nodes_read(struct nodes *nodes)
{
	int tries = 5, rc;

	/* Somebody else may be at work, with daxctl's other commands. */
	for (;;) {
		rc = try_read(nodes);
		if ((rc != -EAGAIN && rc != -ENOENT) || !--tries)
			break;
		nodes_free(nodes);
	}
	if (rc == -EACCES || rc == -EPERM)
		return fail("no permission to read physical addresses: run this as root");
	if (rc == -EAGAIN || rc == -ENOENT)
		return fail("devices keep changing while they are read: try again when others are done");
	if (rc)
		return fail("cannot read the dax regions below /sys: %s",
			    strerror(-rc));
	if (!nodes->nr)
		return fail("no NUMA node has a region: reserve memory (memmap=, see dax-node.md) and load dax_node before dax_hmem");
	return 0;
}

void nodes_free(struct nodes *nodes)
{
	size_t i, j;

	for (i = 0; i < nodes->nr; i++) {
		struct node *node = &nodes->node[i];

		for (j = 0; j < node->nr_devs; j++)
			free(node->devs[j].mem.ext);
		free(node->devs);
		free(node->free.ext);
		free(node->bad.ext);
		free(node->mem.ext);
		free(node->path);
	}
	free(nodes->node);
	*nodes = (struct nodes){ 0 };
}

struct node *nodes_find(const struct nodes *nodes, int id)
{
	size_t i;

	for (i = 0; i < nodes->nr; i++)
		if (nodes->node[i].id == id)
			return &nodes->node[i];
	return NULL;
}

struct dev *node_find_dev(const struct node *node, int id)
{
	size_t i;

	for (i = 0; i < node->nr_devs; i++)
		if (node->devs[i].id == id)
			return &node->devs[i];
	return NULL;
}
