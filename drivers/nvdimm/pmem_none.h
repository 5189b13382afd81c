/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of dax_pmem_none.ko share.
 *
 * Lifetime: all that a bound namespace has hangs off the binding of its nd dax
 * device, by devm; each binding pins the module. A record outlives the binding,
 * to restore it; it goes when the namespace gets another map, with the nvdimm
 * bus, with the module, or when it is the oldest of too many.
 *
 * Locking: record_lock (pmem_none_record.c) is innermost. Drivers and notifiers
 * run with the lock of their device held, which keeps a namespace's uuid, size
 * and claim as they are; nvdimm_bus_lock() comes between the two.
 */
#ifndef _PMEM_NONE_H
#define _PMEM_NONE_H

#include <linux/device/bus.h>
#include <linux/device/driver.h>
#include <linux/types.h>

struct dev_dax;
struct nd_pfn;

int pmem_none_attach(struct dev_dax *dev_dax, u64 size);

int pmem_none_remember(const struct nd_pfn *nd_pfn);
int pmem_none_record_init(const struct bus_type *bus,
			  const struct device_driver *drv);
void pmem_none_record_exit(void);

#endif /* _PMEM_NONE_H */
