// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory goes: what truncate() and punching holes take from a file.
 *
 * In two steps, with the file's invalidate_lock held exclusively from before the
 * first until after the second, so that no fault finds what is being cut:
 *
 *   dmemfs_cut_begin()    takes the range out of all page tables, and splits extents
 *                         where they are to be cut. Whatever can fail fails here, and
 *                         the file is as it was.
 *   dmemfs_cut_end()      gives the extents back to the pool
 *   dmemfs_cut_cancel()   or joins them again
 *
 * What VFIO maps goes, too, as it does with a memfd and with hugetlbfs: QEMU punches
 * the memory that it unplugs first, and then lets VFIO unmap it. The pool withholds it
 * until that has happened, see dmemfs_pool_give().
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "tree.h"

/* Extents that are taken from a file before others may have its lock. */
#define BATCH	1024

/*
 * A leaf that reaches into the range can only be taken away as a whole: what is
 * beside the range comes back by a fault.
 */
static void unmap(struct inode *inode, pgoff_t first, pgoff_t end)
{
	struct pfn_special_extent run;
	struct dmemfs_extent ext;

	if (dmemfs_extents_find(inode, first, &ext)) {
		run = dmemfs_run(&ext);
		first = pfn_special_leaf_start(&run, first);
	}
	if (dmemfs_extents_find(inode, end - 1, &ext)) {
		run = dmemfs_run(&ext);
		end = pfn_special_leaf_end(&run, end - 1);
	}
	pfn_special_gone(inode->i_mapping, first, end - 1);
}

/* No extent reaches across a page offset. */
static int part(struct inode *inode, pgoff_t pgoff)
{
	struct dmemfs_inode *info = dmemfs_i(inode);
	struct dmemfs_extent found, *rest;

	if (!dmemfs_extents_find(inode, pgoff, &found) || found.pgoff == pgoff)
		return 0;
	/* May wait for memory of the user's cgroup: with no lock that gone() wants. */
	rest = dmemfs_extent_new(&inode_pool(inode)->bound);
	if (IS_ERR(rest))
		return PTR_ERR(rest);
	down_write(&info->lock);
	dmemfs_tree_split(inode, dmemfs_tree_from(inode, pgoff), pgoff, rest);
	up_write(&info->lock);
	return 0;
}

/**
 * dmemfs_cut_begin() - prepare to take memory away from a file
 * @inode: the file
 * @first: page offset; a multiple of the unit
 * @end: page offset after the last; a multiple of the unit, or ULONG_MAX
 *
 * Context: May sleep; invalidate_lock held exclusively until after
 * dmemfs_cut_end() or dmemfs_cut_cancel().
 * Return: 0; -ENOSPC if there are as many extents as there may be; -ENOMEM. Nothing
 * has changed then.
 */
int dmemfs_cut_begin(struct inode *inode, pgoff_t first, pgoff_t end)
{
	int rc;

	lockdep_assert_held_write(&inode->i_mapping->invalidate_lock);
	unmap(inode, first, end);
	rc = part(inode, first);
	if (!rc)
		rc = part(inode, end);
	if (rc)
		dmemfs_cut_cancel(inode, first, end);
	return rc;
}

/**
 * dmemfs_cut_cancel() - leave a file as it was before dmemfs_cut_begin()
 * @inode: the file
 * @first: as there
 * @end: as there
 *
 * Context: As dmemfs_cut_end().
 */
void dmemfs_cut_cancel(struct inode *inode, pgoff_t first, pgoff_t end)
{
	struct dmemfs_extent *ext;

	down_write(&dmemfs_i(inode)->lock);
	ext = dmemfs_tree_from(inode, first ? first - 1 : 0);
	while (ext && ext->pgoff < end) {
		ext = dmemfs_tree_join(inode, ext);
		cond_resched();
	}
	up_write(&dmemfs_i(inode)->lock);
}

/* Some of the extents of a range leave the file. */
static bool take(struct inode *inode, pgoff_t first, pgoff_t end,
		 struct list_head *taken)
{
	struct dmemfs_extent *ext;
	int n;

	down_write(&dmemfs_i(inode)->lock);
	for (n = 0; n < BATCH; n++) {
		ext = dmemfs_tree_from(inode, first);
		if (!ext || ext->pgoff >= end)
			break;
		dmemfs_tree_del(inode, ext);
		list_add_tail(&ext->list, taken);
	}
	up_write(&dmemfs_i(inode)->lock);
	return n;
}

/**
 * dmemfs_cut_end() - take memory away from a file
 * @inode: the file
 * @first: as given to dmemfs_cut_begin(), which returned 0
 * @end: as there
 *
 * Context: May sleep; invalidate_lock held exclusively since before
 * dmemfs_cut_begin().
 */
void dmemfs_cut_end(struct inode *inode, pgoff_t first, pgoff_t end)
{
	struct dmemfs_extent *ext, *next;

	for (;;) {
		LIST_HEAD(taken);

		if (!take(inode, first, end, &taken))
			break;
		list_for_each_entry_safe(ext, next, &taken, list) {
			dmemfs_pool_give(inode_pool(inode),
					 dmemfs_i(inode)->account, ext);
			cond_resched();
		}
	}
}
