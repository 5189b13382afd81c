// SPDX-License-Identifier: GPL-2.0-only
/*
 * What files have given up, and a device may reach all the same: see mm/special/held.c.
 * It is nobody's, and not cleared, until that is over.
 *
 * Nothing tells when that is. It is looked at whenever somebody wants to know or to
 * have what is free, which any user may all the time: but not again before a device has
 * lost something, or more was withheld.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "pfn_special.h"
#include "pool.h"

/* Extents that are looked at before others may have the lock. */
#define BATCH	64

/* Is there somebody who cannot be asked what devices reach, and is not trusted? */
static bool distrust(const struct dmemfs_pool *pool)
{
	return !READ_ONCE(pool->trust_vfio) && pfn_special_may_be_held();
}

/*
 * How many pages from the first on, in whole units, are all alike: each unit has a page
 * that a device may reach, or none has. Nobody has a page table entry of any, so that
 * there will be no more of the former. @distrusted was asked since that is so.
 */
static unsigned long alike(const struct dmemfs_pool *pool,
			   const struct dmemfs_extent *ext, bool distrusted,
			   bool *reached)
{
	unsigned long last = ext->pfn + ext->nr - 1, pfn, nr, at = 0;

	/* A device that died has nothing withheld here any more. */
	*reached = !pool->closing && pfn_special_alive(ext->range->ps);
	if (!*reached || distrusted)
		return ext->nr;
	while (at < ext->nr) {
		pfn = ext->pfn + at;
		*reached = pfn_special_held_next(&pfn, last, &nr);
		if (!*reached)
			pfn = last + 1;
		if (ALIGN_DOWN(pfn - ext->pfn, pool->unit) > at) {
			*reached = at;
			return at ?: ALIGN_DOWN(pfn - ext->pfn, pool->unit);
		}
		at = ALIGN(pfn - ext->pfn + nr, pool->unit);
		cond_resched();
	}
	return ext->nr;
}

/*
 * The first pages of an extent, as many as are alike, become free or withheld. If
 * there is no extent to be had for the rest, all of it is withheld.
 * Return: the rest, or NULL.
 */
static struct dmemfs_extent *sort(struct dmemfs_pool *pool,
				  struct dmemfs_extent *ext, bool *freed)
{
	struct dmemfs_extent *rest = NULL;
	unsigned long nr;
	bool reached;

	nr = alike(pool, ext, distrust(pool), &reached);
	if (nr < ext->nr) {
		rest = dmemfs_extent_new(&pool->bound);
		if (IS_ERR(rest)) {
			rest = NULL;
			reached = true;
		} else {
			*rest = *ext;
			rest->pfn += nr;
			rest->nr -= nr;
			ext->nr = nr;
		}
	}
	mutex_lock(&pool->lock);
	/* By itself: its neighbours may be free before it is. */
	reached = reached && pfn_special_alive(ext->range->ps);
	if (reached) {
		dmemfs_free_add(&pool->withheld, ext);
		pool->nr_withheld++;
		pool->moved++;
	}
	mutex_unlock(&pool->lock);
	if (!reached) {
		dmemfs_pool_free(pool, ext->account, ext, true);
		*freed = true;
	}
	cond_resched();
	return rest;
}

/**
 * dmemfs_pool_give() - give memory back that a file has had
 * @pool: the pool
 * @account: of the file that had it, or NULL
 * @ext: the memory, unmapped and in no file; no longer the caller's
 *
 * Nobody reads what was in it.
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_pool_give(struct dmemfs_pool *pool, struct dmemfs_account *account,
		      struct dmemfs_extent *ext)
{
	bool freed;

	ext->account = account;
	while (ext)
		ext = sort(pool, ext, &freed);
}

/*
 * Looks at some of the withheld memory from a page on, which is trusted to be reached by
 * those alone who can be asked; moves that behind it. Return: the first that is not
 * withheld for a reason, or NULL. Sets @end if there is no more to look at.
 */
static struct dmemfs_extent *take(struct dmemfs_pool *pool, unsigned long *pfn,
				  bool *end)
{
	struct dmemfs_extent *ext;
	bool reached;
	int n;

	lockdep_assert_held(&pool->lock);
	for (n = 0; n < BATCH; n++) {
		ext = dmemfs_free_after(&pool->withheld, *pfn);
		*end = !ext;
		if (!ext)
			break;
		*pfn = ext->pfn + ext->nr;
		if (alike(pool, ext, false, &reached) < ext->nr || !reached) {
			dmemfs_free_del(&pool->withheld, ext);
			return ext;
		}
	}
	return NULL;
}

/**
 * dmemfs_pool_regain() - free what is withheld without need
 * @pool: the pool
 *
 * Context: May sleep; takes the pool's lock.
 * Return: true if something has become free.
 */
bool dmemfs_pool_regain(struct dmemfs_pool *pool)
{
	unsigned long pfn = 0, nr_withheld, ended;
	struct dmemfs_extent *ext;
	bool freed = false, end;

	if (!READ_ONCE(pool->withheld.nr))
		return false;
	mutex_lock(&pool->lock);
	ended = pfn_special_holds_ended();
	nr_withheld = pool->nr_withheld;
	end = pool->looked.ended == ended &&
	      pool->looked.nr_withheld == nr_withheld;
	mutex_unlock(&pool->lock);
	while (!end) {
		mutex_lock(&pool->lock);
		/* Asked anew: some of it may be here since a moment ago. */
		if (distrust(pool)) {
			mutex_unlock(&pool->lock);
			return freed;
		}
		ext = take(pool, &pfn, &end);
		mutex_unlock(&pool->lock);
		while (ext)
			ext = sort(pool, ext, &freed);
		cond_resched();
	}
	mutex_lock(&pool->lock);
	pool->looked.ended = ended;
	pool->looked.nr_withheld = nr_withheld;
	mutex_unlock(&pool->lock);
	return freed;
}
