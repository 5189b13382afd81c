// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping the memory, and the faults of those who do: look for the leaf, and if
 * all that it shows is clear, set it; else clear that, and look again.
 */
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>

#include "core_bugs.h"
#include "leaf.h"
#include "special.h"

/**
 * pfn_special_mmap() - prepare a new mapping
 * @ps: the memory
 * @vma: the mapping
 *
 * Context: mmap_lock held for writing, from file_operations.mmap.
 * Return: 0, -ENXIO if the memory is gone, -EINVAL for a private mapping that is
 * writable, or one that reaches past the end.
 */
int pfn_special_mmap(struct pfn_special *ps, struct vm_area_struct *vma)
{
	if (!pfn_special_alive(ps))
		return -ENXIO;
	if (vma->vm_pgoff > ps->nr_pages ||
	    vma_pages(vma) > ps->nr_pages - vma->vm_pgoff)
		return -EINVAL;
	return pfn_special_mmap_run(vma);
}
EXPORT_SYMBOL_GPL(pfn_special_mmap);

/**
 * pfn_special_mmap_run() - prepare a new mapping of parts of some memory
 * @vma: the mapping; what it may reach is up to its owner's faults
 *
 * A private mapping is read-only for good: it needs no copies then.
 *
 * Context: mmap_lock held for writing, from file_operations.mmap.
 * Return: 0, or -EINVAL for a private mapping that is writable.
 */
int pfn_special_mmap_run(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE)) {
		/* What is written to is a copy, and special leaves have no COW. */
		if (vma->vm_flags & VM_WRITE)
			return -EINVAL;
		/*
		 * Neither mprotect() nor a debugger (->access) gets past this, and
		 * is_cow_mapping() is false for all of the core.
		 */
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	/*
	 * VM_PFNMAP is what KVM, VFIO and the core look for to stay away from
	 * struct page; VM_IO keeps GUP, VM_DONTDUMP keeps core dumps out.
	 */
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP |
			  VM_HUGEPAGE);
	return 0;
}
EXPORT_SYMBOL_GPL(pfn_special_mmap_run);

static bool is_clear(struct pfn_special *ps, const struct leaf *leaf)
{
	unsigned long nr;
	pgoff_t pgoff;

	leaf_needs(leaf, &pgoff, &nr);
	return pfn_special_is_clear(ps, pgoff, nr);
}

/* Once found, a leaf is set if it shows nothing but what is clear; else 0. */
static vm_fault_t set_if_clear(struct pfn_special *ps, struct vm_fault *vmf,
			       struct leaf *leaf)
{
	if (is_clear(ps, leaf) || (leaf_shrink(leaf) && is_clear(ps, leaf)))
		return leaf_set(ps, vmf, leaf);
	return 0;
}

/*
 * In a look section. @run is what the mapping shows around the fault, @base the
 * memory's page offset of its first page. Returns 0 if @leaf is to be cleared first.
 */
static vm_fault_t look(struct pfn_special *ps, struct vm_fault *vmf,
		       unsigned int order, const struct pfn_special_extent *run,
		       pgoff_t base, struct leaf *leaf)
{
	struct pfn_special_extent good = *run;
	vm_fault_t ret = VM_FAULT_FALLBACK;

	if (!pfn_special_alive(ps))
		return VM_FAULT_SIGBUS;
	if (pfn_special_avoid_bad(&good, run->pfn + (vmf->pgoff - run->pgoff)))
		return VM_FAULT_HWPOISON;
	base += good.pfn - run->pfn;
	if (order == PUD_ORDER)
		return leaf_fits(leaf, PFN_SPECIAL_1G, vmf, &good, base) ?
			set_if_clear(ps, vmf, leaf) : ret;
	/*
	 * The core does not offer huge faults to a task that turned THP off
	 * (prctl, MADV_NOHUGEPAGE). Nothing is collapsed or wasted here, so the
	 * larger leaf is right all the same.
	 */
	if ((order == PMD_ORDER || (!order && pmd_none(*vmf->pmd))) &&
	    core_allows_2m_leaves() &&
	    leaf_fits(leaf, PFN_SPECIAL_2M, vmf, &good, base))
		ret = set_if_clear(ps, vmf, leaf);
	if (order || ret != VM_FAULT_FALLBACK)
		return ret;
	/* One page always fits: the fault is inside of VMA and run. */
	return leaf_fits(leaf, PFN_SPECIAL_4K, vmf, &good, base) ?
		set_if_clear(ps, vmf, leaf) : VM_FAULT_SIGBUS;
}

/*
 * Clear what a leaf needs. That takes time: whoever waits for the lock of the fault
 * (another vCPU, munmap) shall not have to, so it is dropped if the core lets us,
 * and the fault comes again. Returns 0 if it is still held, and all is clear.
 */
static vm_fault_t clear(struct pfn_special *ps, struct vm_fault *vmf,
			const struct leaf *leaf)
{
	struct file *file = NULL;
	unsigned long nr;
	pgoff_t pgoff;
	int rc;

	leaf_needs(leaf, &pgoff, &nr);
	if (fault_flag_allow_retry_first(vmf->flags)) {
		if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT)
			return VM_FAULT_RETRY;
		/* It keeps the memory, which the VMA no longer does. */
		file = get_file(vmf->vma->vm_file);
		release_fault_lock(vmf);
	}
	rc = pfn_special_zero(ps, pgoff, nr);
	if (file) {
		fput(file);
		return VM_FAULT_RETRY;
	}
	/*
	 * No memory for the kernel mapping is no VM_FAULT_OOM: that would let the
	 * fault come again for ever, or kill somebody who has none of it.
	 */
	return rc ? VM_FAULT_SIGBUS : 0;
}

static vm_fault_t serve(struct pfn_special *ps, struct vm_fault *vmf,
			unsigned int order, const struct pfn_special_extent *run,
			pgoff_t base)
{
	struct leaf leaf;
	vm_fault_t ret;

	do {
		pfn_special_look_begin();
		ret = look(ps, vmf, order, run, base, &leaf);
		pfn_special_look_end();
		if (ret)
			return ret;
		ret = clear(ps, vmf, &leaf);
	} while (!ret);
	return ret;
}

/**
 * pfn_special_fault() - serve a fault with the largest leaf that fits
 * @ps: the memory
 * @vmf: the fault; its VMA was prepared by pfn_special_mmap()
 * @order: 0, PMD_ORDER or PUD_ORDER, as from vm_operations_struct.fault and
 *         .huge_fault
 *
 * The memory is clear before it becomes visible, unless it is preserved.
 *
 * Context: mmap_lock or the VMA lock held for reading; may sleep.
 * Return: VM_FAULT_NOPAGE; VM_FAULT_FALLBACK if no leaf of @order fits;
 * VM_FAULT_SIGBUS past the end, when the memory is gone, or if it could not be
 * cleared; VM_FAULT_HWPOISON for a page that a memory error has hit;
 * VM_FAULT_RETRY if the lock was dropped for clearing (or the fault must not wait,
 * FAULT_FLAG_RETRY_NOWAIT, and has to come again): the VMA may then be gone.
 */
vm_fault_t pfn_special_fault(struct pfn_special *ps, struct vm_fault *vmf,
			     unsigned int order)
{
	struct pfn_special_extent ext;

	if (!pfn_special_extent_at(ps, vmf->pgoff, &ext))
		return VM_FAULT_SIGBUS;
	return serve(ps, vmf, order, &ext, ext.pgoff);
}
EXPORT_SYMBOL_GPL(pfn_special_fault);

/* Is the run what the memory has at that page offset? */
static bool run_is_ours(const struct pfn_special *ps,
			const struct pfn_special_extent *run, pgoff_t base)
{
	struct pfn_special_extent ext;

	if (!pfn_special_extent_at(ps, base, &ext))
		return false;
	base -= ext.pgoff;
	return run->pfn == ext.pfn + base && run->nr <= ext.nr - base;
}

/**
 * pfn_special_fault_run() - serve a fault from a part of the memory
 * @ps: the memory
 * @vmf: the fault; its VMA was prepared by pfn_special_mmap_run()
 * @order: 0, PMD_ORDER or PUD_ORDER
 * @run: what the mapping shows around the fault: its own page offset, pfn, and
 *       length in pages; no leaf reaches beyond it
 * @base: page offset in @ps of the first page of @run
 *
 * For owners who divide the memory: page offsets of a mapping and page offsets of
 * the memory are then different things.
 *
 * Context: mmap_lock or the VMA lock held for reading, and whatever keeps @run
 * from being given to somebody else; may sleep.
 * Return: as pfn_special_fault(); leaves end before bad pages as there. After
 * VM_FAULT_RETRY the VMA and, unless the caller has a reference, its file may be
 * gone; what keeps @run is still the caller's.
 */
vm_fault_t pfn_special_fault_run(struct pfn_special *ps, struct vm_fault *vmf,
				 unsigned int order,
				 const struct pfn_special_extent *run,
				 pgoff_t base)
{
	if (WARN_ON_ONCE(!run_is_ours(ps, run, base)) ||
	    WARN_ON_ONCE(vmf->pgoff - run->pgoff >= run->nr))
		return VM_FAULT_SIGBUS;
	return serve(ps, vmf, order, run, base);
}
EXPORT_SYMBOL_GPL(pfn_special_fault_run);
