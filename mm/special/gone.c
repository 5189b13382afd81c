// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gone is gone. Here and nowhere else is memory taken out of page tables, by the
 * owners of the memory, when it changes hands, and by the handling of errors.
 *
 * Why nothing brings a leaf back, for each way in which one comes to exist:
 *
 *   a fault (of any size, and the leaves around)
 *                  the caller has made faults fail first: ->dead or the
 *                  quarantine, and pfn_special_settle(); or it keeps them out by
 *                  the lock under which they look, until the memory is no longer
 *                  what they find (dmemfs: invalidate_lock)
 *   fork           a child copies no leaf, it begins with empty page tables
 *                  (pfn_special_vma_open())
 *   mremap         moves leaves under the page table locks of both places, or,
 *                  where the new VMA comes before the old one in i_mmap, under
 *                  i_mmap_rwsem, which is held here; 1G leaves it never sees
 *                  (pfn_special_before_move())
 *   split, merge   the VMAs on both sides are in i_mmap before the lock is
 *                  dropped; 1G leaves across the border are dropped before
 *                  (pfn_special_split())
 *   mprotect       changes leaves in place, under their page table lock, and
 *                  leaves empty entries alone
 *   KVM            the zap invalidates through the MMU notifier; KVM looks up
 *                  leaves again and discards what it found before that
 *   VFIO           follows leaves and then uses the memory without: it is to be
 *                  asked, see held.c
 */
#include <linux/align.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "../pfn_special.h"

#define PUD_NR	(PUD_SIZE >> PAGE_SHIFT)

/**
 * pfn_special_leaf_start() - where could a leaf that holds a page begin?
 * @ext: contiguous memory behind contiguous page offsets
 * @pgoff: page offset in @ext
 *
 * A leaf begins at a multiple of its size in physical memory and does not leave
 * its extent.
 *
 * Return: the lowest page offset that may share a leaf with @pgoff.
 */
pgoff_t pfn_special_leaf_start(const struct pfn_special_extent *ext,
			       pgoff_t pgoff)
{
	unsigned long in = (ext->pfn + (pgoff - ext->pgoff)) % PUD_NR;

	return pgoff - min(in, pgoff - ext->pgoff);
}
EXPORT_SYMBOL_GPL(pfn_special_leaf_start);

/**
 * pfn_special_leaf_end() - where could a leaf that holds a page end?
 * @ext: contiguous memory behind contiguous page offsets
 * @pgoff: page offset in @ext
 *
 * Return: the page offset after the last that may share a leaf with @pgoff.
 */
pgoff_t pfn_special_leaf_end(const struct pfn_special_extent *ext,
			     pgoff_t pgoff)
{
	unsigned long left = PUD_NR -
			     (ext->pfn + (pgoff - ext->pgoff)) % PUD_NR;

	return pgoff + min(left, ext->pgoff + ext->nr - pgoff);
}
EXPORT_SYMBOL_GPL(pfn_special_leaf_end);

/**
 * pfn_special_gone() - take a range of a mapping out of all page tables
 * @mapping: the mapping
 * @first: first page offset
 * @last: last page offset, ULONG_MAX for the end
 *
 * The core cannot take a part out of a 1G leaf from here (zap_pud_range() wants
 * mmap_lock for that): no leaf may reach across either end, see
 * pfn_special_leaf_start() and pfn_special_leaf_end(). What is in the range and
 * still the owner's comes back by faults.
 *
 * Nor may a fault bring a 1G leaf into the range meanwhile, of whatever memory:
 * zap_pud_range() looks at an entry twice, and takes a leaf that has come in between
 * for a corrupt table. It clears the entry and leaves the TLB as it is, so that the
 * memory can be reached by whoever has it no more.
 *
 * Context: May sleep; takes i_mmap_rwsem. The caller has seen to it that no fault
 * finds the pages any more, as said at the top of this file.
 */
void pfn_special_gone(struct address_space *mapping, pgoff_t first,
		      pgoff_t last)
{
	/* All of it is 0 pages there: the end is then beyond any offset. */
	unmap_mapping_pages(mapping, first, last - first + 1, true);
}
EXPORT_SYMBOL_GPL(pfn_special_gone);
