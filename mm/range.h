/* SPDX-License-Identifier: GPL-2.0-only */
/* Which mappings are behind a page frame. Inside pfn_special.ko only. */
#ifndef _PFN_SPECIAL_RANGE_H
#define _PFN_SPECIAL_RANGE_H

#include "pfn_special.h"

void pfn_special_ranges_lock(void);
void pfn_special_ranges_unlock(void);
struct pfn_special_range *pfn_special_range_first(unsigned long pfn);
struct pfn_special_range *pfn_special_range_next(struct pfn_special_range *range,
						 unsigned long pfn);

/* For each range that holds pfn, with pfn_special_ranges_lock() held. */
#define for_each_pfn_special_range(range, pfn)			\
	for (range = pfn_special_range_first(pfn); range;	\
	     range = pfn_special_range_next(range, pfn))

#endif /* _PFN_SPECIAL_RANGE_H */
