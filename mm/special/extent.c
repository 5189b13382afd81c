// SPDX-License-Identifier: GPL-2.0-only
/* Which physical memory is behind a page offset, and which leaves it can take. */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/pfn.h>
#include <asm/page.h>

#include "extent.h"

/**
 * pfn_extents_check() - are extents fit to describe memory?
 * @extents: the extents
 * @nr_extents: their number
 *
 * They come from tools and firmware: neither their order nor their sums can be
 * trusted.
 *
 * Return: 0, or -EINVAL unless they are sorted by page offset from 0 on, without
 * gaps, none empty or at pfn 0, and without overflow.
 */
int pfn_extents_check(const struct pfn_special_extent *extents,
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
 * pfn_extents_find() - find the extent that holds a page offset
 * @extents: extents that pfn_extents_check() accepted
 * @nr_extents: their number
 * @pgoff: page offset
 *
 * Return: the extent, or NULL if @pgoff is past the end.
 */
const struct pfn_special_extent *
pfn_extents_find(const struct pfn_special_extent *extents,
		 unsigned int nr_extents, pgoff_t pgoff)
{
	unsigned int lo = 0, hi = nr_extents;

	while (hi - lo > 1) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (extents[mid].pgoff <= pgoff)
			lo = mid;
		else
			hi = mid;
	}
	return pgoff - extents[lo].pgoff < extents[lo].nr ? &extents[lo] : NULL;
}

/**
 * pfn_extent_fit() - place one leaf around an address
 * @ext: contiguous memory behind the address
 * @vm_start: where the mapping starts
 * @vm_end: where it ends
 * @vm_pgoff: page offset at @vm_start
 * @address: faulting address inside the mapping
 * @size: leaf size in bytes
 *
 * Return: the pfn that the leaf starts with, or 0 if a leaf of @size does not
 * fit the mapping, the extent or the alignment of the physical memory.
 */
unsigned long pfn_extent_fit(const struct pfn_special_extent *ext,
			     unsigned long vm_start, unsigned long vm_end,
			     pgoff_t vm_pgoff, unsigned long address,
			     unsigned long size)
{
	unsigned long start = ALIGN_DOWN(address, size);
	unsigned long nr = PFN_DOWN(size);
	unsigned long pfn;
	pgoff_t pgoff;

	if (start < vm_start || vm_end - start < size)
		return 0;
	pgoff = vm_pgoff + PFN_DOWN(start - vm_start);
	if (pgoff < ext->pgoff || ext->nr < nr ||
	    pgoff - ext->pgoff > ext->nr - nr)
		return 0;
	pfn = ext->pfn + (pgoff - ext->pgoff);
	return IS_ALIGNED(pfn, nr) ? pfn : 0;
}

/**
 * pfn_extent_leaf_bytes() - what a range can take of leaves of one size
 * @ext: an extent
 * @pgoff: first page offset of the range
 * @nr: length of the range in pages
 * @size: leaf size in bytes
 *
 * Return: bytes of @ext inside the range that aligned leaves can cover.
 */
unsigned long pfn_extent_leaf_bytes(const struct pfn_special_extent *ext,
				    pgoff_t pgoff, unsigned long nr,
				    unsigned long size)
{
	pgoff_t first = max(ext->pgoff, pgoff);
	pgoff_t end = min(ext->pgoff + ext->nr, pgoff + nr);
	unsigned long start, stop;

	if (first >= end)
		return 0;
	start = ALIGN(ext->pfn + (first - ext->pgoff), PFN_DOWN(size));
	stop = ALIGN_DOWN(ext->pfn + (end - ext->pgoff), PFN_DOWN(size));
	return stop > start ? PFN_PHYS(stop - start) : 0;
}
