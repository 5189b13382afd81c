/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files and the memory that they have. Knows the pool that it comes from, and
 * nothing of the mount.
 *
 * Locking, outermost first:
 *   inode->i_rwsem                  size changes, write
 *   mmap_lock or the VMA lock       the core's, in mmap and faults
 *   mapping->invalidate_lock        shared: from finding memory of a file until
 *                                   it is in a page table or copied; exclusive:
 *                                   from unmapping memory until no longer the
 *                                   file's
 *   dmemfs_inode.fill               mutex; from finding a hole until it has memory
 *   dmemfs_inode.lock               rw_semaphore over the file's extents, held while
 *                                   they are looked at or changed and no longer:
 *                                   dmemfs_gone() waits for it, and the host for that
 *   dmemfs_pool.lock                mutex over the free extents
 *   dmemfs_xattrs.lock              by itself
 *   pfn_special.lock                spinlock, where pfn_special looks extents up
 * User memory is never touched under invalidate_lock: it may be a mapping of
 * the same file.
 *
 * Lifetime: memory of a deleted file is freed with its inode, that is when the
 * last file descriptor and the last mapping are gone.
 */
#ifndef _DMEMFS_EXTENTS_H
#define _DMEMFS_EXTENTS_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>

#include "pool.h"
#include "xattr.h"

/**
 * struct dmemfs_inode - a file or directory
 * @vfs: the core's part of it
 * @files: in dmemfs_sb.files, if it is a regular file
 * @pool: where its memory comes from
 * @account: where that counts, too, or NULL; of a directory, where that of its files
 *           does. Changes for directories alone, under dmemfs_pool.lock.
 * @has_account: a directory that @account was made for, under i_rwsem
 * @fill: held by who adds memory
 * @lock: protects @extents and @nr; they change with this held exclusively, and
 *        @fill or invalidate_lock, which is enough to look at them
 * @extents: memory of the file by page offset; none overlap, and neighbours
 *           that could be one are one
 * @nr: pages in @extents
 * @xattrs: extended attributes
 */
struct dmemfs_inode {
	struct inode vfs;
	struct list_head files;
	struct dmemfs_pool *pool;
	struct dmemfs_account *account;
	bool has_account;
	struct mutex fill;	/* see @fill */
	struct rw_semaphore lock;	/* see @lock */
	struct rb_root extents;
	unsigned long nr;
	struct dmemfs_xattrs xattrs;
};

static inline struct dmemfs_inode *dmemfs_i(const struct inode *inode)
{
	return container_of(inode, struct dmemfs_inode, vfs);
}

static inline struct dmemfs_pool *inode_pool(const struct inode *inode)
{
	return dmemfs_i(inode)->pool;
}

/* The end of what a file shows, in pages: its size in whole units. */
static inline pgoff_t dmemfs_end(const struct inode *inode)
{
	return ALIGN(DIV_ROUND_UP(i_size_read(inode), PAGE_SIZE),
		     inode_pool(inode)->unit);
}

/* What mappings of a file may show of an extent. */
static inline struct pfn_special_extent
dmemfs_run(const struct dmemfs_extent *ext)
{
	return (struct pfn_special_extent) {
		.pgoff = ext->pgoff, .pfn = ext->pfn, .nr = ext->nr,
	};
}

/* extents.c */
bool dmemfs_extents_find(struct inode *inode, pgoff_t pgoff,
			 struct dmemfs_extent *found);
bool dmemfs_extents_next(struct inode *inode, pgoff_t pgoff,
			 struct dmemfs_extent *found);
int dmemfs_extents_fill(struct inode *inode, pgoff_t first, unsigned long nr,
			const struct dmemfs_policy *policy);
void dmemfs_extents_drop(struct inode *inode);
void dmemfs_extents_gone(struct inode *inode, const struct pfn_special *ps);
bool dmemfs_extents_on(struct inode *inode, unsigned int node);

/* place.c */
int dmemfs_extents_place(struct inode *inode, struct list_head *taken);
int dmemfs_extents_check(struct inode *inode);
int dmemfs_extents_settle(struct inode *inode);

/* cut.c */
int dmemfs_cut_begin(struct inode *inode, pgoff_t first, pgoff_t end);
void dmemfs_cut_end(struct inode *inode, pgoff_t first, pgoff_t end);
void dmemfs_cut_cancel(struct inode *inode, pgoff_t first, pgoff_t end);

/* bytes.c */
int dmemfs_copy(struct inode *inode, loff_t pos, void *buf, size_t len,
		bool write);
int dmemfs_clear(struct inode *inode, loff_t from, loff_t to);

#endif /* _DMEMFS_EXTENTS_H */
