/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of tmem.ko share. Each knows only what is below it:
 *
 *   main.c      init and exit, hibernation, repaired pages
 *   sysfs.c     what operators see
 *   device.c    devices that are lent: claimed, mapped, given back
 *   take.c      getting everything out of them
 *   pool.c      put, get, flush
 *   page.c      pages of 4K, free or in use
 *
 * An area is one extent of a device, mapped into the kernel for as long as it is
 * lent, and a struct tmem_page for each page of it. All of that is allocated when it
 * is lent: put, get, flush and take allocate nothing.
 *
 * Locks, outermost first:
 *   admin_lock    mutex, device.c: which devices are lent. Outside of pfn_special's
 *                 claim_lock; never held by yield()
 *   take_lock     mutex, take.c: areas come and go, what is in them is taken out,
 *                 pools come and go. Whoever has it waits for I/O, or, to map what
 *                 is being lent, for memory; but never for a claim, or a task of a
 *                 user. Nobody needs it to swap
 *   bucket lock   spinlock, pool.c: the pages of a hash bucket, their names, states
 *                 and content; a page is copied with it held
 *   shard lock    spinlock, page.c: some of the free pages of an area
 * put, get and flush take the last two only, in a section of rcu_read_lock(): an area
 * is closed, then everyone who may have taken a page from it has linked that when
 * synchronize_rcu_expedited() returns. Such sections hold areas and pools, too.
 *
 * A page that is in a bucket has that bucket's pool and name, and they change under
 * the lock of that bucket only. So who comes from the page (take, eviction) reads the
 * name, locks the bucket it belongs to, and looks whether that still is the one.
 */
#ifndef _TMEM_CORE_H
#define _TMEM_CORE_H

#include <linux/bits.h>
#include <linux/kobject.h>
#include <linux/mutex.h>
#include <linux/percpu_counter.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "pfn_special.h"
#include "tmem.h"

#define TMEM_MAX_AREAS	64
#define TMEM_MAX_POOLS	64
#define TMEM_NAME_LEN	32

/* States of a page, under its bucket's lock. */
#define TMEM_PAGE_SAVING	BIT(0)	/* a copy of it is on its way elsewhere */
#define TMEM_PAGE_USED		BIT(1)	/* got since eviction looked */
#define TMEM_PAGE_BAD		BIT(2)	/* never to be used again */

/**
 * struct tmem_page - a page of 4K of an area
 * @next: in its bucket, or among the free ones
 * @object: its name
 * @index: its name
 * @pool: number of its pool; 0 if it is in none
 * @area: number of its area
 * @state: TMEM_PAGE_*
 */
struct tmem_page {
	struct tmem_page *next;
	u64 object;
	u64 index;
	u16 pool;
	u16 area;
	u8 state;
};

/**
 * struct tmem_shard - some free pages of an area
 * @lock: protects the others
 * @first: the free pages
 * @nr: how many there are
 */
struct tmem_shard {
	spinlock_t lock;	/* see @lock */
	struct tmem_page *first;
	unsigned long nr;
} ____cacheline_aligned_in_smp;

/**
 * struct tmem_area - contiguous memory that is lent
 * @id: index in tmem_areas
 * @nid: NUMA node of the memory
 * @closed: no page is taken from it any more
 * @addr: where the kernel maps it
 * @pfn: first page frame
 * @nr: length in pages
 * @nr_bad: pages that errors have hit, which are not used
 * @nr_ephemeral: pages that can be evicted
 * @hand: where eviction looks next
 * @shards: free pages; tmem_nr_shards of them
 * @pages: all pages
 */
struct tmem_area {
	unsigned int id;
	int nid;
	bool closed;
	void *addr;
	unsigned long pfn;
	unsigned long nr;
	atomic_long_t nr_bad;
	atomic_long_t nr_ephemeral;
	atomic_long_t hand;
	struct tmem_shard *shards;
	struct tmem_page *pages;
};

extern struct tmem_area __rcu *tmem_areas[TMEM_MAX_AREAS];
extern unsigned int tmem_nr_shards;

/* page.c */
struct tmem_area *tmem_area_alloc(const struct pfn_special_extent *ext, int nid);
void tmem_area_free(struct tmem_area *area);
int tmem_area_add(struct tmem_area *area);
void tmem_area_del(struct tmem_area *area);
unsigned long tmem_area_used_pages(const struct tmem_area *area);
u64 tmem_lent_bytes(void);
u64 tmem_used_bytes(void);
u64 tmem_metadata_bytes(void);
struct tmem_page *tmem_page_alloc(void);
void tmem_page_free(struct tmem_page *page);
struct tmem_area *tmem_page_area(const struct tmem_page *page);
void *tmem_page_addr(const struct tmem_page *page);
unsigned long tmem_page_pfn(const struct tmem_page *page);
bool tmem_page_is_bad(const struct tmem_page *page);
void tmem_pages_init(void);

/* Counters of a pool. */
enum tmem_stat {
	TMEM_PUTS,
	TMEM_REFUSED,
	TMEM_GETS,
	TMEM_MISSES,
	TMEM_FLUSHED,
	TMEM_EVICTED,
	TMEM_SAVED,
	TMEM_LOST_PAGES,
	TMEM_NR_STATS,
};

struct tmem_stats {
	u64 n[TMEM_NR_STATS];
};

struct tmem_bucket {
	spinlock_t lock;	/* protects the pages */
	struct tmem_page *first;
};

/**
 * struct tmem_pool - pages of one user
 * @kobj: in sysfs; frees it
 * @id: index in tmem_pools, not 0
 * @name: in sysfs
 * @ops: the user of a persistent pool; NULL for an ephemeral one
 * @data: for @ops
 * @bits: logarithm of the number of buckets
 * @buckets: all pages
 * @max: pages that it may have, nearly
 * @used: pages that it has
 * @stats: counters
 */
struct tmem_pool {
	struct kobject kobj;
	unsigned int id;
	char name[TMEM_NAME_LEN];
	const struct tmem_pool_ops *ops;
	void *data;
	unsigned int bits;
	struct tmem_bucket *buckets;
	unsigned long max;
	struct percpu_counter used;
	struct tmem_stats __percpu *stats;
};

/* pool.c */
struct tmem_pool *tmem_pool_of(const struct tmem_page *page);
struct tmem_bucket *tmem_page_bucket(const struct tmem_pool *pool,
				     const struct tmem_page *page);
bool tmem_page_is_in(const struct tmem_pool *pool,
		     const struct tmem_bucket *bucket,
		     const struct tmem_page *page);
void tmem_page_unlink(struct tmem_pool *pool, struct tmem_bucket *bucket,
		      struct tmem_page *page);
void tmem_page_lose(struct tmem_pool *pool, struct tmem_bucket *bucket,
		    struct tmem_page *page);
int tmem_page_copy(const struct tmem_page *page, void *data);
void tmem_pool_count(struct tmem_pool *pool, enum tmem_stat stat);
u64 tmem_pool_stat(const struct tmem_pool *pool, enum tmem_stat stat);
void tmem_pool_free(struct tmem_pool *pool);

/**
 * struct tmem_taken - what taking memory out of use has come to
 * @saved: pages that were given to their users
 * @dropped: pages of ephemeral pools
 * @lost: pages that are nowhere
 */
struct tmem_taken {
	unsigned long saved;
	unsigned long dropped;
	unsigned long lost;
};

/* take.c */
extern struct mutex tmem_take_lock;
void tmem_take_begin(void);
void tmem_take_end(void);
int tmem_drain(struct tmem_area *const *areas, unsigned int nr, bool dying,
	       struct tmem_taken *taken);
void tmem_reopen(struct tmem_area *const *areas, unsigned int nr);
int tmem_take_init(void);
void tmem_take_exit(void);

/**
 * struct tmem_device - a device that is lent
 * @kobj: in sysfs; frees it
 * @node: among all of them, under admin_lock
 * @owner: what it is claimed with
 * @ps: its memory, claimed
 * @name: the dax device
 * @nr_pages: of all areas
 * @yielded: it is no longer lent: nothing is mapped; under tmem_take_lock
 * @opened: its areas are complete, and have been mapped; under tmem_take_lock
 * @yield_work: gives it up for somebody who wants it, and waits
 * @yield_rc: what has come of that, 1 if that is not known yet
 * @nr: number of @areas
 * @addrs: where they are mapped, NULL where they are not
 * @areas: its extents
 */
struct tmem_device {
	struct kobject kobj;
	struct list_head node;
	struct pfn_special_owner owner;
	struct pfn_special *ps;
	char name[TMEM_NAME_LEN];
	unsigned long nr_pages;
	bool yielded;
	bool opened;
	struct work_struct yield_work;
	int yield_rc;
	unsigned int nr;
	void **addrs;
	struct tmem_area **areas;
};

/* device.c */
int tmem_lend(const char *name);
int tmem_take(const char *name);
int tmem_take_bytes(u64 bytes);
void tmem_take_all(void);
unsigned long tmem_device_used(const struct tmem_device *dev);
unsigned long tmem_device_bad(const struct tmem_device *dev);
void tmem_device_free(struct tmem_device *dev);
int tmem_suspend(void);
void tmem_resume(void);
int tmem_devices_init(void);
void tmem_devices_exit(void);

/* sysfs.c */
int tmem_sysfs_init(void);
void tmem_sysfs_exit(void);
int tmem_sysfs_add_pool(struct tmem_pool *pool);
int tmem_sysfs_add_device(struct tmem_device *dev);

#endif /* _TMEM_CORE_H */
