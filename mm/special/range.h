/* SPDX-License-Identifier: GPL-2.0-only */
/* Which mappings are behind a page frame. Inside pfn_special.ko only. */
#ifndef _PFN_SPECIAL_RANGE_H
#define _PFN_SPECIAL_RANGE_H

#include <linux/list.h>

#include "../pfn_special.h"

/**
 * struct pfn_special_range_use - somebody works on a range; on his stack
 * @range: the range. Its mapping, name, page offset and first pfn stay as they are
 *         while it is held, and so does the memory: whoever takes a range away
 *         waits for those who work on it.
 * @ext: what was in the range when it was found, by the page offsets of its mapping
 * @node: in the list of all uses, while held
 * @start: first pfn of @range, to go on after it has been let go
 * @held: @range may be looked at
 *
 * All zero before the first pfn_special_range_use_next().
 */
struct pfn_special_range_use {
	const struct pfn_special_range *range;
	struct pfn_special_extent ext;
	struct list_head node;
	unsigned long start;
	bool held;
};

bool pfn_special_range_use_next(struct pfn_special_range_use *use,
				unsigned long pfn);
void pfn_special_range_use_end(struct pfn_special_range_use *use);

/* The page offset in the range's mapping that a pfn is behind. */
static inline pgoff_t
pfn_special_range_pgoff(const struct pfn_special_range_use *use,
			unsigned long pfn)
{
	return use->ext.pgoff + (pfn - use->ext.pfn);
}

#endif /* _PFN_SPECIAL_RANGE_H */
