// SPDX-License-Identifier: GPL-2.0-only
/*
 * "map none": the third driver of the dax bus. It serves /dev/daxN.M from
 * memory that has no struct page.
 */
#include <linux/cdev.h>
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "dax/bus.h"
#include "dax/dax-private.h"
#include "none.h"
#include "pfn_special.h"
#include "private_layout.h"

DEFINE_XARRAY(dax_none_devs);

static void dax_none_free(struct kref *ref)
{
	struct dax_none *none = container_of(ref, struct dax_none, ref);

	/* Whoever has the memory in an IOMMU may have closed his files. */
	if (none->taken && pfn_special_taken_is_held(none->taken))
		pfn_special_withhold(none->taken);
	else
		pfn_special_taken_release(none->taken);
	pfn_special_put(none->ps);
	iput(none->inode);
	kfree_rcu(none, rcu);
}

void dax_none_put(struct dax_none *none)
{
	kref_put(&none->ref, dax_none_free);
}

static void get_for_owner(void *data)
{
	struct dax_none *none = data;

	kref_get(&none->ref);
}

static void put_for_owner(void *data)
{
	dax_none_put(data);
}

/* Whoever claims the memory counts like an open file. */
static const struct pfn_special_provider dax_none_provider = {
	.module = THIS_MODULE,
	.get = get_for_owner,
	.put = put_for_owner,
};

static void dax_none_release(void *data)
{
	struct dax_none *none = data;

	xa_erase(&dax_none_devs, MINOR(none->dev_dax->dev.devt));
	cdev_del(none->cdev);
	pfn_special_kill(none->ps);
	/*
	 * An IOMMU that maps the memory goes on doing so, and the memory is
	 * nobody's meanwhile.
	 */
	if (!pfn_special_taken_is_held(none->taken)) {
		pfn_special_taken_release(none->taken);
		none->taken = NULL;
	} else {
		dev_warn(&none->dev_dax->dev,
			 "unbound while VFIO may map it: the memory can be used again when VFIO has unmapped it, and all files opened on it are closed\n");
	}
	dax_none_put(none);
}

/*
 * device_dax keeps its cdev inside the dax device. While a file that it opened
 * is still around, the device node keeps pointing there, and a later open would
 * end up in device_dax instead of here.
 */
static bool dax_none_node_is_busy(struct dev_dax *dev_dax)
{
	struct cdev *cdev = dax_inode(dev_dax->dax_dev)->i_cdev;

	return kref_read(&cdev->kobj.kref);
}

static struct dax_none *dax_none_alloc(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct dax_none *none;
	int rc = -ENOMEM;

	none = kzalloc(sizeof(*none), GFP_KERNEL);
	if (!none)
		return ERR_PTR(-ENOMEM);
	kref_init(&none->ref);
	none->dev_dax = dev_dax;
	none->align = dev_dax->align;

	none->taken = dax_none_take_ranges(dev_dax);
	if (IS_ERR(none->taken)) {
		rc = PTR_ERR(none->taken);
		goto err_free;
	}
	none->cdev = cdev_alloc();
	if (!none->cdev)
		goto err_taken;
	none->cdev->ops = &dax_none_fops;
	none->cdev->owner = THIS_MODULE;

	none->inode = dax_none_new_inode();
	if (IS_ERR(none->inode)) {
		rc = PTR_ERR(none->inode);
		goto err_cdev;
	}
	none->ps = dax_none_create_memory(dev_dax, none->inode->i_mapping,
					  dax_none_wants_preserve(dev));
	if (IS_ERR(none->ps)) {
		rc = PTR_ERR(none->ps);
		goto err_inode;
	}
	return none;

err_inode:
	iput(none->inode);
err_cdev:
	kobject_put(&none->cdev->kobj);
err_taken:
	pfn_special_taken_release(none->taken);
err_free:
	kfree(none);
	return ERR_PTR(rc);
}

static int dax_none_probe(struct dev_dax *dev_dax)
{
	struct device *dev = &dev_dax->dev;
	struct dax_none *none;
	int rc;

	if (dax_none_node_is_busy(dev_dax)) {
		dev_warn(dev, "files opened under device_dax are still open: close them and bind again\n");
		return -EBUSY;
	}
	rc = dax_none_check_ranges(dev_dax);
	if (rc)
		return rc;

	none = dax_none_alloc(dev_dax);
	if (IS_ERR(none))
		return PTR_ERR(none);
	dev_set_drvdata(dev, none);

	rc = xa_insert(&dax_none_devs, MINOR(dev->devt), none, GFP_KERNEL);
	if (rc)
		goto err_put;
	/* The parent is put with the cdev, but only got by a successful add. */
	cdev_set_parent(none->cdev, &dev->kobj);
	rc = cdev_add(none->cdev, dev->devt, 1);
	if (rc)
		goto err_erase;
	rc = devm_add_action_or_reset(dev, dax_none_release, none);
	if (rc)
		return rc;
	pfn_special_offer(none->ps, &dax_none_provider, none);
	return 0;

err_erase:
	none->cdev->kobj.parent = NULL;
	xa_erase(&dax_none_devs, MINOR(dev->devt));
	/* A node left over from an earlier binding may have been opened. */
	pfn_special_kill(none->ps);
err_put:
	kobject_put(&none->cdev->kobj);
	dax_none_put(none);
	return rc;
}

static struct dax_device_driver dax_none_driver = {
	.drv = {
		.groups = dax_none_driver_groups,
		.dev_groups = dax_none_dev_groups,
	},
	.probe = dax_none_probe,
	/*
	 * The bus offers every device to the driver of the device's type. This
	 * one takes only what it is given by name, through new_id, so its type
	 * is none that the bus knows or may come to know.
	 */
	.type = (enum dax_driver_type)0x6e6f6e65,	/* "none" */
};

static int __init dax_none_init(void)
{
	int rc;

	rc = private_layout_check_dax();
	if (rc)
		return rc;
	rc = dax_none_inode_init();
	if (rc)
		return rc;
	rc = dax_driver_register(&dax_none_driver);
	if (rc)
		dax_none_inode_exit();
	return rc;
}
module_init(dax_none_init);

static void __exit dax_none_exit(void)
{
	dax_driver_unregister(&dax_none_driver);
	dax_none_inode_exit();
	/* kfree_rcu() needs none of this module's code. */
}
module_exit(dax_none_exit);

MODULE_DESCRIPTION("Device DAX without struct page (map none)");
MODULE_LICENSE("GPL");
