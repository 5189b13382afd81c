// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a page frame to those who map it. Special leaves leave no trace in any
 * struct page, so an owner says here which address_space its memory is behind.
 *
 * The lock is held for a look at the tree and no longer. Tenants add and remove
 * ranges in their faults, so it is a spinlock: whoever is stopped or throttled
 * does not have it. What takes long is done with a range in the list of uses, and
 * only whoever takes that very range away waits for it.
 */
#include <linux/export.h>
#include <linux/interval_tree.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "range.h"

/* Protects the tree and the list. */
static DEFINE_SPINLOCK(ranges_lock);
static struct rb_root_cached ranges = RB_ROOT_CACHED;
static LIST_HEAD(uses);
static DECLARE_WAIT_QUEUE_HEAD(use_ended);

#ifdef CONFIG_LOCKDEP
/* A use is a lock for whoever takes the range away. */
static struct lock_class_key use_key;
static struct lockdep_map use_map =
	STATIC_LOCKDEP_MAP_INIT("pfn_special_range_use", &use_key);
#endif

/**
 * pfn_special_range_add() - say which mapping some memory is behind
 * @range: filled in by the caller, who keeps it until pfn_special_range_del()
 *
 * From now on a memory error in the range is taken care of: unmapped wherever
 * @range->mapping maps it, its processes told, the page never mapped again.
 * Several ranges may hold the same page.
 *
 * Context: Any but interrupts.
 */
void pfn_special_range_add(struct pfn_special_range *range)
{
	spin_lock(&ranges_lock);
	interval_tree_insert(&range->node, &ranges);
	spin_unlock(&ranges_lock);
}
EXPORT_SYMBOL_GPL(pfn_special_range_add);

static bool is_used(const struct pfn_special_range *range)
{
	struct pfn_special_range_use *use;
	bool used = false;

	spin_lock(&ranges_lock);
	list_for_each_entry(use, &uses, node)
		if (use->range == range)
			used = true;
	spin_unlock(&ranges_lock);
	return used;
}

/**
 * pfn_special_range_del() - end pfn_special_range_add()
 * @range: as given there
 *
 * When this returns nobody unmaps anything or writes to the memory for an error in
 * @range any more.
 *
 * Context: May sleep; mmap_lock may be held, but no lock of page tables and not
 * i_mmap_rwsem of @range->mapping.
 */
void pfn_special_range_del(struct pfn_special_range *range)
{
	might_sleep();
	spin_lock(&ranges_lock);
	interval_tree_remove(&range->node, &ranges);
	spin_unlock(&ranges_lock);

	lock_map_acquire(&use_map);
	lock_map_release(&use_map);
	wait_event(use_ended, !is_used(range));
}
EXPORT_SYMBOL_GPL(pfn_special_range_del);

/**
 * pfn_special_range_resize() - change where a range ends
 * @range: as given to pfn_special_range_add()
 * @last: its new last pfn
 *
 * What is in the range before and after is in it all the time.
 *
 * Context: As for pfn_special_range_add().
 */
void pfn_special_range_resize(struct pfn_special_range *range,
			      unsigned long last)
{
	spin_lock(&ranges_lock);
	interval_tree_remove(&range->node, &ranges);
	range->node.last = last;
	interval_tree_insert(&range->node, &ranges);
	spin_unlock(&ranges_lock);
}
EXPORT_SYMBOL_GPL(pfn_special_range_resize);

/* Ranges have an order: by their first pfn, and by address where that is the same. */
static bool comes_after(const struct pfn_special_range *range,
			unsigned long start, const struct pfn_special_range *than)
{
	if (range->node.start != start)
		return range->node.start > start;
	return range > than;
}

/* The first range that holds @pfn, after the one that @use had. */
static const struct pfn_special_range *
find_next(const struct pfn_special_range_use *use, unsigned long pfn)
{
	const struct pfn_special_range *range, *next = NULL;
	struct interval_tree_node *node;

	lockdep_assert_held(&ranges_lock);
	for (node = interval_tree_iter_first(&ranges, pfn, pfn); node;
	     node = interval_tree_iter_next(node, pfn, pfn)) {
		range = container_of(node, struct pfn_special_range, node);
		if (comes_after(range, use->start, use->range) &&
		    (!next || comes_after(next, range->node.start, range)))
			next = range;
	}
	return next;
}

/**
 * pfn_special_range_use_next() - find and hold the next range with a page
 * @use: all zero, or what the call before has filled in
 * @pfn: the page
 *
 * Lets go of the range that @use has held.
 *
 * Context: While the range is held: may sleep, but not for anybody who may be in
 * pfn_special_range_del(), and so not for memory from file systems (GFP_NOFS).
 * Return: false if there is no further range; nothing is held then.
 */
bool pfn_special_range_use_next(struct pfn_special_range_use *use,
				unsigned long pfn)
{
	const struct pfn_special_range *range;

	pfn_special_range_use_end(use);
	spin_lock(&ranges_lock);
	range = find_next(use, pfn);
	if (range) {
		use->range = range;
		use->start = range->node.start;
		use->ext = (struct pfn_special_extent) {
			.pgoff = range->pgoff, .pfn = range->node.start,
			.nr = range->node.last - range->node.start + 1,
		};
		use->held = true;
		list_add(&use->node, &uses);
	}
	spin_unlock(&ranges_lock);
	if (range)
		lock_map_acquire_read(&use_map);
	return range;
}

/**
 * pfn_special_range_use_end() - let go of a range
 * @use: as from pfn_special_range_use_next(), which can be called again; does
 *       nothing if nothing is held
 */
void pfn_special_range_use_end(struct pfn_special_range_use *use)
{
	if (!use->held)
		return;
	lock_map_release(&use_map);
	spin_lock(&ranges_lock);
	list_del(&use->node);
	spin_unlock(&ranges_lock);
	use->held = false;
	wake_up_all(&use_ended);
}
