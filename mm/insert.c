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
#include <linux/sizes.h>
#include <asm/pgalloc.h>

#include "internal.h"
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

/**
 * struct leaves_around - most that may go in with the leaf of a fault
 * @before: bytes before it
 * @after: bytes from its start on
 */
struct leaves_around {
	unsigned long before;
	unsigned long after;
};

static vm_fault_t zero_error(int rc)
{
	return rc == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/* Nearly always there is nothing to clear; that is not worth a call. */
static int clear(struct pfn_special *ps, pgoff_t pgoff, unsigned long nr)
{
	if (pfn_special_is_clear(ps, pgoff, nr))
		return 0;
	return pfn_special_zero(ps, pgoff, nr);
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

/*
 * Nearly all of a huge fault is the way from the exception to here and back, and
 * all of it is saved for leaves that are put in before somebody asks. They stay
 * in an aligned block, thus in one table, and in VMA and run.
 */
static struct leaves_around leaves_around(const struct vm_fault *vmf,
					  const struct pfn_special_extent *run,
					  unsigned long addr, unsigned long pfn,
					  unsigned long size)
{
	const struct vm_area_struct *vma = vmf->vma;
	unsigned long block = READ_ONCE(fault_around_leaves) * size;
	unsigned long before = addr & (block - 1);
	unsigned long skip = pfn - run->pfn;

	return (struct leaves_around) {
		.before = min3(before, addr - vma->vm_start,
			       skip << PAGE_SHIFT),
		.after = min3(block - before, vma->vm_end - addr,
			      (run->nr - skip) << PAGE_SHIFT),
	};
}

/*
 * Put leaves in next to that of the fault, up (@step 1) or down (@step -1), for so
 * many bytes, or until there is something else or memory that is yet to be
 * cleared. The page table lock is held. Returns the number of leaves.
 */
static unsigned long set_puds_toward(struct pfn_special *ps,
				     struct vm_fault *vmf, unsigned long pfn,
				     pgoff_t pgoff, long step,
				     unsigned long bytes)
{
	unsigned long addr = ALIGN_DOWN(vmf->address, PUD_SIZE);
	pgprot_t prot = pud_pgprot(*vmf->pud);
	pud_t *pud = vmf->pud;
	unsigned long nr;

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

static vm_fault_t set_pud_leaf(struct pfn_special *ps, struct vm_fault *vmf,
			       const struct pfn_special_extent *run,
			       unsigned long addr, unsigned long pfn,
			       pgoff_t pgoff)
{
	struct leaves_around most = leaves_around(vmf, run, addr, pfn,
						  PUD_SIZE);
	struct vm_area_struct *vma = vmf->vma;
	spinlock_t *ptl = pud_lock(vma->vm_mm, vmf->pud);
	unsigned long before, nr;
	vm_fault_t ret;

	if (!pud_none(*vmf->pud)) {
		ret = lost_race(vmf, pud_leaf(*vmf->pud), pud_write(*vmf->pud));
		spin_unlock(ptl);
		return ret;
	}
	set_pud_at(vma->vm_mm, addr, vmf->pud, special_pud(vma, pfn));
	before = set_puds_toward(ps, vmf, pfn, pgoff, -1, most.before);
	nr = before + 1 + set_puds_toward(ps, vmf, pfn, pgoff, 1,
					  most.after - PUD_SIZE);
	spin_unlock(ptl);
	count_leaves(ps, vmf, PFN_SPECIAL_1G, addr - (before << PUD_SHIFT),
		     pfn - (before << PUD_ORDER), nr);
	return VM_FAULT_NOPAGE;
}

static vm_fault_t insert_pud(struct pfn_special *ps, struct vm_fault *vmf,
			     const struct pfn_special_extent *run, pgoff_t base)
{
	unsigned long addr = ALIGN_DOWN(vmf->address, PUD_SIZE);
	unsigned long pfn = 0;
	pgoff_t pgoff;
	int rc;

	if (has_transparent_pud_hugepage())
		pfn = fit(vmf, PUD_SIZE, run);
	if (!pfn)
		return VM_FAULT_FALLBACK;
	pgoff = base + (pfn - run->pfn);
	rc = clear(ps, pgoff, 1UL << PUD_ORDER);
	return rc ? zero_error(rc) :
		    set_pud_leaf(ps, vmf, run, addr, pfn, pgoff);
}

static unsigned long set_pmds_toward(struct pfn_special *ps,
				     struct vm_fault *vmf, unsigned long pfn,
				     pgoff_t pgoff, long step,
				     unsigned long bytes)
{
	unsigned long addr = ALIGN_DOWN(vmf->address, PMD_SIZE);
	pgprot_t prot = pmd_pgprot(*vmf->pmd);
	pmd_t *pmd = vmf->pmd;
	unsigned long nr;

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

static vm_fault_t set_pmd_leaf(struct pfn_special *ps, struct vm_fault *vmf,
			       const struct pfn_special_extent *run,
			       unsigned long addr, unsigned long pfn,
			       pgoff_t pgoff)
{
	struct leaves_around most = leaves_around(vmf, run, addr, pfn,
						  PMD_SIZE);
	struct vm_area_struct *vma = vmf->vma;
	spinlock_t *ptl = pmd_lock(vma->vm_mm, vmf->pmd);
	unsigned long before, nr;
	vm_fault_t ret;

	if (!pmd_none(*vmf->pmd)) {
		ret = lost_race(vmf, pmd_leaf(*vmf->pmd), pmd_write(*vmf->pmd));
		spin_unlock(ptl);
		return ret;
	}
	set_pmd_at(vma->vm_mm, addr, vmf->pmd, special_pmd(vma, pfn));
	before = set_pmds_toward(ps, vmf, pfn, pgoff, -1, most.before);
	nr = before + 1 + set_pmds_toward(ps, vmf, pfn, pgoff, 1,
					  most.after - PMD_SIZE);
	spin_unlock(ptl);
	count_leaves(ps, vmf, PFN_SPECIAL_2M, addr - (before << PMD_SHIFT),
		     pfn - (before << PMD_ORDER), nr);
	return VM_FAULT_NOPAGE;
}

static vm_fault_t insert_pmd(struct pfn_special *ps, struct vm_fault *vmf,
			     const struct pfn_special_extent *run, pgoff_t base)
{
	unsigned long addr = ALIGN_DOWN(vmf->address, PMD_SIZE);
	unsigned long pfn = fit(vmf, PMD_SIZE, run);
	pgoff_t pgoff;
	int rc;

	if (!pfn)
		return VM_FAULT_FALLBACK;
	pgoff = base + (pfn - run->pfn);
	rc = clear(ps, pgoff, 1UL << PMD_ORDER);
	return rc ? zero_error(rc) :
		    set_pmd_leaf(ps, vmf, run, addr, pfn, pgoff);
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
	pgprot_t prot = pte_pgprot(special_pte(vma, pfn));
	unsigned long addr, nr = 0;

	spin_lock(ptl);
	for (addr = start; addr < end; addr += PAGE_SIZE, pte++, pfn++) {
		if (!pte_none(*pte))
			continue;
		set_pte_at(vma->vm_mm, addr, pte, pfn_pte(pfn, prot));
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
