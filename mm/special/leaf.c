// SPDX-License-Identifier: GPL-2.0-only
/*
 * Special leaves in user page tables. All of this runs in a look section: nothing
 * sleeps, and what has been found out before stays true.
 *
 * vmf_insert_pfn*() are not used: they take the memory type from the PAT code,
 * which answers "uncached" for memory that is neither System RAM nor reserved.
 * The VMA's own vm_page_prot is write-back, and so are the leaves made here.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <asm/pgalloc.h>

#include "core_bugs.h"
#include "extent.h"
#include "leaf.h"
#include "partial.h"
#include "trace.h"

static unsigned long fault_around_bytes = SZ_512K;
module_param(fault_around_bytes, ulong, 0644);
MODULE_PARM_DESC(fault_around_bytes,
		 "Bytes that one fault maps where only 4K leaves fit (default 512K, most: 2M)");

static unsigned int fault_around_leaves = 8;

static int set_fault_around_leaves(const char *value,
				   const struct kernel_param *param)
{
	unsigned int nr;
	int rc = kstrtouint(value, 0, &nr);

	if (rc)
		return rc;
	if (!nr || nr > PTRS_PER_PMD)
		return -EINVAL;
	WRITE_ONCE(fault_around_leaves, rounddown_pow_of_two(nr));
	return 0;
}

static const struct kernel_param_ops fault_around_leaves_ops = {
	.set = set_fault_around_leaves,
	.get = param_get_uint,
};
module_param_cb(fault_around_leaves, &fault_around_leaves_ops,
		&fault_around_leaves, 0644);
MODULE_PARM_DESC(fault_around_leaves,
		 "2M or 1G leaves that one fault maps where the memory is clear (default 8, most: 512)");

/* Bytes in a leaf of each kind, as a power of two. */
static const unsigned int shifts[] = {
	[PFN_SPECIAL_4K] = PAGE_SHIFT,
	[PFN_SPECIAL_2M] = PMD_SHIFT,
	[PFN_SPECIAL_1G] = PUD_SHIFT,
};

/*
 * Nearly all of a fault is the way from the exception to here and back, and all of
 * it is saved for leaves that are put in before somebody asks: an aligned block,
 * which is in one table.
 */
static unsigned long around(enum pfn_special_leaf kind)
{
	if (kind == PFN_SPECIAL_4K)
		return rounddown_pow_of_two(clamp(READ_ONCE(fault_around_bytes),
						  PAGE_SIZE, PMD_SIZE));
	return (unsigned long)READ_ONCE(fault_around_leaves) << shifts[kind];
}

/**
 * leaf_fits() - find the leaf of a size that serves a fault
 * @leaf: set to the leaf
 * @kind: the size
 * @vmf: the fault
 * @run: good memory around the fault, by the page offsets of the mapping
 * @base: page offset in the memory of the first page of @run
 *
 * Return: false if VMA, run or the alignment of either have no room for it.
 */
bool leaf_fits(struct leaf *leaf, enum pfn_special_leaf kind,
	       const struct vm_fault *vmf, const struct pfn_special_extent *run,
	       pgoff_t base)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned long size = 1UL << shifts[kind];
	unsigned long block, before, skip;

	if (kind == PFN_SPECIAL_1G &&
	    !(has_transparent_pud_hugepage() && core_allows_1g_leaves()))
		return false;
	leaf->pfn = pfn_extent_fit(run, vma->vm_start, vma->vm_end,
				   vma->vm_pgoff, vmf->address, size);
	if (!leaf->pfn)
		return false;
	leaf->kind = kind;
	leaf->address = ALIGN_DOWN(vmf->address, size);
	skip = leaf->pfn - run->pfn;
	leaf->pgoff = base + skip;
	block = around(kind);
	before = leaf->address & (block - 1);
	leaf->before = min3(before, leaf->address - vma->vm_start,
			    skip << PAGE_SHIFT);
	leaf->after = min3(block - before, vma->vm_end - leaf->address,
			   (run->nr - skip) << PAGE_SHIFT);
	return true;
}

/**
 * leaf_needs() - what has to be clear before a leaf is set
 * @leaf: the leaf
 * @pgoff: set to the first page offset in the memory
 * @nr: set to the length in pages
 *
 * Of 4K leaves it is all that go in together: they share a granule or two. Of
 * larger ones it is the one that the fault is about.
 */
void leaf_needs(const struct leaf *leaf, pgoff_t *pgoff, unsigned long *nr)
{
	if (leaf->kind == PFN_SPECIAL_4K) {
		*pgoff = leaf->pgoff - (leaf->before >> PAGE_SHIFT);
		*nr = (leaf->before + leaf->after) >> PAGE_SHIFT;
	} else {
		*pgoff = leaf->pgoff;
		*nr = 1UL << (shifts[leaf->kind] - PAGE_SHIFT);
	}
}

/**
 * leaf_shrink() - be content with less around a leaf
 * @leaf: the leaf, not all of what it needs being clear
 *
 * 4K leaves that go in together are worth a fault each, but not clearing memory that
 * nobody may ever want.
 *
 * Return: false if it needs no less.
 */
bool leaf_shrink(struct leaf *leaf)
{
	pgoff_t chunk = ALIGN_DOWN(leaf->pgoff, CHUNK_PAGES);
	unsigned long before = (leaf->pgoff - chunk) << PAGE_SHIFT;
	unsigned long after = (CHUNK_PAGES << PAGE_SHIFT) - before;

	if (leaf->kind != PFN_SPECIAL_4K ||
	    (leaf->before <= before && leaf->after <= after))
		return false;
	leaf->before = min(leaf->before, before);
	leaf->after = min(leaf->after, after);
	return true;
}

/* @nr leaves were set, @before of them before that of the fault. */
static void count_leaves(struct pfn_special *ps, struct vm_fault *vmf,
			 const struct leaf *leaf, unsigned long before,
			 unsigned long nr)
{
	unsigned int shift = shifts[leaf->kind];

	atomic64_add(nr, &ps->leaves[leaf->kind]);
	trace_pfn_special_fault(ps->name, vmf, leaf->kind,
				leaf->address - (before << shift),
				leaf->pfn - (before << (shift - PAGE_SHIFT)),
				nr);
}

/*
 * Writable at once where the VMA is: vm_page_prot alone would cost a second
 * fault when the soft-dirty bit is being tracked.
 */
static pte_t special_pte(struct vm_area_struct *vma, unsigned long pfn)
{
	pte_t pte = pte_mkyoung(pte_mkspecial(pfn_pte(pfn, vma->vm_page_prot)));

	return vma->vm_flags & VM_WRITE ?
		pte_mkwrite_novma(pte_mkdirty(pte)) : pte;
}

static pmd_t special_pmd(struct vm_area_struct *vma, unsigned long pfn)
{
	pmd_t pmd = pmd_mkhuge(pfn_pmd(pfn, vma->vm_page_prot));

	pmd = pmd_mkyoung(pmd_mkspecial(pmd));
	return vma->vm_flags & VM_WRITE ?
		pmd_mkwrite_novma(pmd_mkdirty(pmd)) : pmd;
}

static pud_t special_pud(struct vm_area_struct *vma, unsigned long pfn)
{
	pud_t pud = pud_mkhuge(pfn_pud(pfn, vma->vm_page_prot));

	pud = pud_mkyoung(pud_mkspecial(pud));
	return vma->vm_flags & VM_WRITE ? pud_mkwrite(pud_mkdirty(pud)) : pud;
}

/*
 * Someone else filled the entry first. A leaf that allows the access is as good
 * as ours; FALLBACK makes the core split one that does not (that is: drop it)
 * and go on to smaller leaves, as it does for a table.
 */
static vm_fault_t lost_race(struct vm_fault *vmf, bool leaf, bool writable)
{
	if (!leaf || (vmf->flags & FAULT_FLAG_WRITE && !writable))
		return VM_FAULT_FALLBACK;
	return VM_FAULT_NOPAGE;
}

/*
 * Put leaves in next to that of the fault, up (@step 1) or down (@step -1), for so
 * many bytes, or until there is something else or memory that is yet to be
 * cleared. The page table lock is held. Returns the number of leaves.
 */
static unsigned long set_puds_toward(struct pfn_special *ps,
				     struct vm_fault *vmf,
				     const struct leaf *leaf, long step,
				     unsigned long bytes)
{
	unsigned long addr = leaf->address, pfn = leaf->pfn, nr;
	pgprot_t prot = pud_pgprot(*vmf->pud);
	pgoff_t pgoff = leaf->pgoff;
	pud_t *pud = vmf->pud;

	for (nr = 0; bytes >= PUD_SIZE; nr++, bytes -= PUD_SIZE) {
		addr += step * (long)PUD_SIZE;
		pfn += step * (1L << PUD_ORDER);
		pgoff += step * (1L << PUD_ORDER);
		pud += step;
		if (!pud_none(*pud) ||
		    !pfn_special_is_clear(ps, pgoff, 1UL << PUD_ORDER))
			break;
		set_pud_at(vmf->vma->vm_mm, addr, pud, pfn_pud(pfn, prot));
	}
	return nr;
}

static vm_fault_t set_puds(struct pfn_special *ps, struct vm_fault *vmf,
			   const struct leaf *leaf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	spinlock_t *ptl = pud_lock(mm, vmf->pud);
	unsigned long before, nr;
	vm_fault_t ret;

	if (!pud_none(*vmf->pud)) {
		ret = lost_race(vmf, pud_leaf(*vmf->pud), pud_write(*vmf->pud));
		spin_unlock(ptl);
		return ret;
	}
	set_pud_at(mm, leaf->address, vmf->pud,
		   special_pud(vmf->vma, leaf->pfn));
	before = set_puds_toward(ps, vmf, leaf, -1, leaf->before);
	nr = before + 1 + set_puds_toward(ps, vmf, leaf, 1,
					  leaf->after - PUD_SIZE);
	spin_unlock(ptl);
	count_leaves(ps, vmf, leaf, before, nr);
	return VM_FAULT_NOPAGE;
}

static unsigned long set_pmds_toward(struct pfn_special *ps,
				     struct vm_fault *vmf,
				     const struct leaf *leaf, long step,
				     unsigned long bytes)
{
	unsigned long addr = leaf->address, pfn = leaf->pfn, nr;
	pgprot_t prot = pmd_pgprot(*vmf->pmd);
	pgoff_t pgoff = leaf->pgoff;
	pmd_t *pmd = vmf->pmd;

	for (nr = 0; bytes >= PMD_SIZE; nr++, bytes -= PMD_SIZE) {
		addr += step * (long)PMD_SIZE;
		pfn += step * (1L << PMD_ORDER);
		pgoff += step * (1L << PMD_ORDER);
		pmd += step;
		if (!pmd_none(*pmd) ||
		    !pfn_special_is_clear(ps, pgoff, 1UL << PMD_ORDER))
			break;
		set_pmd_at(vmf->vma->vm_mm, addr, pmd, pfn_pmd(pfn, prot));
	}
	return nr;
}

static vm_fault_t set_pmds(struct pfn_special *ps, struct vm_fault *vmf,
			   const struct leaf *leaf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	spinlock_t *ptl = pmd_lock(mm, vmf->pmd);
	unsigned long before, nr;
	vm_fault_t ret;

	if (!pmd_none(*vmf->pmd)) {
		ret = lost_race(vmf, pmd_leaf(*vmf->pmd), pmd_write(*vmf->pmd));
		spin_unlock(ptl);
		return ret;
	}
	set_pmd_at(mm, leaf->address, vmf->pmd,
		   special_pmd(vmf->vma, leaf->pfn));
	before = set_pmds_toward(ps, vmf, leaf, -1, leaf->before);
	nr = before + 1 + set_pmds_toward(ps, vmf, leaf, 1,
					  leaf->after - PMD_SIZE);
	spin_unlock(ptl);
	count_leaves(ps, vmf, leaf, before, nr);
	return VM_FAULT_NOPAGE;
}

/*
 * Use the page table that the core allocated ahead of ->fault. It did not if it
 * saw a leaf, which may be gone again: then the fault has to come once more.
 */
static bool install_table(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	spinlock_t *ptl = pmd_lock(mm, vmf->pmd);
	bool table;

	if (pmd_none(*vmf->pmd) && vmf->prealloc_pte) {
		mm_inc_nr_ptes(mm);
		/* The table's entries are visible before the table is. */
		smp_wmb();
		pmd_populate(mm, vmf->pmd, vmf->prealloc_pte);
		vmf->prealloc_pte = NULL;
	}
	table = !pmd_none(*vmf->pmd) && !pmd_leaf(*vmf->pmd);
	spin_unlock(ptl);
	return table;
}

/* Every 4K leaf of the block that is not there yet; returns how many those are. */
static unsigned long set_ptes_around(const struct vm_fault *vmf,
				     const struct leaf *leaf)
{
	unsigned long pfn = leaf->pfn - (leaf->before >> PAGE_SHIFT);
	unsigned long addr = leaf->address - leaf->before;
	struct vm_area_struct *vma = vmf->vma;
	pgprot_t prot = pte_pgprot(special_pte(vma, pfn));
	/*
	 * The table stays where it is: nothing collapses or reclaims tables of
	 * a PFNMAP VMA while the lock that this fault came with is held.
	 */
	pte_t *pte = pte_offset_kernel(vmf->pmd, addr);
	spinlock_t *ptl = pte_lockptr(vma->vm_mm, vmf->pmd);
	unsigned long nr = 0;

	spin_lock(ptl);
	for (; addr < leaf->address + leaf->after; addr += PAGE_SIZE, pte++, pfn++) {
		if (!pte_none(*pte))
			continue;
		set_pte_at(vma->vm_mm, addr, pte, pfn_pte(pfn, prot));
		nr++;
	}
	spin_unlock(ptl);
	return nr;
}

static vm_fault_t set_ptes_of(struct pfn_special *ps, struct vm_fault *vmf,
			      const struct leaf *leaf)
{
	if (install_table(vmf))
		count_leaves(ps, vmf, leaf, leaf->before >> PAGE_SHIFT,
			     set_ptes_around(vmf, leaf));
	return VM_FAULT_NOPAGE;
}

/**
 * leaf_set() - put a leaf into the page table, and its neighbours
 * @ps: the memory; what leaf_needs() says of it is clear
 * @vmf: the fault
 * @leaf: from leaf_fits()
 *
 * Larger leaves next to it go in where the memory is clear.
 *
 * Context: In a look section, in which @leaf was found.
 * Return: VM_FAULT_NOPAGE, also if somebody else was first or the fault has to
 * come again; VM_FAULT_FALLBACK if there is a table of smaller leaves.
 */
vm_fault_t leaf_set(struct pfn_special *ps, struct vm_fault *vmf,
		    const struct leaf *leaf)
{
	switch (leaf->kind) {
	case PFN_SPECIAL_1G:
		return set_puds(ps, vmf, leaf);
	case PFN_SPECIAL_2M:
		return set_pmds(ps, vmf, leaf);
	default:
		return set_ptes_of(ps, vmf, leaf);
	}
}
