// SPDX-License-Identifier: GPL-2.0-only
/* User addresses: where a mapping should be for large leaves. */
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>

#include "core_bugs.h"
#include "extent.h"
#include "special.h"

/* The extent that decides the address, and the leaf size it is good for. */
static const struct pfn_special_extent *
best_extent(const struct pfn_special *ps, pgoff_t pgoff, unsigned long nr,
	    unsigned long *size)
{
	static const unsigned long sizes[] = { PUD_SIZE, PMD_SIZE };
	const struct pfn_special_extent *best = NULL;
	unsigned long bytes, most = 0;
	unsigned int i, s;

	for (s = 0; s < ARRAY_SIZE(sizes) && !best; s++) {
		*size = sizes[s];
		for (i = 0; i < ps->nr_extents; i++) {
			bytes = pfn_extent_leaf_bytes(&ps->extents[i], pgoff, nr,
						      *size);
			if (bytes > most) {
				most = bytes;
				best = &ps->extents[i];
			}
		}
	}
	return best;
}

/* Where a page offset wants to be: congruent to what is behind it. */
static unsigned long wanted_address(const struct pfn_special_extent *ext,
				    pgoff_t pgoff)
{
	return (ext->pfn - ext->pgoff + pgoff) << PAGE_SHIFT;
}

/**
 * pfn_special_best_address() - where a mapping would have the largest leaves
 * @ps: the memory
 * @pgoff: its first page offset
 * @nr: its length in pages
 * @want: set to an address that is right modulo the size returned
 *
 * Return: bytes of the largest leaf that fits anywhere in it; PAGE_SIZE if all
 * addresses are the same.
 */
unsigned long pfn_special_best_address(const struct pfn_special *ps,
				       pgoff_t pgoff, unsigned long nr,
				       unsigned long *want)
{
	const struct pfn_special_extent *ext;
	unsigned long size;

	ext = best_extent(ps, pgoff, nr, &size);
	*want = ext ? wanted_address(ext, pgoff) : 0;
	return ext ? size : PAGE_SIZE;
}
EXPORT_SYMBOL_GPL(pfn_special_best_address);

/**
 * pfn_special_get_unmapped_area() - choose an address for the largest leaves
 * @ps: the memory
 * @file: the file to be mapped
 * @addr: hint, or 0
 * @len: bytes
 * @pgoff: page offset
 * @flags: MAP_* flags
 *
 * The address is congruent to the physical memory, not to the file offset:
 * only so can a 1G leaf serve a device of any alignment.
 *
 * Context: mmap_lock held for writing, from file_operations.
 * Return: an address, or an errno as an address.
 */
unsigned long pfn_special_get_unmapped_area(const struct pfn_special *ps,
					    struct file *file,
					    unsigned long addr,
					    unsigned long len, pgoff_t pgoff,
					    unsigned long flags)
{
	const struct pfn_special_extent *ext;
	unsigned long size;

	ext = best_extent(ps, pgoff, len >> PAGE_SHIFT, &size);
	return pfn_special_place(file, addr, len, pgoff, flags, ext, size);
}
EXPORT_SYMBOL_GPL(pfn_special_get_unmapped_area);

/**
 * pfn_special_place() - choose an address that suits one extent
 * @file: the file to be mapped
 * @addr: hint, or 0
 * @len: bytes
 * @pgoff: page offset
 * @flags: MAP_* flags
 * @ext: the extent that decides, by the mapping's page offsets; NULL if none
 * @size: bytes of the leaves to be used for it
 *
 * Context: mmap_lock held for writing, from file_operations.
 * Return: an address, or an errno as an address.
 */
unsigned long pfn_special_place(struct file *file, unsigned long addr,
				unsigned long len, pgoff_t pgoff,
				unsigned long flags,
				const struct pfn_special_extent *ext,
				unsigned long size)
{
	unsigned long got, slack = size - PAGE_SIZE;

	if (addr || flags & MAP_FIXED) {
		got = mm_get_unmapped_area(file, addr, len, pgoff,
					   flags);
		/* A hint that cannot be used is no reason for small leaves. */
		if (flags & MAP_FIXED || IS_ERR_VALUE(got) ||
		    got == PAGE_ALIGN(addr))
			return got;
	}

	if (ext && len + slack > len) {
		got = mm_get_unmapped_area(file, 0, len + slack,
					   pgoff, flags);
		if (!IS_ERR_VALUE(got))
			return got + ((wanted_address(ext, pgoff) - got) &
				      (size - 1));
	}
	return mm_get_unmapped_area(file, 0, len, pgoff, flags);
}
EXPORT_SYMBOL_GPL(pfn_special_place);

static bool all_leaves_are(const struct pfn_special *ps,
			   struct vm_area_struct *vma, unsigned long size)
{
	pgoff_t pgoff = vma->vm_pgoff, end = pgoff + vma_pages(vma);
	struct pfn_special_extent run;

	if (!IS_ALIGNED(vma->vm_start | vma->vm_end, size))
		return false;
	for (; pgoff < end; pgoff = run.pgoff + run.nr) {
		unsigned long addr = vma->vm_start +
				     ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);

		/* The next extent starts on a leaf boundary, so this one ends on one. */
		if (!pfn_special_lookup(ps, pgoff, &run) ||
		    !IS_ALIGNED(addr, size) ||
		    !IS_ALIGNED(PFN_PHYS(run.pfn + (pgoff - run.pgoff)), size))
			return false;
	}
	return true;
}

/**
 * pfn_special_pagesize() - contiguity that all of a mapping has
 * @ps: the memory
 * @vma: the mapping
 *
 * Return: the largest leaf size in bytes such that the whole of @vma is mapped
 * by leaves at least that large.
 */
unsigned long pfn_special_pagesize(const struct pfn_special *ps,
				   struct vm_area_struct *vma)
{
	if (has_transparent_pud_hugepage() && core_allows_1g_leaves() &&
	    all_leaves_are(ps, vma, PUD_SIZE))
		return PUD_SIZE;
	return all_leaves_are(ps, vma, PMD_SIZE) ? PMD_SIZE : PAGE_SIZE;
}
EXPORT_SYMBOL_GPL(pfn_special_pagesize);
