/* SPDX-License-Identifier: GPL-2.0-only */
/* What there is: nodes that have a dax region of dax_node, and their devices. */
#ifndef CARVE_NODE_H
#define CARVE_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

#define DEV_NAME	32	/* longer than any name on the dax bus */
#define LABEL_NAME	64	/* longest label, and its end */
#define OWNER_NAME	72	/* two names of 32, as useradd allows, and ":" */

/* The region of node N is REGION_BASE + N: see dax_node.md. */
#define REGION_BASE	1000
/* Nodes that a kernel can have (CONFIG_NODES_SHIFT), and more devices than make sense. */
#define NODE_MAX	1023
#define ID_MAX		4095

/* What a device node has unless something else is asked for. */
#define PERMISSIONS	0600

/* Who serves a device. */
enum dev_mode {
	MODE_DISABLED,
	MODE_NONE,	/* dax_none, no struct page */
	MODE_MEM,	/* device_dax, struct page */
	MODE_RAM,	/* kmem */
};

/**
 * struct extents - memory, by rising address or in the order of a device
 * @nr: number of @ext
 * @ext: what it is made of
 */
struct extents {
	size_t nr;
	struct plan_extent *ext;
};

/* What is in /dev under the name of a device. */
enum dev_node {
	NODE_FINE,
	NODE_MISSING,	/* nothing */
	NODE_STRAY,	/* something else, such as a file that QEMU made */
};

/**
 * struct dev - a dax device
 * @name: "dax1000.1"
 * @label: what its creator called it, or ""
 * @id: the last part of @name
 * @major: of its character device
 * @minor: of its character device
 * @size: bytes
 * @align: bytes
 * @mode: who serves it
 * @driver: name of who serves it, or ""
 * @birth: tells it from all others of that name; 0 if it has none yet
 * @identity: tells its memory from what any device had before or will have, as long
 *            as it keeps the first of it; 0 without memory
 * @node: what is in /dev
 * @owner: "user:group" of the device node, "" if that is root
 * @permissions: of the device node
 * @mem: extents, in the order of offsets
 */
struct dev {
	char name[DEV_NAME];
	char label[LABEL_NAME];
	int id;
	unsigned int major;
	unsigned int minor;
	uint64_t size;
	uint64_t align;
	enum dev_mode mode;
	char driver[DEV_NAME];
	uint64_t birth;
	uint64_t identity;
	enum dev_node node;
	char owner[OWNER_NAME];
	unsigned int permissions;
	struct extents mem;
};

/**
 * struct node - a NUMA node with a dax region
 * @id: of the node
 * @region: id of the region
 * @path: of the region's device in sysfs
 * @mem: all that the region can hand out
 * @free: what of that no device has and no memory error has hit
 * @available: bytes that the kernel says no device has
 * @bad: the 2 MiB around each page that a memory error has hit, of all nodes
 * @nr_devs: number of @devs
 * @devs: by rising id
 */
struct node {
	int id;
	int region;
	char *path;
	struct extents mem;
	struct extents free;
	uint64_t available;
	struct extents bad;
	size_t nr_devs;
	struct dev *devs;
};

/**
 * struct nodes - the machine
 * @nr: number of @node
 * @node: by rising id
 */
struct nodes {
	size_t nr;
	struct node *node;
};

/**
 * nodes_read() - find out what there is
 * @nodes: set to it; to be freed by nodes_free(), also upon failure
 *
 * Return: 0, or negative after a complaint.
 */
int nodes_read(struct nodes *nodes);
void nodes_free(struct nodes *nodes);

/**
 * nodes_try() - the same, where not to find anything is no failure
 * @nodes: set to what there is; to be freed by nodes_free(), also upon failure
 *
 * Return: 0, or a negative errno, without a complaint.
 */
int nodes_try(struct nodes *nodes);

/**
 * dev_read() - read a device again
 * @node: where it is
 * @dev: name and id are given, all else is filled in; what it had is freed
 *
 * Return: 0, or a negative errno: -ENOENT if it has gone.
 */
int dev_read(const struct node *node, struct dev *dev);

/**
 * nodes_find() - look up a NUMA node
 * @nodes: the machine
 * @id: of the node
 *
 * Return: the node, NULL if it has no region.
 */
struct node *nodes_find(const struct nodes *nodes, int id);

/**
 * node_find_dev() - look up a device
 * @node: the node
 * @id: of the device within the node's region
 *
 * Return: the device, NULL if there is none.
 */
struct dev *node_find_dev(const struct node *node, int id);

/**
 * node_largest() - the largest contiguous device that a node has room for
 * @node: the node
 * @align: 4K, 2M or 1G
 *
 * Return: bytes; 0 if there is none.
 */
uint64_t node_largest(const struct node *node, uint64_t align);

uint64_t extents_size(const struct extents *mem);
int extents_add(struct extents *mem, uint64_t start, uint64_t size);

/**
 * extents_sub() - what is left of some memory
 * @from: memory by rising address
 * @mem: extents to take away, in any order
 * @left: set to the rest, by rising address
 *
 * Return: 0, -ENOMEM.
 */
int extents_sub(const struct extents *from, const struct extents *mem,
		struct extents *left);

/**
 * extents_parse() - read lines of "start-end", in hex, end included
 * @text: what the kernel says
 * @mem: filled with it
 *
 * Return: 0, -EINVAL if it is something else, -ENOMEM.
 */
int extents_parse(const char *text, struct extents *mem);

#endif /* CARVE_NODE_H */
