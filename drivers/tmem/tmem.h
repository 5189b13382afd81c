/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transcendent memory, for those who keep pages in it.
 *
 * Memory that was lent is used by copying pages to it and from it, and by nothing
 * else, so that its owner can have it back at any moment. A page has a name: pool,
 * object, index. What the pool promises depends on its kind:
 *
 *   ephemeral    a page may vanish at any moment; what is still there is what was
 *                put last
 *   persistent   a put may be refused; what was put can be got until it is flushed,
 *                or has been given to tmem_pool_ops.save(), or was lost to a memory
 *                error, of which tmem_pool_ops.mark() is told
 */
#ifndef _TMEM_H
#define _TMEM_H

#include <linux/types.h>

struct page;
struct tmem_pool;

/**
 * enum tmem_mark - what has become of a page of a persistent pool
 * @TMEM_FRESH: it was put or flushed; what was said about it before does not count
 * @TMEM_SAVING: it will be given to save() next
 * @TMEM_LOST: it is gone, and nobody has it
 */
enum tmem_mark {
	TMEM_FRESH,
	TMEM_SAVING,
	TMEM_LOST,
};

/**
 * struct tmem_saved - a page that has to go somewhere else
 * @object: its name
 * @index: its name
 * @page: a copy, for reading
 * @error: 0 or a negative errno, set by save()
 */
struct tmem_saved {
	u64 object;
	u64 index;
	struct page *page;
	int error;
};

/* So many at most in one call of save(). */
#define TMEM_BATCH	256

/**
 * struct tmem_pool_ops - the user of a persistent pool
 * @mark: something has become of a page. Called with a spinlock held under which nobody
 *        else gets, puts or flushes that page
 * @save: bring pages to where the user finds them when a get does not: sets the
 *        error of each, and may sort them. When it returns, the old content of a page
 *        is written nowhere any more. Called by one task at a time, in a scope of
 *        memalloc_noio_save(); may sleep, and must not wait for free memory. Pages
 *        are got, put and flushed meanwhile
 */
struct tmem_pool_ops {
	void (*mark)(void *data, u64 object, u64 index, enum tmem_mark mark);
	void (*save)(void *data, struct tmem_saved *saved, unsigned int nr);
};

struct tmem_pool *tmem_pool_create(const char *name, unsigned long nr_pages,
				   const struct tmem_pool_ops *ops, void *data);
void tmem_pool_destroy(struct tmem_pool *pool);

int tmem_put(struct tmem_pool *pool, u64 object, u64 index, const void *data);
int tmem_get(struct tmem_pool *pool, u64 object, u64 index, void *data);
void tmem_flush_page(struct tmem_pool *pool, u64 object, u64 index);
void tmem_flush_object(struct tmem_pool *pool, u64 object);

/* The directory of all of it in sysfs. */
extern struct kobject *tmem_kobj;

#endif /* _TMEM_H */
