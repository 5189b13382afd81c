/* SPDX-License-Identifier: GPL-2.0-only */
/* Extended attributes of an inode, and nothing of whose they are. */
#ifndef _DMEMFS_XATTR_H
#define _DMEMFS_XATTR_H

#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/**
 * struct dmemfs_xattrs - extended attributes of an inode
 * @lock: protects the rest
 * @by_name: the attributes
 * @names: bytes of all names, each with its NUL
 * @charged: what they count as, in inodes
 */
struct dmemfs_xattrs {
	rwlock_t lock;	/* see @lock */
	struct rb_root by_name;
	size_t names;
	u64 charged;
};

void dmemfs_xattrs_init(struct dmemfs_xattrs *xattrs);
void dmemfs_xattrs_exit(struct dmemfs_xattrs *xattrs);

#endif /* _DMEMFS_XATTR_H */
