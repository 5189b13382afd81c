// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that fails: pages that errors hit, and devices that are taken away.
 *
 * A file keeps a bad page, which gives SIGBUS, until it gives up the memory
 * around it. The pool then takes back what is good, in whole units.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "dmemfs.h"
#include "quarantine.h"

/**
 * dmemfs_next_good() - find memory that no error has hit
 * @unit: pages in a unit
 * @pfn: where to begin, the start of a unit; set to the start of what was found
 * @end: pfn after the last, the start of a unit
 * @nr: set to its length in pages, a multiple of @unit
 *
 * Context: Any.
 * Return: false if there is none.
 */
bool dmemfs_next_good(unsigned long unit, unsigned long *pfn, unsigned long end,
		      unsigned long *nr)
{
	unsigned long bad;

	for (; *pfn < end; *pfn = bad + unit) {
		bad = *pfn;
		if (!pfn_quarantine_next(&bad, end - 1))
			bad = end;
		bad = ALIGN_DOWN(bad, unit);
		*nr = bad - *pfn;
		if (*nr)
			return true;
	}
	return false;
}

/**
 * dmemfs_watch() - an error in this memory is an error in this file
 * @inode: the file
 * @ext: memory that it has from now on
 *
 * Context: May sleep; the lock of the file's extents held exclusively.
 */
void dmemfs_watch(struct inode *inode, struct dmemfs_extent *ext)
{
	lockdep_assert_held_write(&dmemfs_i(inode)->lock);
	/* Memory that was taken away is somebody else's by now. */
	ext->watched = pfn_special_alive(ext->range->device->ps);
	if (!ext->watched)
		return;
	ext->watch = (struct pfn_special_range) {
		.node.start = ext->pfn,
		.node.last = ext->pfn + ext->nr - 1,
		.mapping = inode->i_mapping,
		.pgoff = ext->pgoff,
		.name = inode->i_sb->s_id,
	};
	pfn_special_range_add(&ext->watch);
}

/**
 * dmemfs_watch_resize() - the end of a file's memory has moved
 * @ext: the memory, with its new length
 *
 * Context: As dmemfs_watch().
 */
void dmemfs_watch_resize(struct dmemfs_extent *ext)
{
	if (ext->watched)
		pfn_special_range_resize(&ext->watch, ext->pfn + ext->nr - 1);
}

/**
 * dmemfs_unwatch() - end dmemfs_watch()
 * @ext: the memory
 *
 * Context: As dmemfs_watch().
 */
void dmemfs_unwatch(struct dmemfs_extent *ext)
{
	if (ext->watched)
		pfn_special_range_del(&ext->watch);
	ext->watched = false;
}

static void gone_from_files(struct dmemfs_device *device)
{
	struct dmemfs_sb *sbi = device->sbi;
	struct dmemfs_inode *info;
	struct inode *last = NULL;

	spin_lock(&sbi->files_lock);
	list_for_each_entry(info, &sbi->files, files) {
		/* One that is being evicted is mapped nowhere. */
		struct inode *inode = igrab(&info->vfs);

		if (!inode)
			continue;
		spin_unlock(&sbi->files_lock);
		/* The last one kept our place in the list. */
		iput(last);
		last = inode;
		unmap_mapping_range(inode->i_mapping, 0, 0, 1);
		dmemfs_extents_unwatch(inode, device);
		cond_resched();
		spin_lock(&sbi->files_lock);
	}
	spin_unlock(&sbi->files_lock);
	iput(last);
}

/**
 * dmemfs_gone() - a device is being taken away
 * @owner: what it was claimed with
 *
 * Nobody has any of it mapped afterwards. Files lose their mappings of other
 * devices as well and fault those in again.
 */
void dmemfs_gone(struct pfn_special_owner *owner)
{
	struct dmemfs_device *device =
		container_of(owner, struct dmemfs_device, owner);
	struct dmemfs_sb *sbi = device->sbi;

	mutex_lock(&sbi->gone_lock);
	if (!sbi->closing) {
		gone_from_files(device);
		dmemfs_pool_lose(sbi, device);
		pr_warn("dmemfs: a device of dax=%s was taken away: its memory is lost to the files that have it; unmount\n",
			sbi->options.dax);
	}
	mutex_unlock(&sbi->gone_lock);
}
