// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of a bound device, and the driver's list of devices whose content
 * is to survive their next binding. Documentation/ABI describes each file.
 */
#include <linux/blk_types.h>
#include <linux/cleanup.h>
#include <linux/ctype.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
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

	return sysfs_emit(buf, "%d\n", none->preserve);
}

static struct device_attribute dev_attr_preserve = __ATTR_RO(preserve);

static ssize_t zeroed_bytes_show(struct device *dev,
				 struct device_attribute *attr, char *buf)
{
	struct dax_none *none = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%llu\n", pfn_special_zeroed_bytes(none->ps));
}
static DEVICE_ATTR_RO(zeroed_bytes);

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
	pgoff_t first, next = 0;
	/* A line has two numbers of up to 20 digits. */
	const int line = 2 * 20 + 2;
	ssize_t len = 0;

	while (len + line < PAGE_SIZE && pfn_special_next_bad(none->ps, &next)) {
		first = next++;
		for (; pfn_special_is_bad(none->ps, next); next++)
			;
		len += sysfs_emit_at(buf, len, "%lu %lu\n", first << shift,
				     (next - first) << shift);
	}
	return len;
}
static DEVICE_ATTR_RO(badblocks);

static struct attribute *dax_none_dev_attrs[] = {
	&dev_attr_map.attr,
	&dev_attr_preserve.attr,
	&dev_attr_zeroed_bytes.attr,
	&dev_attr_metadata_bytes.attr,
	&dev_attr_leaves_4k.attr,
	&dev_attr_leaves_2m.attr,
	&dev_attr_leaves_1g.attr,
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

/* Longest name that the dax bus gives a device (DAX_NAME_LEN in bus.c). */
#define NAME_LEN	30
/* Enough for any host, and a bound on what a runaway script can allocate. */
#define PRESERVE_MAX	4096

struct preserve_name {
	struct list_head node;
	char name[NAME_LEN];
};

static LIST_HEAD(preserve_names);
static unsigned int preserve_nr;
static DEFINE_MUTEX(preserve_lock);

static struct preserve_name *preserve_find(const char *name)
{
	struct preserve_name *entry;

	lockdep_assert_held(&preserve_lock);
	list_for_each_entry(entry, &preserve_names, node)
		if (!strcmp(entry->name, name))
			return entry;
	return NULL;
}

static void preserve_drop(struct preserve_name *entry)
{
	list_del(&entry->node);
	preserve_nr--;
	kfree(entry);
}

/**
 * dax_none_wants_preserve() - is this device's content to be kept?
 * @name: name of the device
 *
 * Return: true if the device is listed for its next binding.
 */
bool dax_none_wants_preserve(const char *name)
{
	guard(mutex)(&preserve_lock);
	return preserve_find(name);
}

/**
 * dax_none_take_preserve() - a listed device has been bound
 * @name: name of the device
 *
 * A request is good for one binding: forgetting to take it back must not show
 * one tenant's data to the next.
 */
void dax_none_take_preserve(const char *name)
{
	struct preserve_name *entry;

	guard(mutex)(&preserve_lock);
	entry = preserve_find(name);
	if (entry)
		preserve_drop(entry);
}

/**
 * dax_none_forget_preserve() - drop all requests, on module unload
 */
void dax_none_forget_preserve(void)
{
	struct preserve_name *entry, *next;

	guard(mutex)(&preserve_lock);
	list_for_each_entry_safe(entry, next, &preserve_names, node)
		preserve_drop(entry);
}

static ssize_t preserve_list_show(struct device_driver *drv, char *buf)
{
	struct preserve_name *entry;
	ssize_t len = 0;

	guard(mutex)(&preserve_lock);
	list_for_each_entry(entry, &preserve_names, node)
		len += sysfs_emit_at(buf, len, "%s\n", entry->name);
	return len;
}

static ssize_t preserve_list_store(struct device_driver *drv, const char *buf,
				   size_t count)
{
	bool drop = *buf == '-';
	struct preserve_name *entry;
	unsigned int region, id;
	char name[NAME_LEN];

	buf += drop;
	if (sscanf(buf, "dax%u.%u", &region, &id) != 2)
		return -EINVAL;
	snprintf(name, sizeof(name), "dax%u.%u", region, id);
	if (!sysfs_streq(buf, name))
		return -EINVAL;

	guard(mutex)(&preserve_lock);
	entry = preserve_find(name);
	if (drop) {
		if (!entry)
			return -ENOENT;
		preserve_drop(entry);
		return count;
	}
	if (entry)
		return count;
	if (preserve_nr >= PRESERVE_MAX)
		return -ENOSPC;
	entry = kzalloc(sizeof(*entry), GFP_KERNEL);
	if (!entry)
		return -ENOMEM;
	strscpy(entry->name, name);
	list_add_tail(&entry->node, &preserve_names);
	preserve_nr++;
	return count;
}

static struct driver_attribute driver_attr_preserve =
	__ATTR(preserve, 0644, preserve_list_show, preserve_list_store);

static struct attribute *dax_none_driver_attrs[] = {
	&driver_attr_preserve.attr,
	NULL,
};

static const struct attribute_group dax_none_driver_group = {
	.attrs = dax_none_driver_attrs,
};

const struct attribute_group *dax_none_driver_groups[] = {
	&dax_none_driver_group,
	NULL,
};
