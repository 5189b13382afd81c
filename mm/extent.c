// SPDX-License-Identifier: GPL-2.0-only
/* Which physical memory is behind a page offset. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "internal.h"

/* Extents come from tools and firmware: trust neither their order nor sums. */
int pfn_special_extents_check(const struct pfn_special_extent *extents,
			      unsigned int nr_extents)
{
	unsigned long end = 0, pfn_end;
	unsigned int i;

	if (!nr_extents)
		return -EINVAL;
	for (i = 0; i < nr_extents; i++) {
		const struct pfn_special_extent *ext = &extents[i];

		if (!ext->nr || !ext->pfn || ext->pgoff != end ||
		    check_add_overflow(end, ext->nr, &end) ||
		    check_add_overflow(ext->pfn, ext->nr, &pfn_end))
			return -EINVAL;
	}
	return 0;
}

/**
 * pfn_special_lookup() - find the contiguous memory around a page offset
 * @ps: the memory
 * @pgoff: page offset
 * @run: set to the longest contiguous run that holds @pgoff
 *
 * Context: Any.
 * Return: false if @pgoff is past the end; @run is then undefined.
 */
bool pfn_special_lookup(const struct pfn_special *ps, pgoff_t pgoff,
			struct pfn_special_extent *run)
{
	unsigned int lo = 0, hi = ps->nr_extents;

	if (pgoff >= ps->nr_pages)
		return false;
	while (hi - lo > 1) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (ps->extents[mid].pgoff <= pgoff)
			lo = mid;
		else
			hi = mid;
	}
	*run = ps->extents[lo];
	return true;
}
EXPORT_SYMBOL_GPL(pfn_special_lookup);
