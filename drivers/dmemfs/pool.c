// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a mount that no file has: taken for files by policy, given back by
 * them; withheld while a device may reach it, see withheld.c, and lost if it went bad.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "pool.h"
#include "quarantine/quarantine.h"
#include "trace.h"

static struct dmemfs_node *node_of(struct dmemfs_pool *pool,
				   const struct dmemfs_range *range)
{
	return &pool->nodes[range->node];
}

/* What continues another extent of the same file, if that is free. */
static struct dmemfs_extent *free_beside(struct dmemfs_pool *pool,
					 const struct dmemfs_extent *beside,
					 pgoff_t pgoff, unsigned long *skip)
{
	struct dmemfs_range *range = beside->range;
	unsigned long pfn = beside->pfn + (pgoff - beside->pgoff);
	struct dmemfs_extent *ext;

	if (pfn < range->pfn || pfn - range->pfn >= range->nr)
		return NULL;
	ext = dmemfs_free_at_or_before(&node_of(pool, range)->free, pfn);
	if (!ext || ext->range != range || pfn - ext->pfn >= ext->nr)
		return NULL;
	*skip = pfn - ext->pfn;
	return ext;
}

/*
 * Finds a place, and cuts it out. Returns 0, -ENOSPC, or how many spare extents that
 * takes.
 */
static int take_locked(struct dmemfs_pool *pool,
		       const struct dmemfs_policy *policy,
		       const struct dmemfs_extent *beside, pgoff_t pgoff,
		       unsigned long nr, unsigned long span,
		       struct dmemfs_extent **spare, struct dmemfs_extent **ext)
{
	unsigned int order[DMEMFS_MAX_DEVICES];
	unsigned long skip = 0;
	unsigned int n, i;

	lockdep_assert_held(&pool->lock);
	n = dmemfs_policy_order(policy, pool->nids, pool->nr_nodes, pool->unit,
				pgoff, &nr, order);
	*ext = NULL;
	if (beside && n && beside->range->node == order[0])
		*ext = free_beside(pool, beside, pgoff, &skip);
	for (i = 0; i < n && !*ext; i++)
		*ext = dmemfs_free_place(&pool->nodes[order[i]].free, pgoff, nr,
					 span, pool->unit, &skip);
	if (!*ext)
		return -ENOSPC;
	return dmemfs_free_cut(&node_of(pool, (*ext)->range)->free, *ext, skip,
			       min(nr, (*ext)->nr - skip), spare);
}

/* Memory that nobody gets any more while this mount lasts. */
static void lose(struct dmemfs_pool *pool, struct dmemfs_range *range,
		 unsigned long nr)
{
	pool->nr_lost += nr;
	pool->nr_total -= nr;
	node_of(pool, range)->nr_total -= nr;
}

/*
 * Find memory that no error has hit, in whole units: from *pfn, the start of one,
 * to @end. Sets *pfn and *nr to what was found; false if there is none.
 */
static bool next_good(unsigned long unit, unsigned long *pfn, unsigned long end,
		      unsigned long *nr)
{
	unsigned long bad;

	for (; *pfn < end; *pfn = bad + unit) {
		bad = *pfn;
		if (!pfn_quarantine_next(&bad, end - 1))
			bad = end;
		bad = ALIGN_DOWN(bad, unit);
		*nr = bad - *pfn;
		if (*nr)
			return true;
	}
	return false;
}

static void settle_good(struct dmemfs_pool *pool, struct dmemfs_extent *ext)
{
	struct dmemfs_range *range = ext->range;
	unsigned long pfn = ext->pfn, end = ext->pfn + ext->nr, at, nr;

	for (at = pfn; next_good(pool->unit, &pfn, end, &nr); at = pfn) {
		ext = ext ?: dmemfs_extent_must(&pool->bound);
		if (!ext)
			break;
		*ext = (struct dmemfs_extent) {
			.range = range, .pfn = pfn, .nr = nr,
		};
		mutex_lock(&pool->lock);
		lose(pool, range, pfn - at);
		/* Asked under the lock that dmemfs_pool_lose() takes after it died. */
		if (pfn_special_alive(range->ps)) {
			dmemfs_free_merged(&node_of(pool, range)->free, ext);
			ext = NULL;
		} else {
			lose(pool, range, nr);
		}
		mutex_unlock(&pool->lock);
		pfn += nr;
		cond_resched();
	}
	mutex_lock(&pool->lock);
	lose(pool, range, end - at);
	mutex_unlock(&pool->lock);
	dmemfs_extent_end(&pool->bound, ext);
}

/**
 * dmemfs_pool_settle() - what is good of some memory becomes free
 * @pool: the pool
 * @ext: memory that counts in nr_total, and that nobody has; no longer the caller's
 *
 * What memory errors have hit is lost, in whole units, and all of it if its device was
 * taken away. As long as the mount is not sealed, bad pages are free, too: the file that
 * had them before gets them again.
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_pool_settle(struct dmemfs_pool *pool, struct dmemfs_extent *ext)
{
	bool free = false;

	if (dmemfs_unsealed(pool)) {
		mutex_lock(&pool->lock);
		free = pfn_special_alive(ext->range->ps);
		if (free)
			dmemfs_free_merged(&node_of(pool, ext->range)->free, ext);
		mutex_unlock(&pool->lock);
	}
	if (!free)
		settle_good(pool, ext);
}

/**
 * dmemfs_pool_policy() - the policy that counts here and now
 * @pool: the pool
 * @vma: the mapping in which memory is missing, or NULL
 * @policy: set to the policy
 *
 * Context: May sleep; takes the pool's lock. If there is a @vma, mmap_lock or the
 * VMA lock is held.
 */
void dmemfs_pool_policy(struct dmemfs_pool *pool,
			const struct vm_area_struct *vma,
			struct dmemfs_policy *policy)
{
	if (!dmemfs_policy_of_vma(policy, vma)) {
		mutex_lock(&pool->lock);
		*policy = pool->policy;
		mutex_unlock(&pool->lock);
		if (policy->mode == MPOL_DEFAULT)
			dmemfs_policy_of_task(policy);
	}
	dmemfs_policy_confine(policy);
}

/**
 * dmemfs_pool_has() - is any memory on the nodes that a policy names?
 * @pool: the pool
 * @policy: the policy
 *
 * Return: true also if it names none.
 */
bool dmemfs_pool_has(const struct dmemfs_pool *pool,
		     const struct dmemfs_policy *policy)
{
	unsigned int i;

	for (i = 0; i < pool->nr_nodes; i++)
		if (node_isset(pool->nids[i], policy->nodes))
			return true;
	return nodes_empty(policy->nodes);
}

/* Pages that files of an account may still get. */
static unsigned long left(const struct dmemfs_pool *pool,
			  const struct dmemfs_account *account)
{
	unsigned long total = min(pool->nr_total, pool->nr_limit);

	if (total <= pool->nr_used)
		return 0;
	return min(total - pool->nr_used, dmemfs_account_left(account));
}

static int no_space(const struct dmemfs_pool *pool)
{
	return pool->lost ? -EIO : -ENOSPC;
}

/**
 * dmemfs_pool_check() - is there enough for a request at all?
 * @pool: the pool
 * @account: of the file, or NULL
 * @nr: pages
 *
 * Context: May sleep; takes the pool's lock.
 * Return: 0, or -ENOSPC or -EIO as from dmemfs_pool_take().
 */
int dmemfs_pool_check(struct dmemfs_pool *pool,
		      const struct dmemfs_account *account, unsigned long nr)
{
	int rc;

	mutex_lock(&pool->lock);
	rc = nr > left(pool, account) ? no_space(pool) : 0;
	mutex_unlock(&pool->lock);
	return rc;
}

static bool has_bad(const struct dmemfs_extent *ext)
{
	unsigned long pfn = ext->pfn;

	return pfn_quarantine_next(&pfn, ext->pfn + ext->nr - 1);
}

/*
 * Extents for what stays free of one that is cut, so many in all. Not under the
 * pool's lock: a user whose memory cgroup is full waits here.
 */
static int add_spares(struct dmemfs_pool *pool, struct dmemfs_extent **spare,
		      int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		struct dmemfs_extent *ext;

		if (spare[i])
			continue;
		ext = dmemfs_extent_new(&pool->bound);
		if (IS_ERR(ext))
			return PTR_ERR(ext);
		spare[i] = ext;
	}
	return 0;
}

/**
 * dmemfs_pool_take() - get memory for a part of a file
 * @pool: the pool
 * @account: of the file, or NULL
 * @policy: from which nodes
 * @beside: memory of the same file that this should continue, or NULL
 * @pgoff: page offset in the file
 * @nr: pages wanted; a multiple of the unit
 * @span: pages that the file may come to have around them
 * @ext: set to the memory, by page offset; it may be less than @nr pages
 *
 * Context: May sleep; takes the pool's lock.
 * Return: 0; -ENOSPC if the nodes, the mount or the account have no more, or as many
 * extents as there may be; -EIO if a device was taken away; -ENOMEM.
 */
int dmemfs_pool_take(struct dmemfs_pool *pool, struct dmemfs_account *account,
		     const struct dmemfs_policy *policy,
		     const struct dmemfs_extent *beside, pgoff_t pgoff,
		     unsigned long nr, unsigned long span,
		     struct dmemfs_extent **ext)
{
	struct dmemfs_extent *spare[2] = {};
	bool again;
	int rc;

	/* Most of the time something stays free behind it. */
	add_spares(pool, spare, 1);
	do {
		mutex_lock(&pool->lock);
		nr = min(nr, left(pool, account));
		rc = nr ? take_locked(pool, policy, beside, pgoff, nr, span,
				      spare, ext) : -ENOSPC;
		again = !rc && has_bad(*ext);
		if (!rc && !again) {
			pool->nr_used += (*ext)->nr;
			pool->moved++;
			dmemfs_account_use(account, (*ext)->nr);
		}
		if (rc == -ENOSPC)
			rc = no_space(pool);
		mutex_unlock(&pool->lock);
		/* An error may have hit it while it was free. */
		if (again) {
			dmemfs_pool_settle(pool, *ext);
		} else if (rc > 0) {
			rc = add_spares(pool, spare, rc);
			again = !rc;
		}
	} while (again);
	dmemfs_extent_end(&pool->bound, spare[0]);
	dmemfs_extent_end(&pool->bound, spare[1]);
	if (rc)
		return rc;
	(*ext)->pgoff = pgoff;
	trace_dmemfs_alloc(pool, *ext);
	if (!pfn_special_alive((*ext)->range->ps)) {
		dmemfs_pool_free(pool, account, *ext, false);
		return -EIO;
	}
	return 0;
}

/**
 * dmemfs_pool_free() - memory that nobody reaches is free
 * @pool: the pool
 * @account: where it has counted, or NULL
 * @ext: the memory, which has counted as used; no longer the caller's
 * @dirty: somebody may have had it mapped, and written to it
 *
 * Units that memory errors have hit, and memory that cannot be cleared for lack of
 * kernel address space, are lost until the device has its next owner.
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_pool_free(struct dmemfs_pool *pool, struct dmemfs_account *account,
		      struct dmemfs_extent *ext, bool dirty)
{
	struct dmemfs_range *range = ext->range;
	int rc = 0;

	trace_dmemfs_free(pool, ext);
	/* The device's next owner has all of it cleared anyway. */
	if (dirty && !pool->closing)
		rc = pfn_special_recycle(range->ps, dmemfs_base(range, ext->pfn),
					 ext->nr);
	mutex_lock(&pool->lock);
	pool->nr_used -= ext->nr;
	pool->moved++;
	dmemfs_account_end(account, ext->nr);
	if (rc)
		lose(pool, range, ext->nr);
	mutex_unlock(&pool->lock);
	if (rc)
		dmemfs_extent_end(&pool->bound, ext);
	else
		dmemfs_pool_settle(pool, ext);
}

/* The range of a device that holds some of its pages, all of them, or NULL. */
static struct dmemfs_range *range_at(struct dmemfs_pool *pool,
				     const struct pfn_special *ps, pgoff_t base,
				     unsigned long nr)
{
	unsigned int i;

	for (i = 0; i < pool->nr_ranges; i++) {
		struct dmemfs_range *range = &pool->ranges[i];

		if (range->ps == ps && base >= range->base &&
		    base - range->base < range->nr &&
		    nr <= range->nr - (base - range->base))
			return range;
	}
	return NULL;
}

static int place_locked(struct dmemfs_pool *pool, struct dmemfs_range *range,
			unsigned long pfn, unsigned long nr,
			struct dmemfs_extent **spare, struct dmemfs_extent **ext)
{
	struct dmemfs_free *free = &node_of(pool, range)->free;

	lockdep_assert_held(&pool->lock);
	if (!pfn_special_alive(range->ps))
		return -EIO;
	if (nr > left(pool, NULL))
		return -ENOSPC;
	*ext = dmemfs_free_at_or_before(free, pfn);
	if (!*ext || (*ext)->range != range || pfn - (*ext)->pfn >= (*ext)->nr ||
	    nr > (*ext)->nr - (pfn - (*ext)->pfn))
		return -EEXIST;
	return dmemfs_free_cut(free, *ext, pfn - (*ext)->pfn, nr, spare);
}

/**
 * dmemfs_pool_place() - get certain memory, for a file that had it before
 * @pool: the pool, not sealed
 * @account: of the file, or NULL; it counts there, though that may be more than the limit
 * @ps: the device's memory
 * @base: page offset there
 * @nr: pages
 * @ext: set to the memory, just that
 *
 * Context: May sleep; takes the pool's lock.
 * Return: 0; -EINVAL if it is not of one range of the device; -EEXIST if some of it is not
 * free; -ENOSPC if files may not have so much; -EIO if the device was taken away; -ENOMEM.
 */
int dmemfs_pool_place(struct dmemfs_pool *pool, struct dmemfs_account *account,
		      const struct pfn_special *ps, pgoff_t base,
		      unsigned long nr, struct dmemfs_extent **ext)
{
	struct dmemfs_range *range = range_at(pool, ps, base, nr);
	struct dmemfs_extent *spare[2];
	int rc = -ENOMEM;

	if (!range)
		return -EINVAL;
	/* No user decides how many: parts of a file are one extent again later. */
	spare[0] = dmemfs_extent_must(&pool->bound);
	spare[1] = dmemfs_extent_must(&pool->bound);
	if (spare[0] && spare[1]) {
		mutex_lock(&pool->lock);
		rc = place_locked(pool, range, range->pfn + (base - range->base),
				  nr, spare, ext);
		if (!rc) {
			pool->nr_used += nr;
			pool->moved++;
			dmemfs_account_use(account, nr);
		}
		mutex_unlock(&pool->lock);
	}
	dmemfs_extent_end(&pool->bound, spare[0]);
	dmemfs_extent_end(&pool->bound, spare[1]);
	return rc;
}

/**
 * dmemfs_pool_seal() - what no file has is free, as in any mount
 * @pool: the pool, not sealed; nothing is placed any more
 *
 * Nobody reads what was in it; bad pages are lost.
 *
 * Context: May sleep, for long; takes the pool's lock.
 */
void dmemfs_pool_seal(struct dmemfs_pool *pool)
{
	struct dmemfs_extent *ext;
	struct dmemfs_free all;
	unsigned int i;
	int rc;

	for (i = 0; i < pool->nr_nodes; i++) {
		/* What is freed meanwhile has been cleared where it must be. */
		mutex_lock(&pool->lock);
		all = pool->nodes[i].free;
		dmemfs_free_init(&pool->nodes[i].free, &pool->bound);
		pool->nr_used += all.nr;
		mutex_unlock(&pool->lock);
		while ((ext = dmemfs_free_after(&all, 0))) {
			dmemfs_free_del(&all, ext);
			rc = pfn_special_recycle(ext->range->ps,
						 dmemfs_base(ext->range, ext->pfn),
						 ext->nr);
			mutex_lock(&pool->lock);
			pool->nr_used -= ext->nr;
			if (rc)
				lose(pool, ext->range, ext->nr);
			mutex_unlock(&pool->lock);
			if (rc)
				dmemfs_extent_end(&pool->bound, ext);
			else
				settle_good(pool, ext);
			cond_resched();
		}
	}
}

static void lose_free(struct dmemfs_pool *pool, struct dmemfs_free *free,
		      const struct pfn_special *ps)
{
	struct dmemfs_extent *ext;
	unsigned long pfn = 0;

	while ((ext = dmemfs_free_after(free, pfn))) {
		pfn = ext->pfn + ext->nr;
		if (ext->range->ps != ps)
			continue;
		dmemfs_free_del(free, ext);
		if (free == &pool->withheld) {
			pool->nr_used -= ext->nr;
			dmemfs_account_end(ext->account, ext->nr);
		}
		lose(pool, ext->range, ext->nr);
		dmemfs_extent_end(&pool->bound, ext);
		cond_resched();
	}
}

/**
 * dmemfs_pool_lose() - a device is gone, and what was free of it
 * @pool: the pool
 * @ps: its memory, which is dead
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_pool_lose(struct dmemfs_pool *pool, const struct pfn_special *ps)
{
	unsigned int i;

	mutex_lock(&pool->lock);
	pool->lost = true;
	for (i = 0; i < pool->nr_nodes; i++)
		lose_free(pool, &pool->nodes[i].free, ps);
	lose_free(pool, &pool->withheld, ps);
	mutex_unlock(&pool->lock);
}
