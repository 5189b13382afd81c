// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools: pages by name. A pool has a hash table whose size is fixed, and a lock for each
 * bucket, which is held while a page is copied.
 */
#include <linux/export.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "trace.h"

/* Buckets of a pool: pages for each, and how many at most. */
#define PAGES_PER_BUCKET	4
#define MAX_BUCKET_BITS		22

/* Pages that eviction looks at for one that is wanted. */
#define EVICT_LOOKS		128

/* By number, from 1 on; changed with tmem_take_lock held. */
static struct tmem_pool __rcu *tmem_pools[TMEM_MAX_POOLS + 1];

void tmem_pool_count(struct tmem_pool *pool, enum tmem_stat stat)
{
	this_cpu_inc(pool->stats->n[stat]);
}

u64 tmem_pool_stat(const struct tmem_pool *pool, enum tmem_stat stat)
{
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += per_cpu_ptr(pool->stats, cpu)->n[stat];
	return n;
}

static struct tmem_bucket *bucket_of(const struct tmem_pool *pool, u64 object,
				     u64 index)
{
	return &pool->buckets[hash_64(object * GOLDEN_RATIO_64 + index,
				      pool->bits)];
}

static struct tmem_page *find(const struct tmem_bucket *bucket, u64 object,
			      u64 index)
{
	struct tmem_page *page;

	for (page = bucket->first; page; page = page->next)
		if (page->index == index && page->object == object)
			return page;
	return NULL;
}

static void link_page(struct tmem_pool *pool, struct tmem_bucket *bucket,
		      struct tmem_page *page, u64 object, u64 index)
{
	lockdep_assert_held(&bucket->lock);
	WRITE_ONCE(page->object, object);
	WRITE_ONCE(page->index, index);
	page->state = 0;
	WRITE_ONCE(page->pool, pool->id);
	page->next = bucket->first;
	bucket->first = page;
	percpu_counter_inc(&pool->used);
	if (!pool->ops)
		atomic_long_inc(&tmem_page_area(page)->nr_ephemeral);
}

/**
 * tmem_page_unlink() - take a page out of its pool
 * @pool: the pool
 * @bucket: the bucket that the page is in, locked
 * @page: the page, to be freed by the caller
 */
void tmem_page_unlink(struct tmem_pool *pool, struct tmem_bucket *bucket,
		      struct tmem_page *page)
{
	struct tmem_page **at = &bucket->first;

	lockdep_assert_held(&bucket->lock);
	while (*at != page)
		at = &(*at)->next;
	*at = page->next;
	WRITE_ONCE(page->pool, 0);
	page->state &= ~TMEM_PAGE_SAVING;
	percpu_counter_dec(&pool->used);
	if (!pool->ops)
		atomic_long_dec(&tmem_page_area(page)->nr_ephemeral);
}

static void mark(struct tmem_pool *pool, u64 object, u64 index,
		 enum tmem_mark mark)
{
	if (pool->ops)
		pool->ops->mark(pool->data, object, index, mark);
}

/**
 * tmem_page_lose() - the content of a page is gone
 * @pool: the pool
 * @bucket: the bucket that the page is in, locked
 * @page: the page, which is freed
 */
void tmem_page_lose(struct tmem_pool *pool, struct tmem_bucket *bucket,
		    struct tmem_page *page)
{
	mark(pool, page->object, page->index, TMEM_LOST);
	tmem_page_unlink(pool, bucket, page);
	tmem_pool_count(pool, TMEM_LOST_PAGES);
	trace_tmem_lost(pool->name, page->object, page->index,
			tmem_page_pfn(page));
	tmem_page_free(page);
}

/**
 * tmem_page_copy() - copy a page out of memory that was lent
 * @page: the page; its bucket is locked
 * @data: where to
 *
 * If this is the first to find a memory error, it is handled like all others.
 *
 * Return: false if the page is bad.
 */
int tmem_page_copy(const struct tmem_page *page, void *data)
{
	if (tmem_page_is_bad(page))
		return -EIO;
	if (!copy_mc_to_kernel(data, tmem_page_addr(page), PAGE_SIZE))
		return 0;
	memory_failure_queue(tmem_page_pfn(page), 0);
	return -EIO;
}

/* Holds until the end of the read section, or of tmem_take_lock. */
struct tmem_pool *tmem_pool_of(const struct tmem_page *page)
{
	unsigned int id = READ_ONCE(page->pool);

	return id ? rcu_dereference_raw(tmem_pools[id]) : NULL;
}

/**
 * tmem_page_bucket() - where a page is, if it is in a pool
 * @pool: as from tmem_pool_of()
 * @page: the page, of an area that the caller keeps
 *
 * It may be elsewhere as soon as this returns: lock the bucket, and ask
 * tmem_page_is_in().
 *
 * Context: A read section, or tmem_take_lock.
 */
struct tmem_bucket *tmem_page_bucket(const struct tmem_pool *pool,
				     const struct tmem_page *page)
{
	return bucket_of(pool, READ_ONCE(page->object), READ_ONCE(page->index));
}

/* Is it there? It stays there as long as the lock of the bucket, which is held, is. */
bool tmem_page_is_in(const struct tmem_pool *pool,
		     const struct tmem_bucket *bucket,
		     const struct tmem_page *page)
{
	lockdep_assert_held(&bucket->lock);
	return READ_ONCE(page->pool) == pool->id &&
	       tmem_page_bucket(pool, page) == bucket;
}

/* Take it out of its ephemeral pool, unless it was got since the last look. */
static bool evict_page(struct tmem_pool *pool, struct tmem_page *page, bool used)
{
	struct tmem_bucket *bucket = tmem_page_bucket(pool, page);
	bool evicted = false;

	spin_lock(&bucket->lock);
	if (tmem_page_is_in(pool, bucket, page)) {
		evicted = used || !(page->state & TMEM_PAGE_USED);
		page->state &= ~TMEM_PAGE_USED;
		if (evicted)
			tmem_page_unlink(pool, bucket, page);
	}
	spin_unlock(&bucket->lock);
	if (evicted)
		tmem_pool_count(pool, TMEM_EVICTED);
	return evicted;
}

/* One page of an ephemeral pool, which is not to be missed. */
static struct tmem_page *evict_from(struct tmem_area *area)
{
	unsigned int looks = min(EVICT_LOOKS, area->nr);
	struct tmem_page *page;
	struct tmem_pool *pool;

	while (looks--) {
		page = &area->pages[(unsigned long)atomic_long_inc_return(&area->hand) %
				    area->nr];
		pool = tmem_pool_of(page);
		if (!pool || pool->ops || !evict_page(pool, page, !looks))
			continue;
		if (!tmem_page_is_bad(page))
			return page;
		tmem_page_free(page);
	}
	return NULL;
}

static struct tmem_page *evict(void)
{
	struct tmem_area *area;
	struct tmem_page *page;
	unsigned int i;

	for (i = 0; i < TMEM_MAX_AREAS; i++) {
		area = rcu_dereference(tmem_areas[i]);
		if (!area || READ_ONCE(area->closed) ||
		    atomic_long_read(&area->nr_ephemeral) <= 0)
			continue;
		page = evict_from(area);
		if (page)
			return page;
	}
	return NULL;
}

static bool is_full(struct tmem_pool *pool)
{
	unsigned long max = READ_ONCE(pool->max);

	return max != ULONG_MAX && percpu_counter_compare(&pool->used, max) >= 0;
}

/* May its content be replaced where it is? */
static bool can_overwrite(const struct tmem_page *page)
{
	return !(page->state & TMEM_PAGE_SAVING) && !tmem_page_is_bad(page);
}

/**
 * tmem_put() - keep a copy of a page
 * @pool: the pool
 * @object: its name
 * @index: its name
 * @data: PAGE_SIZE bytes
 *
 * What was there of that name is gone in any case, also if the page is refused.
 *
 * Context: Any but interrupts.
 * Return: 0, or -ENOSPC if there is no room, or the pool is full.
 */
int tmem_put(struct tmem_pool *pool, u64 object, u64 index, const void *data)
{
	struct tmem_bucket *bucket = bucket_of(pool, object, index);
	struct tmem_page *page = NULL, *old;
	bool stored;

	rcu_read_lock();
	if (!is_full(pool)) {
		page = tmem_page_alloc();
		if (!page)
			page = evict();
	}
	spin_lock(&bucket->lock);
	mark(pool, object, index, TMEM_FRESH);
	old = find(bucket, object, index);
	if (old && can_overwrite(old)) {
		memcpy(tmem_page_addr(old), data, PAGE_SIZE);
		stored = true;
		old = NULL;
	} else {
		if (old)
			tmem_page_unlink(pool, bucket, old);
		stored = page;
		if (page) {
			memcpy(tmem_page_addr(page), data, PAGE_SIZE);
			link_page(pool, bucket, page, object, index);
			page = NULL;
		}
	}
	spin_unlock(&bucket->lock);
	if (old)
		tmem_page_free(old);
	if (page)
		tmem_page_free(page);
	rcu_read_unlock();
	tmem_pool_count(pool, stored ? TMEM_PUTS : TMEM_REFUSED);
	trace_tmem_put(pool->name, object, index, stored);
	return stored ? 0 : -ENOSPC;
}
EXPORT_SYMBOL_GPL(tmem_put);

/**
 * tmem_get() - get a copy of what was put
 * @pool: the pool
 * @object: its name
 * @index: its name
 * @data: room for PAGE_SIZE bytes; what it holds if this fails is undefined
 *
 * Context: Any but interrupts.
 * Return: 0; -ENOENT if it is not there; -EIO if it was lost to a memory error just
 * now: of an ephemeral pool that is -ENOENT, too.
 */
int tmem_get(struct tmem_pool *pool, u64 object, u64 index, void *data)
{
	struct tmem_bucket *bucket = bucket_of(pool, object, index);
	struct tmem_page *page;
	int rc = -ENOENT;

	rcu_read_lock();
	spin_lock(&bucket->lock);
	page = find(bucket, object, index);
	if (page) {
		rc = tmem_page_copy(page, data);
		if (rc) {
			page->state |= TMEM_PAGE_BAD;
			tmem_page_lose(pool, bucket, page);
			rc = pool->ops ? rc : -ENOENT;
		} else if (!pool->ops) {
			page->state |= TMEM_PAGE_USED;
		}
	}
	spin_unlock(&bucket->lock);
	rcu_read_unlock();
	tmem_pool_count(pool, rc ? TMEM_MISSES : TMEM_GETS);
	trace_tmem_get(pool->name, object, index, !rc);
	return rc;
}
EXPORT_SYMBOL_GPL(tmem_get);

/**
 * tmem_flush_page() - forget a page
 * @pool: the pool
 * @object: its name
 * @index: its name
 *
 * Context: Any but interrupts.
 */
void tmem_flush_page(struct tmem_pool *pool, u64 object, u64 index)
{
	struct tmem_bucket *bucket = bucket_of(pool, object, index);
	struct tmem_page *page;

	rcu_read_lock();
	spin_lock(&bucket->lock);
	mark(pool, object, index, TMEM_FRESH);
	page = find(bucket, object, index);
	if (page)
		tmem_page_unlink(pool, bucket, page);
	spin_unlock(&bucket->lock);
	if (page) {
		tmem_page_free(page);
		tmem_pool_count(pool, TMEM_FLUSHED);
		trace_tmem_flush(pool->name, object, index, true);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(tmem_flush_page);

/* The pages of an object, or of all of them, in a bucket. */
static void flush_bucket(struct tmem_pool *pool, struct tmem_bucket *bucket,
			 bool all, u64 object)
{
	struct tmem_page *page, *next, *flushed = NULL;

	rcu_read_lock();
	spin_lock(&bucket->lock);
	for (page = bucket->first; page; page = next) {
		next = page->next;
		if (!all && page->object != object)
			continue;
		mark(pool, page->object, page->index, TMEM_FRESH);
		tmem_page_unlink(pool, bucket, page);
		page->next = flushed;
		flushed = page;
	}
	spin_unlock(&bucket->lock);
	for (page = flushed; page; page = next) {
		next = page->next;
		tmem_page_free(page);
		tmem_pool_count(pool, TMEM_FLUSHED);
	}
	rcu_read_unlock();
}

static void flush(struct tmem_pool *pool, bool all, u64 object)
{
	unsigned long i;

	for (i = 0; i < 1UL << pool->bits; i++) {
		if (READ_ONCE(pool->buckets[i].first))
			flush_bucket(pool, &pool->buckets[i], all, object);
		if (!(i % 1024))
			cond_resched();
	}
}

/**
 * tmem_flush_object() - forget all pages of an object
 * @pool: the pool
 * @object: the object
 *
 * Looks at the whole pool.
 *
 * Context: May sleep.
 */
void tmem_flush_object(struct tmem_pool *pool, u64 object)
{
	flush(pool, false, object);
	trace_tmem_flush(pool->name, object, 0, false);
}
EXPORT_SYMBOL_GPL(tmem_flush_object);

void tmem_pool_free(struct tmem_pool *pool)
{
	percpu_counter_destroy(&pool->used);
	free_percpu(pool->stats);
	kvfree(pool->buckets);
	kfree(pool);
}

static struct tmem_pool *pool_alloc(unsigned long nr_pages)
{
	struct tmem_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	unsigned long i;

	if (!pool)
		return NULL;
	nr_pages = clamp(nr_pages / PAGES_PER_BUCKET, 64UL, 1UL << MAX_BUCKET_BITS);
	pool->bits = ilog2(roundup_pow_of_two(nr_pages));
	pool->max = ULONG_MAX;
	pool->buckets = kvcalloc(1UL << pool->bits, sizeof(*pool->buckets),
				 GFP_KERNEL);
	pool->stats = alloc_percpu(struct tmem_stats);
	if (!pool->buckets || !pool->stats ||
	    percpu_counter_init(&pool->used, 0, GFP_KERNEL)) {
		free_percpu(pool->stats);
		kvfree(pool->buckets);
		kfree(pool);
		return NULL;
	}
	for (i = 0; i < 1UL << pool->bits; i++)
		spin_lock_init(&pool->buckets[i].lock);
	return pool;
}

static int pool_add(struct tmem_pool *pool)
{
	unsigned int id;
	int rc = -ENOSPC;

	tmem_take_begin();
	for (id = 1; id <= TMEM_MAX_POOLS; id++)
		if (!rcu_access_pointer(tmem_pools[id]))
			break;
	if (id <= TMEM_MAX_POOLS) {
		pool->id = id;
		rcu_assign_pointer(tmem_pools[id], pool);
		rc = 0;
	}
	tmem_take_end();
	return rc;
}

static void pool_del(struct tmem_pool *pool)
{
	/* Whoever takes memory back finds all pages of a pool, or none. */
	tmem_take_begin();
	flush(pool, true, 0);
	RCU_INIT_POINTER(tmem_pools[pool->id], NULL);
	tmem_take_end();
	synchronize_rcu_expedited();
}

/**
 * tmem_pool_create() - a pool, with nothing in it
 * @name: its name in sysfs, unique
 * @nr_pages: pages that are expected; the hash table is made for that many
 * @ops: its user, for a persistent pool; NULL for an ephemeral one
 * @data: for @ops
 *
 * Context: May sleep.
 * Return: the pool; ERR_PTR of -EEXIST if there is one of that name, -EINVAL for a name
 * that is too long, -ENOSPC if there are too many pools, -ENOMEM.
 */
struct tmem_pool *tmem_pool_create(const char *name, unsigned long nr_pages,
				   const struct tmem_pool_ops *ops, void *data)
{
	struct tmem_pool *pool;
	int rc;

	if (!*name || strlen(name) >= TMEM_NAME_LEN || strchr(name, '/'))
		return ERR_PTR(-EINVAL);
	pool = pool_alloc(nr_pages);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	strscpy(pool->name, name);
	pool->ops = ops;
	pool->data = data;
	rc = pool_add(pool);
	if (rc) {
		tmem_pool_free(pool);
		return ERR_PTR(rc);
	}
	rc = tmem_sysfs_add_pool(pool);
	if (rc) {
		pool_del(pool);
		kobject_put(&pool->kobj);
		return ERR_PTR(rc);
	}
	return pool;
}
EXPORT_SYMBOL_GPL(tmem_pool_create);

/**
 * tmem_pool_destroy() - forget a pool and all that is in it
 * @pool: the pool, which nobody uses any more
 *
 * Context: May sleep; waits for whoever takes memory back.
 */
void tmem_pool_destroy(struct tmem_pool *pool)
{
	kobject_del(&pool->kobj);
	pool_del(pool);
	kobject_put(&pool->kobj);
}
EXPORT_SYMBOL_GPL(tmem_pool_destroy);
