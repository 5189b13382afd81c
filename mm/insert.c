// SPDX-License-Identifier: GPL-2.0-only
/*
 * Special leaves in user page tables.
 *
 * vmf_insert_pfn*() are not used: they take the memory type from the PAT code,
 * which answers "uncached" for memory that is neither System RAM nor reserved.
 * The VMA's own vm_page_prot is write-back, and so are the leaves made here.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <asm/pgalloc.h>

#include "internal.h"
#include "trace.h"

static unsigned long fault_around_bytes = PMD_SIZE;
module_param(fault_around_bytes, ulong, 0644);
MODULE_PARM_DESC(fault_around_bytes,
		 "Bytes that one fault maps where only 4K leaves fit (default and most: 2M)");

static vm_fault_t zero_error(int rc)
{
	return rc == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

static unsigned long fit(const struct vm_fault *vmf, unsigned long size,
			 const struct pfn_special_extent *run)
{
	const struct vm_area_struct *vma = vmf->vma;

	return pfn_extent_fit(run, vma->vm_start, vma->vm_end, vma->vm_pgoff,
			      vmf->address, size);
}

static void count_leaves(struct pfn_special *ps, struct vm_fault *vmf,
			 enum pfn_special_leaf leaf, unsigned long address,
			 unsigned long pfn, unsigned long nr)
{
	atomic64_add(nr, &ps->leaves[leaf]);
	trace_pfn_special_fault(ps->name, vmf, leaf, address, pfn, nr);
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

static vm_fault_t set_pud_leaf(struct pfn_special *ps, struct vm_fault *vmf,
			       unsigned long addr, unsigned long pfn)
{
	struct vm_area_struct *vma = vmf->vma;
	spinlock_t *ptl = pud_lock(vma->vm_mm, vmf->pud);
	bool none = pud_none(*vmf->pud);
	vm_fault_t ret = VM_FAULT_NOPAGE;

	if (none)
		set_pud_at(vma->vm_mm, addr, vmf->pud, special_pud(vma, pfn));
	else
		ret = lost_race(vmf, pud_leaf(*vmf->pud), pud_write(*vmf->pud));
	spin_unlock(ptl);
	if (none)
		count_leaves(ps, vmf, PFN_SPECIAL_1G, addr, pfn, 1);
	return ret;
}

static vm_fault_t insert_pud(struct pfn_special *ps, struct vm_fault *vmf,
			     const struct pfn_special_extent *run, pgoff_t base)
{
	unsigned long addr = ALIGN_DOWN(vmf->address, PUD_SIZE);
	unsigned long pfn = 0;
	int rc;

	if (has_transparent_pud_hugepage())
		pfn = fit(vmf, PUD_SIZE, run);
	if (!pfn)
		return VM_FAULT_FALLBACK;
	rc = pfn_special_zero(ps, base + (pfn - run->pfn),
			      PUD_SIZE >> PAGE_SHIFT);
	return rc ? zero_error(rc) : set_pud_leaf(ps, vmf, addr, pfn);
}

static vm_fault_t set_pmd_leaf(struct pfn_special *ps, struct vm_fault *vmf,
			       unsigned long addr, unsigned long pfn)
{
	struct vm_area_struct *vma = vmf->vma;
	spinlock_t *ptl = pmd_lock(vma->vm_mm, vmf->pmd);
	bool none = pmd_none(*vmf->pmd);
	vm_fault_t ret = VM_FAULT_NOPAGE;

	if (none)
		set_pmd_at(vma->vm_mm, addr, vmf->pmd, special_pmd(vma, pfn));
	else
		ret = lost_race(vmf, pmd_leaf(*vmf->pmd), pmd_write(*vmf->pmd));
	spin_unlock(ptl);
	if (none)
		count_leaves(ps, vmf, PFN_SPECIAL_2M, addr, pfn, 1);
	return ret;
}

static vm_fault_t insert_pmd(struct pfn_special *ps, struct vm_fault *vmf,
			     const struct pfn_special_extent *run, pgoff_t base)
{
	unsigned long addr = ALIGN_DOWN(vmf->address, PMD_SIZE);
	unsigned long pfn = fit(vmf, PMD_SIZE, run);
	int rc;

	if (!pfn)
		return VM_FAULT_FALLBACK;
	rc = pfn_special_zero(ps, base + (pfn - run->pfn),
			      PMD_SIZE >> PAGE_SHIFT);
	return rc ? zero_error(rc) : set_pmd_leaf(ps, vmf, addr, pfn);
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

static unsigned long set_pte_leaves(struct vm_fault *vmf, unsigned long start,
				    unsigned long end, unsigned long pfn)
{
	struct vm_area_struct *vma = vmf->vma;
	/*
	 * The table stays where it is: nothing collapses or reclaims tables of
	 * a PFNMAP VMA while the lock that this fault came with is held.
	 */
	pte_t *pte = pte_offset_kernel(vmf->pmd, start);
	spinlock_t *ptl = pte_lockptr(vma->vm_mm, vmf->pmd);
	unsigned long addr, nr = 0;

	spin_lock(ptl);
	for (addr = start; addr < end; addr += PAGE_SIZE, pte++, pfn++) {
		if (!pte_none(*pte))
			continue;
		set_pte_at(vma->vm_mm, addr, pte, special_pte(vma, pfn));
		nr++;
	}
	spin_unlock(ptl);
	return nr;
}

/* Every 4K leaf that one page table, the VMA, the run and the limit allow. */
static vm_fault_t insert_ptes(struct pfn_special *ps, struct vm_fault *vmf,
			      const struct pfn_special_extent *run, pgoff_t base)
{
	unsigned long around = clamp(READ_ONCE(fault_around_bytes), PAGE_SIZE,
				     PMD_SIZE);
	unsigned long start, end, before, after, pfn, nr;
	int rc;

	around = rounddown_pow_of_two(around);
	start = ALIGN_DOWN(vmf->address, around);
	end = min(start + around, vmf->vma->vm_end);
	start = max(start, vmf->vma->vm_start);
	before = min((vmf->address - start) >> PAGE_SHIFT,
		     vmf->pgoff - run->pgoff);
	after = min((end - vmf->address) >> PAGE_SHIFT,
		    run->pgoff + run->nr - vmf->pgoff);
	start = vmf->address - (before << PAGE_SHIFT);
	end = vmf->address + (after << PAGE_SHIFT);
	pfn = run->pfn + (vmf->pgoff - before - run->pgoff);

	rc = pfn_special_zero(ps, base + (pfn - run->pfn), before + after);
	if (rc)
		return zero_error(rc);
	if (!install_table(vmf))
		return VM_FAULT_NOPAGE;
	nr = set_pte_leaves(vmf, start, end, pfn);
	count_leaves(ps, vmf, PFN_SPECIAL_4K, start, pfn, nr);
	return VM_FAULT_NOPAGE;
}

/* @base is the memory's page offset of @run; in @run stands the mapping's. */
vm_fault_t pfn_special_insert(struct pfn_special *ps, struct vm_fault *vmf,
			      unsigned int order,
			      const struct pfn_special_extent *run,
			      pgoff_t base)
{
	vm_fault_t ret = VM_FAULT_FALLBACK;

	if (order == PUD_ORDER)
		return insert_pud(ps, vmf, run, base);
	if (order == PMD_ORDER)
		return insert_pmd(ps, vmf, run, base);
	if (order)
		return VM_FAULT_FALLBACK;
	/*
	 * The core does not offer huge faults to a task that turned THP off
	 * (prctl, MADV_NOHUGEPAGE). Nothing is collapsed or wasted here, so the
	 * larger leaf is right all the same.
	 */
	if (pmd_none(*vmf->pmd))
		ret = insert_pmd(ps, vmf, run, base);
	if (ret == VM_FAULT_FALLBACK)
		ret = insert_ptes(ps, vmf, run, base);
	return ret;
}
