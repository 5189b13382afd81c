// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a mount that no file has: taken for files by policy, given back by
 * them, withheld if it went bad.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "free.h"
#include "quarantine.h"
#include "trace.h"

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
	ext = dmemfs_free_at_or_before(dmemfs_node_of(sbi, range), pfn);
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
		ext = dmemfs_free_place(&sbi->nodes[order[i]], pgoff, nr, span,
					sbi->unit, &skip);
	if (!ext)
		return ERR_PTR(-ENOSPC);
	return dmemfs_free_cut(sbi, ext, skip, min(nr, ext->nr - skip)) ?:
		ERR_PTR(-ENOMEM);
}

/* Memory that nobody gets any more while this mount lasts. */
static void withhold(struct dmemfs_sb *sbi, struct dmemfs_range *range,
		     unsigned long nr)
{
	sbi->nr_withheld += nr;
	sbi->nr_total -= nr;
	dmemfs_node_of(sbi, range)->nr_total -= nr;
}

/* What is good of an extent is free; the rest is withheld. */
static void free_good(struct dmemfs_sb *sbi, struct dmemfs_extent *ext)
{
	struct dmemfs_range *range = ext->range;
	unsigned long pfn = ext->pfn, end = ext->pfn + ext->nr, at, nr;

	lockdep_assert_held(&sbi->lock);
	for (at = pfn; dmemfs_next_good(sbi->unit, &pfn, end, &nr); at = pfn) {
		ext = ext ?: dmemfs_extent_alloc();
		if (!ext)
			break;
		withhold(sbi, range, pfn - at);
		*ext = (struct dmemfs_extent) {
			.range = range, .pfn = pfn, .nr = nr,
		};
		dmemfs_free_merged(sbi, ext);
		ext = NULL;
		pfn += nr;
	}
	withhold(sbi, range, end - at);
	dmemfs_extent_free(ext);
}

/* Pages that files may still get. */
static unsigned long left(const struct dmemfs_sb *sbi)
{
	unsigned long total = min(sbi->nr_total, sbi->nr_limit);

	return total > sbi->nr_used ? total - sbi->nr_used : 0;
}

static int no_space(const struct dmemfs_sb *sbi)
{
	return sbi->lost ? -EIO : -ENOSPC;
}

/**
 * dmemfs_pool_check() - is there enough for a request at all?
 * @sbi: the mount
 * @nr: pages
 *
 * Context: May sleep; takes the pool's lock.
 * Return: 0, or -ENOSPC or -EIO as from dmemfs_pool_take().
 */
int dmemfs_pool_check(struct dmemfs_sb *sbi, unsigned long nr)
{
	int rc;

	mutex_lock(&sbi->lock);
	rc = nr > left(sbi) ? no_space(sbi) : 0;
	mutex_unlock(&sbi->lock);
	return rc;
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
	int rc = 0;

	mutex_lock(&sbi->lock);
again:
	nr = min(nr, left(sbi));
	*ext = nr ? take_locked(sbi, policy, beside, pgoff, nr, span) :
		ERR_PTR(-ENOSPC);
	if (IS_ERR(*ext)) {
		rc = PTR_ERR(*ext);
	} else {
		unsigned long bad = (*ext)->pfn;

		/* An error may have hit it while it was free. */
		if (pfn_quarantine_next(&bad, (*ext)->pfn + (*ext)->nr - 1)) {
			free_good(sbi, *ext);
			goto again;
		}
		sbi->nr_used += (*ext)->nr;
		(*ext)->pgoff = pgoff;
	}
	if (rc == -ENOSPC)
		rc = no_space(sbi);
	mutex_unlock(&sbi->lock);
	if (!rc && !pfn_special_alive((*ext)->range->device->ps)) {
		dmemfs_pool_give(sbi, *ext, false);
		return -EIO;
	}
	if (!rc)
		trace_dmemfs_alloc(sbi, *ext);
	return rc;
}

/**
 * dmemfs_pool_give() - give memory back
 * @sbi: the mount
 * @ext: the memory, unmapped and in no file; no longer the caller's
 * @dirty: somebody may have written to it
 *
 * Nobody reads what was in it. Units that memory errors have hit, and memory that
 * cannot be cleared for lack of kernel address space, are withheld until the
 * device has its next owner.
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_pool_give(struct dmemfs_sb *sbi, struct dmemfs_extent *ext,
		      bool dirty)
{
	struct dmemfs_range *range = ext->range;
	int rc = 0;

	trace_dmemfs_free(sbi, ext);
	/* The device's next owner has all of it cleared anyway. */
	if (dirty && !sbi->closing)
		rc = pfn_special_recycle(range->device->ps,
					 dmemfs_base(range, ext->pfn), ext->nr);
	mutex_lock(&sbi->lock);
	sbi->nr_used -= ext->nr;
	if (rc || !pfn_special_alive(range->device->ps)) {
		withhold(sbi, range, ext->nr);
		dmemfs_extent_free(ext);
	} else {
		free_good(sbi, ext);
	}
	mutex_unlock(&sbi->lock);
}

/**
 * dmemfs_pool_lose() - a device is gone, and what was free of it
 * @sbi: the mount
 * @device: the device, whose memory is dead
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_pool_lose(struct dmemfs_sb *sbi, struct dmemfs_device *device)
{
	struct dmemfs_extent *ext;
	struct rb_node *rb, *next;
	unsigned int i;

	mutex_lock(&sbi->lock);
	sbi->lost = true;
	for (i = 0; i < sbi->nr_nodes; i++) {
		for (rb = rb_first(&sbi->nodes[i].by_pfn); rb; rb = next) {
			next = rb_next(rb);
			ext = rb_entry(rb, struct dmemfs_extent, node);
			if (ext->range->device != device)
				continue;
			dmemfs_free_del(sbi, ext);
			withhold(sbi, ext->range, ext->nr);
			dmemfs_extent_free(ext);
		}
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
	ext = dmemfs_free_largest(node);
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
	mutex_lock(&sbi->lock);
	free_good(sbi, ext);
	mutex_unlock(&sbi->lock);
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

	for (pgoff = 0; pfn_special_extent_at(ps, pgoff, &run);
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
		for (pgoff = 0; pfn_special_extent_at(device->ps, pgoff, &run);
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
