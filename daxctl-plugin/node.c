// SPDX-License-Identifier: GPL-2.0-only
/*
 * What there is, see node.h. Out of sysfs, since libdaxctl leaves out what has no
 * device node, and memory must not vanish with one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devnode.h"
#include "label.h"
#include "message.h"
#include "node.h"
#include "quarantine.h"
#include "sysfs.h"

#define PLATFORM	"/sys/devices/platform"

struct piece {
	unsigned long long offset, start, size;
};

static int by_offset(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int read_piece(const struct node *node, const struct dev *dev,
		      const char *mapping, struct piece *piece)
{
	unsigned long long end;
	int rc;

	rc = sysfs_number(&piece->start, "%s/%s/%s/start", node->path,
			  dev->name, mapping);
	if (!rc)
		rc = sysfs_number(&end, "%s/%s/%s/end", node->path, dev->name,
				  mapping);
	if (!rc)
		rc = sysfs_number(&piece->offset, "%s/%s/%s/page_offset",
				  node->path, dev->name, mapping);
	if (!rc)
		piece->size = end - piece->start + 1;
	return rc;
}

/* Mappings are in the order of offsets, whatever their names are. */
static int read_mappings(const struct node *node, struct dev *dev)
{
	struct piece *pieces = NULL, *more;
	struct dirent *entry;
	size_t i, nr = 0;
	char path[4096];
	int rc = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", node->path, dev->name);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		unsigned int id;
		char rest;

		if (sscanf(entry->d_name, "mapping%u%c", &id, &rest) != 1)
			continue;
		more = realloc(pieces, (nr + 1) * sizeof(*pieces));
		if (!more) {
			rc = -ENOMEM;
			break;
		}
		pieces = more;
		rc = read_piece(node, dev, entry->d_name, &pieces[nr++]);
	}
	closedir(dir);
	if (nr)
		qsort(pieces, nr, sizeof(*pieces), by_offset);
	for (i = 0; i < nr && !rc; i++)
		rc = extents_add(&dev->mem, pieces[i].start, pieces[i].size);
	free(pieces);
	return rc;
}

static enum dev_mode read_mode(const char *driver)
{
	return !*driver ? MODE_DISABLED : !strcmp(driver, "dax_none") ? MODE_NONE :
	       !strcmp(driver, "kmem") ? MODE_RAM : MODE_MEM;
}

int dev_read(const struct node *node, struct dev *dev)
{
	unsigned long long value;
	char *text;
	int rc;

	free(dev->mem.ext);
	dev->mem = (struct extents){ 0 };
	dev->label[0] = '\0';
	dev->birth = sysfs_inode("%s/%s", node->path, dev->name);
	rc = sysfs_number(&value, "%s/%s/size", node->path, dev->name);
	if (rc)
		return rc;
	dev->size = value;
	rc = sysfs_number(&value, "%s/%s/align", node->path, dev->name);
	if (rc)
		return rc;
	dev->align = value;
	rc = sysfs_read(&text, "%s/%s/dev", node->path, dev->name);
	if (rc)
		return rc;
	if (sscanf(text, "%u:%u", &dev->major, &dev->minor) != 2)
		rc = -EINVAL;
	free(text);
	if (rc)
		return rc;
	sysfs_link(dev->driver, sizeof(dev->driver), "%s/%s/driver",
		   node->path, dev->name);
	dev->mode = read_mode(dev->driver);
	rc = read_mappings(node, dev);
	if (rc)
		return rc;
	/* A device that changes while we look is not one to plan with. */
	if (extents_size(&dev->mem) != dev->size)
		return -EAGAIN;
	dev->identity = dev->size ? sysfs_inode("%s/%s/mapping0", node->path,
						dev->name) : 0;
	devnode_read(dev);
	label_read(dev);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct dev *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int read_devs(struct node *node)
{
	struct dirent *entry;
	struct dev *more;
	int rc = 0;
	DIR *dir;

	dir = opendir(node->path);
	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		int region, id;
		char rest;

		if (sscanf(entry->d_name, "dax%d.%d%c", &region, &id,
			   &rest) != 2 || region != node->region)
			continue;
		/* Room grows with each power of two. */
		if (!(node->nr_devs & (node->nr_devs - 1))) {
			more = realloc(node->devs, (node->nr_devs ?
						    2 * node->nr_devs : 1) *
						   sizeof(*more));
			if (!more) {
				rc = -ENOMEM;
				break;
			}
			node->devs = more;
		}
		node->devs[node->nr_devs] = (struct dev){ .id = id };
		snprintf(node->devs[node->nr_devs].name, DEV_NAME, "dax%d.%d",
			 region, id);
		rc = dev_read(node, &node->devs[node->nr_devs++]);
	}
	closedir(dir);
	if (node->nr_devs)
		qsort(node->devs, node->nr_devs, sizeof(*node->devs), by_id);
	return rc;
}

/* What a memory error has hit is free only in the kernel's books. */
static int find_free(struct node *node)
{
	struct extents used = { 0 }, left;
	size_t i, j;
	int rc = quarantine_read(&node->bad);

	for (i = 0; i < node->nr_devs; i++) {
		const struct extents *mem = &node->devs[i].mem;

		for (j = 0; j < mem->nr && !rc; j++)
			rc = extents_add(&used, mem->ext[j].start,
					 mem->ext[j].size);
	}
	if (!rc)
		rc = extents_sub(&node->mem, &used, &node->free);
	free(used.ext);
	if (rc || !node->bad.nr)
		return rc;
	rc = extents_sub(&node->free, &node->bad, &left);
	free(node->free.ext);
	node->free = left;
	return rc;
}

static int read_node(struct node *node)
{
	unsigned long long value;
	char *text;
	int rc;

	rc = sysfs_number(&value, "%s/dax_region/id", node->path);
	if (rc)
		return rc;
	node->region = value;
	rc = sysfs_read(&text, "%s/extents", node->path);
	if (rc)
		return rc;
	rc = extents_parse(text, &node->mem);
	free(text);
	if (!rc)
		rc = read_devs(node);
	if (!rc)
		rc = sysfs_number(&value, "%s/dax_region/available_size",
				  node->path);
	node->available = value;
	return rc ? rc : find_free(node);
}

static int by_node(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int try_read(struct nodes *nodes)
{
	struct dirent *entry;
	struct node *more;
	int id, rc = 0;
	char rest;
	DIR *dir;

	*nodes = (struct nodes){ 0 };
	dir = opendir(PLATFORM);
	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		if (sscanf(entry->d_name, "dax_node.%d%c", &id, &rest) != 1 ||
		    id < 0)
			continue;
		more = realloc(nodes->node, (nodes->nr + 1) * sizeof(*more));
		if (!more) {
			rc = -ENOMEM;
			break;
		}
		nodes->node = more;
		more += nodes->nr++;
		*more = (struct node){ .id = id };
		if (asprintf(&more->path, PLATFORM "/%s", entry->d_name) < 0) {
			more->path = NULL;
			rc = -ENOMEM;
			break;
		}
		rc = read_node(more);
	}
	closedir(dir);
	if (nodes->nr)
		qsort(nodes->node, nodes->nr, sizeof(*nodes->node), by_node);
	return rc;
}

int nodes_try(struct nodes *nodes)
{
	int tries = 5, rc;

	/* Somebody else may be at work, with daxctl's other commands. */
	for (;;) {
		rc = try_read(nodes);
		if ((rc != -EAGAIN && rc != -ENOENT && rc != -ENXIO) || !--tries)
			return rc;
		nodes_free(nodes);
	}
}

int nodes_read(struct nodes *nodes)
{
	int rc = nodes_try(nodes);

	if (rc == -EACCES || rc == -EPERM)
		return fail_as(STATUS_DENIED,
			       "no permission to read physical addresses: run this as root");
	if (rc == -EAGAIN || rc == -ENOENT || rc == -ENXIO)
		return fail_as(STATUS_BUSY,
			       "devices keep changing while they are read: try again when others are done");
	if (rc)
		return fail("cannot read the dax regions below /sys: %s",
			    strerror(-rc));
	if (!nodes->nr)
		return fail_as(STATUS_NOT_FOUND,
			       "no NUMA node has a region: reserve memory (daxctl carve plan tells how) and load dax_node before dax_hmem");
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

uint64_t node_largest(const struct node *node, uint64_t align)
{
	uint64_t most = 0, size;
	size_t i;

	for (i = 0; i < node->free.nr; i++) {
		const struct plan_run run = { node->free.ext[i].start,
					      node->free.ext[i].size, node->id };

		size = plan_largest(&run, 1, align);
		if (size > most)
			most = size;
	}
	return most;
}
