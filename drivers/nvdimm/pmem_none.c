// SPDX-License-Identifier: GPL-2.0-only
/*
 * A namespace in devdax mode whose map is none: all of it becomes a dax device,
 * bound to dax_none. There is no info block, so nothing is kept from the device.
 */
#include <linux/ioport.h>
#include <linux/kmod.h>
#include <linux/memremap.h>
#include <linux/module.h>

#include "dax/bus.h"
#include "nvdimm/nd.h"
#include "nvdimm/pfn.h"
#include "pmem_none.h"
#include "private_layout.h"

static void unpin_module(void *data)
{
	module_put(THIS_MODULE);
}

static void forget_sb(void *data)
{
	struct nd_pfn *nd_pfn = data;

	nd_pfn->pfn_sb = NULL;
}

/*
 * libnvdimm computes the resource and size attributes of a bound device from
 * the info block. This one says: all of the namespace is data.
 */
static int provide_sb(struct nd_pfn *nd_pfn)
{
	struct device *dev = &nd_pfn->dev;

	nd_pfn->pfn_sb = devm_kzalloc(dev, sizeof(*nd_pfn->pfn_sb), GFP_KERNEL);
	if (!nd_pfn->pfn_sb)
		return -ENOMEM;
	return devm_add_action_or_reset(dev, forget_sb, nd_pfn);
}

static int check_alignment(const struct nd_pfn *nd_pfn,
			   const struct range *range)
{
	u64 align = nd_pfn->align;

	if (IS_ALIGNED(range->start, align) &&
	    IS_ALIGNED(range_len(range), align))
		return 0;
	dev_warn(&nd_pfn->dev,
		 "%s [%#llx-%#llx] is not aligned to %#llx: use a smaller align, or a size that is a multiple of it in a place that is one\n",
		 dev_name(&nd_pfn->ndns->dev), range->start, range->end, align);
	return -EINVAL;
}

/*
 * device_dax takes every device as soon as it has a size, hence one without,
 * to begin with. The pgmap is for later, should the device be given to
 * device_dax after all: in a static region, that wants to find one.
 */
static struct dev_dax *create_device(struct nd_pfn *nd_pfn, struct range *range)
{
	struct nd_region *nd_region = to_nd_region(nd_pfn->dev.parent);
	struct dev_pagemap pgmap = { .range = *range, .nr_range = 1 };
	struct dev_dax_data data = { .pgmap = &pgmap };
	int region_id;

	if (sscanf(dev_name(&nd_pfn->ndns->dev), "namespace%d.%d", &region_id,
		   &data.id) != 2)
		return ERR_PTR(-EINVAL);
	data.dax_region = alloc_dax_region(&nd_pfn->dev, region_id, range,
					   nd_region->target_node,
					   nd_pfn->align,
					   IORESOURCE_DAX_STATIC);
	if (!data.dax_region)
		return ERR_PTR(-ENOMEM);
	return devm_create_dev_dax(&data);
}

static int pmem_none_probe(struct device *dev)
{
	struct nd_pfn *nd_pfn = &to_nd_dax(dev)->nd_pfn;
	struct nd_namespace_common *ndns;
	struct dev_dax *dev_dax;
	struct range range;
	int rc;

	/* Waits for restore(), in pmem_none_record.c; the mode is right then. */
	ndns = nvdimm_namespace_common_probe(dev);
	if (IS_ERR(ndns))
		return PTR_ERR(ndns);
	/* dax_pmem's, or not configured yet. */
	if (nd_pfn->mode != PFN_MODE_NONE || !nd_pfn->uuid)
		return -ENODEV;
	range.start = to_nd_namespace_io(&ndns->dev)->res.start;
	range.end = to_nd_namespace_io(&ndns->dev)->res.end;
	rc = check_alignment(nd_pfn, &range);
	if (rc)
		return rc;

	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	rc = devm_add_action_or_reset(dev, unpin_module, NULL);
	if (rc)
		return rc;
	rc = provide_sb(nd_pfn);
	if (rc)
		return rc;
	dev_dax = create_device(nd_pfn, &range);
	if (IS_ERR(dev_dax))
		return PTR_ERR(dev_dax);
	rc = pmem_none_attach(dev_dax, range_len(&range));
	if (rc)
		return rc;
	return pmem_none_remember(nd_pfn);
}

static struct nd_device_driver pmem_none_driver = {
	.probe = pmem_none_probe,
	.drv = {
		.name = KBUILD_MODNAME,
	},
	.type = ND_DRIVER_DAX_PMEM,
};

static int __init pmem_none_init(void)
{
	int rc;

	rc = private_layout_check_dax();
	if (!rc)
		rc = private_layout_check_nvdimm();
	if (rc)
		return rc;
	/*
	 * Not left to the probe, which may run from an async domain, where
	 * loading modules is not allowed. A failure shows there, though.
	 */
	request_module("dax_none");

	rc = nd_driver_register(&pmem_none_driver);
	if (rc)
		return rc;
	rc = pmem_none_record_init(pmem_none_driver.drv.bus,
				   &pmem_none_driver.drv);
	if (rc)
		nd_driver_unregister(&pmem_none_driver);
	return rc;
}
module_init(pmem_none_init);

static void __exit pmem_none_exit(void)
{
	nd_driver_unregister(&pmem_none_driver);
	pmem_none_record_exit();
}
module_exit(pmem_none_exit);

MODULE_SOFTDEP("pre: dax_none");
MODULE_DESCRIPTION("Namespaces without struct page (devdax, map none)");
MODULE_LICENSE("GPL");
MODULE_ALIAS_ND_DEVICE(ND_DEVICE_DAX_PMEM);
