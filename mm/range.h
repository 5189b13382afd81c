/* SPDX-License-Identifier: GPL-2.0-only */
/* Which mappings are behind a page frame. Inside pfn_special.ko only. */
#ifndef _PFN_SPECIAL_RANGE_H
#define _PFN_SPECIAL_RANGE_H

#include "pfn_special.h"

void pfn_special_ranges_lock(void);
void pfn_special_ranges_unlock(void);
/* The ranges that hold pfn, one after the other; both with the lock held. */
struct pfn_special_range *pfn_special_range_first(unsigned long pfn);
struct pfn_special_range *pfn_special_range_next(struct pfn_special_range *range,
						 unsigned long pfn);

#endif /* _PFN_SPECIAL_RANGE_H */
