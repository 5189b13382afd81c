/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of dax_none.ko share.
 *
 * Lifetime: a struct dax_none is one binding of one device. The binding holds a
 * reference, every open file another; unbinding takes the memory away
 * (pfn_special_kill()) and leaves the rest to the last close. A file opened
 * before an unbind never sees what a later binding maps. The physical ranges
 * are released by the unbind, unless VFIO is in use: it may have mapped them
 * into an IOMMU, and then the last close releases them.
 *
 * Locking: dax_none_devs is read under RCU and written by probe and release,
 * which the device lock serializes. The preserve list has a mutex of its own.
 */
#ifndef _DAX_NONE_H
#define _DAX_NONE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/xarray.h>

struct attribute_group;
struct cdev;
struct dax_none_hold;
struct dev_dax;
struct pfn_special;

/**
 * struct dax_none - a dax device bound to dax_none
 * @ref: the binding, each open file, and whoever has claimed @ps
 * @rcu: frees it after lookups in dax_none_devs are over
 * @dev_dax: the device; alive as long as @cdev is
 * @cdev: character device of this binding
 * @ps: the memory behind it
 * @hold: its physical ranges; NULL once they are released
 * @align: the device's alignment in bytes, as it was when bound
 * @preserve: its content is handed over as it is
 */
struct dax_none {
	struct kref ref;
	struct rcu_head rcu;
	struct dev_dax *dev_dax;
	struct cdev *cdev;
	struct pfn_special *ps;
	struct dax_none_hold *hold;
	unsigned long align;
	bool preserve;
};

/* Bindings by minor number. */
extern struct xarray dax_none_devs;

extern const struct file_operations dax_none_fops;
extern const struct attribute_group *dax_none_dev_groups[];
extern const struct attribute_group *dax_none_driver_groups[];

void dax_none_put(struct dax_none *none);

struct dax_none_hold *dax_none_hold_ranges(struct dev_dax *dev_dax);
void dax_none_release_ranges(struct dax_none_hold *hold);

bool dax_none_vfio_in_use(void);
int dax_none_vfio_init(void);
void dax_none_vfio_exit(void);

int dax_none_check_ranges(struct dev_dax *dev_dax);
struct pfn_special *dax_none_create_memory(struct dev_dax *dev_dax,
					   bool preserve);

bool dax_none_wants_preserve(const char *name);
void dax_none_take_preserve(const char *name);
void dax_none_forget_preserve(void);

#endif /* _DAX_NONE_H */
