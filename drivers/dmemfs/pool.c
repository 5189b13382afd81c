// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free memory of a mount: extents by address, to merge what is freed, and by
 * length, to cut what is asked for out of the extent that it wastes least of.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>

#include "dmemfs.h"
#include "trace.h"

#define PUD_NR	(PUD_SIZE >> PAGE_SHIFT)
#define PMD_NR	(PMD_SIZE >> PAGE_SHIFT)
/* Extents that are looked at before a smaller alignment will do. */
#define TRIES	32

static struct kmem_cache *extent_cache;

int dmemfs_pool_module_init(void)
{
	extent_cache = KMEM_CACHE(dmemfs_extent, SLAB_ACCOUNT);
	return extent_cache ? 0 : -ENOMEM;
}

void dmemfs_pool_module_exit(void)
{
	kmem_cache_destroy(extent_cache);
}

struct dmemfs_extent *dmemfs_extent_alloc(void)
{
	return kmem_cache_alloc(extent_cache, GFP_KERNEL);
}

void dmemfs_extent_free(struct dmemfs_extent *ext)
{
	if (ext)
		kmem_cache_free(extent_cache, ext);
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

static struct dmemfs_node *node_of(struct dmemfs_sb *sbi,
				   const struct dmemfs_range *range)
{
	return &sbi->nodes[range->node];
}

static void free_add(struct dmemfs_sb *sbi, struct dmemfs_extent *ext)
{
	struct dmemfs_node *node = node_of(sbi, ext->range);

	rb_add(&ext->node, &node->by_pfn, less_pfn);
	rb_add(&ext->by_size, &node->by_size, less_size);
	node->nr_free += ext->nr;
}

static void free_del(struct dmemfs_sb *sbi, struct dmemfs_extent *ext)
{
	struct dmemfs_node *node = node_of(sbi, ext->range);

	rb_erase(&ext->node, &node->by_pfn);
	rb_erase(&ext->by_size, &node->by_size);
	node->nr_free -= ext->nr;
}

/* The free extent that holds a page, or the last one before it. */
static struct dmemfs_extent *free_at_or_before(struct dmemfs_node *node,
					       unsigned long pfn)
{
	struct rb_node *rb = node->by_pfn.rb_node;
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

/* The smallest free extent that is at least so long. */
static struct dmemfs_extent *free_at_least(struct dmemfs_node *node,
					   unsigned long nr)
{
	struct rb_node *rb = node->by_size.rb_node;
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

static struct dmemfs_extent *free_largest(struct dmemfs_node *node)
{
	struct rb_node *rb = rb_last(&node->by_size);

	return rb ? rb_entry(rb, struct dmemfs_extent, by_size) : NULL;
}

/* Pages to skip in an extent until it is congruent to the page offset. */
static unsigned long skip_to(const struct dmemfs_extent *ext, pgoff_t pgoff,
			     unsigned long align)
{
	return (pgoff - ext->pfn) & (align - 1);
}

/*
 * Find a place: @nr pages at once where that is possible, congruent to the page
 * offset by the largest leaf that @span pages of the file can use.
 */
static struct dmemfs_extent *free_place(struct dmemfs_node *node, pgoff_t pgoff,
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
		ext = free_at_least(node, span) ?: free_at_least(node, nr);
		for (; ext && tries--; ext = free_next_size(ext)) {
			*skip = skip_to(ext, pgoff, align);
			if (*skip < ext->nr && ext->nr - *skip >= nr)
				return ext;
		}
	}
	/* No extent has it all: most of what the largest one has. */
	ext = free_largest(node);
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

/* Cut pages out of a free extent. */
static struct dmemfs_extent *free_cut(struct dmemfs_sb *sbi,
				      struct dmemfs_extent *ext,
				      unsigned long skip, unsigned long nr)
{
	struct dmemfs_extent *head = NULL, *tail = NULL;

	if (skip) {
		head = dmemfs_extent_alloc();
		if (!head)
			return NULL;
	}
	if (skip + nr < ext->nr) {
		tail = dmemfs_extent_alloc();
		if (!tail) {
			dmemfs_extent_free(head);
			return NULL;
		}
	}
	free_del(sbi, ext);
	if (head) {
		*head = (struct dmemfs_extent) {
			.range = ext->range, .pfn = ext->pfn, .nr = skip,
		};
		free_add(sbi, head);
	}
	if (tail) {
		*tail = (struct dmemfs_extent) {
			.range = ext->range, .pfn = ext->pfn + skip + nr,
			.nr = ext->nr - skip - nr,
		};
		free_add(sbi, tail);
	}
	ext->pfn += skip;
	ext->nr = nr;
	return ext;
}

/* What continues another extent of the same file, if that is free. */
static struct dmemfs_extent *free_beside(struct dmemfs_sb *sbi,
					 const struct dmemfs_extent *beside,
					 pgoff_t pgoff, unsigned long *skip)
{
	struct dmemfs_range *range = beside->range;
	unsigned long pfn = beside->pfn + (pgoff - beside->pgoff);
	struct dmemfs_extent *ext;

	if (pfn < range->pfn || pfn - range->pfn >= range->nr)
		return NULL;
	ext = free_at_or_before(node_of(sbi, range), pfn);
	if (!ext || ext->range != range || pfn - ext->pfn >= ext->nr)
		return NULL;
	*skip = pfn - ext->pfn;
	return ext;
}

static struct dmemfs_extent *take_locked(struct dmemfs_sb *sbi,
					 const struct dmemfs_policy *policy,
					 const struct dmemfs_extent *beside,
					 pgoff_t pgoff, unsigned long nr,
					 unsigned long span)
{
	unsigned int order[MAX_NUMNODES < 64 ? MAX_NUMNODES : 64];
	struct dmemfs_extent *ext = NULL;
	unsigned long skip = 0;
	unsigned int n, i;

	lockdep_assert_held(&sbi->lock);
	n = dmemfs_policy_order(policy, sbi, pgoff, &nr, order);
	if (beside && n && beside->range->node == order[0])
		ext = free_beside(sbi, beside, pgoff, &skip);
	for (i = 0; i < n && !ext; i++)
		ext = free_place(&sbi->nodes[order[i]], pgoff, nr, span,
				 sbi->unit, &skip);
	if (!ext)
		return ERR_PTR(-ENOSPC);
	return free_cut(sbi, ext, skip, min(nr, ext->nr - skip)) ?:
		ERR_PTR(-ENOMEM);
}

/**
 * dmemfs_pool_take() - get memory for a part of a file
 * @sbi: the mount
 * @policy: from which nodes
 * @beside: memory of the same file that this should continue, or NULL
 * @pgoff: page offset in the file
 * @nr: pages wanted; a multiple of the unit
 * @span: pages that the file may come to have around them
 * @ext: set to the memory, by page offset; it may be less than @nr pages
 *
 * Context: May sleep; takes the pool's lock.
 * Return: 0, -ENOSPC if the nodes or the mount have no more, -EIO if a device
 * was taken away, -ENOMEM.
 */
int dmemfs_pool_take(struct dmemfs_sb *sbi, const struct dmemfs_policy *policy,
		     const struct dmemfs_extent *beside, pgoff_t pgoff,
		     unsigned long nr, unsigned long span,
		     struct dmemfs_extent **ext)
{
	unsigned long left;
	int rc = 0;

	mutex_lock(&sbi->lock);
	left = sbi->nr_limit > sbi->nr_used ? sbi->nr_limit - sbi->nr_used : 0;
	nr = min(nr, left);
	*ext = nr ? take_locked(sbi, policy, beside, pgoff, nr, span) :
		ERR_PTR(-ENOSPC);
	if (IS_ERR(*ext)) {
		rc = PTR_ERR(*ext);
	} else {
		sbi->nr_used += (*ext)->nr;
		(*ext)->pgoff = pgoff;
	}
	mutex_unlock(&sbi->lock);
	if (!rc && !pfn_special_alive((*ext)->range->device->ps)) {
		dmemfs_pool_give(sbi, *ext, false);
		return -EIO;
	}
	if (!rc)
		trace_dmemfs_alloc(sbi, *ext);
	return rc;
}

static struct dmemfs_extent *merge(struct dmemfs_sb *sbi,
				   struct dmemfs_extent *a,
				   struct dmemfs_extent *b)
{
	if (a->range != b->range || a->pfn + a->nr != b->pfn)
		return NULL;
	free_del(sbi, a);
	free_del(sbi, b);
	a->nr += b->nr;
	free_add(sbi, a);
	dmemfs_extent_free(b);
	return a;
}

/**
 * dmemfs_pool_give() - give memory back
 * @sbi: the mount
 * @ext: the memory, unmapped and in no file; no longer the caller's
 * @dirty: somebody may have written to it
 *
 * Nobody reads what was in it. Memory that cannot be cleared, for lack of
 * kernel address space, is withheld until the device has its next owner.
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_pool_give(struct dmemfs_sb *sbi, struct dmemfs_extent *ext,
		      bool dirty)
{
	struct dmemfs_range *range = ext->range;
	struct rb_node *rb;
	int rc = 0;

	trace_dmemfs_free(sbi, ext);
	/* The device's next owner has all of it cleared anyway. */
	if (dirty && !sbi->closing)
		rc = pfn_special_recycle(range->device->ps,
					 dmemfs_base(range, ext->pfn), ext->nr);
	mutex_lock(&sbi->lock);
	sbi->nr_used -= ext->nr;
	if (rc) {
		sbi->nr_withheld += ext->nr;
		sbi->nr_total -= ext->nr;
		dmemfs_extent_free(ext);
	} else {
		free_add(sbi, ext);
		rb = rb_next(&ext->node);
		if (rb)
			merge(sbi, ext, rb_entry(rb, struct dmemfs_extent, node));
		rb = rb_prev(&ext->node);
		if (rb)
			merge(sbi, rb_entry(rb, struct dmemfs_extent, node), ext);
	}
	mutex_unlock(&sbi->lock);
}

/**
 * dmemfs_pool_count() - how broken up is the free memory of a node?
 * @sbi: the mount
 * @node: the node
 * @largest: set to the pages of the longest free extent
 * @extents: set to the number of free extents
 *
 * Context: May sleep; takes the pool's lock for as long as counting takes.
 */
void dmemfs_pool_count(struct dmemfs_sb *sbi, struct dmemfs_node *node,
		       unsigned long *largest, unsigned long *extents)
{
	struct dmemfs_extent *ext;
	struct rb_node *rb;

	mutex_lock(&sbi->lock);
	ext = free_largest(node);
	*largest = ext ? ext->nr : 0;
	*extents = 0;
	for (rb = rb_first(&node->by_pfn); rb; rb = rb_next(rb))
		++*extents;
	mutex_unlock(&sbi->lock);
}

static int add_run(struct dmemfs_sb *sbi, struct dmemfs_device *device,
		   const struct pfn_special_extent *run, unsigned int node)
{
	struct dmemfs_range *range = &sbi->ranges[sbi->nr_ranges];
	unsigned long first = ALIGN(run->pfn, sbi->unit);
	unsigned long end = ALIGN_DOWN(run->pfn + run->nr, sbi->unit);
	struct dmemfs_extent *ext;

	if (first >= end)
		return 0;
	ext = dmemfs_extent_alloc();
	if (!ext)
		return -ENOMEM;
	*range = (struct dmemfs_range) {
		.device = device,
		.base = run->pgoff + (first - run->pfn),
		.pfn = first,
		.nr = end - first,
		.node = node,
	};
	sbi->nr_ranges++;
	*ext = (struct dmemfs_extent) {
		.range = range, .pfn = first, .nr = range->nr,
	};
	sbi->nodes[node].nr_total += range->nr;
	sbi->nr_total += range->nr;
	free_add(sbi, ext);
	return 0;
}

static unsigned int find_node(struct dmemfs_sb *sbi, int nid)
{
	unsigned int i;

	for (i = 0; i < sbi->nr_nodes; i++)
		if (sbi->nodes[i].nid == nid)
			return i;
	sbi->nodes[i].nid = nid;
	sbi->nodes[i].sbi = sbi;
	sbi->nodes[i].by_pfn = RB_ROOT;
	sbi->nodes[i].by_size = RB_ROOT;
	return sbi->nr_nodes++;
}

static unsigned int count_runs(struct pfn_special *ps)
{
	struct pfn_special_extent run;
	unsigned int n = 0;
	pgoff_t pgoff;

	for (pgoff = 0; pfn_special_lookup(ps, pgoff, &run);
	     pgoff = run.pgoff + run.nr)
		n++;
	return n;
}

/**
 * dmemfs_pool_init() - all memory of a mount's devices is free
 * @sbi: the mount; its devices are claimed, its unit is set
 *
 * Return: 0 or -ENOMEM; to be undone by dmemfs_pool_exit() in either case.
 */
int dmemfs_pool_init(struct dmemfs_sb *sbi)
{
	unsigned int i, n = 0;
	int rc;

	for (i = 0; i < sbi->nr_devices; i++)
		n += count_runs(sbi->devices[i].ps);
	sbi->ranges = kvcalloc(n, sizeof(*sbi->ranges), GFP_KERNEL);
	sbi->nodes = kcalloc(sbi->nr_devices, sizeof(*sbi->nodes), GFP_KERNEL);
	if (!sbi->ranges || !sbi->nodes)
		return -ENOMEM;

	for (i = 0; i < sbi->nr_devices; i++) {
		struct dmemfs_device *device = &sbi->devices[i];
		int nid = pfn_special_node(device->ps);
		struct pfn_special_extent run;
		unsigned int node;
		pgoff_t pgoff;

		node = find_node(sbi, nid == NUMA_NO_NODE ? first_online_node :
							    nid);
		for (pgoff = 0; pfn_special_lookup(device->ps, pgoff, &run);
		     pgoff = run.pgoff + run.nr) {
			rc = add_run(sbi, device, &run, node);
			if (rc)
				return rc;
		}
	}
	return 0;
}

/**
 * dmemfs_pool_exit() - forget the free memory of a mount
 * @sbi: the mount; no file has any memory
 */
void dmemfs_pool_exit(struct dmemfs_sb *sbi)
{
	struct dmemfs_extent *ext, *next;
	unsigned int i;

	for (i = 0; i < sbi->nr_nodes; i++)
		rbtree_postorder_for_each_entry_safe(ext, next,
						     &sbi->nodes[i].by_pfn, node)
			dmemfs_extent_free(ext);
	kfree(sbi->nodes);
	kvfree(sbi->ranges);
}
