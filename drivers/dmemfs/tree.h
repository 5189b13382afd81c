/* SPDX-License-Identifier: GPL-2.0-only */
/* The tree of a file's extents, for those who change it: extents.c and cut.c. */
#ifndef _DMEMFS_TREE_H
#define _DMEMFS_TREE_H

#include "extents.h"

struct dmemfs_extent *dmemfs_tree_from(struct inode *inode, pgoff_t pgoff);
struct dmemfs_extent *dmemfs_tree_before(struct inode *inode,
					 struct dmemfs_extent *ext);
void dmemfs_tree_add(struct inode *inode, struct dmemfs_extent *ext);
void dmemfs_tree_del(struct inode *inode, struct dmemfs_extent *ext);
void dmemfs_tree_split(struct inode *inode, struct dmemfs_extent *ext,
		       pgoff_t pgoff, struct dmemfs_extent *rest);
struct dmemfs_extent *dmemfs_tree_join(struct inode *inode,
				       struct dmemfs_extent *ext);
bool dmemfs_tree_continues(const struct dmemfs_extent *a,
			   const struct dmemfs_extent *b);
void dmemfs_tree_unwatch(struct dmemfs_extent *ext);

#endif /* _DMEMFS_TREE_H */
