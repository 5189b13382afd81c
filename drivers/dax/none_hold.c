// SPDX-License-Identifier: GPL-2.0-only
/* The physical ranges that a binding has taken from the resource tree. */
#include <linux/dax.h>
#include <linux/ioport.h>
#include <linux/slab.h>

#include "dax/dax-private.h"
#include "none.h"

/**
 * struct dax_none_hold - physical ranges that nobody else can request
 * @name: of the device, which may be gone before the ranges are released
 * @nr: number of @res
 * @res: the ranges in the resource tree
 */
struct dax_none_hold {
	const char *name;
	unsigned int nr;
	struct resource *res[] __counted_by(nr);
};

/**
 * dax_none_release_ranges() - give the ranges of a binding to whoever wants them
 * @hold: the ranges; NULL does nothing
 *
 * Context: May sleep.
 */
void dax_none_release_ranges(struct dax_none_hold *hold)
{
	unsigned int i;

	if (!hold)
		return;
	for (i = 0; i < hold->nr && hold->res[i]; i++)
		release_mem_region(hold->res[i]->start,
				   resource_size(hold->res[i]));
	kfree_const(hold->name);
	kfree(hold);
}

/**
 * dax_none_hold_ranges() - keep everybody else away from a device's ranges
 * @dev_dax: the device
 *
 * device_dax, kmem and the nvdimm drivers request what they use as well, so
 * they cannot get the memory before dax_none_release_ranges(), not even when
 * the device is destroyed and its memory becomes part of another one.
 *
 * Context: Device lock held; may sleep.
 * Return: the ranges; or ERR_PTR of -EBUSY after a message that says which
 * range is taken, or -ENOMEM.
 */
struct dax_none_hold *dax_none_hold_ranges(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct dax_none_hold *hold;
	unsigned int i;
	int rc;

	hold = kzalloc(struct_size(hold, res, dev_dax->nr_range), GFP_KERNEL);
	if (!hold)
		return ERR_PTR(-ENOMEM);
	hold->nr = dev_dax->nr_range;
	rc = -ENOMEM;
	hold->name = kstrdup_const(dev_name(dev), GFP_KERNEL);
	if (!hold->name)
		goto err;
	for (i = 0; i < hold->nr; i++) {
		struct range *range = &dev_dax->ranges[i].range;

		hold->res[i] = request_mem_region(range->start,
						  range_len(range), hold->name);
		if (hold->res[i])
			continue;
		dev_warn(dev, "range %d [%#llx-%#llx] is in use, see /proc/iomem: unbind its driver; if it has none since VFIO may still map it, close the files opened on it before\n",
			 i, range->start, range->end);
		rc = -EBUSY;
		goto err;
	}
	return hold;

err:
	dax_none_release_ranges(hold);
	return ERR_PTR(rc);
}
