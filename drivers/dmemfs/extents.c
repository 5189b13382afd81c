// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a file: extents by page offset, and holes between them.
 *
 * Extents only shrink under the exclusive invalidate_lock of the file and after
 * unmapping. Whoever has found one while holding that lock shared may rely on
 * its memory, though not on its shape: neighbours may have been merged.
 *
 * A file keeps a page that an error has hit, which gives SIGBUS, until it gives up
 * the memory around it. The pool then takes back what is good, in whole units.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>

#include "tree.h"

/* Extents that are looked at before others may have the lock. */
#define BATCH	1024

/**
 * dmemfs_extents_next() - find memory at or after a page offset
 * @inode: the file
 * @pgoff: page offset
 * @found: set to a copy of the first extent that ends after @pgoff
 *
 * Context: May sleep. What @found says of memory holds as long as the caller
 * has the file's invalidate_lock.
 * Return: false if there is none; @found is then unchanged.
 */
bool dmemfs_extents_next(struct inode *inode, pgoff_t pgoff,
			 struct dmemfs_extent *found)
{
	struct dmemfs_extent *ext;

	down_read(&dmemfs_i(inode)->lock);
	ext = dmemfs_tree_from(inode, pgoff);
	if (ext)
		*found = *ext;
	up_read(&dmemfs_i(inode)->lock);
	return ext;
}

/**
 * dmemfs_extents_find() - find the memory behind a page offset
 * @inode: the file
 * @pgoff: page offset
 * @found: set to a copy of the extent that holds @pgoff
 *
 * Context: As dmemfs_extents_next().
 * Return: false if there is a hole.
 */
bool dmemfs_extents_find(struct inode *inode, pgoff_t pgoff,
			 struct dmemfs_extent *found)
{
	return dmemfs_extents_next(inode, pgoff, found) &&
	       found->pgoff <= pgoff;
}

/* What is around a hole; NULL where it is the end. Both stay: we fill. */
static void around(struct inode *inode, pgoff_t pgoff,
		   struct dmemfs_extent **before, struct dmemfs_extent **after)
{
	lockdep_assert_held(&dmemfs_i(inode)->fill);
	down_read(&dmemfs_i(inode)->lock);
	*after = dmemfs_tree_from(inode, pgoff);
	*before = dmemfs_tree_before(inode, *after);
	up_read(&dmemfs_i(inode)->lock);
}

/* Memory for every hole between two page offsets, not in the file yet. */
static int take_holes(struct inode *inode, pgoff_t pgoff, pgoff_t end,
		      const struct dmemfs_policy *policy,
		      struct list_head *taken)
{
	unsigned long span = min(dmemfs_end(inode), inode_pool(inode)->nr_total);
	struct dmemfs_account *account = dmemfs_i(inode)->account;
	struct dmemfs_extent *beside, *next, *ext;
	unsigned long nr;
	int rc;

	while (pgoff < end) {
		around(inode, pgoff, &beside, &next);
		if (next && next->pgoff <= pgoff) {
			pgoff = next->pgoff + next->nr;
			continue;
		}
		if (!list_empty(taken))
			beside = list_last_entry(taken, struct dmemfs_extent,
						 list);
		nr = (next ? min(end, next->pgoff) : end) - pgoff;
		rc = dmemfs_pool_take(inode_pool(inode), account, policy,
				      beside ?: next, pgoff, nr, span, &ext);
		if (rc)
			return rc;
		list_add_tail(&ext->list, taken);
		pgoff += ext->nr;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* Pages of a range that the file does not have. */
static unsigned long missing(struct inode *inode, pgoff_t pgoff, pgoff_t end)
{
	unsigned long nr = end - pgoff;
	struct dmemfs_extent ext;

	while (pgoff < end && dmemfs_extents_next(inode, pgoff, &ext) &&
	       ext.pgoff < end) {
		nr -= min(end, ext.pgoff + ext.nr) - max(pgoff, ext.pgoff);
		pgoff = ext.pgoff + ext.nr;
		cond_resched();
	}
	return nr;
}

static void add(struct inode *inode, struct dmemfs_extent *ext)
{
	down_write(&dmemfs_i(inode)->lock);
	dmemfs_tree_add(inode, ext);
	up_write(&dmemfs_i(inode)->lock);
}

/*
 * One task at a time fills holes of a file; it has the lock of the extents only while
 * it looks at or changes them, since whoever takes a device away waits for that.
 */
static int fill(struct inode *inode, pgoff_t first, unsigned long nr,
		const struct dmemfs_policy *policy)
{
	struct dmemfs_account *account = dmemfs_i(inode)->account;
	struct dmemfs_extent *ext, *next;
	LIST_HEAD(taken);
	int rc;

	lockdep_assert_held(&inode->i_mapping->invalidate_lock);
	mutex_lock(&dmemfs_i(inode)->fill);
	/* Do not take from others what has to be given back anyway. */
	rc = dmemfs_pool_check(inode_pool(inode), account,
			       missing(inode, first, first + nr));
	if (!rc)
		rc = take_holes(inode, first, first + nr, policy, &taken);
	list_for_each_entry_safe(ext, next, &taken, list) {
		if (rc)
			dmemfs_pool_free(inode_pool(inode), account, ext,
					 false);
		else
			add(inode, ext);
		cond_resched();
	}
	mutex_unlock(&dmemfs_i(inode)->fill);
	return rc;
}

/**
 * dmemfs_extents_fill() - give memory to all holes in a range
 * @inode: the file
 * @first: page offset; a multiple of the unit
 * @nr: pages; a multiple of the unit
 * @policy: from which nodes
 *
 * All or nothing.
 *
 * Context: May sleep; invalidate_lock held, shared will do.
 * Return: 0, -EINTR if the task is being killed, -EBUSY if the mount is not sealed, or as
 * dmemfs_pool_take().
 */
int dmemfs_extents_fill(struct inode *inode, pgoff_t first, unsigned long nr,
			const struct dmemfs_policy *policy)
{
	int rc;

	if (dmemfs_unsealed(inode_pool(inode)))
		return -EBUSY;
	/* What comes to be free meanwhile may be gone again to somebody else. */
	do {
		rc = fill(inode, first, nr, policy);
	} while ((rc == -ENOSPC || rc == -EIO) &&
		 dmemfs_pool_regain(inode_pool(inode)));
	return rc;
}

/**
 * dmemfs_extents_drop() - free all memory of a file that is going away
 * @inode: the file; nobody uses it any more
 *
 * Context: May sleep.
 */
void dmemfs_extents_drop(struct inode *inode)
{
	struct dmemfs_inode *info = dmemfs_i(inode);
	struct dmemfs_extent *ext;

	for (;;) {
		down_write(&info->lock);
		ext = dmemfs_tree_from(inode, 0);
		if (ext)
			dmemfs_tree_del(inode, ext);
		up_write(&info->lock);
		if (!ext)
			break;
		dmemfs_pool_give(info->pool, info->account, ext);
		cond_resched();
	}
	dmemfs_pool_regain(inode_pool(inode));
}

/**
 * dmemfs_extents_gone() - a device is gone, and this file's mappings lose it
 * @inode: the file
 * @ps: the device's memory, which is dead
 *
 * Errors in it are no longer the file's. Mappings of other devices stay: faults bring
 * those in meanwhile, and pfn_special_gone() must not meet them. The lock keeps the
 * page offsets from getting memory of another device.
 *
 * Context: May sleep; takes i_mmap_rwsem.
 */
void dmemfs_extents_gone(struct inode *inode, const struct pfn_special *ps)
{
	struct dmemfs_extent *ext;
	pgoff_t pgoff = 0;

	down_write(&dmemfs_i(inode)->lock);
	while ((ext = dmemfs_tree_from(inode, pgoff))) {
		pgoff = ext->pgoff + ext->nr;
		if (ext->range->ps == ps) {
			pfn_special_gone(inode->i_mapping, ext->pgoff,
					 pgoff - 1);
			dmemfs_tree_unwatch(ext);
		}
		cond_resched();
	}
	up_write(&dmemfs_i(inode)->lock);
}

/* Looks at some extents from a page offset on; moves that behind them. */
static bool look(struct inode *inode, unsigned int node, pgoff_t *pgoff,
		 bool *found)
{
	struct dmemfs_extent *ext = NULL;
	int n;

	down_read(&dmemfs_i(inode)->lock);
	for (n = 0; n < BATCH && !*found; n++) {
		ext = dmemfs_tree_from(inode, *pgoff);
		if (!ext)
			break;
		*pgoff = ext->pgoff + ext->nr;
		*found = ext->range->node == node;
	}
	up_read(&dmemfs_i(inode)->lock);
	return ext && !*found;
}

/**
 * dmemfs_extents_on() - does a file have memory of a node?
 * @inode: the file
 * @node: index in dmemfs_pool.nodes
 *
 * Context: May sleep; nobody waits for long if the file has many extents.
 */
bool dmemfs_extents_on(struct inode *inode, unsigned int node)
{
	bool found = false;
	pgoff_t pgoff = 0;

	while (look(inode, node, &pgoff, &found))
		cond_resched();
	return found;
}
