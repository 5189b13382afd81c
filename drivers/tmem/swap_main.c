// SPDX-License-Identifier: GPL-2.0-only
/* tmem_swap.ko, from top to bottom; and /sys/kernel/tmem/swap. */
#include <linux/idr.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "swap.h"

/* Protects the list. */
static DEFINE_MUTEX(swaps_lock);
static LIST_HEAD(swaps);
static DEFINE_IDA(ids);
static struct kobject *kobj;
static int major;

static int add(const char *path)
{
	struct tmem_swap *swap;
	int id = ida_alloc_max(&ids, MINORMASK, GFP_KERNEL);

	if (id < 0)
		return id;
	swap = tmem_swap_create(path, major, id);
	if (IS_ERR(swap)) {
		ida_free(&ids, id);
		return PTR_ERR(swap);
	}
	list_add_tail(&swap->node, &swaps);
	return 0;
}

static void del(struct tmem_swap *swap)
{
	int id = swap->id;

	list_del(&swap->node);
	tmem_swap_destroy(swap);
	ida_free(&ids, id);
}

static ssize_t add_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	char *path = kstrndup(buf, count, GFP_KERNEL);
	int rc;

	if (!path)
		return -ENOMEM;
	mutex_lock(&swaps_lock);
	rc = add(strim(path));
	mutex_unlock(&swaps_lock);
	kfree(path);
	return rc ?: count;
}

static struct kobj_attribute add_attr = __ATTR_WO(add);

static ssize_t remove_store(struct kobject *kobj, struct kobj_attribute *attr,
			    const char *buf, size_t count)
{
	struct tmem_swap *swap;
	int rc = -ENODEV;

	mutex_lock(&swaps_lock);
	list_for_each_entry(swap, &swaps, node)
		if (sysfs_streq(buf, swap->disk->disk_name)) {
			rc = tmem_swap_busy(swap);
			if (!rc)
				del(swap);
			break;
		}
	mutex_unlock(&swaps_lock);
	return rc ?: count;
}

static struct kobj_attribute remove_attr = __ATTR_WO(remove);

static struct attribute *attrs[] = {
	&add_attr.attr,
	&remove_attr.attr,
	NULL,
};

static const struct attribute_group group = {
	.attrs = attrs,
};

static int __init tmem_swap_init(void)
{
	int rc;

	major = register_blkdev(0, "tmem");
	if (major < 0)
		return major;
	rc = -ENOMEM;
	kobj = kobject_create_and_add("swap", tmem_kobj);
	if (!kobj)
		goto err_blkdev;
	rc = sysfs_create_group(kobj, &group);
	if (rc)
		goto err_kobj;
	return 0;

err_kobj:
	kobject_put(kobj);
err_blkdev:
	unregister_blkdev(major, "tmem");
	return rc;
}
module_init(tmem_swap_init);

/* Nobody has any of them open: that would keep the module. */
static void __exit tmem_swap_exit(void)
{
	struct tmem_swap *swap, *next;

	sysfs_remove_group(kobj, &group);
	kobject_put(kobj);
	list_for_each_entry_safe(swap, next, &swaps, node)
		del(swap);
	ida_destroy(&ids);
	unregister_blkdev(major, "tmem");
}
module_exit(tmem_swap_exit);

MODULE_DESCRIPTION("Swap devices in transcendent memory");
MODULE_LICENSE("GPL");
