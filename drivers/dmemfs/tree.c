// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tree of a file's extents, by page offset. Each extent is known to
 * pfn_special as well, so that an error in its memory finds the file's processes;
 * memory that stays with the file is known there all the time, also while its
 * extents change their shape.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "tree.h"

static struct dmemfs_extent *entry(struct rb_node *rb)
{
	return rb ? rb_entry(rb, struct dmemfs_extent, node) : NULL;
}

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return entry(a)->pgoff < rb_entry(b, struct dmemfs_extent, node)->pgoff;
}

static void count(struct inode *inode, long nr)
{
	struct dmemfs_inode *info = dmemfs_i(inode);

	lockdep_assert_held_write(&info->lock);
	info->nr += nr;
	inode->i_blocks = (blkcnt_t)info->nr << (PAGE_SHIFT - 9);
}

static void watch(struct inode *inode, struct dmemfs_extent *ext)
{
	/* Memory that was taken away is somebody else's by now. */
	ext->watched = pfn_special_alive(ext->range->ps);
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
 * dmemfs_tree_unwatch() - errors in this memory are not its file's any more
 * @ext: memory of a file
 *
 * Context: May sleep; dmemfs_inode.lock held exclusively.
 */
void dmemfs_tree_unwatch(struct dmemfs_extent *ext)
{
	if (ext->watched)
		pfn_special_range_del(&ext->watch);
	ext->watched = false;
}

static void link(struct inode *inode, struct dmemfs_extent *ext)
{
	rb_add(&ext->node, &dmemfs_i(inode)->extents, less);
	watch(inode, ext);
	count(inode, ext->nr);
}

/* The end of an extent moves. All that it keeps, the file has all the time. */
static void resize(struct inode *inode, struct dmemfs_extent *ext,
		   unsigned long nr)
{
	count(inode, nr - ext->nr);
	ext->nr = nr;
	if (ext->watched)
		pfn_special_range_resize(&ext->watch, ext->pfn + nr - 1);
}

/**
 * dmemfs_tree_del() - take an extent out of a file
 * @inode: the file
 * @ext: the extent; the caller's afterwards
 *
 * Context: May sleep; dmemfs_inode.lock held exclusively.
 */
void dmemfs_tree_del(struct inode *inode, struct dmemfs_extent *ext)
{
	dmemfs_tree_unwatch(ext);
	rb_erase(&ext->node, &dmemfs_i(inode)->extents);
	count(inode, -ext->nr);
}

/**
 * dmemfs_tree_from() - find memory at or after a page offset
 * @inode: the file
 * @pgoff: page offset
 *
 * Context: dmemfs_inode.lock held.
 * Return: the extent that holds the page offset, or else the first one after it,
 * or NULL.
 */
struct dmemfs_extent *dmemfs_tree_from(struct inode *inode, pgoff_t pgoff)
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
 * dmemfs_tree_before() - find the memory before some
 * @inode: the file
 * @ext: an extent of it, or NULL for its end
 *
 * Context: dmemfs_inode.lock held.
 * Return: the extent before, or NULL.
 */
struct dmemfs_extent *dmemfs_tree_before(struct inode *inode,
					 struct dmemfs_extent *ext)
{
	return entry(ext ? rb_prev(&ext->node) :
			   rb_last(&dmemfs_i(inode)->extents));
}

/**
 * dmemfs_tree_continues() - does one extent go on where another ends?
 * @a: an extent
 * @b: the next one of the same file
 */
bool dmemfs_tree_continues(const struct dmemfs_extent *a,
			   const struct dmemfs_extent *b)
{
	return a->range == b->range && a->pgoff + a->nr == b->pgoff &&
	       a->pfn + a->nr == b->pfn;
}

/**
 * dmemfs_tree_join() - make one of an extent and what continues it
 * @inode: the file
 * @ext: an extent of it
 *
 * Context: May sleep; dmemfs_inode.lock held exclusively.
 * Return: the extent after @ext, which may be longer now; or NULL.
 */
struct dmemfs_extent *dmemfs_tree_join(struct inode *inode,
				       struct dmemfs_extent *ext)
{
	struct dmemfs_extent *next;

	while ((next = entry(rb_next(&ext->node))) &&
	       dmemfs_tree_continues(ext, next) && ext->unseen == next->unseen) {
		resize(inode, ext, ext->nr + next->nr);
		dmemfs_tree_del(inode, next);
		dmemfs_extent_end(&inode_pool(inode)->bound, next);
	}
	return next;
}

/**
 * dmemfs_tree_add() - give an extent to a file
 * @inode: the file; it has none of its page offsets
 * @ext: the extent; it becomes one with its neighbours
 *
 * Context: May sleep; dmemfs_inode.lock held exclusively.
 */
void dmemfs_tree_add(struct inode *inode, struct dmemfs_extent *ext)
{
	struct dmemfs_extent *prev;

	link(inode, ext);
	prev = dmemfs_tree_before(inode, ext);
	dmemfs_tree_join(inode, ext);
	if (prev)
		dmemfs_tree_join(inode, prev);
}

/**
 * dmemfs_tree_split() - make two extents of one
 * @inode: the file
 * @ext: the extent; keeps what is before @pgoff
 * @pgoff: page offset inside of it, a multiple of the unit
 * @rest: becomes what is from there on
 *
 * Context: May sleep; dmemfs_inode.lock held exclusively.
 */
void dmemfs_tree_split(struct inode *inode, struct dmemfs_extent *ext,
		       pgoff_t pgoff, struct dmemfs_extent *rest)
{
	unsigned long head = pgoff - ext->pgoff;

	*rest = (struct dmemfs_extent) {
		.range = ext->range, .pgoff = pgoff, .pfn = ext->pfn + head,
		.nr = ext->nr - head,
	};
	link(inode, rest);
	resize(inode, ext, head);
}
