// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dax region of a node: one span from its first to its last extent, in
 * which the holes are taken before anybody else can allocate.
 *
 * Newer kernels have all regions in one tree of resources, where the holes would be
 * nobody else's: not dax_hmem's if it gets a range back, nor another node's whose
 * ranges lie between. There, the extents take the place of the span.
 */
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mod_devicetable.h>
#include <linux/numa.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "dax/bus.h"
#include "dax/dax-private.h"
#include "node.h"

/* Not the name of a device: the bus looks for a device's extents by name. */
static const char hole_name[] = "dax_node hole";

static struct range hole_after(const struct node_layout *layout, unsigned int i)
{
	return (struct range) {
		.start = layout->extents[i].end + 1,
		.end = layout->extents[i + 1].start - 1,
	};
}

static void fill_holes_undo(struct dax_region *region,
			    const struct node_layout *layout, unsigned int nr)
{
	while (nr--) {
		struct range hole = hole_after(layout, nr);

		__release_region(&region->res, hole.start, range_len(&hole));
	}
}

static void empty_holes(void *data)
{
	struct dax_region *region = data;
	const struct node_layout *layout = dev_get_platdata(region->dev);

	fill_holes_undo(region, layout, layout->nr - 1);
}

/*
 * Nobody sees the region yet, so that the tree of its resources can be changed
 * without the bus's lock. Later it must not.
 */
static int fill_holes(struct dax_region *region)
{
	const struct node_layout *layout = dev_get_platdata(region->dev);
	unsigned int i;

	for (i = 0; i + 1 < layout->nr; i++) {
		struct range hole = hole_after(layout, i);

		if (!__request_region(&region->res, hole.start,
				      range_len(&hole), hole_name, 0)) {
			fill_holes_undo(region, layout, i);
			return -ENOMEM;
		}
	}
	return devm_add_action_or_reset(region->dev, empty_holes, region);
}

/* What a region is in: the span in a tree of its own, and the extents in the bus's. */
struct node_claim {
	struct resource tree;
	unsigned int nr;
	struct resource extents[] __counted_by(nr);
};

static void disclaim(void *data)
{
	struct node_claim *claim = data;
	unsigned int i;

	for (i = 0; i < claim->nr; i++)
		if (claim->extents[i].parent)
			release_resource(&claim->extents[i]);
}

/*
 * From a region of the first extent to the whole. Nobody sees it yet, but for files in
 * sysfs that tell its size.
 */
static int claim_extents(struct dax_region *region, struct node_claim *claim)
{
	const struct node_layout *layout = dev_get_platdata(region->dev);
	struct resource *bus = region->res.parent;
	unsigned int i;
	int rc;

	if (bus)
		release_resource(&region->res);
	region->res.end = layout->extents[layout->nr - 1].end;
	if (!bus)
		return 0;
	rc = request_resource(&claim->tree, &region->res);
	if (rc)
		return rc;
	rc = devm_add_action(region->dev, disclaim, claim);
	for (i = 0; !rc && i < layout->nr; i++) {
		claim->extents[i] = DEFINE_RES_MEM_NAMED(layout->extents[i].start,
							 range_len(&layout->extents[i]),
							 dev_name(region->dev));
		rc = request_resource(bus, &claim->extents[i]);
		if (rc)
			dev_warn(region->dev, "%pR is part of another dax region: unbind that from its driver first\n",
				 &claim->extents[i]);
	}
	return rc;
}

static int node_region_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	const struct node_layout *layout = dev_get_platdata(dev);
	struct range first = layout->extents[0];
	struct node_claim *claim;
	struct dev_dax_data data = {
		/* Any id, and no memory: see below. */
		.id = -1,
	};
	int rc;

	claim = devm_kzalloc(dev, struct_size(claim, extents, layout->nr),
			     GFP_KERNEL);
	if (!claim)
		return -ENOMEM;
	claim->nr = layout->nr;
	claim->tree = DEFINE_RES_MEM_NAMED(0, -1, "dax_node region");

	/*
	 * Without IORESOURCE_DAX_KMEM, as dax_hmem does for an administrator
	 * who wants to divide the memory first: loading kmem, or giving it some
	 * device, must not turn a device that somebody is about to set up into
	 * system RAM.
	 */
	data.dax_region = alloc_dax_region(dev, DAX_NODE_FIRST_ID + layout->nid,
					   &first, layout->nid, DAX_NODE_ALIGN,
					   0);
	if (!data.dax_region)
		return -ENOMEM;
	rc = claim_extents(data.dax_region, claim);
	if (rc)
		return rc;
	rc = fill_holes(data.dax_region);
	if (rc)
		return rc;
	/*
	 * The bus wants a device to show that there is a region. It is empty,
	 * because device_dax takes any that is not and makes its struct pages.
	 */
	return PTR_ERR_OR_ZERO(devm_create_dev_dax(&data));
}

static const struct platform_device_id node_region_ids[] = {
	{ "dax_node" },
	{ }
};

static struct platform_driver node_region_driver = {
	.probe = node_region_probe,
	.id_table = node_region_ids,
	.driver = {
		.name = "dax_node_region",
		.dev_groups = node_region_groups,
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
		/* A region goes when its hmem devices go. */
		.suppress_bind_attrs = true,
	},
};

/**
 * node_region_create() - make the dax region of a node
 * @layout: what it is made of, at least one extent; copied
 *
 * Context: nodes_lock held. May sleep.
 * Return: the device that is the region's parent, or an ERR_PTR.
 */
struct platform_device *node_region_create(const struct node_layout *layout)
{
	struct platform_device *pdev;
	int rc;

	pdev = platform_device_alloc("dax_node", layout->nid);
	if (!pdev)
		return ERR_PTR(-ENOMEM);
	set_dev_node(&pdev->dev, numa_map_to_online_node(layout->nid));
	rc = platform_device_add_data(pdev, layout,
				      struct_size(layout, extents, layout->nr));
	if (!rc)
		rc = platform_device_add(pdev);
	if (rc) {
		platform_device_put(pdev);
		return ERR_PTR(rc);
	}
	/* Adding a device succeeds even if its driver fails, for want of memory. */
	if (!pdev->dev.driver) {
		platform_device_unregister(pdev);
		return ERR_PTR(-ENOMEM);
	}
	return pdev;
}

/**
 * node_region_destroy() - remove the dax region of a node
 * @pdev: what node_region_create() returned
 *
 * Its dax devices go too, and what is mapped from them turns into SIGBUS.
 *
 * Context: nodes_lock held. May sleep.
 */
void node_region_destroy(struct platform_device *pdev)
{
	platform_device_unregister(pdev);
}

static int dax_device_is_used(struct device *dev, void *unused)
{
	/* An unlocked look is enough, see node.h. */
	return dev->driver || READ_ONCE(to_dev_dax(dev)->nr_range);
}

/**
 * node_region_is_idle() - does nobody use any memory of a region?
 * @pdev: what node_region_create() returned
 *
 * Context: nodes_lock held. May sleep.
 * Return: true if none of its dax devices has memory or a driver.
 */
bool node_region_is_idle(struct platform_device *pdev)
{
	return !device_for_each_child(&pdev->dev, NULL, dax_device_is_used);
}

int __init node_region_init(void)
{
	return platform_driver_register(&node_region_driver);
}

void node_region_exit(void)
{
	platform_driver_unregister(&node_region_driver);
}
