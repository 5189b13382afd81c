/* SPDX-License-Identifier: GPL-2.0-only */
/* Granules of which only some chunks are clear. Inside pfn_special.ko only. */
#ifndef _PFN_SPECIAL_PARTIAL_H
#define _PFN_SPECIAL_PARTIAL_H

#include <linux/bits.h>
#include <linux/minmax.h>

#include "special.h"

/* What is cleared for a 4K leaf: 64 KiB, of which there are 32 in a granule. */
#define CHUNK_PAGES	16UL
#define CHUNKS		(GRANULE_PAGES / CHUNK_PAGES)

/**
 * chunks_in() - the chunks that a granule has of a range
 * @granule: the granule, some of which is in the range
 * @pgoff: first page offset
 * @end: page offset after it
 *
 * Return: a bit for each chunk that is at least partly in the range.
 */
static inline u32 chunks_in(unsigned long granule, pgoff_t pgoff, pgoff_t end)
{
	pgoff_t base = granule * GRANULE_PAGES;
	pgoff_t first = max(pgoff, base) - base;
	pgoff_t last = min(end, base + GRANULE_PAGES) - base - 1;

	return GENMASK(last / CHUNK_PAGES, first / CHUNK_PAGES);
}

void zero_partial_init(struct pfn_special_zero_state *zero,
		       unsigned long nr_granules);
void zero_partial_prepare(struct pfn_special_zero_state *zero, int node);
void zero_partial_exit(struct pfn_special_zero_state *zero);
size_t zero_partial_metadata_bytes(const struct pfn_special_zero_state *zero);
u32 zero_partial(const struct pfn_special_zero_state *zero,
		 unsigned long granule);
bool zero_partial_has_room(const struct pfn_special_zero_state *zero,
			   unsigned long granule);
void zero_partial_add(struct pfn_special_zero_state *zero,
		      unsigned long granule, u32 chunks);
void zero_partial_drop(struct pfn_special_zero_state *zero, unsigned long first,
		       unsigned long end);
unsigned long zero_partial_chunks(const struct pfn_special_zero_state *zero);

#endif /* _PFN_SPECIAL_PARTIAL_H */
