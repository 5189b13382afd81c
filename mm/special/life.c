// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of memory without struct page: created by its owner, faulted in by
 * whoever maps it, killed when the owner takes it away, freed with the last
 * open file.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ahead.h"
#include "extent.h"
#include "range.h"
#include "special.h"
#include "trace.h"

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
	refcount_set(&ps->active, 1);
	init_completion(&ps->idle);
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
	ps->preserve = flags & PFN_SPECIAL_PRESERVE;
	pfn_special_zero_init(ps);
	/* Most of what is preserved is never cleared. */
	rc = ps->preserve ? 0 : pfn_special_zero_begin(ps);
	if (rc)
		goto err_name;
	rc = add_ranges(ps, node);
	if (rc)
		goto err_zero;
	ps->ahead = pfn_special_ahead_of(node);
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
 * pfn_special_enter() - use the memory itself: clear it, or copy from or to it
 * @ps: the memory
 *
 * Context: Any. What is done until pfn_special_leave() is short, or looks at
 * pfn_special_alive() now and then: killing the memory waits for it.
 * Return: false if the memory is gone.
 */
bool pfn_special_enter(struct pfn_special *ps)
{
	return refcount_inc_not_zero(&ps->active);
}

/**
 * pfn_special_leave() - end pfn_special_enter()
 * @ps: the memory
 */
void pfn_special_leave(struct pfn_special *ps)
{
	if (refcount_dec_and_test(&ps->active))
		complete(&ps->idle);
}

/**
 * pfn_special_kill() - take memory away from everyone who maps it
 * @ps: the memory
 *
 * When this returns no page table holds a leaf of @ps, none will be installed
 * any more, and nobody clears or copies any of it: touching a mapping gives
 * SIGBUS.
 *
 * Context: May sleep; waits for whoever is clearing or copying, who stops soon, and for
 * an owner who yields until he has.
 */
void pfn_special_kill(struct pfn_special *ps)
{
	pfn_special_take_back(ps);
	WRITE_ONCE(ps->dead, true);
	/* Whoever saw the memory alive has installed its leaf after this. */
	pfn_special_settle();
	pfn_special_gone(ps->mapping, 0, ULONG_MAX);
	pfn_special_leave(ps);
	wait_for_completion(&ps->idle);
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
