// SPDX-License-Identifier: GPL-2.0-only
/* The physical ranges that a binding has taken from the resource tree. */
#include <linux/dax.h>
#include <linux/ioport.h>
#include <linux/slab.h>

#include "dax/dax-private.h"
#include "none.h"
#include "pfn_special.h"

static struct resource *take(struct dev_dax *dev_dax, int i, const char *name)
{
	struct range *range = &dev_dax->ranges[i].range;
	struct resource *res;

	res = request_mem_region(range->start, range_len(range), name);
	if (!res) {
		/* Withheld until somebody looks whether it still has to be? */
		pfn_special_withheld_look();
		res = request_mem_region(range->start, range_len(range), name);
	}
	if (!res)
		dev_warn(&dev_dax->dev, "range %d [%#llx-%#llx] is in use, see /proc/iomem: unbind its driver; if it has none since VFIO may still map it, end the processes that have VFIO devices and close the files opened on it before\n",
			 i, range->start, range->end);
	return res;
}

/**
 * dax_none_take_ranges() - keep everybody else away from a device's ranges
 * @dev_dax: the device
 *
 * device_dax, kmem and the nvdimm drivers request what they use as well, so
 * they cannot get the memory before pfn_special_taken_release(), not even when
 * the device is destroyed and its memory becomes part of another one.
 *
 * Context: Device lock held; may sleep.
 * Return: the ranges; or ERR_PTR of -EBUSY after a message that says which
 * range is taken, or -ENOMEM.
 */
struct pfn_special_taken *dax_none_take_ranges(struct dev_dax *dev_dax)
{
	struct pfn_special_taken *taken;
	unsigned int i;
	int rc;

	taken = kzalloc(struct_size(taken, res, dev_dax->nr_range), GFP_KERNEL);
	if (!taken)
		return ERR_PTR(-ENOMEM);
	taken->nr = dev_dax->nr_range;
	rc = -ENOMEM;
	taken->name = kstrdup_const(dev_name(&dev_dax->dev), GFP_KERNEL);
	if (!taken->name)
		goto err;
	rc = -EBUSY;
	for (i = 0; i < taken->nr; i++) {
		taken->res[i] = take(dev_dax, i, taken->name);
		if (!taken->res[i])
			goto err;
	}
	return taken;

err:
	pfn_special_taken_release(taken);
	return ERR_PTR(rc);
}
