// SPDX-License-Identifier: GPL-2.0-only
/* Gives a dax device its memory, and hands it to dax_none. */
#include <linux/device.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "dax/dax-private.h"
#include "pmem_none.h"

static const char none_driver[] = "dax_none";

static struct attribute *find_attr(const struct attribute_group *const *groups,
				   const char *name)
{
	struct attribute **attr;

	for (; groups && *groups; groups++)
		for (attr = (*groups)->attrs; attr && *attr; attr++)
			if (!strcmp((*attr)->name, name))
				return *attr;
	return NULL;
}

/*
 * The dax bus exports no way to give a device its size later than when it is
 * made, but it has one, behind the size attribute. In a static region that
 * attribute is read-only for users.
 */
static int set_size(struct dev_dax *dev_dax, u64 size)
{
	struct device *dev = &dev_dax->dev;
	struct device_attribute *dev_attr;
	struct attribute *attr;
	char buf[24];
	ssize_t rc;

	attr = find_attr(dev->type->groups, "size");
	if (!attr)
		return -EOPNOTSUPP;
	dev_attr = container_of(attr, struct device_attribute, attr);
	if (!dev_attr->store)
		return -EOPNOTSUPP;
	rc = snprintf(buf, sizeof(buf), "%llu\n", size);
	rc = dev_attr->store(dev, dev_attr, buf, rc);
	return rc < 0 ? rc : 0;
}

static int attach_to_none(struct device_driver *drv, void *data)
{
	struct device *dev = data;
	int rc;

	if (strcmp(drv->name, none_driver))
		return 0;
	rc = device_driver_attach(drv, dev);
	/* 0 would mean to go on with the next driver. */
	return rc ?: 1;
}

static int forget_name(struct device_driver *drv, void *data)
{
	struct driver_attribute *drv_attr;
	struct attribute *attr;

	if (strcmp(drv->name, none_driver))
		return 0;
	attr = find_attr(drv->bus->drv_groups, "remove_id");
	if (!attr)
		return 1;
	drv_attr = container_of(attr, struct driver_attribute, attr);
	drv_attr->store(drv, data, strlen(data));
	return 1;
}

/*
 * A tool that enabled the device again has told dax_none its name. The next
 * device of that name may be one with struct pages.
 */
static void release_name(void *data)
{
	struct device *dev = data;
	char name[32];

	strscpy(name, dev_name(dev));
	bus_for_each_drv(dev->bus, NULL, name, forget_name);
}

/**
 * pmem_none_attach() - make a new, empty dax device one without struct page
 * @dev_dax: the device, in a region that has @size bytes for it
 * @size: of the device in bytes
 *
 * Context: Device lock of the region's device held. May sleep.
 * Return: 0, or an errno after a message that says what to do.
 */
int pmem_none_attach(struct dev_dax *dev_dax, u64 size)
{
	struct device *dev = &dev_dax->dev;
	int tries = 3;
	int rc;

	rc = set_size(dev_dax, size);
	if (rc) {
		dev_warn(dev, "could not get its %llu bytes (%d), try again\n",
			 size, rc);
		return rc;
	}
	do {
		/* Holds off the driver's removal while it is looked at. */
		rc = bus_for_each_drv(dev->bus, NULL, dev, attach_to_none);
		if (rc != -EBUSY || !READ_ONCE(dev->driver))
			break;
		/*
		 * Another driver was faster. Whoever loads device_dax now, or
		 * gives it another device, makes it look for devices without a
		 * driver.
		 */
		device_release_driver(dev);
	} while (--tries);
	if (!rc) {
		dev_warn(dev, "driver %s is not there: load module %s, then disable and enable the namespace\n",
			 none_driver, none_driver);
		return -ENODEV;
	}
	if (rc < 0) {
		dev_warn(dev, "driver %s did not take the device (%d)\n",
			 none_driver, rc);
		return rc;
	}
	return devm_add_action_or_reset(dev->parent, release_name, dev);
}
