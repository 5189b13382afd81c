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

#include "failure.h"
#include "internal.h"
#include "quarantine.h"
#include "trace.h"

DEFINE_SRCU(pfn_special_srcu);

static int add_ranges(struct pfn_special *ps, int node)
{
	unsigned int i;

	ps->ranges = kvcalloc_node(ps->nr_extents, sizeof(*ps->ranges),
				   GFP_KERNEL, node);
	if (!ps->ranges)
		return -ENOMEM;
	for (i = 0; i < ps->nr_extents; i++) {
		const struct pfn_special_extent *ext = &ps->extents[i];

		ps->ranges[i] = (struct pfn_special_range) {
			.node.start = ext->pfn,
			.node.last = ext->pfn + ext->nr - 1,
			.mapping = ps->mapping,
			.pgoff = ext->pgoff,
			.name = ps->name,
		};
		pfn_special_range_add(&ps->ranges[i]);
	}
	return 0;
}

static void del_ranges(struct pfn_special *ps)
{
	unsigned int i;

	for (i = 0; i < ps->nr_extents; i++)
		pfn_special_range_del(&ps->ranges[i]);
	kvfree(ps->ranges);
	ps->ranges = NULL;
}

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
	INIT_LIST_HEAD(&ps->live);
	ps->mapping = mapping;
	ps->node = node;
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
	rc = add_ranges(ps, node);
	if (rc)
		goto err_zero;
	return ps;

err_zero:
	pfn_special_zero_exit(ps);
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

	/* Only memory that was never handed to anyone gets here alive. */
	if (ps->ranges)
		del_ranges(ps);
	/* An owner that fails half way has had no reason to kill it. */
	pfn_special_unlist(ps);
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
	del_ranges(ps);
	pfn_special_unlist(ps);
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

/* Keep of a run what is in the block of that many pages around a page. */
static void keep_block(struct pfn_special_extent *run, unsigned long pfn,
		       unsigned long block)
{
	unsigned long first = max(run->pfn, ALIGN_DOWN(pfn, block));
	unsigned long end = min(run->pfn + run->nr,
				ALIGN_DOWN(pfn, block) + block);

	run->pgoff += first - run->pfn;
	run->pfn = first;
	run->nr = end - first;
}

static bool has_bad_page(const struct pfn_special_extent *run)
{
	unsigned long bad = run->pfn;

	return pfn_quarantine_next(&bad, run->pfn + run->nr - 1);
}

/*
 * Narrow a run to good memory around a page of it: all of it, or the 1G or the 2M
 * around the page, or else what is good of these 2M. More would do no leaf any
 * good, and to look for it takes long where there are many bad pages.
 */
int pfn_special_avoid_bad(struct pfn_special_extent *run, unsigned long pfn)
{
	unsigned long first, last, bad;

	if (!has_bad_page(run))
		return 0;
	keep_block(run, pfn, PUD_SIZE >> PAGE_SHIFT);
	if (!has_bad_page(run))
		return 0;
	keep_block(run, pfn, PMD_SIZE >> PAGE_SHIFT);
	first = run->pfn;
	last = run->pfn + run->nr - 1;
	for (bad = first; pfn_quarantine_next(&bad, last); bad++) {
		if (bad == pfn)
			return -EHWPOISON;
		if (bad > pfn) {
			last = bad - 1;
			break;
		}
		first = bad + 1;
	}
	run->pgoff += first - run->pfn;
	run->pfn = first;
	run->nr = last - first + 1;
	return 0;
}

/**
 * pfn_special_extent_at() - find the contiguous memory around a page offset
 * @ps: the memory
 * @pgoff: page offset
 * @ext: set to all of the physical extent that holds @pgoff, bad pages included
 *
 * Context: Any.
 * Return: false if @pgoff is past the end.
 */
bool pfn_special_extent_at(const struct pfn_special *ps, pgoff_t pgoff,
			   struct pfn_special_extent *ext)
{
	const struct pfn_special_extent *found;

	found = pfn_extents_find(ps->extents, ps->nr_extents, pgoff);
	if (found)
		*ext = *found;
	return found;
}
EXPORT_SYMBOL_GPL(pfn_special_extent_at);

/* As pfn_special_lookup(); -ENXIO past the end, -EHWPOISON for a bad page. */
int pfn_special_find(const struct pfn_special *ps, pgoff_t pgoff,
		     struct pfn_special_extent *run)
{
	const struct pfn_special_extent *ext;

	ext = pfn_extents_find(ps->extents, ps->nr_extents, pgoff);
	if (!ext)
		return -ENXIO;
	*run = *ext;
	return pfn_special_avoid_bad(run, ext->pfn + (pgoff - ext->pgoff));
}

/**
 * pfn_special_lookup() - find the contiguous good memory around a page offset
 * @ps: the memory
 * @pgoff: page offset
 * @run: set to a contiguous run that holds @pgoff, as long as the largest leaf
 *       can use; it ends before pages that memory errors have hit
 *
 * Context: Any.
 * Return: false if @pgoff is past the end or a bad page.
 */
bool pfn_special_lookup(const struct pfn_special *ps, pgoff_t pgoff,
			struct pfn_special_extent *run)
{
	return !pfn_special_find(ps, pgoff, run);
}
EXPORT_SYMBOL_GPL(pfn_special_lookup);

/**
 * pfn_special_is_bad() - was a page hit by a memory error?
 * @ps: the memory
 * @pgoff: page offset
 *
 * Context: Any.
 * Return: false also past the end.
 */
bool pfn_special_is_bad(const struct pfn_special *ps, pgoff_t pgoff)
{
	struct pfn_special_extent run;

	return pfn_special_find(ps, pgoff, &run) == -EHWPOISON;
}
EXPORT_SYMBOL_GPL(pfn_special_is_bad);

/**
 * pfn_special_next_bad() - find the next page that a memory error has hit
 * @ps: the memory
 * @pgoff: page offset to start at; set to that of the page found
 *
 * Context: Any.
 * Return: true if there is one.
 */
bool pfn_special_next_bad(const struct pfn_special *ps, pgoff_t *pgoff)
{
	const struct pfn_special_extent *ext;

	while ((ext = pfn_extents_find(ps->extents, ps->nr_extents, *pgoff))) {
		unsigned long bad = ext->pfn + (*pgoff - ext->pgoff);

		if (pfn_quarantine_next(&bad, ext->pfn + ext->nr - 1)) {
			*pgoff = ext->pgoff + (bad - ext->pfn);
			return true;
		}
		*pgoff = ext->pgoff + ext->nr;
	}
	return false;
}
EXPORT_SYMBOL_GPL(pfn_special_next_bad);

/**
 * pfn_special_bad_pages() - count pages that memory errors have hit
 * @ps: the memory
 *
 * Return: bad pages in @ps, whenever they were hit.
 */
unsigned long pfn_special_bad_pages(const struct pfn_special *ps)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_extents; i++) {
		const struct pfn_special_extent *ext = &ps->extents[i];

		nr += pfn_quarantine_count(ext->pfn, ext->pfn + ext->nr - 1);
	}
	return nr;
}
EXPORT_SYMBOL_GPL(pfn_special_bad_pages);

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
 * pfn_special_metadata_bytes() - what the bookkeeping takes
 * @ps: the memory
 *
 * Return: bytes of kernel memory that are kept for @ps itself; page tables of
 * those who map it are not counted, as they are theirs.
 */
size_t pfn_special_metadata_bytes(const struct pfn_special *ps)
{
	return struct_size(ps, extents, ps->nr_extents) + strlen(ps->name) + 1 +
	       array_size(ps->nr_extents, sizeof(*ps->ranges)) +
	       pfn_special_zero_metadata_bytes(ps);
}
EXPORT_SYMBOL_GPL(pfn_special_metadata_bytes);

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
 * Context: mmap_lock held for writing, from file_operations.mmap.
 * Return: 0, or -EINVAL for a private mapping.
 */
int pfn_special_mmap_run(struct vm_area_struct *vma)
{
	/* A private page would be a copy, and special leaves have no COW. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	/*
	 * VM_PFNMAP is what KVM, VFIO and the core look for to stay away from
	 * struct page; VM_IO keeps GUP, VM_DONTDUMP keeps core dumps out.
	 */
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP |
			  VM_HUGEPAGE);
	return 0;
}
EXPORT_SYMBOL_GPL(pfn_special_mmap_run);

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
 * VM_FAULT_SIGBUS past the end or when the memory is gone; VM_FAULT_HWPOISON
 * for a page that a memory error has hit; VM_FAULT_OOM.
 */
vm_fault_t pfn_special_fault(struct pfn_special *ps, struct vm_fault *vmf,
			     unsigned int order)
{
	struct pfn_special_extent run;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	int idx, rc;

	idx = srcu_read_lock(&pfn_special_srcu);
	if (pfn_special_alive(ps)) {
		rc = pfn_special_find(ps, vmf->pgoff, &run);
		if (!rc)
			ret = pfn_special_insert(ps, vmf, order, &run,
						 run.pgoff);
		else if (rc == -EHWPOISON)
			ret = VM_FAULT_HWPOISON;
	}
	srcu_read_unlock(&pfn_special_srcu, idx);
	return ret;
}
EXPORT_SYMBOL_GPL(pfn_special_fault);

static int __init pfn_special_init(void)
{
	return pfn_special_failure_init();
}
module_init(pfn_special_init);

static void __exit pfn_special_exit(void)
{
	pfn_special_failure_exit();
}
module_exit(pfn_special_exit);

MODULE_DESCRIPTION("User mappings of memory without struct page");
MODULE_LICENSE("GPL");
