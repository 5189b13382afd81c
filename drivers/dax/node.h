/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of dax_node.ko share.
 *
 * Lifetime: a struct node_source is one hmem device bound to this driver; it
 * lives from probe to remove. A region is a platform device of our own, the
 * parent of the dax region: it is made of all sources of its node, never
 * changes, and is replaced as a whole when a source comes or goes, which is
 * only done while none of its dax devices has memory or a driver. A source holds
 * a reference to this module and one to the module that made the hmem device:
 * both can be unloaded only after the hmem devices are unbound, and that is
 * refused while their memory is in use.
 *
 * Locking: nodes_lock (node.c) is held from looking whether a region is idle
 * until its successor is there. It nests inside the device lock of an hmem
 * device, and outside that of a region and the locks of the dax bus. What can be
 * read through sysfs below a region is constant, because removing the region
 * waits for readers with nodes_lock held. The bus's own locks are not ours to
 * take: a dax device that grows between the look and the removal is taken away
 * again, which is as harmless as any unbind.
 */
#ifndef _DAX_NODE_H
#define _DAX_NODE_H

#include <linux/list.h>
#include <linux/nodemask.h>
#include <linux/range.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct attribute_group;
struct device;
struct module;
struct platform_device;

/* Unit of all that a region hands out, and the least that a dax device maps. */
#define DAX_NODE_ALIGN		SZ_2M

/*
 * Region ids, the N in daxN.M, are this plus the node: the same at each boot,
 * however the memory is cut up. Ids of other regions come from
 * memregion_alloc(), which counts from 0 and reuses what is free.
 */
#define DAX_NODE_FIRST_ID	1000

/**
 * struct node_part - usable memory of one node
 * @range: addresses, multiples of DAX_NODE_ALIGN
 * @nid: NUMA node
 */
struct node_part {
	struct range range;
	int nid;
};

/**
 * struct node_source - an hmem device that is bound to this driver
 * @list: in the list of all of them, by rising address
 * @dev: the hmem device
 * @owner: module that made it
 * @nodes: which nodes it has memory of; mostly one
 * @nr: number of @parts
 * @parts: what can be used of it, by rising address
 */
struct node_source {
	struct list_head list;
	struct device *dev;
	struct module *owner;
	nodemask_t nodes;
	unsigned int nr;
	struct node_part parts[] __counted_by(nr);
};

/**
 * struct node_layout - what a region is made of
 * @nid: NUMA node
 * @nr: number of @extents
 * @extents: usable memory, by rising address; two never touch
 */
struct node_layout {
	int nid;
	unsigned int nr;
	struct range extents[] __counted_by(nr);
};

/* node_layout.c: which memory */
unsigned int node_usable_parts(const struct range *whole, int nid,
			       struct node_part *parts);
struct node_layout *node_layout_alloc(int nid, const struct list_head *sources);

/* node_region.c: the dax region of a node */
struct platform_device *node_region_create(const struct node_layout *layout);
void node_region_destroy(struct platform_device *pdev);
bool node_region_is_idle(struct platform_device *pdev);
int node_region_init(void);
void node_region_exit(void);

/* node.c: hmem devices that come and go; node_sysfs.c: the files to do it with */
int node_give_back(struct device *dev);
extern const struct attribute_group *node_driver_groups[];
extern const struct attribute_group *node_region_groups[];

#endif /* _DAX_NODE_H */
