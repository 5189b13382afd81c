/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of dax_none.ko share.
 *
 * Lifetime: a struct dax_none is one binding of one device. The binding holds a
 * reference, every open file another; unbinding takes the memory away
 * (pfn_special_kill()) and leaves the rest to the last close. A file opened
 * before an unbind never sees what a later binding maps. The physical ranges
 * are released by the unbind, unless VFIO maps them into an IOMMU, or may do so:
 * then by the last close, or once that is over.
 *
 * Locking: dax_none_devs is read under RCU and written by probe and release,
 * which the device lock serializes.
 */
#ifndef _DAX_NONE_H
#define _DAX_NONE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/xarray.h>

struct attribute_group;
struct cdev;
struct dev_dax;
struct device;
struct inode;
struct pfn_special;
struct pfn_special_taken;

/**
 * struct dax_none - a dax device bound to dax_none
 * @ref: the binding, each open file, and whoever has claimed @ps
 * @rcu: frees it after lookups in dax_none_devs are over
 * @dev_dax: the device; alive as long as @cdev is
 * @cdev: character device of this binding
 * @inode: where its mappings are found
 * @ps: the memory behind it
 * @taken: its physical ranges; NULL once they are released
 * @align: the device's alignment in bytes, as it was when bound
 */
struct dax_none {
	struct kref ref;
	struct rcu_head rcu;
	struct dev_dax *dev_dax;
	struct cdev *cdev;
	struct inode *inode;
	struct pfn_special *ps;
	struct pfn_special_taken *taken;
	unsigned long align;
};

/* Bindings by minor number. */
extern struct xarray dax_none_devs;

extern const struct file_operations dax_none_fops;
extern const struct attribute_group *dax_none_dev_groups[];
extern const struct attribute_group *dax_none_driver_groups[];

void dax_none_put(struct dax_none *none);

struct pfn_special_taken *dax_none_take_ranges(struct dev_dax *dev_dax);

struct inode *dax_none_new_inode(void);
int dax_none_inode_init(void);
void dax_none_inode_exit(void);

int dax_none_check_ranges(struct dev_dax *dev_dax);
struct pfn_special *dax_none_create_memory(struct dev_dax *dev_dax,
					   struct address_space *mapping,
					   bool preserve);

bool dax_none_wants_preserve(const struct device *dev);

#endif /* _DAX_NONE_H */
