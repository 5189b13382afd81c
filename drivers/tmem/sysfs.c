// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/tmem: what is lent, who uses it, and how to take it back. Documentation/ABI
 * describes each file.
 */
#include <linux/export.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "core.h"

struct kobject *tmem_kobj;
EXPORT_SYMBOL_GPL(tmem_kobj);
static struct kobject *devices_kobj, *pools_kobj;

/* A word that was written, without blanks around it; to be freed. */
static char *word(const char *buf, size_t count)
{
	char *copy = kstrndup(buf, count, GFP_KERNEL), *start;

	if (!copy)
		return NULL;
	start = strim(copy);
	memmove(copy, start, strlen(start) + 1);
	return copy;
}

static ssize_t lend_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	char *name = word(buf, count);
	int rc = name ? tmem_lend(name) : -ENOMEM;

	kfree(name);
	return rc ?: count;
}

static struct kobj_attribute lend_attr = __ATTR_WO(lend);

static ssize_t take_store(struct kobject *kobj, struct kobj_attribute *attr,
			  const char *buf, size_t count)
{
	char *name = word(buf, count);
	u64 bytes;
	int rc;

	if (!name)
		return -ENOMEM;
	if (kstrtou64(name, 0, &bytes))
		rc = tmem_take(name);
	else
		rc = tmem_take_bytes(bytes);
	kfree(name);
	return rc ?: count;
}

static struct kobj_attribute take_attr = __ATTR_WO(take);

static ssize_t lent_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n", tmem_lent_bytes());
}

static struct kobj_attribute lent_attr = __ATTR_RO(lent);

static ssize_t used_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%llu\n", tmem_used_bytes());
}

static struct kobj_attribute used_attr = __ATTR_RO(used);

static ssize_t metadata_bytes_show(struct kobject *kobj,
				   struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n", tmem_metadata_bytes());
}

static struct kobj_attribute metadata_bytes_attr = __ATTR_RO(metadata_bytes);

static struct attribute *root_attrs[] = {
	&lend_attr.attr,
	&take_attr.attr,
	&lent_attr.attr,
	&used_attr.attr,
	&metadata_bytes_attr.attr,
	NULL,
};

static const struct attribute_group root_group = {
	.attrs = root_attrs,
};

/* Devices. */

static struct tmem_device *to_device(struct kobject *kobj)
{
	return container_of(kobj, struct tmem_device, kobj);
}

static ssize_t device_size_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  (u64)to_device(kobj)->nr_pages << PAGE_SHIFT);
}

static struct kobj_attribute device_size_attr =
	__ATTR(size, 0444, device_size_show, NULL);

static ssize_t device_used_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%llu\n",
			  (u64)tmem_device_used(to_device(kobj)) << PAGE_SHIFT);
}

static struct kobj_attribute device_used_attr =
	__ATTR(used, 0444, device_used_show, NULL);

static ssize_t bad_pages_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%lu\n", tmem_device_bad(to_device(kobj)));
}

static struct kobj_attribute bad_pages_attr = __ATTR_RO(bad_pages);

static struct attribute *device_attrs[] = {
	&device_size_attr.attr,
	&device_used_attr.attr,
	&bad_pages_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(device);

static void device_release(struct kobject *kobj)
{
	tmem_device_free(to_device(kobj));
}

static const struct kobj_type device_type = {
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = device_groups,
	.release = device_release,
};

/* In any case it is to be put afterwards, and not freed. */
int tmem_sysfs_add_device(struct tmem_device *dev)
{
	return kobject_init_and_add(&dev->kobj, &device_type, devices_kobj,
				    "%s", dev->name);
}

/* Pools. */

static struct tmem_pool *to_pool(struct kobject *kobj)
{
	return container_of(kobj, struct tmem_pool, kobj);
}

static ssize_t kind_show(struct kobject *kobj, struct kobj_attribute *attr,
			 char *buf)
{
	return sysfs_emit(buf, "%s\n", to_pool(kobj)->ops ? "persistent" :
							    "ephemeral");
}

static struct kobj_attribute kind_attr = __ATTR_RO(kind);

static ssize_t pool_used_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	s64 pages = percpu_counter_sum_positive(&to_pool(kobj)->used);

	return sysfs_emit(buf, "%llu\n", (u64)pages << PAGE_SHIFT);
}

static struct kobj_attribute pool_used_attr =
	__ATTR(used, 0444, pool_used_show, NULL);

static ssize_t max_show(struct kobject *kobj, struct kobj_attribute *attr,
			char *buf)
{
	unsigned long max = READ_ONCE(to_pool(kobj)->max);

	if (max == ULONG_MAX)
		return sysfs_emit(buf, "max\n");
	return sysfs_emit(buf, "%llu\n", (u64)max << PAGE_SHIFT);
}

static ssize_t max_store(struct kobject *kobj, struct kobj_attribute *attr,
			 const char *buf, size_t count)
{
	u64 bytes;

	if (sysfs_streq(buf, "max")) {
		WRITE_ONCE(to_pool(kobj)->max, ULONG_MAX);
		return count;
	}
	if (kstrtou64(buf, 0, &bytes))
		return -EINVAL;
	WRITE_ONCE(to_pool(kobj)->max, bytes >> PAGE_SHIFT);
	return count;
}

static struct kobj_attribute max_attr = __ATTR_RW(max);

#define STAT_ATTR(_name, _stat)						\
static ssize_t _name##_show(struct kobject *kobj,			\
			    struct kobj_attribute *attr, char *buf)	\
{									\
	return sysfs_emit(buf, "%llu\n",				\
			  tmem_pool_stat(to_pool(kobj), _stat));	\
}									\
static struct kobj_attribute _name##_attr = __ATTR_RO(_name)

STAT_ATTR(puts, TMEM_PUTS);
STAT_ATTR(refused, TMEM_REFUSED);
STAT_ATTR(gets, TMEM_GETS);
STAT_ATTR(misses, TMEM_MISSES);
STAT_ATTR(flushed, TMEM_FLUSHED);
STAT_ATTR(evicted, TMEM_EVICTED);
STAT_ATTR(saved, TMEM_SAVED);
STAT_ATTR(lost, TMEM_LOST_PAGES);

static struct attribute *pool_attrs[] = {
	&kind_attr.attr,
	&pool_used_attr.attr,
	&max_attr.attr,
	&puts_attr.attr,
	&refused_attr.attr,
	&gets_attr.attr,
	&misses_attr.attr,
	&flushed_attr.attr,
	&evicted_attr.attr,
	&saved_attr.attr,
	&lost_attr.attr,
	NULL,
};
ATTRIBUTE_GROUPS(pool);

static void pool_release(struct kobject *kobj)
{
	tmem_pool_free(to_pool(kobj));
}

static const struct kobj_type pool_type = {
	.sysfs_ops = &kobj_sysfs_ops,
	.default_groups = pool_groups,
	.release = pool_release,
};

/* In any case it is to be put afterwards, and not freed. */
int tmem_sysfs_add_pool(struct tmem_pool *pool)
{
	return kobject_init_and_add(&pool->kobj, &pool_type, pools_kobj, "%s",
				    pool->name);
}

int tmem_sysfs_init(void)
{
	int rc = -ENOMEM;

	tmem_kobj = kobject_create_and_add("tmem", kernel_kobj);
	if (!tmem_kobj)
		return -ENOMEM;
	devices_kobj = kobject_create_and_add("devices", tmem_kobj);
	pools_kobj = kobject_create_and_add("pools", tmem_kobj);
	if (devices_kobj && pools_kobj)
		rc = sysfs_create_group(tmem_kobj, &root_group);
	if (rc) {
		kobject_put(pools_kobj);
		kobject_put(devices_kobj);
		kobject_put(tmem_kobj);
	}
	return rc;
}

/* Nobody lends any more after the first step of that. */
void tmem_sysfs_exit(void)
{
	sysfs_remove_group(tmem_kobj, &root_group);
	tmem_take_all();
	kobject_put(pools_kobj);
	kobject_put(devices_kobj);
	kobject_put(tmem_kobj);
}
