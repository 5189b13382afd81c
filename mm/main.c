// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of memory without struct page: created by its owner, faulted in by
 * whoever maps it, killed when the owner takes it away, freed with the last
 * open file.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

DEFINE_SRCU(pfn_special_srcu);

/**
 * pfn_special_create() - make memory without struct page mappable
 * @name: for messages and tracepoints; copied
 * @node: NUMA node to keep the bookkeeping on, or NUMA_NO_NODE
 * @mapping: address_space of every file that maps the memory; must outlive
 *           pfn_special_kill()
 * @extents: physical extents by rising page offset from 0, without gaps; copied
 * @nr_extents: number of @extents
 * @flags: PFN_SPECIAL_PRESERVE or 0
 *
 * The caller owns the physical ranges (request_mem_region()) until it has
 * called pfn_special_kill(). Costs one bit for each 2 MiB and a constant,
 * whatever the leaf size.
 *
 * Context: May sleep.
 * Return: the memory with one reference held, or ERR_PTR of -EINVAL for
 * unsorted, empty or overlapping extents, -ENOMEM.
 */
struct pfn_special *pfn_special_create(const char *name, int node,
				       struct address_space *mapping,
				       const struct pfn_special_extent *extents,
				       unsigned int nr_extents,
				       unsigned long flags)
{
	const struct pfn_special_extent *last;
	struct pfn_special *ps;
	int rc;

	rc = pfn_extents_check(extents, nr_extents);
	if (rc)
		return ERR_PTR(rc);

	ps = kvzalloc_node(struct_size(ps, extents, nr_extents), GFP_KERNEL,
			   node);
	if (!ps)
		return ERR_PTR(-ENOMEM);
	kref_init(&ps->ref);
	ps->mapping = mapping;
	ps->nr_extents = nr_extents;
	memcpy(ps->extents, extents, flex_array_size(ps, extents, nr_extents));
	last = &ps->extents[nr_extents - 1];
	ps->nr_pages = last->pgoff + last->nr;

	rc = -ENOMEM;
	ps->name = kstrdup(name, GFP_KERNEL);
	if (!ps->name)
		goto err_free;
	rc = pfn_special_zero_init(ps, node, flags & PFN_SPECIAL_PRESERVE);
	if (rc)
		goto err_name;
	return ps;

err_name:
	kfree(ps->name);
err_free:
	kvfree(ps);
	return ERR_PTR(rc);
}
EXPORT_SYMBOL_GPL(pfn_special_create);

static void pfn_special_free(struct kref *ref)
{
	struct pfn_special *ps = container_of(ref, struct pfn_special, ref);

	pfn_special_zero_exit(ps);
	kfree(ps->name);
	kvfree(ps);
}

/**
 * pfn_special_get() - keep the bookkeeping of some memory
 * @ps: the memory
 *
 * A reference keeps @ps itself, not the memory: that is gone after
 * pfn_special_kill(), and what is mapped then gives SIGBUS.
 */
void pfn_special_get(struct pfn_special *ps)
{
	kref_get(&ps->ref);
}
EXPORT_SYMBOL_GPL(pfn_special_get);

/**
 * pfn_special_put() - drop a reference
 * @ps: the memory
 */
void pfn_special_put(struct pfn_special *ps)
{
	kref_put(&ps->ref, pfn_special_free);
}
EXPORT_SYMBOL_GPL(pfn_special_put);

/**
 * pfn_special_kill() - take memory away from everyone who maps it
 * @ps: the memory
 *
 * When this returns no page table holds a leaf of @ps, none will be installed
 * any more, and nobody clears or copies any of it: touching a mapping gives
 * SIGBUS.
 *
 * Context: May sleep; waits for faults in progress.
 */
void pfn_special_kill(struct pfn_special *ps)
{
	WRITE_ONCE(ps->dead, true);
	/* Whoever saw the memory alive has installed its leaf after this. */
	synchronize_srcu(&pfn_special_srcu);
	unmap_mapping_range(ps->mapping, 0, 0, 1);
	trace_pfn_special_kill(ps->name, ps->nr_pages);
}
EXPORT_SYMBOL_GPL(pfn_special_kill);

/**
 * pfn_special_alive() - may the memory still be mapped?
 * @ps: the memory
 *
 * Return: false once pfn_special_kill() has begun. True is only a hint: every
 * fault looks again.
 */
bool pfn_special_alive(struct pfn_special *ps)
{
	return !READ_ONCE(ps->dead);
}
EXPORT_SYMBOL_GPL(pfn_special_alive);

/**
 * pfn_special_nr_pages() - length of the memory
 * @ps: the memory
 *
 * Return: length in pages of PAGE_SIZE.
 */
unsigned long pfn_special_nr_pages(const struct pfn_special *ps)
{
	return ps->nr_pages;
}
EXPORT_SYMBOL_GPL(pfn_special_nr_pages);

/**
 * pfn_special_lookup() - find the contiguous memory around a page offset
 * @ps: the memory
 * @pgoff: page offset
 * @run: set to the longest contiguous run that holds @pgoff
 *
 * Context: Any.
 * Return: false if @pgoff is past the end; @run is then unchanged.
 */
bool pfn_special_lookup(const struct pfn_special *ps, pgoff_t pgoff,
			struct pfn_special_extent *run)
{
	const struct pfn_special_extent *ext;

	ext = pfn_extents_find(ps->extents, ps->nr_extents, pgoff);
	if (ext)
		*run = *ext;
	return ext;
}
EXPORT_SYMBOL_GPL(pfn_special_lookup);

/**
 * pfn_special_leaves() - count of leaves installed
 * @ps: the memory
 * @leaf: their size
 *
 * Return: how many leaves of that size faults have put in page tables since
 * pfn_special_create(); leaves that fork copied or that are gone again do not
 * change it.
 */
u64 pfn_special_leaves(struct pfn_special *ps, enum pfn_special_leaf leaf)
{
	return atomic64_read(&ps->leaves[leaf]);
}
EXPORT_SYMBOL_GPL(pfn_special_leaves);

/**
 * pfn_special_mmap() - prepare a new mapping
 * @ps: the memory
 * @vma: the mapping; its owner has checked its alignment
 *
 * Context: mmap_lock held for writing, from file_operations.mmap.
 * Return: 0, -ENXIO if the memory is gone, -EINVAL for a private mapping or
 * one that reaches past the end.
 */
int pfn_special_mmap(struct pfn_special *ps, struct vm_area_struct *vma)
{
	if (!pfn_special_alive(ps))
		return -ENXIO;
	/* A private page would be a copy, and special leaves have no COW. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_pgoff > ps->nr_pages ||
	    vma_pages(vma) > ps->nr_pages - vma->vm_pgoff)
		return -EINVAL;
	/*
	 * VM_PFNMAP is what KVM, VFIO and the core look for to stay away from
	 * struct page; VM_IO keeps GUP, VM_DONTDUMP keeps core dumps out.
	 */
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP |
			  VM_HUGEPAGE);
	return 0;
}
EXPORT_SYMBOL_GPL(pfn_special_mmap);

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
 * VM_FAULT_SIGBUS past the end or when the memory is gone; VM_FAULT_OOM.
 */
vm_fault_t pfn_special_fault(struct pfn_special *ps, struct vm_fault *vmf,
			     unsigned int order)
{
	struct pfn_special_extent run;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	int idx;

	idx = srcu_read_lock(&pfn_special_srcu);
	if (pfn_special_alive(ps) && pfn_special_lookup(ps, vmf->pgoff, &run))
		ret = pfn_special_insert(ps, vmf, order, &run);
	srcu_read_unlock(&pfn_special_srcu, idx);
	return ret;
}
EXPORT_SYMBOL_GPL(pfn_special_fault);

static int __init pfn_special_init(void)
{
	return 0;
}
module_init(pfn_special_init);

static void __exit pfn_special_exit(void)
{
}
module_exit(pfn_special_exit);

MODULE_DESCRIPTION("User mappings of memory without struct page");
MODULE_LICENSE("GPL");
