// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of a bound device, and the driver's way to bind one with its content
 * kept. Documentation/ABI describes each file.
 */
#include <linux/blk_types.h>
#include <linux/device.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "none.h"
#include "pfn_special.h"

static ssize_t map_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "none\n");
}
static DEVICE_ATTR_RO(map);

static ssize_t preserve_show(struct device *dev, struct device_attribute *attr,
			     char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%d\n", pfn_special_preserves(none->ps));
}

static struct device_attribute dev_attr_preserve = __ATTR_RO(preserve);

static ssize_t zeroed_bytes_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", pfn_special_zeroed_bytes(none->ps));
}
static DEVICE_ATTR_RO(zeroed_bytes);

static ssize_t ahead_bytes_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", pfn_special_ahead_bytes(none->ps));
}
static DEVICE_ATTR_RO(ahead_bytes);

static ssize_t unclear_bytes_show(struct device *dev,
				  struct device_attribute *attr, char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", pfn_special_unclear_bytes(none->ps));
}
static DEVICE_ATTR_RO(unclear_bytes);

static ssize_t metadata_bytes_show(struct device *dev,
				   struct device_attribute *attr, char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%zu\n", pfn_special_metadata_bytes(none->ps));
}
static DEVICE_ATTR_RO(metadata_bytes);

#define LEAVES_ATTR(_name, _leaf)					\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct dax_none *none = dev_get_drvdata(dev);			\
									\
	return sysfs_emit(buf, "%llu\n",				\
			  pfn_special_leaves(none->ps, _leaf));		\
}									\
static DEVICE_ATTR_RO(_name)

LEAVES_ATTR(leaves_4k, PFN_SPECIAL_4K);
LEAVES_ATTR(leaves_2m, PFN_SPECIAL_2M);
LEAVES_ATTR(leaves_1g, PFN_SPECIAL_1G);

/* Who has the memory, a line each; nothing if nobody has. */
static ssize_t users_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);
	u64 held = pfn_special_held_bytes(none->ps);
	unsigned int open;
	char owner[32];
	ssize_t len = 0;

	open = pfn_special_users(none->ps, owner, sizeof(owner));
	if (open)
		len += sysfs_emit_at(buf, len, "open %u\n", open);
	if (*owner)
		len += sysfs_emit_at(buf, len, "claim %s\n", owner);
	if (held)
		len += sysfs_emit_at(buf, len, "held %llu\n", held);
	return len;
}
static DEVICE_ATTR_RO(users);

static ssize_t bad_pages_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%lu\n", pfn_special_bad_pages(none->ps));
}
static DEVICE_ATTR_RO(bad_pages);

/*
 * The format that block devices and nvdimm have: a line "FIRST COUNT" for each
 * run, in sectors of 512 bytes of the device. As there, what does not fit a page
 * is left out; bad_pages and /sys/kernel/pfn_quarantine/pages are complete.
 */
static ssize_t badblocks_show(struct device *dev, struct device_attribute *attr,
			      char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);
	unsigned int shift = PAGE_SHIFT - SECTOR_SHIFT;
	unsigned long nr;
	pgoff_t first;
	/* A line has two numbers of up to 20 digits. */
	const int line = 2 * 20 + 2;
	ssize_t len = 0;

	for (first = 0; len + line < PAGE_SIZE &&
	     pfn_special_next_bad(none->ps, &first, &nr); first += nr)
		len += sysfs_emit_at(buf, len, "%lu %lu\n", first << shift,
				     nr << shift);
	return len;
}
static DEVICE_ATTR_RO(badblocks);

static struct attribute *dax_none_dev_attrs[] = {
	&dev_attr_map.attr,
	&dev_attr_preserve.attr,
	&dev_attr_zeroed_bytes.attr,
	&dev_attr_ahead_bytes.attr,
	&dev_attr_unclear_bytes.attr,
	&dev_attr_metadata_bytes.attr,
	&dev_attr_leaves_4k.attr,
	&dev_attr_leaves_2m.attr,
	&dev_attr_leaves_1g.attr,
	&dev_attr_users.attr,
	&dev_attr_bad_pages.attr,
	&dev_attr_badblocks.attr,
	NULL,
};

static const struct attribute_group dax_none_dev_group = {
	.attrs = dax_none_dev_attrs,
};

const struct attribute_group *dax_none_dev_groups[] = {
	&dax_none_dev_group,
	NULL,
};

/* The device that a task binds with its content kept; one at a time. */
static DEFINE_MUTEX(preserve_lock);
static const struct device *preserved;
static const struct task_struct *preserver;

/**
 * dax_none_wants_preserve() - is this device's content to be kept?
 * @dev: the device
 *
 * Context: In probe of @dev.
 * Return: true if the task that is binding it asked for that as it did.
 */
bool dax_none_wants_preserve(const struct device *dev)
{
	/* Somebody else's values match neither of ours, whenever they are read. */
	return READ_ONCE(preserver) == current && READ_ONCE(preserved) == dev;
}

static ssize_t attach(struct device_driver *drv, const char *buf, size_t count,
		      bool preserve)
{
	struct device *dev;
	char *name;
	int rc;

	name = kstrndup(buf, count, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	dev = bus_find_device_by_name(drv->bus, NULL, strim(name));
	kfree(name);
	if (!dev)
		return -ENODEV;
	mutex_lock(&preserve_lock);
	if (preserve) {
		WRITE_ONCE(preserved, dev);
		WRITE_ONCE(preserver, current);
	}
	rc = device_driver_attach(drv, dev);
	WRITE_ONCE(preserver, NULL);
	WRITE_ONCE(preserved, NULL);
	mutex_unlock(&preserve_lock);
	put_device(dev);
	return rc ?: count;
}

/*
 * Asking and binding are one: a request that could be left behind would sooner or
 * later show one tenant's data to the next.
 */
static ssize_t bind_preserve_store(struct device_driver *drv, const char *buf,
				   size_t count)
{
	return attach(drv, buf, count, true);
}

/*
 * The bus remembers a name that it is told (new_id), and looks at all devices for it. This
 * does neither.
 */
static ssize_t attach_store(struct device_driver *drv, const char *buf,
			    size_t count)
{
	return attach(drv, buf, count, false);
}
static DRIVER_ATTR_WO(attach);

static struct driver_attribute driver_attr_bind_preserve =
	__ATTR(bind_preserve, 0200, NULL, bind_preserve_store);

static struct attribute *dax_none_driver_attrs[] = {
	&driver_attr_attach.attr,
	&driver_attr_bind_preserve.attr,
	NULL,
};

static const struct attribute_group dax_none_driver_group = {
	.attrs = dax_none_driver_attrs,
};

const struct attribute_group *dax_none_driver_groups[] = {
	&dax_none_driver_group,
	NULL,
};
