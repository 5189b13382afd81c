// SPDX-License-Identifier: GPL-2.0-only
/* Files of the driver and of a region. Documentation/ABI describes each. */
#include <linux/device.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "node.h"

/*
 * The driver core's own "unbind" cannot be refused. These two files do what
 * those of the core do, except that memory in use is not taken away.
 */
static struct device *find_device(const char *buf)
{
	char *name = kstrdup(buf, GFP_KERNEL);
	struct device *dev = NULL;

	if (name)
		dev = bus_find_device_by_name(&platform_bus_type, NULL,
					      strim(name));
	kfree(name);
	return dev;
}

static ssize_t bind_store(struct device_driver *drv, const char *buf,
			  size_t count)
{
	struct device *dev = find_device(buf);
	int rc = -ENODEV;

	if (dev && platform_bus_type.match(dev, drv))
		rc = device_driver_attach(drv, dev);
	put_device(dev);
	return rc ?: count;
}

static ssize_t unbind_store(struct device_driver *drv, const char *buf,
			    size_t count)
{
	struct device *dev = find_device(buf);
	int rc = -ENODEV;

	if (dev && dev->driver == drv) {
		rc = node_give_back(dev);
		if (!rc)
			device_release_driver(dev);
	}
	put_device(dev);
	return rc ?: count;
}

static DRIVER_ATTR_WO(bind);
static DRIVER_ATTR_WO(unbind);

static struct attribute *node_driver_attrs[] = {
	&driver_attr_bind.attr,
	&driver_attr_unbind.attr,
	NULL,
};

static const struct attribute_group node_driver_group = {
	.attrs = node_driver_attrs,
};

const struct attribute_group *node_driver_groups[] = {
	&node_driver_group,
	NULL,
};

/* Longest line of the file below: two numbers, "-" and a new line. */
#define EXTENT_LINE	(2 * 18 + 2)

/* Binary, since there is no limit of a page to the number of extents. */
static ssize_t extents_read(struct file *file, struct kobject *kobj,
			    const_bin_attribute *attr, char *buf, loff_t off,
			    size_t count)
{
	const struct node_layout *layout = dev_get_platdata(kobj_to_dev(kobj));
	size_t size = layout->nr * EXTENT_LINE + 1;
	size_t len = 0;
	char *text = kvmalloc(size, GFP_KERNEL);
	unsigned int i;
	ssize_t rc;

	if (!text)
		return -ENOMEM;
	for (i = 0; i < layout->nr; i++)
		len += scnprintf(text + len, size - len, "%#llx-%#llx\n",
				 layout->extents[i].start,
				 layout->extents[i].end);
	rc = memory_read_from_buffer(buf, count, &off, text, len);
	kvfree(text);
	return rc;
}

/* As with all of the bus: physical addresses are for root only. */
static BIN_ATTR_ADMIN_RO(extents, 0);

static const_bin_attribute_list node_region_bin_attrs[] = {
	&bin_attr_extents,
	NULL,
};

static const struct attribute_group node_region_group = {
	.bin_attrs = node_region_bin_attrs,
};

const struct attribute_group *node_region_groups[] = {
	&node_region_group,
	NULL,
};
