// SPDX-License-Identifier: GPL-2.0-only
/*
 * User addresses: where a mapping should be for large leaves, and what must be
 * undone before the core moves or splits one.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>

#include "internal.h"

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

/**
 * pfn_special_get_unmapped_area() - choose an address for the largest leaves
 * @ps: the memory
 * @file: the file to be mapped
 * @addr: hint, or 0
 * @len: bytes
 * @pgoff: page offset
 * @flags: MAP_* flags
 * @align: what the mapping's start must be aligned to, in bytes; page offsets
 *         and extents are aligned to it too
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
					    unsigned long flags,
					    unsigned long align)
{
	const struct pfn_special_extent *ext;
	unsigned long size;

	ext = best_extent(ps, pgoff, len >> PAGE_SHIFT, &size);
	return pfn_special_place(file, addr, len, pgoff, flags, align, ext,
				 size);
}
EXPORT_SYMBOL_GPL(pfn_special_get_unmapped_area);

/**
 * pfn_special_place() - choose an address that suits one extent
 * @file: the file to be mapped
 * @addr: hint, or 0
 * @len: bytes
 * @pgoff: page offset
 * @flags: MAP_* flags
 * @align: what the mapping's start must be aligned to, in bytes
 * @ext: the extent that decides, by the mapping's page offsets; NULL if none
 * @size: bytes of the leaves to be used for it
 *
 * Context: mmap_lock held for writing, from file_operations.
 * Return: an address, or an errno as an address.
 */
unsigned long pfn_special_place(struct file *file, unsigned long addr,
				unsigned long len, pgoff_t pgoff,
				unsigned long flags, unsigned long align,
				const struct pfn_special_extent *ext,
				unsigned long size)
{
	unsigned long want = 0, got, slack;

	if (addr || flags & MAP_FIXED) {
		got = mm_get_unmapped_area(current->mm, file, addr, len, pgoff,
					   flags);
		/* A hint that cannot be used is no reason to fail. */
		if (flags & MAP_FIXED || IS_ERR_VALUE(got) ||
		    IS_ALIGNED(got, align))
			return got;
	}

	if (ext && size >= align)
		want = ((ext->pfn - ext->pgoff + pgoff) << PAGE_SHIFT) &
			(size - 1);
	else
		size = align;

	slack = size - PAGE_SIZE;
	if (slack && len + slack > len) {
		got = mm_get_unmapped_area(current->mm, file, 0, len + slack,
					   pgoff, flags);
		if (!IS_ERR_VALUE(got))
			return got + ((want - got) & (size - 1));
	}
	return mm_get_unmapped_area(current->mm, file, 0, len, pgoff, flags);
}
EXPORT_SYMBOL_GPL(pfn_special_place);

/* Is there a 1G leaf at this address? The VMA is locked against faults. */
static bool has_pud_leaf(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;

	if (pgd_none(*pgd))
		return false;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return false;
	pud = pud_offset(p4d, addr);
	return pud_leaf(READ_ONCE(*pud));
}

static void zap_pud_leaves(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end)
{
	unsigned long addr = max(ALIGN(vma->vm_start, PUD_SIZE),
				 ALIGN_DOWN(start, PUD_SIZE));

	mmap_assert_write_locked(vma->vm_mm);
	/* Faults that come with the VMA lock alone stay out from here on. */
	vma_start_write(vma);
	for (; addr < end && addr < vma->vm_end && vma->vm_end - addr >= PUD_SIZE;
	     addr += PUD_SIZE)
		if (has_pud_leaf(vma->vm_mm, addr))
			zap_vma_ptes(vma, addr, PUD_SIZE);
}

/**
 * pfn_special_split() - the core is about to split a mapping
 * @vma: the mapping
 * @addr: where, from vm_operations_struct.may_split
 *
 * The core splits a 2M leaf that would straddle two VMAs but forgets a 1G one:
 * fork would then copy all of it for either half, into addresses that belong
 * to someone else. Drop it; the halves fault smaller leaves in.
 *
 * Context: mmap_lock held for writing.
 */
void pfn_special_split(struct vm_area_struct *vma, unsigned long addr)
{
	if (!IS_ALIGNED(addr, PUD_SIZE))
		zap_pud_leaves(vma, addr, addr + 1);
}
EXPORT_SYMBOL_GPL(pfn_special_split);

/**
 * pfn_special_before_move() - the core may be about to move a mapping
 * @file: its file
 * @len: bytes
 * @addr: new address
 * @pgoff: page offset
 *
 * mremap() in 6.12 takes a 1G leaf for a corrupt page table: it prints "bad
 * pud", clears the entry and does not flush the TLB, which would leave the
 * memory reachable at the old address. It asks for the new address first, with
 * MAP_FIXED, so the leaves can be dropped in time. mmap() with MAP_FIXED looks
 * the same from here; all it costs is that an older mapping of the same range
 * faults once more.
 *
 * Context: mmap_lock held for writing, from file_operations.get_unmapped_area.
 */
void pfn_special_before_move(struct file *file, unsigned long addr,
			     unsigned long len, pgoff_t pgoff)
{
	pgoff_t last = pgoff + (len >> PAGE_SHIFT) - 1;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, current->mm, 0);
	for_each_vma(vmi, vma) {
		unsigned long start, end;

		if (vma->vm_file != file || vma->vm_pgoff > last ||
		    vma->vm_pgoff + vma_pages(vma) <= pgoff)
			continue;
		start = vma->vm_start +
			((max(pgoff, vma->vm_pgoff) - vma->vm_pgoff) << PAGE_SHIFT);
		end = vma->vm_start + ((min(last + 1, vma->vm_pgoff +
					    vma_pages(vma)) -
					vma->vm_pgoff) << PAGE_SHIFT);
		zap_pud_leaves(vma, start, end);
	}
}
EXPORT_SYMBOL_GPL(pfn_special_before_move);

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
	if (has_transparent_pud_hugepage() && all_leaves_are(ps, vma, PUD_SIZE))
		return PUD_SIZE;
	return all_leaves_are(ps, vma, PMD_SIZE) ? PMD_SIZE : PAGE_SIZE;
}
EXPORT_SYMBOL_GPL(pfn_special_pagesize);
