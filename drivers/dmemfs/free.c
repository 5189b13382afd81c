// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extents, and those of a node that are free: by address, to merge what is freed,
 * and by length, to cut what is asked for out of the extent that it wastes least
 * of. Trees are used with the pool's lock held.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>

#include "free.h"

#define PUD_NR	(PUD_SIZE >> PAGE_SHIFT)
#define PMD_NR	(PMD_SIZE >> PAGE_SHIFT)
/* Extents that are looked at before a smaller alignment will do. */
#define TRIES	32

static struct kmem_cache *extent_cache;

int dmemfs_extent_init(void)
{
	/* Whoever makes a mount remember more is charged for it. */
	extent_cache = KMEM_CACHE(dmemfs_extent, SLAB_ACCOUNT);
	return extent_cache ? 0 : -ENOMEM;
}

void dmemfs_extent_exit(void)
{
	kmem_cache_destroy(extent_cache);
}

/**
 * dmemfs_extent_new() - one more extent, for a user
 * @bound: the mount's extents
 *
 * The bound is a promise to the host: extents are all that a file costs beside its
 * inode, and without one, a user who fragments memory decides how much the kernel
 * spends on it.
 *
 * Context: May sleep; charges the current task's memory cgroup, which may take
 * long: with no lock held that other users wait for.
 * Return: the extent, not set to anything; or ERR_PTR of -ENOSPC if there are as
 * many as there may be, -ENOMEM.
 */
struct dmemfs_extent *dmemfs_extent_new(struct dmemfs_bound *bound)
{
	struct dmemfs_extent *ext;

	if (atomic_long_inc_return(&bound->nr) > READ_ONCE(bound->max)) {
		atomic_long_dec(&bound->nr);
		return ERR_PTR(-ENOSPC);
	}
	ext = kmem_cache_alloc(extent_cache, GFP_KERNEL_ACCOUNT);
	if (!ext) {
		atomic_long_dec(&bound->nr);
		return ERR_PTR(-ENOMEM);
	}
	return ext;
}

/**
 * dmemfs_extent_must() - one more extent, for the mount itself
 * @bound: the mount's extents
 *
 * For what no user decides: the ranges of devices, and memory errors in them.
 *
 * Context: May sleep.
 * Return: the extent, not set to anything; or NULL if there is no memory.
 */
struct dmemfs_extent *dmemfs_extent_must(struct dmemfs_bound *bound)
{
	struct dmemfs_extent *ext = kmem_cache_alloc(extent_cache, GFP_KERNEL);

	if (ext)
		atomic_long_inc(&bound->nr);
	return ext;
}

/**
 * dmemfs_extent_end() - one extent less
 * @bound: the mount's extents
 * @ext: the extent; NULL does nothing
 */
void dmemfs_extent_end(struct dmemfs_bound *bound, struct dmemfs_extent *ext)
{
	if (!ext)
		return;
	kmem_cache_free(extent_cache, ext);
	atomic_long_dec(&bound->nr);
}

/**
 * dmemfs_bound_reached() - are users refused more extents?
 * @bound: the mount's extents
 */
bool dmemfs_bound_reached(const struct dmemfs_bound *bound)
{
	return atomic_long_read(&bound->nr) >= READ_ONCE(bound->max);
}

/**
 * dmemfs_bound_bytes() - kernel memory that the extents take
 * @bound: the mount's extents
 */
u64 dmemfs_bound_bytes(const struct dmemfs_bound *bound)
{
	return (u64)atomic_long_read(&bound->nr) *
	       kmem_cache_size(extent_cache);
}

static bool smaller(const struct dmemfs_extent *a, const struct dmemfs_extent *b)
{
	return a->nr != b->nr ? a->nr < b->nr : a->pfn < b->pfn;
}

static bool less_pfn(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct dmemfs_extent, node)->pfn <
	       rb_entry(b, struct dmemfs_extent, node)->pfn;
}

static bool less_size(struct rb_node *a, const struct rb_node *b)
{
	return smaller(rb_entry(a, struct dmemfs_extent, by_size),
		       rb_entry(b, struct dmemfs_extent, by_size));
}

/**
 * dmemfs_free_init() - no extent is free yet
 * @free: the free extents
 * @bound: where they are counted
 */
void dmemfs_free_init(struct dmemfs_free *free, struct dmemfs_bound *bound)
{
	*free = (struct dmemfs_free) {
		.by_pfn = RB_ROOT, .by_size = RB_ROOT, .bound = bound,
	};
}

/**
 * dmemfs_free_exit() - forget all free extents
 * @free: the free extents; not to be used again
 */
void dmemfs_free_exit(struct dmemfs_free *free)
{
	struct dmemfs_extent *ext, *next;

	rbtree_postorder_for_each_entry_safe(ext, next, &free->by_pfn, node) {
		dmemfs_extent_end(free->bound, ext);
		cond_resched();
	}
}

/**
 * dmemfs_free_add() - an extent becomes free, one by itself
 * @free: the free extents
 * @ext: the extent; no longer the caller's
 */
void dmemfs_free_add(struct dmemfs_free *free, struct dmemfs_extent *ext)
{
	rb_add(&ext->node, &free->by_pfn, less_pfn);
	rb_add(&ext->by_size, &free->by_size, less_size);
	free->nr += ext->nr;
	free->nr_extents++;
}

/**
 * dmemfs_free_del() - an extent is free no longer
 * @free: the free extents
 * @ext: the extent; the caller's from now on
 */
void dmemfs_free_del(struct dmemfs_free *free, struct dmemfs_extent *ext)
{
	rb_erase(&ext->node, &free->by_pfn);
	rb_erase(&ext->by_size, &free->by_size);
	free->nr -= ext->nr;
	free->nr_extents--;
}

/**
 * dmemfs_free_at_or_before() - find free memory by its address
 * @free: the free extents
 * @pfn: page
 *
 * Return: the extent that holds the page, or the last one before it, or NULL.
 */
struct dmemfs_extent *dmemfs_free_at_or_before(struct dmemfs_free *free,
					       unsigned long pfn)
{
	struct rb_node *rb = free->by_pfn.rb_node;
	struct dmemfs_extent *best = NULL;

	while (rb) {
		struct dmemfs_extent *ext = rb_entry(rb, struct dmemfs_extent,
						     node);

		if (ext->pfn <= pfn) {
			best = ext;
			rb = rb->rb_right;
		} else {
			rb = rb->rb_left;
		}
	}
	return best;
}

/**
 * dmemfs_free_after() - walk free memory by address
 * @free: the free extents
 * @pfn: page
 *
 * Return: the first extent that ends after the page, or NULL.
 */
struct dmemfs_extent *dmemfs_free_after(struct dmemfs_free *free,
					unsigned long pfn)
{
	struct dmemfs_extent *ext = dmemfs_free_at_or_before(free, pfn);
	struct rb_node *rb;

	if (ext && ext->pfn + ext->nr > pfn)
		return ext;
	rb = ext ? rb_next(&ext->node) : rb_first(&free->by_pfn);
	return rb ? rb_entry(rb, struct dmemfs_extent, node) : NULL;
}

/* The smallest free extent that is at least so long. */
static struct dmemfs_extent *free_at_least(struct dmemfs_free *free,
					   unsigned long nr)
{
	struct rb_node *rb = free->by_size.rb_node;
	struct dmemfs_extent *best = NULL;

	while (rb) {
		struct dmemfs_extent *ext = rb_entry(rb, struct dmemfs_extent,
						     by_size);

		if (ext->nr >= nr) {
			best = ext;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return best;
}

static struct dmemfs_extent *free_next_size(struct dmemfs_extent *ext)
{
	struct rb_node *rb = rb_next(&ext->by_size);

	return rb ? rb_entry(rb, struct dmemfs_extent, by_size) : NULL;
}

static struct dmemfs_extent *largest(const struct dmemfs_free *free)
{
	struct rb_node *rb = rb_last(&free->by_size);

	return rb ? rb_entry(rb, struct dmemfs_extent, by_size) : NULL;
}

/**
 * dmemfs_free_largest() - pages of the longest free extent
 * @free: the free extents
 */
unsigned long dmemfs_free_largest(const struct dmemfs_free *free)
{
	struct dmemfs_extent *ext = largest(free);

	return ext ? ext->nr : 0;
}

/* Pages to skip in an extent until it is congruent to the page offset. */
static unsigned long skip_to(const struct dmemfs_extent *ext, pgoff_t pgoff,
			     unsigned long align)
{
	return (pgoff - ext->pfn) & (align - 1);
}

/**
 * dmemfs_free_place() - find a place for a part of a file
 * @free: the free extents
 * @pgoff: page offset in the file
 * @nr: pages wanted
 * @span: pages that the file may come to have around them
 * @unit: pages in a unit
 * @skip: set to the pages to leave at the start of the extent
 *
 * All @nr pages at once where that is possible, congruent to the page offset by
 * the largest leaf that @span pages of the file can use.
 *
 * Return: the extent, or NULL if nothing is free.
 */
struct dmemfs_extent *dmemfs_free_place(struct dmemfs_free *free, pgoff_t pgoff,
					unsigned long nr, unsigned long span,
					unsigned long unit, unsigned long *skip)
{
	const unsigned long aligns[] = { PUD_NR, PMD_NR, unit };
	struct dmemfs_extent *ext;
	unsigned int i, tries;

	span = max(span, nr);
	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		unsigned long align = max(aligns[i], unit);

		if (span < align)
			continue;
		tries = TRIES;
		/* Room for the rest of the file beside it, if there is any. */
		ext = free_at_least(free, span) ?: free_at_least(free, nr);
		for (; ext && tries--; ext = free_next_size(ext)) {
			*skip = skip_to(ext, pgoff, align);
			if (*skip < ext->nr && ext->nr - *skip >= nr)
				return ext;
		}
	}
	/* No extent has it all: most of what the largest one has. */
	ext = largest(free);
	if (!ext)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		*skip = skip_to(ext, pgoff, max(aligns[i], unit));
		if (*skip < ext->nr / 2)
			return ext;
	}
	*skip = 0;
	return ext;
}

/* What stays free of an extent, in whichever spare one is left. */
static void add_rest(struct dmemfs_free *free, const struct dmemfs_extent *rest,
		     struct dmemfs_extent **spare)
{
	struct dmemfs_extent **ext = spare[0] ? &spare[0] : &spare[1];

	if (!rest->nr)
		return;
	**ext = *rest;
	dmemfs_free_add(free, *ext);
	*ext = NULL;
}

/**
 * dmemfs_free_cut() - cut pages out of a free extent
 * @free: the free extents
 * @ext: the extent; no longer free and with just these pages afterwards
 * @skip: pages that stay free before them
 * @nr: pages to cut out
 * @spare: two extents or NULL, for what stays free; NULL where they were used
 *
 * Return: 0, or how many extents @spare should have had: nothing has changed then.
 */
int dmemfs_free_cut(struct dmemfs_free *free, struct dmemfs_extent *ext,
		    unsigned long skip, unsigned long nr,
		    struct dmemfs_extent **spare)
{
	const struct dmemfs_extent head = {
		.range = ext->range, .pfn = ext->pfn, .nr = skip,
	};
	const struct dmemfs_extent tail = {
		.range = ext->range, .pfn = ext->pfn + skip + nr,
		.nr = ext->nr - skip - nr,
	};
	int needed = !!head.nr + !!tail.nr;

	if (needed > !!spare[0] + !!spare[1])
		return needed;
	dmemfs_free_del(free, ext);
	ext->pfn += skip;
	ext->nr = nr;
	add_rest(free, &head, spare);
	add_rest(free, &tail, spare);
	return 0;
}

static void merge(struct dmemfs_free *free, struct dmemfs_extent *a,
		  struct dmemfs_extent *b)
{
	if (a->range != b->range || a->pfn + a->nr != b->pfn)
		return;
	dmemfs_free_del(free, a);
	dmemfs_free_del(free, b);
	a->nr += b->nr;
	dmemfs_free_add(free, a);
	dmemfs_extent_end(free->bound, b);
}

/**
 * dmemfs_free_merged() - an extent becomes free, one with its neighbours
 * @free: the free extents
 * @ext: the extent; no longer the caller's
 */
void dmemfs_free_merged(struct dmemfs_free *free, struct dmemfs_extent *ext)
{
	struct rb_node *rb;

	dmemfs_free_add(free, ext);
	rb = rb_next(&ext->node);
	if (rb)
		merge(free, ext, rb_entry(rb, struct dmemfs_extent, node));
	rb = rb_prev(&ext->node);
	if (rb)
		merge(free, rb_entry(rb, struct dmemfs_extent, node), ext);
}
