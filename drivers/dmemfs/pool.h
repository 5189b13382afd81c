/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of a mount, and who of it is free. Knows no files: what is taken from
 * the pool is the taker's, and comes back as it went, or in pieces.
 *
 * Locking: dmemfs_pool.lock is inside of all locks of files and of the mount, and
 * outside of pfn_special's.
 */
#ifndef _DMEMFS_POOL_H
#define _DMEMFS_POOL_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "account.h"
#include "free.h"
#include "policy.h"

#define DMEMFS_MAX_DEVICES	64

/**
 * struct dmemfs_node - memory of one NUMA node
 * @nid: the node
 * @free: what no file has
 * @nr_total: all pages
 * @pool: what it is a part of
 */
struct dmemfs_node {
	int nid;
	struct dmemfs_free free;
	unsigned long nr_total;
	struct dmemfs_pool *pool;
};

/**
 * struct dmemfs_pool - memory of a mount
 * @dev: the mount, for tracepoints
 * @unit: pages in one page of the mount's page size
 * @lock: protects free extents, counts, accounts and @policy
 * @policy: where memory comes from if nothing else says so
 * @nr_total: pages of all devices
 * @nr_used: pages that files have, or had and that are withheld
 * @nr_limit: pages that files may have
 * @nr_lost: pages that memory errors have hit, that could not be cleared, or
 *               that were taken away; no longer in @nr_total
 * @withheld: what files have given up while a device could still reach it; counts
 *            in @nr_used until it is free
 * @nr_withheld: how often something was put there
 * @looked: pfn_special_holds_ended() and @nr_withheld when all of @withheld had a reason
 * @trust_vfio: nothing is withheld for VFIO users who cannot be asked
 * @moved: how often files got memory or gave it up
 * @unsealed: files are being given what they had in another mount, and nobody allocates
 *            or looks until that has ended: see layout.c
 * @bound: all extents, whether free or not; its max changes under @lock
 * @lost: a device was taken away
 * @closing: the last user has gone; nobody will see what is freed from now on
 * @ranges: contiguous parts of the devices
 * @nr_ranges: their number
 * @nodes: one for each NUMA node that has any of it
 * @nids: their numbers
 * @nr_nodes: how many they are
 */
struct dmemfs_pool {
	dev_t dev;
	unsigned long unit;
	struct mutex lock;	/* see @lock */
	struct dmemfs_policy policy;
	unsigned long nr_total;
	unsigned long nr_used;
	unsigned long nr_limit;
	unsigned long nr_lost;
	struct dmemfs_free withheld;
	unsigned long nr_withheld;
	struct {
		unsigned long ended;
		unsigned long nr_withheld;
	} looked;
	bool trust_vfio;
	struct dmemfs_bound bound;
	u64 moved;
	bool unsealed;
	bool lost;
	bool closing;
	struct dmemfs_range *ranges;
	unsigned int nr_ranges;
	struct dmemfs_node *nodes;
	int nids[DMEMFS_MAX_DEVICES];
	unsigned int nr_nodes;
};

static inline bool dmemfs_unsealed(const struct dmemfs_pool *pool)
{
	/* Whoever sees it sealed sees what was done before: pairs with seal(). */
	return smp_load_acquire(&pool->unsealed);
}

/* ranges.c */
int dmemfs_pool_init(struct dmemfs_pool *pool, struct pfn_special **memory,
		     unsigned int nr_memory);
void dmemfs_pool_exit(struct dmemfs_pool *pool);

/* pool.c */
void dmemfs_pool_policy(struct dmemfs_pool *pool,
			const struct vm_area_struct *vma,
			struct dmemfs_policy *policy);
bool dmemfs_pool_has(const struct dmemfs_pool *pool,
		     const struct dmemfs_policy *policy);
int dmemfs_pool_take(struct dmemfs_pool *pool, struct dmemfs_account *account,
		     const struct dmemfs_policy *policy,
		     const struct dmemfs_extent *beside, pgoff_t pgoff,
		     unsigned long nr, unsigned long span,
		     struct dmemfs_extent **ext);
int dmemfs_pool_place(struct dmemfs_pool *pool, struct dmemfs_account *account,
		      const struct pfn_special *ps, pgoff_t base,
		      unsigned long nr, struct dmemfs_extent **ext);
void dmemfs_pool_seal(struct dmemfs_pool *pool);
int dmemfs_pool_check(struct dmemfs_pool *pool,
		      const struct dmemfs_account *account, unsigned long nr);
void dmemfs_pool_free(struct dmemfs_pool *pool, struct dmemfs_account *account,
		      struct dmemfs_extent *ext, bool dirty);
void dmemfs_pool_settle(struct dmemfs_pool *pool, struct dmemfs_extent *ext);
void dmemfs_pool_lose(struct dmemfs_pool *pool, const struct pfn_special *ps);

/* withheld.c */
void dmemfs_pool_give(struct dmemfs_pool *pool, struct dmemfs_account *account,
		      struct dmemfs_extent *ext);
bool dmemfs_pool_regain(struct dmemfs_pool *pool);

#endif /* _DMEMFS_POOL_H */
