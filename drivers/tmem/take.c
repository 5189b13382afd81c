// SPDX-License-Identifier: GPL-2.0-only
/*
 * Getting everything out of areas, so that their owners can have them back: pages of
 * ephemeral pools are dropped, those of persistent pools are copied, some at a time,
 * and given to the users of the pools.
 *
 * Nothing on this way needs memory: what it takes is there since the module was loaded.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "core.h"
#include "trace.h"

/* Protects tmem_areas, tmem_pools, and what is below. */
DEFINE_MUTEX(tmem_take_lock);
static DECLARE_WAIT_QUEUE_HEAD(take_ended);

/* Pages of one pool that are being saved. */
static struct tmem_pool *pool;
static unsigned int nr_saved;
static struct tmem_saved saved[TMEM_BATCH];
static struct tmem_page *from[TMEM_BATCH];
static struct page *bounce[TMEM_BATCH];

/* Pages to look at before the CPU is offered to others. */
#define LOOKS	1024

int tmem_take_init(void)
{
	unsigned int i;

	for (i = 0; i < TMEM_BATCH; i++) {
		bounce[i] = alloc_page(GFP_KERNEL);
		if (!bounce[i]) {
			tmem_take_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

void tmem_take_exit(void)
{
	unsigned int i;

	for (i = 0; i < TMEM_BATCH; i++)
		if (bounce[i])
			__free_page(bounce[i]);
}

/*
 * Get the lock. Whoever has it may write gigabytes to a slow disk, so who waits for that is
 * not to be taken for a task that hangs.
 */
void tmem_take_begin(void)
{
	might_lock(&tmem_take_lock);
	wait_event_idle(take_ended, mutex_trylock(&tmem_take_lock));
}

void tmem_take_end(void)
{
	mutex_unlock(&tmem_take_lock);
	wake_up(&take_ended);
}

/* What was saved as that, wherever save() has sorted it to. */
static unsigned int slot_of(const struct tmem_saved *one)
{
	return page_private(one->page);
}

/* It is elsewhere now; or it is not, and stays, or is lost. */
static void settle(const struct tmem_saved *one, bool dying,
		   struct tmem_taken *taken)
{
	struct tmem_page *page = from[slot_of(one)];
	struct tmem_bucket *bucket = tmem_page_bucket(pool, page);
	bool done = false;

	spin_lock(&bucket->lock);
	/* Flushed, or put anew somewhere else, it is in no bucket. */
	if (tmem_page_is_in(pool, bucket, page) &&
	    page->state & TMEM_PAGE_SAVING) {
		done = !one->error;
		if (done) {
			tmem_page_unlink(pool, bucket, page);
		} else if (dying) {
			tmem_page_lose(pool, bucket, page);
			taken->lost++;
		} else {
			page->state &= ~TMEM_PAGE_SAVING;
		}
	}
	spin_unlock(&bucket->lock);
	if (!done)
		return;
	tmem_page_free(page);
	tmem_pool_count(pool, TMEM_SAVED);
	taken->saved++;
}

static int save(bool dying, struct tmem_taken *taken)
{
	unsigned int i, flags;
	int rc = 0;

	if (!nr_saved)
		return 0;
	flags = memalloc_noio_save();
	pool->ops->save(pool->data, saved, nr_saved);
	memalloc_noio_restore(flags);
	for (i = 0; i < nr_saved; i++) {
		rc = rc ?: saved[i].error;
		settle(&saved[i], dying, taken);
	}
	nr_saved = 0;
	cond_resched();
	return dying ? 0 : rc;
}

/* A page of a persistent pool, whose bucket is locked. */
static void begin(struct tmem_bucket *bucket, struct tmem_page *page,
		  struct tmem_taken *taken)
{
	struct page *copy = bounce[nr_saved];

	if (tmem_page_copy(page, page_address(copy))) {
		page->state |= TMEM_PAGE_BAD;
		tmem_page_lose(pool, bucket, page);
		taken->lost++;
		return;
	}
	pool->ops->mark(pool->data, page->object, page->index, TMEM_SAVING);
	page->state |= TMEM_PAGE_SAVING;
	set_page_private(copy, nr_saved);
	from[nr_saved] = page;
	saved[nr_saved] = (struct tmem_saved) {
		.object = page->object, .index = page->index, .page = copy,
	};
	nr_saved++;
}

static int take_page(struct tmem_page *page, bool dying, struct tmem_taken *taken)
{
	struct tmem_pool *its = tmem_pool_of(page);
	struct tmem_bucket *bucket;
	bool dropped = false;
	int rc;

	if (!its)
		return 0;
	if (its->ops && (nr_saved == TMEM_BATCH || (nr_saved && its != pool))) {
		rc = save(dying, taken);
		if (rc)
			return rc;
	}
	/* Pools stay while this lock is held, and a closed area gets no new page. */
	bucket = tmem_page_bucket(its, page);
	spin_lock(&bucket->lock);
	if (tmem_page_is_in(its, bucket, page)) {
		if (its->ops) {
			pool = its;
			begin(bucket, page, taken);
		} else {
			tmem_page_unlink(its, bucket, page);
			dropped = true;
		}
	}
	spin_unlock(&bucket->lock);
	if (dropped) {
		tmem_page_free(page);
		tmem_pool_count(its, TMEM_EVICTED);
		taken->dropped++;
	}
	return 0;
}

static int drain(struct tmem_area *area, bool dying, struct tmem_taken *taken)
{
	unsigned long i;
	int rc = 0;

	for (i = 0; i < area->nr && !rc; i++) {
		rc = take_page(&area->pages[i], dying, taken);
		if (i % LOOKS)
			continue;
		cond_resched();
		if (!dying && fatal_signal_pending(current))
			rc = -EINTR;
	}
	return rc;
}

/**
 * tmem_drain() - close areas, and get everything out of them
 * @areas: the areas; NULLs are left out
 * @nr: how many there are
 * @dying: what cannot be saved is lost; and do not stop for a signal
 * @taken: what has become of the pages is added to that
 *
 * Every page is looked at once; nothing waits for whoever uses the pools.
 *
 * Context: tmem_take_lock held; may sleep.
 * Return: 0; or, unless @dying, -EINTR if the task is being killed, or the error of a
 * page that could not be saved: then the areas are open again, and nothing is lost.
 */
int tmem_drain(struct tmem_area *const *areas, unsigned int nr, bool dying,
	       struct tmem_taken *taken)
{
	unsigned int i;
	int rc = 0, last;

	lockdep_assert_held(&tmem_take_lock);
	for (i = 0; i < nr; i++)
		if (areas[i])
			WRITE_ONCE(areas[i]->closed, true);
	/* Whoever has taken a page before has linked it after this. */
	synchronize_rcu_expedited();
	for (i = 0; i < nr && !rc; i++)
		if (areas[i])
			rc = drain(areas[i], dying, taken);
	/* Whatever happened, what has been marked is to be saved. */
	last = save(dying, taken);
	rc = rc ?: last;
	if (rc)
		tmem_reopen(areas, nr);
	return rc;
}

/**
 * tmem_reopen() - end tmem_drain()
 * @areas: the areas; NULLs are left out
 * @nr: how many there are
 *
 * Context: tmem_take_lock held.
 */
void tmem_reopen(struct tmem_area *const *areas, unsigned int nr)
{
	unsigned int i;

	lockdep_assert_held(&tmem_take_lock);
	for (i = 0; i < nr; i++)
		if (areas[i])
			WRITE_ONCE(areas[i]->closed, false);
}
