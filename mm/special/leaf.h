/* SPDX-License-Identifier: GPL-2.0-only */
/* Leaves in user page tables: where one fits, and putting it there. */
#ifndef _PFN_SPECIAL_LEAF_H
#define _PFN_SPECIAL_LEAF_H

#include "special.h"

struct vm_fault;

/**
 * struct leaf - a leaf around a fault, and what fits around it
 * @kind: its size
 * @address: user address, aligned to the size
 * @pfn: first page
 * @pgoff: page offset in the memory of @pfn
 * @before: bytes before @address that leaves of the same size may fill
 * @after: bytes from @address on, the leaf included
 *
 * @before and @after stay in one page table, the VMA, and the run of good pages.
 */
struct leaf {
	enum pfn_special_leaf kind;
	unsigned long address;
	unsigned long pfn;
	pgoff_t pgoff;
	unsigned long before;
	unsigned long after;
};

bool leaf_fits(struct leaf *leaf, enum pfn_special_leaf kind,
	       const struct vm_fault *vmf, const struct pfn_special_extent *run,
	       pgoff_t base);
void leaf_needs(const struct leaf *leaf, pgoff_t *pgoff, unsigned long *nr);
bool leaf_shrink(struct leaf *leaf);
vm_fault_t leaf_set(struct pfn_special *ps, struct vm_fault *vmf,
		    const struct leaf *leaf);

#endif /* _PFN_SPECIAL_LEAF_H */
