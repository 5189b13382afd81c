// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a page frame to those who map it. Special leaves leave no trace in any
 * struct page, so an owner says here which address_space its memory is behind.
 */
#include <linux/interval_tree.h>
#include <linux/rwsem.h>

#include "range.h"

static struct rb_root_cached ranges = RB_ROOT_CACHED;
static DECLARE_RWSEM(ranges_sem);

/**
 * pfn_special_range_add() - say which mapping some memory is behind
 * @range: filled in by the caller, who keeps it until pfn_special_range_del()
 *
 * From now on a memory error in the range is taken care of: unmapped wherever
 * @range->mapping maps it, its processes told, the page never mapped again.
 * Several ranges may hold the same page.
 *
 * Context: May sleep; mmap_lock may be held, a read side of pfn_special_srcu
 * may not.
 */
void pfn_special_range_add(struct pfn_special_range *range)
{
	down_write(&ranges_sem);
	interval_tree_insert(&range->node, &ranges);
	up_write(&ranges_sem);
}
EXPORT_SYMBOL_GPL(pfn_special_range_add);

/**
 * pfn_special_range_del() - end pfn_special_range_add()
 * @range: as given there
 *
 * The handling of an error in @range is over when this returns.
 *
 * Context: As for pfn_special_range_add().
 */
void pfn_special_range_del(struct pfn_special_range *range)
{
	down_write(&ranges_sem);
	interval_tree_remove(&range->node, &ranges);
	up_write(&ranges_sem);
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
	down_write(&ranges_sem);
	interval_tree_remove(&range->node, &ranges);
	range->node.last = last;
	interval_tree_insert(&range->node, &ranges);
	up_write(&ranges_sem);
}
EXPORT_SYMBOL_GPL(pfn_special_range_resize);

void pfn_special_ranges_lock(void)
{
	down_read(&ranges_sem);
}

void pfn_special_ranges_unlock(void)
{
	up_read(&ranges_sem);
}

static struct pfn_special_range *to_range(struct interval_tree_node *node)
{
	return node ? container_of(node, struct pfn_special_range, node) : NULL;
}

struct pfn_special_range *pfn_special_range_first(unsigned long pfn)
{
	lockdep_assert_held(&ranges_sem);
	return to_range(interval_tree_iter_first(&ranges, pfn, pfn));
}

struct pfn_special_range *pfn_special_range_next(struct pfn_special_range *range,
						 unsigned long pfn)
{
	lockdep_assert_held(&ranges_sem);
	return to_range(interval_tree_iter_next(&range->node, pfn, pfn));
}
