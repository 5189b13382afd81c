/* SPDX-License-Identifier: GPL-2.0-only */
/* Extents of memory, how many there may be, and trees of those that are free. */
#ifndef _DMEMFS_FREE_H
#define _DMEMFS_FREE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "pfn_special.h"

struct dmemfs_account;

/**
 * struct dmemfs_range - contiguous memory of a device, in whole units
 * @ps: the device's memory
 * @base: page offset in the device of the first page
 * @pfn: first page
 * @nr: length in pages
 * @node: index in dmemfs_pool.nodes
 */
struct dmemfs_range {
	struct pfn_special *ps;
	pgoff_t base;
	unsigned long pfn;
	unsigned long nr;
	unsigned int node;
};

/**
 * struct dmemfs_extent - contiguous memory, free or a file's
 * @node: in the file's extents by page offset, or in free ones by pfn
 * @by_size: if free or withheld, among the others by length
 * @account: if withheld, where it counts, or NULL
 * @watch: if it is a file's, how memory errors find the file
 * @list: otherwise, while on its way in or out of a file
 * @range: what it is a part of
 * @pgoff: page offset in the file
 * @pfn: first page
 * @nr: length in pages; a multiple of the mount's page size
 * @watched: is @watch in use?
 * @unseen: while the mount is not sealed: it holds what is a former owner's
 */
struct dmemfs_extent {
	struct rb_node node;
	union {
		struct {
			struct rb_node by_size;
			struct dmemfs_account *account;
		};
		struct pfn_special_range watch;
		struct list_head list;
	};
	struct dmemfs_range *range;
	pgoff_t pgoff;
	unsigned long pfn;
	unsigned long nr;
	bool watched;
	bool unseen;
};

/**
 * struct dmemfs_bound - how many extents there are in a mount
 * @nr: their number, whoever has them
 * @max: how many there may be before users are refused more
 */
struct dmemfs_bound {
	atomic_long_t nr;
	unsigned long max;
};

/**
 * struct dmemfs_free - extents that no file has
 * @by_pfn: by address
 * @by_size: by length, then by address
 * @nr: pages in them
 * @nr_extents: their number
 * @bound: where they are counted
 */
struct dmemfs_free {
	struct rb_root by_pfn;
	struct rb_root by_size;
	unsigned long nr;
	unsigned long nr_extents;
	struct dmemfs_bound *bound;
};

/* Page offset in its device. */
static inline pgoff_t dmemfs_base(const struct dmemfs_range *range,
				  unsigned long pfn)
{
	return range->base + (pfn - range->pfn);
}

struct dmemfs_extent *dmemfs_extent_new(struct dmemfs_bound *bound);
struct dmemfs_extent *dmemfs_extent_must(struct dmemfs_bound *bound);
void dmemfs_extent_end(struct dmemfs_bound *bound, struct dmemfs_extent *ext);
bool dmemfs_bound_reached(const struct dmemfs_bound *bound);
u64 dmemfs_bound_bytes(const struct dmemfs_bound *bound);
int dmemfs_extent_init(void);
void dmemfs_extent_exit(void);

/* All below: with the lock held that protects the extents. */
void dmemfs_free_init(struct dmemfs_free *free, struct dmemfs_bound *bound);
void dmemfs_free_exit(struct dmemfs_free *free);
void dmemfs_free_add(struct dmemfs_free *free, struct dmemfs_extent *ext);
void dmemfs_free_merged(struct dmemfs_free *free, struct dmemfs_extent *ext);
void dmemfs_free_del(struct dmemfs_free *free, struct dmemfs_extent *ext);
struct dmemfs_extent *dmemfs_free_at_or_before(struct dmemfs_free *free,
					       unsigned long pfn);
struct dmemfs_extent *dmemfs_free_after(struct dmemfs_free *free,
					unsigned long pfn);
unsigned long dmemfs_free_largest(const struct dmemfs_free *free);
struct dmemfs_extent *dmemfs_free_place(struct dmemfs_free *free, pgoff_t pgoff,
					unsigned long nr, unsigned long span,
					unsigned long unit, unsigned long *skip);
int dmemfs_free_cut(struct dmemfs_free *free, struct dmemfs_extent *ext,
		    unsigned long skip, unsigned long nr,
		    struct dmemfs_extent **spare);

#endif /* _DMEMFS_FREE_H */
