// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a file: extents by page offset, and holes between them.
 *
 * Extents only shrink under the exclusive invalidate_lock of the file and after
 * unmapping. Whoever has found one while holding that lock shared may rely on
 * its memory, though not on its shape: neighbours may have been merged.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/sched/signal.h>

#include "dmemfs.h"

#define PUD_NR	(PUD_SIZE >> PAGE_SHIFT)

static struct dmemfs_extent *entry(struct rb_node *rb)
{
	return rb ? rb_entry(rb, struct dmemfs_extent, node) : NULL;
}

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return entry(a)->pgoff < rb_entry(b, struct dmemfs_extent, node)->pgoff;
}

static void extent_link(struct inode *inode, struct dmemfs_extent *ext)
{
	struct dmemfs_inode *info = dmemfs_i(inode);

	lockdep_assert_held_write(&info->lock);
	rb_add(&ext->node, &info->extents, less);
	dmemfs_watch(inode, ext);
	info->nr += ext->nr;
	inode->i_blocks = (blkcnt_t)info->nr << (PAGE_SHIFT - 9);
}

static void extent_unlink(struct inode *inode, struct dmemfs_extent *ext)
{
	struct dmemfs_inode *info = dmemfs_i(inode);

	lockdep_assert_held_write(&info->lock);
	dmemfs_unwatch(ext);
	rb_erase(&ext->node, &info->extents);
	info->nr -= ext->nr;
	inode->i_blocks = (blkcnt_t)info->nr << (PAGE_SHIFT - 9);
}

/* The end of an extent moves. All that it keeps, the file has all the time. */
static void extent_resize(struct inode *inode, struct dmemfs_extent *ext,
			  unsigned long nr)
{
	struct dmemfs_inode *info = dmemfs_i(inode);

	lockdep_assert_held_write(&info->lock);
	info->nr += nr - ext->nr;
	ext->nr = nr;
	dmemfs_watch_resize(ext);
	inode->i_blocks = (blkcnt_t)info->nr << (PAGE_SHIFT - 9);
}

/* The extent that holds a page offset, or else the first one after it. */
static struct dmemfs_extent *at_or_after(struct inode *inode, pgoff_t pgoff)
{
	struct rb_node *rb = dmemfs_i(inode)->extents.rb_node;
	struct dmemfs_extent *best = NULL;

	lockdep_assert_held(&dmemfs_i(inode)->lock);
	while (rb) {
		struct dmemfs_extent *ext = entry(rb);

		if (ext->pgoff + ext->nr > pgoff) {
			best = ext;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return best;
}

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
	ext = at_or_after(inode, pgoff);
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

static bool continues(const struct dmemfs_extent *a,
		      const struct dmemfs_extent *b)
{
	return a->range == b->range && a->pgoff + a->nr == b->pgoff &&
	       a->pfn + a->nr == b->pfn;
}

static void absorb(struct inode *inode, struct dmemfs_extent *ext,
		   struct dmemfs_extent *next)
{
	extent_resize(inode, ext, ext->nr + next->nr);
	extent_unlink(inode, next);
	dmemfs_extent_free(next);
}

static void add(struct inode *inode, struct dmemfs_extent *ext)
{
	struct dmemfs_extent *prev, *next;

	extent_link(inode, ext);
	prev = entry(rb_prev(&ext->node));
	next = entry(rb_next(&ext->node));
	if (next && continues(ext, next))
		absorb(inode, ext, next);
	if (prev && continues(prev, ext))
		absorb(inode, prev, ext);
}

/* Memory for every hole between two page offsets, not in the file yet. */
static int take_holes(struct inode *inode, pgoff_t pgoff, pgoff_t end,
		      const struct dmemfs_policy *policy,
		      struct list_head *taken)
{
	unsigned long span = min(dmemfs_end(inode), inode_sb(inode)->nr_total);
	struct dmemfs_extent *beside, *next, *ext;
	int rc;

	while (pgoff < end) {
		next = at_or_after(inode, pgoff);
		if (next && next->pgoff <= pgoff) {
			pgoff = next->pgoff + next->nr;
			continue;
		}
		beside = next ? entry(rb_prev(&next->node)) :
				entry(rb_last(&dmemfs_i(inode)->extents));
		if (!list_empty(taken))
			beside = list_last_entry(taken, struct dmemfs_extent,
						 list);
		rc = dmemfs_pool_take(inode_sb(inode), policy, beside ?: next,
				      pgoff, (next ? min(end, next->pgoff) :
						     end) - pgoff, span, &ext);
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
	struct dmemfs_extent *ext;

	while (pgoff < end && (ext = at_or_after(inode, pgoff)) &&
	       ext->pgoff < end) {
		nr -= min(end, ext->pgoff + ext->nr) - max(pgoff, ext->pgoff);
		pgoff = ext->pgoff + ext->nr;
	}
	return nr;
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
 * Return: 0, -EINTR if the task is being killed, or as dmemfs_pool_take().
 */
int dmemfs_extents_fill(struct inode *inode, pgoff_t first, unsigned long nr,
			const struct dmemfs_policy *policy)
{
	struct dmemfs_extent *ext, *next;
	LIST_HEAD(taken);
	int rc;

	down_write(&dmemfs_i(inode)->lock);
	/* Do not take from others what has to be given back anyway. */
	rc = dmemfs_pool_check(inode_sb(inode),
			       missing(inode, first, first + nr));
	if (!rc)
		rc = take_holes(inode, first, first + nr, policy, &taken);
	list_for_each_entry_safe(ext, next, &taken, list) {
		if (rc)
			dmemfs_pool_give(inode_sb(inode), ext, false);
		else
			add(inode, ext);
	}
	up_write(&dmemfs_i(inode)->lock);
	return rc;
}

/* The extent that holds a page offset ends there, and @rest begins. */
static bool split(struct inode *inode, pgoff_t pgoff, struct dmemfs_extent *rest)
{
	struct dmemfs_extent *ext = at_or_after(inode, pgoff);
	unsigned long head;

	if (!ext || ext->pgoff >= pgoff)
		return false;
	head = pgoff - ext->pgoff;
	*rest = (struct dmemfs_extent) {
		.range = ext->range, .pgoff = pgoff, .pfn = ext->pfn + head,
		.nr = ext->nr - head,
	};
	extent_link(inode, rest);
	extent_resize(inode, ext, head);
	return true;
}

static void cut_locked(struct inode *inode, pgoff_t first, pgoff_t end,
		       struct dmemfs_extent **spare, struct list_head *cut)
{
	struct dmemfs_extent *ext;

	if (split(inode, first, spare[0]))
		spare[0] = NULL;
	if (split(inode, end, spare[1]))
		spare[1] = NULL;
	while ((ext = at_or_after(inode, first)) && ext->pgoff < end) {
		extent_unlink(inode, ext);
		list_add(&ext->list, cut);
	}
}

/*
 * The kernel cannot unmap a part of a 1G leaf without mmap_lock, so the window
 * has to hold all of any leaf that it touches. A leaf never reaches beyond its
 * extent.
 */
static void unmap(struct inode *inode, pgoff_t first, pgoff_t end)
{
	struct dmemfs_extent ext;

	if (first && dmemfs_extents_find(inode, first, &ext))
		first -= min((ext.pfn + (first - ext.pgoff)) % PUD_NR,
			     first - ext.pgoff);
	if (dmemfs_extents_find(inode, end - 1, &ext))
		end += min(-(ext.pfn + (end - ext.pgoff)) % PUD_NR,
			   ext.pgoff + ext.nr - end);
	unmap_mapping_pages(inode->i_mapping, first, end - first, true);
}

/**
 * dmemfs_extents_cut() - take memory away from a file
 * @inode: the file
 * @first: page offset; a multiple of the unit
 * @end: page offset after the last; a multiple of the unit, or ULONG_MAX
 *
 * Nobody has any of it mapped afterwards.
 *
 * Context: May sleep; invalidate_lock held exclusively.
 * Return: 0 or -ENOMEM; nothing has changed then.
 */
int dmemfs_extents_cut(struct inode *inode, pgoff_t first, pgoff_t end)
{
	struct dmemfs_extent *spare[2], *ext, *next;
	LIST_HEAD(cut);

	lockdep_assert_held_write(&inode->i_mapping->invalidate_lock);
	spare[0] = dmemfs_extent_alloc();
	spare[1] = dmemfs_extent_alloc();
	if (!spare[0] || !spare[1]) {
		dmemfs_extent_free(spare[0]);
		dmemfs_extent_free(spare[1]);
		return -ENOMEM;
	}
	unmap(inode, first, end);
	down_write(&dmemfs_i(inode)->lock);
	cut_locked(inode, first, end, spare, &cut);
	up_write(&dmemfs_i(inode)->lock);
	dmemfs_extent_free(spare[0]);
	dmemfs_extent_free(spare[1]);
	list_for_each_entry_safe(ext, next, &cut, list)
		dmemfs_pool_give(inode_sb(inode), ext, true);
	return 0;
}

/**
 * dmemfs_extents_drop() - free all memory of a file that is going away
 * @inode: the file; nobody uses it any more
 */
void dmemfs_extents_drop(struct inode *inode)
{
	struct dmemfs_inode *info = dmemfs_i(inode);
	struct dmemfs_extent *ext;

	for (;;) {
		down_write(&info->lock);
		ext = entry(rb_first(&info->extents));
		if (ext)
			extent_unlink(inode, ext);
		up_write(&info->lock);
		if (!ext)
			break;
		dmemfs_pool_give(inode_sb(inode), ext, true);
		cond_resched();
	}
}

/**
 * dmemfs_extents_unwatch() - errors in a device are no longer this file's
 * @inode: the file
 * @device: the device, whose memory is dead
 *
 * Context: May sleep.
 */
void dmemfs_extents_unwatch(struct inode *inode,
			    const struct dmemfs_device *device)
{
	struct rb_node *rb;

	down_write(&dmemfs_i(inode)->lock);
	for (rb = rb_first(&dmemfs_i(inode)->extents); rb; rb = rb_next(rb))
		if (entry(rb)->range->device == device)
			dmemfs_unwatch(entry(rb));
	up_write(&dmemfs_i(inode)->lock);
}

/**
 * dmemfs_extents_on() - does a file have memory of a node?
 * @inode: the file
 * @node: index in dmemfs_sb.nodes
 */
bool dmemfs_extents_on(struct inode *inode, unsigned int node)
{
	struct rb_node *rb;

	down_read(&dmemfs_i(inode)->lock);
	for (rb = rb_first(&dmemfs_i(inode)->extents); rb; rb = rb_next(rb))
		if (entry(rb)->range->node == node)
			break;
	up_read(&dmemfs_i(inode)->lock);
	return rb;
}

/**
 * dmemfs_clear() - make bytes of a file read as zero
 * @inode: the file
 * @from: first byte
 * @to: byte after the last
 *
 * Context: May sleep; invalidate_lock held exclusively.
 * Return: 0 or -ENOMEM.
 */
int dmemfs_clear(struct inode *inode, loff_t from, loff_t to)
{
	struct dmemfs_extent ext;
	int rc = 0;

	while (from < to && !rc &&
	       dmemfs_extents_next(inode, from >> PAGE_SHIFT, &ext)) {
		loff_t start = (loff_t)ext.pgoff << PAGE_SHIFT;
		loff_t stop = min(to, start + ((loff_t)ext.nr << PAGE_SHIFT));

		from = max(from, start);
		if (from >= stop)
			break;
		rc = pfn_special_clear(ext.range->device->ps,
				       ((u64)dmemfs_base(ext.range, ext.pfn)
					<< PAGE_SHIFT) + (from - start),
				       stop - from);
		from = stop;
	}
	return rc;
}
