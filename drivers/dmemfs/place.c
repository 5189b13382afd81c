// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files get the very memory that they had in another mount, while nobody else allocates
 * or looks: see layout.c.
 */
#include <linux/mm.h>
#include <linux/sched.h>

#include "tree.h"

/**
 * dmemfs_extents_place() - give memory to a file that had it before
 * @inode: the file
 * @taken: extents by rising page offset; empty if they are the file's afterwards
 *
 * All or nothing. What they hold is the file's from then on, but for what is unseen.
 *
 * Context: May sleep; i_rwsem held exclusively, in a mount that is not sealed.
 * Return: 0, or -EEXIST if the file has memory there.
 */
int dmemfs_extents_place(struct inode *inode, struct list_head *taken)
{
	struct dmemfs_inode *info = dmemfs_i(inode);
	struct dmemfs_extent *ext, *next, found;

	list_for_each_entry(ext, taken, list)
		if (dmemfs_extents_next(inode, ext->pgoff, &found) &&
		    found.pgoff < ext->pgoff + ext->nr)
			return -EEXIST;
	filemap_invalidate_lock_shared(inode->i_mapping);
	mutex_lock(&info->fill);
	list_for_each_entry_safe(ext, next, taken, list) {
		list_del(&ext->list);
		/* Others of the granule are cleared before the mount is sealed. */
		if (!ext->unseen)
			pfn_special_keep_range(ext->range->ps,
					       dmemfs_base(ext->range,
							   ext->pfn),
					       ext->nr);
		down_write(&info->lock);
		dmemfs_tree_add(inode, ext);
		up_write(&info->lock);
		cond_resched();
	}
	mutex_unlock(&info->fill);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return 0;
}

/* Is it made of whole units, at a place for such? */
static bool is_whole(const struct dmemfs_extent *ext, unsigned long unit)
{
	return IS_ALIGNED(ext->pgoff | ext->pfn | ext->nr, unit);
}

/**
 * dmemfs_extents_check() - has a file whole units?
 * @inode: the file
 *
 * Parts of it that have been seen, and others, are extents of their own.
 *
 * Context: As dmemfs_extents_place().
 * Return: 0 or -EINVAL.
 */
int dmemfs_extents_check(struct inode *inode)
{
	struct dmemfs_extent all = {}, ext;
	unsigned long unit = inode_pool(inode)->unit;

	while (dmemfs_extents_next(inode, all.pgoff + all.nr, &ext)) {
		cond_resched();
		if (all.nr && dmemfs_tree_continues(&all, &ext)) {
			all.nr += ext.nr;
			continue;
		}
		if (!is_whole(&all, unit))
			return -EINVAL;
		all = ext;
	}
	return is_whole(&all, unit) ? 0 : -EINVAL;
}

static struct dmemfs_extent *next_unseen(struct inode *inode, pgoff_t *pgoff)
{
	struct dmemfs_extent *ext;

	lockdep_assert_held(&dmemfs_i(inode)->lock);
	while ((ext = dmemfs_tree_from(inode, *pgoff))) {
		*pgoff = ext->pgoff + ext->nr;
		if (ext->unseen)
			break;
		cond_resched();
	}
	return ext;
}

/**
 * dmemfs_extents_settle() - what is unseen of a file will read as zero
 * @inode: the file, that dmemfs_extents_check() has been called for
 *
 * Where it shares a granule with what is kept it is cleared now, and what belongs together
 * is one extent again.
 *
 * Context: As dmemfs_extents_place(); may take long.
 * Return: 0 or -ENOMEM: to be called again then.
 */
int dmemfs_extents_settle(struct inode *inode)
{
	struct dmemfs_inode *info = dmemfs_i(inode);
	struct dmemfs_extent *ext;
	pgoff_t pgoff = 0;
	int rc = 0;

	mutex_lock(&info->fill);
	while (!rc) {
		/* It stays meanwhile, though its device may go away. */
		down_read(&info->lock);
		ext = next_unseen(inode, &pgoff);
		up_read(&info->lock);
		if (!ext)
			break;
		rc = pfn_special_recycle(ext->range->ps,
					 dmemfs_base(ext->range, ext->pfn),
					 ext->nr);
		if (!rc) {
			down_write(&info->lock);
			ext->unseen = false;
			up_write(&info->lock);
		}
	}
	if (!rc)
		dmemfs_cut_cancel(inode, 0, ULONG_MAX);
	mutex_unlock(&info->fill);
	return rc;
}
