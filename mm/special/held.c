// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who maps memory without page tables, and without a reference that its owner
 * could see: VFIO, for an IOMMU.
 *
 * The vfio_iommu_type1 of drivers/vfio says what it maps. It holds pages while it
 * has the lock of a page table entry that maps them. An owner who takes pages
 * away first clears those entries, pfn_special_gone(), and then asks. Both take
 * the lock of the same entry, so one of two things has happened:
 *
 *   the holder came first    its hold was in the tree before it let the entry go,
 *                            so it is there when the owner, who got the entry's
 *                            lock later, looks into the tree
 *   the owner came first     the entry is empty, and there is nothing to hold
 *
 * The core skips an entry that it sees empty without taking the lock: somebody
 * else, an munmap(), cleared it under the lock, after the holder. The barrier in
 * pfn_special_held() orders that look before the one into the tree.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/interval_tree.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "../pfn_special.h"
#include "../pfn_special_hold.h"

/* Innermost of all locks: taken with that of a page table entry held. */
static DEFINE_SPINLOCK(held_lock);
static struct rb_root_cached held_tree = RB_ROOT_CACHED;
/* Changes with the lock held. */
static atomic_long_t nr_ended = ATOMIC_LONG_INIT(0);

static void hold(struct pfn_special_hold *hold, unsigned long pfn,
		 unsigned long nr)
{
	hold->node.start = pfn;
	hold->node.last = pfn + nr - 1;
	spin_lock(&held_lock);
	interval_tree_insert(&hold->node, &held_tree);
	spin_unlock(&held_lock);
}

static void hold_more(struct pfn_special_hold *hold, unsigned long nr)
{
	spin_lock(&held_lock);
	interval_tree_remove(&hold->node, &held_tree);
	hold->node.last += nr;
	interval_tree_insert(&hold->node, &held_tree);
	spin_unlock(&held_lock);
}

static void unhold(struct pfn_special_hold *hold)
{
	spin_lock(&held_lock);
	interval_tree_remove(&hold->node, &held_tree);
	atomic_long_inc(&nr_ended);
	spin_unlock(&held_lock);
}

const struct pfn_special_hold_ops pfn_special_hold_ops = {
	.hold = hold,
	.more = hold_more,
	.unhold = unhold,
};
EXPORT_SYMBOL_GPL(pfn_special_hold_ops);

/**
 * pfn_special_held_next() - find held pages
 * @pfn: where to begin; set to the first held page from there on
 * @last: where to end
 * @nr: set to the number of pages from the new @pfn on that are held, at least,
 *      and not beyond @last
 *
 * For a caller who goes on behind what was found; runs that touch come one by
 * one. Each call takes the logarithm of the number of holds.
 *
 * Context: Any but interrupts. The owner has called pfn_special_gone().
 * Return: false if none of @pfn to @last is held.
 */
bool pfn_special_held_next(unsigned long *pfn, unsigned long last,
			   unsigned long *nr)
{
	struct interval_tree_node *node;

	/* A cleared entry was seen before this: see the top of this file. */
	smp_mb();
	spin_lock(&held_lock);
	node = interval_tree_iter_first(&held_tree, *pfn, last);
	if (node) {
		*pfn = max(*pfn, node->start);
		*nr = min(last, node->last) - *pfn + 1;
	}
	spin_unlock(&held_lock);
	return node;
}
EXPORT_SYMBOL_GPL(pfn_special_held_next);

/**
 * pfn_special_held() - does somebody map pages without page tables?
 * @pfn: first page
 * @nr: number of pages, at least 1
 *
 * Exact for all who use pfn_special_hold_ops; see pfn_special_may_be_held() for
 * who does not. A page that is in no page table, and that no fault finds, is held
 * by nobody new: false stays false until the owner hands it out.
 *
 * Context: Any but interrupts. The owner has called pfn_special_gone().
 */
bool pfn_special_held(unsigned long pfn, unsigned long nr)
{
	unsigned long found;

	return pfn_special_held_next(&pfn, pfn + nr - 1, &found);
}
EXPORT_SYMBOL_GPL(pfn_special_held);

/**
 * pfn_special_holds_ended() - how many holds have ended so far
 *
 * For who has found pages held: as long as this is what it was before he looked, they
 * still are.
 *
 * Context: Any.
 */
unsigned long pfn_special_holds_ended(void)
{
	return atomic_long_read(&nr_ended);
}
EXPORT_SYMBOL_GPL(pfn_special_holds_ended);
