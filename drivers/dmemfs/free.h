/* SPDX-License-Identifier: GPL-2.0-only */
/* Free extents of a node, for the pool alone. */
#ifndef _DMEMFS_FREE_H
#define _DMEMFS_FREE_H

#include "dmemfs.h"

struct dmemfs_node *dmemfs_node_of(struct dmemfs_sb *sbi,
				   const struct dmemfs_range *range);
void dmemfs_free_add(struct dmemfs_sb *sbi, struct dmemfs_extent *ext);
void dmemfs_free_merged(struct dmemfs_sb *sbi, struct dmemfs_extent *ext);
void dmemfs_free_del(struct dmemfs_sb *sbi, struct dmemfs_extent *ext);
struct dmemfs_extent *dmemfs_free_at_or_before(struct dmemfs_node *node,
					       unsigned long pfn);
struct dmemfs_extent *dmemfs_free_largest(struct dmemfs_node *node);
struct dmemfs_extent *dmemfs_free_place(struct dmemfs_node *node, pgoff_t pgoff,
					unsigned long nr, unsigned long span,
					unsigned long unit, unsigned long *skip);
struct dmemfs_extent *dmemfs_free_cut(struct dmemfs_sb *sbi,
				      struct dmemfs_extent *ext,
				      unsigned long skip, unsigned long nr);

#endif /* _DMEMFS_FREE_H */
