// SPDX-License-Identifier: GPL-2.0-only
/* The ranges of a mount's devices, in whole units, which are what a pool consists of. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "pool.h"

static int add_run(struct dmemfs_pool *pool, struct pfn_special *ps,
		   const struct pfn_special_extent *run, unsigned int node)
{
	struct dmemfs_range *range = &pool->ranges[pool->nr_ranges];
	unsigned long first = ALIGN(run->pfn, pool->unit);
	unsigned long end = ALIGN_DOWN(run->pfn + run->nr, pool->unit);
	struct dmemfs_extent *ext;

	if (first >= end)
		return 0;
	ext = dmemfs_extent_must(&pool->bound);
	if (!ext)
		return -ENOMEM;
	*range = (struct dmemfs_range) {
		.ps = ps,
		.base = run->pgoff + (first - run->pfn),
		.pfn = first,
		.nr = end - first,
		.node = node,
	};
	pool->nr_ranges++;
	*ext = (struct dmemfs_extent) {
		.range = range, .pfn = first, .nr = range->nr,
	};
	pool->nodes[node].nr_total += range->nr;
	pool->nr_total += range->nr;
	dmemfs_pool_settle(pool, ext);
	return 0;
}

static unsigned int find_node(struct dmemfs_pool *pool, int nid)
{
	unsigned int i;

	for (i = 0; i < pool->nr_nodes; i++)
		if (pool->nodes[i].nid == nid)
			return i;
	pool->nodes[i].nid = nid;
	pool->nids[i] = nid;
	pool->nodes[i].pool = pool;
	dmemfs_free_init(&pool->nodes[i].free, &pool->bound);
	return pool->nr_nodes++;
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
 * @pool: the pool, zero but for its lock, dev, unit and policy
 * @memory: the devices' memory, which stays until dmemfs_pool_exit()
 * @nr_memory: how many they are; at most DMEMFS_MAX_DEVICES
 *
 * Return: 0 or -ENOMEM; to be undone by dmemfs_pool_exit() in either case.
 */
int dmemfs_pool_init(struct dmemfs_pool *pool, struct pfn_special **memory,
		     unsigned int nr_memory)
{
	unsigned int i, n = 0;
	int rc;

	dmemfs_free_init(&pool->withheld, &pool->bound);
	for (i = 0; i < nr_memory; i++)
		n += count_runs(memory[i]);
	pool->ranges = kvcalloc(n, sizeof(*pool->ranges), GFP_KERNEL);
	pool->nodes = kcalloc(nr_memory, sizeof(*pool->nodes), GFP_KERNEL);
	if (!pool->ranges || !pool->nodes)
		return -ENOMEM;

	for (i = 0; i < nr_memory; i++) {
		int nid = pfn_special_node(memory[i]);
		struct pfn_special_extent run;
		unsigned int node;
		pgoff_t pgoff;

		node = find_node(pool, nid == NUMA_NO_NODE ? first_online_node :
							    nid);
		for (pgoff = 0; pfn_special_extent_at(memory[i], pgoff, &run);
		     pgoff = run.pgoff + run.nr) {
			rc = add_run(pool, memory[i], &run, node);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static void end_withheld(struct dmemfs_pool *pool)
{
	struct dmemfs_extent *ext;
	unsigned long pfn = 0;

	mutex_lock(&pool->lock);
	while ((ext = dmemfs_free_after(&pool->withheld, pfn))) {
		pfn = ext->pfn + ext->nr;
		dmemfs_account_end(ext->account, ext->nr);
	}
	dmemfs_free_exit(&pool->withheld);
	mutex_unlock(&pool->lock);
}

/**
 * dmemfs_pool_exit() - forget the free and the withheld memory of a mount
 * @pool: the pool; no file has any memory
 */
void dmemfs_pool_exit(struct dmemfs_pool *pool)
{
	unsigned int i;

	for (i = 0; i < pool->nr_nodes; i++)
		dmemfs_free_exit(&pool->nodes[i].free);
	end_withheld(pool);
	kfree(pool->nodes);
	kvfree(pool->ranges);
}
