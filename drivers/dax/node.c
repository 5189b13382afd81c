// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gathers the soft-reserved memory of a NUMA node, one hmem device per range,
 * into one dax region. Loaded before dax_hmem it gets all hmem devices; later
 * it gets those that are unbound from dax_hmem and given to it through
 * driver_override.
 */
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/memregion.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "node.h"
#include "private_layout.h"

/* All hmem devices that are bound, and the region of each node, if it has one. */
static DEFINE_MUTEX(nodes_lock);
static LIST_HEAD(sources);
static struct platform_device *regions[MAX_NUMNODES];

static void source_insert(struct node_source *source)
{
	struct node_source *other;

	lockdep_assert_held(&nodes_lock);
	list_for_each_entry(other, &sources, list)
		if (other->parts[0].range.start > source->parts[0].range.start)
			break;
	list_add_tail(&source->list, &other->list);
}

static void region_remove(int nid)
{
	lockdep_assert_held(&nodes_lock);
	if (regions[nid])
		node_region_destroy(regions[nid]);
	regions[nid] = NULL;
}

/* Makes the region of a node anew, from the sources that there are now. */
static int region_rebuild(int nid)
{
	struct platform_device *region;
	struct node_layout *layout;

	lockdep_assert_held(&nodes_lock);
	layout = node_layout_alloc(nid, &sources);
	if (!layout)
		return -ENOMEM;
	region_remove(nid);
	region = layout->nr ? node_region_create(layout) : NULL;
	kfree(layout);
	if (IS_ERR(region))
		return PTR_ERR(region);
	regions[nid] = region;
	return 0;
}

static int regions_rebuild(const struct node_source *source)
{
	int nid, rc = 0;

	for_each_node_mask(nid, source->nodes)
		rc = rc ?: region_rebuild(nid);
	return rc;
}

/* Out of memory twice in a row: keep what can be kept, and say what cannot. */
static void regions_salvage(const struct node_source *source)
{
	int nid;

	for_each_node_mask(nid, source->nodes)
		if (region_rebuild(nid) && !regions[nid])
			dev_err(source->dev, "no memory: node %d has no region until another of its hmem devices is bound or unbound\n",
				nid);
}

static int regions_check_idle(const struct node_source *source,
			      const char *again)
{
	int nid;

	for_each_node_mask(nid, source->nodes) {
		if (!regions[nid] || node_region_is_idle(regions[nid]))
			continue;
		dev_warn(source->dev, "the memory of node %d is in use: destroy all devices dax%d.* first, then %s again\n",
			 nid, DAX_NODE_FIRST_ID + nid, again);
		return -EBUSY;
	}
	return 0;
}

/* If either of these fails, all is as it was before. */
static int source_add(struct node_source *source)
{
	int rc = regions_check_idle(source, "bind");

	if (rc)
		return rc;
	source_insert(source);
	rc = regions_rebuild(source);
	if (rc) {
		list_del(&source->list);
		regions_salvage(source);
	}
	return rc;
}

static int source_del(struct node_source *source)
{
	int rc = regions_check_idle(source, "unbind");

	if (rc)
		return rc;
	list_del(&source->list);
	rc = regions_rebuild(source);
	if (rc) {
		source_insert(source);
		regions_salvage(source);
	}
	return rc;
}

/* Unlike dax_hmem: a machine of one node may not say which node memory is on. */
static int target_node(const struct memregion_info *info)
{
	if (info->target_node == NUMA_NO_NODE && num_online_nodes() == 1)
		return first_online_node;
	return info->target_node;
}

/*
 * hmem devices belong to the module that has the hmem_platform device, and go
 * with it. That device cannot lose its driver here: its hmem devices go first,
 * and one of them is locked.
 */
static struct module *hmem_owner(void)
{
	struct device *dev = bus_find_device_by_name(&platform_bus_type, NULL,
						     "hmem_platform.0");
	struct device_driver *drv = dev ? READ_ONCE(dev->driver) : NULL;
	struct module *owner = drv ? drv->owner : NULL;

	put_device(dev);
	return owner;
}

static void log_source(const struct node_source *source,
		       const struct range *whole)
{
	u64 lost = range_len(whole);
	unsigned int i;

	for (i = 0; i < source->nr; i++) {
		const struct node_part *part = &source->parts[i];

		dev_info(source->dev, "[%#llx-%#llx] to node %d, region %d\n",
			 part->range.start, part->range.end, part->nid,
			 DAX_NODE_FIRST_ID + part->nid);
		lost -= range_len(&part->range);
	}
	if (lost)
		dev_info(source->dev, "%#llx bytes of [%#llx-%#llx] trimmed: only multiples of %#x outside sections with normal RAM can be used\n",
			 lost, whole->start, whole->end, DAX_NODE_ALIGN);
}

static struct node_source *source_alloc(struct device *dev, int nid,
					const struct range *whole)
{
	unsigned int i, nr = node_usable_parts(whole, nid, NULL);
	struct node_source *source;

	if (!nr) {
		dev_warn(dev, "nothing of [%#llx-%#llx] can be used: no multiple of %#x is outside sections with normal RAM\n",
			 whole->start, whole->end, DAX_NODE_ALIGN);
		return ERR_PTR(-ENXIO);
	}
	source = kzalloc(struct_size(source, parts, nr), GFP_KERNEL);
	if (!source)
		return ERR_PTR(-ENOMEM);
	source->nr = nr;
	node_usable_parts(whole, nid, source->parts);
	for (i = 0; i < nr; i++)
		node_set(source->parts[i].nid, source->nodes);
	source->dev = dev;
	source->owner = hmem_owner();
	if (!try_module_get(source->owner))
		goto err_free;
	if (!try_module_get(THIS_MODULE))
		goto err_put;
	return source;

err_put:
	module_put(source->owner);
err_free:
	kfree(source);
	return ERR_PTR(-ENODEV);
}

static void source_free(struct node_source *source)
{
	module_put(source->owner);
	module_put(THIS_MODULE);
	kfree(source);
}

static int dax_node_probe(struct platform_device *pdev)
{
	const struct memregion_info *info = dev_get_platdata(&pdev->dev);
	struct device *dev = &pdev->dev;
	struct node_source *source;
	int nid, rc;

	/* driver_override can bring us anything. */
	if (!info || strncmp(dev_name(dev), "hmem.", 5)) {
		dev_warn(dev, "not an hmem device: only those hold soft-reserved memory\n");
		return -ENODEV;
	}
	nid = target_node(info);
	if (nid < 0 || nid >= MAX_NUMNODES) {
		dev_warn(dev, "the firmware does not say which NUMA node [%#llx-%#llx] is on: leaving it to dax_hmem\n",
			 info->range.start, info->range.end);
		return -ENXIO;
	}
	source = source_alloc(dev, nid, &info->range);
	if (IS_ERR(source))
		return PTR_ERR(source);

	mutex_lock(&nodes_lock);
	rc = source_add(source);
	if (!rc)
		platform_set_drvdata(pdev, source);
	mutex_unlock(&nodes_lock);
	if (rc) {
		source_free(source);
		return rc;
	}
	log_source(source, &info->range);
	return 0;
}

/**
 * node_give_back() - take an hmem device out of the regions it is part of
 * @dev: the device; it stays bound, without being used
 *
 * Context: May sleep. Device lock not held.
 * Return: 0, -EBUSY after a message if the memory is in use, -ENOMEM.
 */
int node_give_back(struct device *dev)
{
	struct node_source *source;
	int rc = 0;

	guard(mutex)(&nodes_lock);
	source = dev_get_drvdata(dev);
	if (source)
		rc = source_del(source);
	if (source && !rc) {
		dev_set_drvdata(dev, NULL);
		source_free(source);
	}
	return rc;
}

/* With a source still there, the device itself is going, and we cannot refuse. */
static void dax_node_remove(struct platform_device *pdev)
{
	struct node_source *source;
	int nid;

	guard(mutex)(&nodes_lock);
	source = platform_get_drvdata(pdev);
	if (!source)
		return;
	if (regions_check_idle(source, "remove"))
		dev_warn(&pdev->dev, "taken away by force, and with it the devices\n");
	list_del(&source->list);
	for_each_node_mask(nid, source->nodes)
		region_remove(nid);
	regions_salvage(source);
	source_free(source);
}

static const struct platform_device_id dax_node_ids[] = {
	{ "hmem" },
	{ }
};

static struct platform_driver dax_node_driver = {
	.probe = dax_node_probe,
	.remove = dax_node_remove,
	.id_table = dax_node_ids,
	.driver = {
		.name = "dax_node",
		.groups = node_driver_groups,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
		/* node_sysfs.c has better ones. */
		.suppress_bind_attrs = true,
	},
};

static int __init dax_node_init(void)
{
	int rc;

	rc = private_layout_check_dax();
	if (rc)
		return rc;
	rc = node_region_init();
	if (rc)
		return rc;
	rc = platform_driver_register(&dax_node_driver);
	if (rc)
		node_region_exit();
	return rc;
}
module_init(dax_node_init);

static void __exit dax_node_exit(void)
{
	/* There are no sources: each holds a reference to this module. */
	platform_driver_unregister(&dax_node_driver);
	node_region_exit();
}
module_exit(dax_node_exit);

/* Whoever loads this by name wants dax_hmem's devices, after it. */
MODULE_SOFTDEP("post: dax_hmem");
MODULE_DESCRIPTION("One dax region per NUMA node");
MODULE_LICENSE("GPL");
