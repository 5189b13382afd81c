// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remembers which namespaces are map none, and restores them.
 *
 * For the other maps an info block in the namespace says what it is. Map none
 * gives all of the namespace away, contents included, so there is none. When a
 * region is enabled again, its namespaces would come up as raw ones. When a
 * driver is about to look at such a namespace, libnvdimm is shown an info block
 * made from the record: then the namespace has its claim again, with uuid and
 * align, and the driver steps back, as it does for any namespace with a claim.
 */
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uuid.h>

#include "nvdimm/nd.h"
#include "nvdimm/pfn.h"
#include "pmem_none.h"

/**
 * struct record - a namespace that is, or was when last enabled, map none
 * @node: in the list
 * @bus: device of its nvdimm bus, to compare only
 * @range: its physical addresses
 * @uuid: of the namespace, as in its label
 * @dax_uuid: of the claim; the one that ndctl shows
 * @align: of the dax device in bytes
 */
struct record {
	struct list_head node;
	const struct device *bus;
	struct range range;
	uuid_t uuid;
	uuid_t dax_uuid;
	unsigned long align;
};

/* Last used first. */
static LIST_HEAD(records);
static unsigned int nr_records;
static DEFINE_MUTEX(record_lock);

/*
 * No event tells that a namespace is deleted, so that its record stays. It does
 * no harm, as no other namespace has its uuid, but there is an end to it.
 */
#define RECORDS_MAX	4096

static const struct device_driver *our_driver;
static const struct bus_type *nd_bus;

static struct range range_of(const struct nd_namespace_common *ndns)
{
	const struct resource *res = &to_nd_namespace_io(&ndns->dev)->res;

	return (struct range) { .start = res->start, .end = res->end };
}

static const struct device *bus_of(const struct nd_namespace_common *ndns)
{
	return ndns->dev.parent->parent;
}

static void drop(struct record *record)
{
	lockdep_assert_held(&record_lock);
	list_del(&record->node);
	nr_records--;
	kfree(record);
}

static struct record *find(struct nd_namespace_common *ndns)
{
	const uuid_t *uuid = nd_dev_to_uuid(&ndns->dev);
	struct range range = range_of(ndns);
	struct record *record;

	lockdep_assert_held(&record_lock);
	if (!uuid)
		return NULL;
	list_for_each_entry(record, &records, node)
		if (record->bus == bus_of(ndns) &&
		    record->range.start == range.start &&
		    record->range.end == range.end &&
		    uuid_equal(&record->uuid, uuid))
			return record;
	return NULL;
}

static void forget(struct nd_namespace_common *ndns)
{
	struct record *record = find(ndns);

	if (record)
		drop(record);
}

/**
 * pmem_none_remember() - this namespace is map none from now on
 * @nd_pfn: its claim
 *
 * Context: Device lock of @nd_pfn held.
 * Return: 0 or -ENOMEM.
 */
int pmem_none_remember(const struct nd_pfn *nd_pfn)
{
	struct nd_namespace_common *ndns = nd_pfn->ndns;
	struct record *record;

	record = kmalloc(sizeof(*record), GFP_KERNEL);
	if (!record)
		return -ENOMEM;
	*record = (struct record) {
		.bus = bus_of(ndns),
		.range = range_of(ndns),
		.align = nd_pfn->align,
	};
	uuid_copy(&record->uuid, nd_dev_to_uuid(&ndns->dev));
	uuid_copy(&record->dax_uuid, nd_pfn->uuid);

	guard(mutex)(&record_lock);
	forget(ndns);
	if (nr_records >= RECORDS_MAX)
		drop(list_last_entry(&records, struct record, node));
	list_add(&record->node, &records);
	nr_records++;
	return 0;
}

/* Stands in for reading the namespace, while nobody else can. */
static int read_info_block(struct nd_namespace_common *ndns,
			   resource_size_t offset, void *buf, size_t size,
			   int rw, unsigned long flags)
{
	struct record *record;
	struct nd_pfn_sb *sb = buf;

	if (rw != READ || offset != SZ_4K || size != sizeof(*sb))
		return -EIO;
	guard(mutex)(&record_lock);
	record = find(ndns);
	if (!record)
		return -EIO;

	*sb = (struct nd_pfn_sb) {
		.signature = DAX_SIG,
		.version_major = cpu_to_le16(1),
		.version_minor = cpu_to_le16(4),
		/* "None" does not pass as valid; restore() puts it right. */
		.mode = cpu_to_le32(PFN_MODE_RAM),
		.align = cpu_to_le32(record->align),
		.page_size = cpu_to_le32(PAGE_SIZE),
		.page_struct_size = cpu_to_le16(MAX_STRUCT_PAGE_SIZE),
	};
	export_uuid(sb->uuid, &record->dax_uuid);
	export_uuid(sb->parent_uuid, &record->uuid);
	sb->checksum = cpu_to_le64(nd_sb_checksum((struct nd_gen_sb *)sb));
	return 0;
}

/*
 * Called when a driver is about to be bound to a namespace, with the lock of
 * the namespace held. Drivers of the new claim wait for that lock before they
 * look at it, so none gets to see a wrong mode.
 */
static void restore(struct nd_namespace_common *ndns)
{
	typeof(ndns->rw_bytes) rw_bytes = ndns->rw_bytes;
	struct device *dev = &ndns->dev;
	struct nd_pfn *nd_pfn;
	int rc;

	scoped_guard(mutex, &record_lock)
		if (!find(ndns))
			return;
	/* Somebody wants to see it as something else. */
	if (ndns->claim || ndns->force_raw ||
	    (ndns->claim_class != NVDIMM_CCLASS_NONE &&
	     ndns->claim_class != NVDIMM_CCLASS_DAX))
		return;

	ndns->rw_bytes = read_info_block;
	rc = nd_dax_probe(dev, ndns);
	ndns->rw_bytes = rw_bytes;
	if (rc) {
		dev_warn(dev, "is map none, but could not be restored as such (%d): disable it, and enable it again\n",
			 rc);
		return;
	}

	nvdimm_bus_lock(dev);
	if (ndns->claim && is_nd_dax(ndns->claim)) {
		nd_pfn = &to_nd_dax(ndns->claim)->nd_pfn;
		nd_pfn->mode = PFN_MODE_NONE;
		nd_pfn->pfn_sb = NULL;
	}
	nvdimm_bus_unlock(dev);
}

static struct nd_namespace_common *claimed_namespace(struct device *dev)
{
	if (is_nd_dax(dev))
		return to_nd_dax(dev)->nd_pfn.ndns;
	if (is_nd_pfn(dev))
		return to_nd_pfn(dev)->ndns;
	if (is_nd_btt(dev))
		return to_nd_btt(dev)->ndns;
	return NULL;
}

/* Only these have labels, hence a uuid to know them by. */
static bool is_labelled_namespace(const struct device *dev)
{
	return dev->type && dev->type->name &&
	       !strcmp(dev->type->name, "nd_namespace_pmem");
}

static void drop_all(const struct device *bus)
{
	struct record *record, *next;

	guard(mutex)(&record_lock);
	list_for_each_entry_safe(record, next, &records, node)
		if (!bus || record->bus == bus)
			drop(record);
}

static int nd_bus_notify(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	struct nd_namespace_common *ndns;
	struct device *dev = data;

	switch (event) {
	case BUS_NOTIFY_BIND_DRIVER:
		if (is_labelled_namespace(dev))
			restore(to_ndns(dev));
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		/* It has become something else. */
		ndns = dev->driver == our_driver ? NULL : claimed_namespace(dev);
		if (ndns) {
			guard(mutex)(&record_lock);
			forget(ndns);
		}
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		drop_all(dev);
		break;
	default:
		return NOTIFY_DONE;
	}
	return NOTIFY_OK;
}

static struct notifier_block nd_bus_notifier = {
	.notifier_call = nd_bus_notify,
};

/**
 * pmem_none_record_init() - begin to restore namespaces
 * @bus: the nd bus
 * @drv: the driver of map none namespaces
 *
 * Return: 0 or an errno.
 */
int pmem_none_record_init(const struct bus_type *bus,
			  const struct device_driver *drv)
{
	nd_bus = bus;
	our_driver = drv;
	return bus_register_notifier(nd_bus, &nd_bus_notifier);
}

/**
 * pmem_none_record_exit() - forget all namespaces
 */
void pmem_none_record_exit(void)
{
	bus_unregister_notifier(nd_bus, &nd_bus_notifier);
	drop_all(NULL);
}
