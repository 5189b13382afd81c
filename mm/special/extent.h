/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extents, and where leaves fit into them. Pure arithmetic: tests/unit builds
 * it on the host.
 */
#ifndef _PFN_SPECIAL_EXTENT_H
#define _PFN_SPECIAL_EXTENT_H

#include <linux/types.h>

/**
 * struct pfn_special_extent - contiguous memory behind contiguous page offsets
 * @pgoff: first page offset
 * @pfn: page frame behind @pgoff
 * @nr: length in pages
 */
struct pfn_special_extent {
	pgoff_t pgoff;
	unsigned long pfn;
	unsigned long nr;
};

int pfn_extents_check(const struct pfn_special_extent *extents,
		      unsigned int nr_extents);
const struct pfn_special_extent *
pfn_extents_find(const struct pfn_special_extent *extents,
		 unsigned int nr_extents, pgoff_t pgoff);
unsigned long pfn_extent_fit(const struct pfn_special_extent *ext,
			     unsigned long vm_start, unsigned long vm_end,
			     pgoff_t vm_pgoff, unsigned long address,
			     unsigned long size);
unsigned long pfn_extent_leaf_bytes(const struct pfn_special_extent *ext,
				    pgoff_t pgoff, unsigned long nr,
				    unsigned long size);

#endif /* _PFN_SPECIAL_EXTENT_H */
