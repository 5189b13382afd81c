/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For who maps memory without struct page by other means than page tables: how to
 * hold it meanwhile. Found by symbol_get(), so that who only may come across such
 * memory does not need pfn_special to be loaded, or to be there when it is built.
 */
#ifndef _PFN_SPECIAL_HOLD_H
#define _PFN_SPECIAL_HOLD_H

#include <linux/interval_tree.h>

/**
 * struct pfn_special_hold - pages that are mapped by others than page tables
 * @node: first and last pfn; the holder may read them
 */
struct pfn_special_hold {
	struct interval_tree_node node;
};

/**
 * struct pfn_special_hold_ops - what a holder calls
 * @hold: hold pages from a first pfn on; the struct must not be in use, and is
 *        the caller's to free after @unhold. Several may hold the same page.
 * @more: hold so many further pages, that follow
 * @unhold: end it: no device can reach the pages any more, the IOMMU's page tables
 *          are cleared and its caches flushed
 *
 * None of them sleeps or fails; not for interrupt handlers. @hold and @more are
 * called with the lock of a page table entry held that maps the pages. From then
 * on the pages are nobody else's, whatever becomes of their mappings and files.
 */
struct pfn_special_hold_ops {
	void (*hold)(struct pfn_special_hold *hold, unsigned long pfn,
		     unsigned long nr);
	void (*more)(struct pfn_special_hold *hold, unsigned long nr);
	void (*unhold)(struct pfn_special_hold *hold);
};

extern const struct pfn_special_hold_ops pfn_special_hold_ops;

#endif /* _PFN_SPECIAL_HOLD_H */
