// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of tmem: puts, gets and flushes pages of its own, and knows what it has to get.
 *
 *	modprobe tmem_test [ops=N] [threads=N] [keys=N]
 *
 * Threads have keys of their own, in a persistent pool whose pages are saved to an array,
 * as to a disk, and in an ephemeral one. Loading fails with EIO if anything was wrong,
 * and the log says what; else /sys/module/tmem_test/parameters/saved and lost tell how
 * many pages were, and the pools stay, with what was put last, until it is unloaded.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "tmem.h"

#define OBJECTS		4
#define WORDS		(PAGE_SIZE / sizeof(u64))

static unsigned long ops = 10000;
module_param(ops, ulong, 0444);
MODULE_PARM_DESC(ops, "operations of each thread");
static unsigned int threads = 2;
module_param(threads, uint, 0444);
MODULE_PARM_DESC(threads, "threads");
static unsigned long keys = 1024;
module_param(keys, ulong, 0444);
MODULE_PARM_DESC(keys, "keys of each thread");
static unsigned long saved;
module_param(saved, ulong, 0444);
MODULE_PARM_DESC(saved, "pages that were saved so far");
static unsigned long lost;
module_param(lost, ulong, 0444);
MODULE_PARM_DESC(lost, "pages that were lost so far");
static bool full_disk;
module_param(full_disk, bool, 0644);
MODULE_PARM_DESC(full_disk, "nothing can be saved");

/* A key: what it has to be in either pool, and what the "disk" has. */
struct mine {
	u32 persistent;
	u32 ephemeral;
	u32 disk;
};

static struct tmem_pool *persistent, *ephemeral;
static struct mine *all;
static unsigned long *saving, *is_lost;
static DECLARE_WAIT_QUEUE_HEAD(wait);
static atomic_long_t wrong;

/* A version of a key, 0 being none, as the content of a page. */
static void fill(u64 *page, u64 key, u32 version)
{
	unsigned int i;

	for (i = 0; i < WORDS; i++)
		page[i] = (key << 32 | version) * 0x9e3779b97f4a7c15ull + i;
}

static u32 version_of(const u64 *page, u64 key)
{
	u64 first = page[0] * 0xf1de83e19937733dull;	/* the inverse, modulo 2^64 */
	unsigned int i;

	for (i = 1; i < WORDS; i++)
		if (page[i] != page[0] + i)
			return U32_MAX;
	return first >> 32 == key ? (u32)first : U32_MAX;
}

static void mark(void *data, u64 object, u64 index, enum tmem_mark mark)
{
	switch (mark) {
	case TMEM_FRESH:
		clear_bit(index, is_lost);
		break;
	case TMEM_SAVING:
		set_bit(index, saving);
		break;
	case TMEM_LOST:
		set_bit(index, is_lost);
		lost++;
		break;
	}
}

static void save(void *data, struct tmem_saved *pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u64 key = pages[i].index;

		if (full_disk) {
			pages[i].error = -ENOSPC;
		} else {
			WRITE_ONCE(all[key].disk,
				   version_of(page_address(pages[i].page), key));
			saved++;
		}
		clear_bit(key, saving);
		if (!(i % 16))
			cond_resched();
	}
	wake_up_all(&wait);
}

static const struct tmem_pool_ops test_ops = {
	.mark = mark,
	.save = save,
};

static void complain(const char *what, u64 key, u32 got, u32 wanted)
{
	if (atomic_long_inc_return(&wrong) < 10)
		pr_err("tmem_test: %s of %llu: version %u, wanted %u\n", what,
		       key, got, wanted);
}

static void put_persistent(u64 *page, u64 key)
{
	u32 version = ++all[key].persistent;

	fill(page, key, version);
	if (!tmem_put(persistent, key % OBJECTS, key, page))
		return;
	/* To the disk, after what is on its way there. */
	wait_event(wait, !test_bit(key, saving));
	WRITE_ONCE(all[key].disk, version);
}

static void get_persistent(u64 *page, u64 key)
{
	u32 wanted = all[key].persistent, got;

	if (!wanted)
		return;
	got = wanted;
	if (!tmem_get(persistent, key % OBJECTS, key, page))
		got = version_of(page, key);
	else if (!test_bit(key, is_lost))
		got = READ_ONCE(all[key].disk);
	if (got != wanted)
		complain("persistent", key, got, wanted);
}

static void flush_persistent(u64 key)
{
	tmem_flush_page(persistent, key % OBJECTS, key);
	all[key].persistent = 0;
}

static void put_ephemeral(u64 *page, u64 key)
{
	fill(page, key, ++all[key].ephemeral);
	tmem_put(ephemeral, key % OBJECTS, key, page);
}

static void get_ephemeral(u64 *page, u64 key)
{
	u32 wanted = all[key].ephemeral, got;

	if (tmem_get(ephemeral, key % OBJECTS, key, page))
		return;
	got = version_of(page, key);
	if (got != wanted)
		complain("ephemeral", key, got, wanted);
}

struct worker {
	struct task_struct *task;
	unsigned int number;
	struct completion done;
};

static int work(void *data)
{
	struct worker *worker = data;
	u64 *page = (u64 *)__get_free_page(GFP_KERNEL);
	struct rnd_state random;
	unsigned long i;

	if (!page)
		atomic_long_inc(&wrong);
	prandom_seed_state(&random, worker->number + 1);
	for (i = 0; page && i < ops; i++) {
		u32 dice = prandom_u32_state(&random);
		u64 key = worker->number * keys + dice % keys;

		switch ((dice >> 24) % 8) {
		case 0:
		case 1:
			put_persistent(page, key);
			break;
		case 2:
		case 3:
			get_persistent(page, key);
			break;
		case 4:
			flush_persistent(key);
			break;
		case 5:
			put_ephemeral(page, key);
			break;
		case 6:
			get_ephemeral(page, key);
			break;
		case 7:
			tmem_flush_page(ephemeral, key % OBJECTS, key);
			all[key].ephemeral++;
			break;
		}
		if (!(i % 16))
			cond_resched();
	}
	free_page((unsigned long)page);
	complete(&worker->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int run(void)
{
	struct worker *workers = kcalloc(threads, sizeof(*workers), GFP_KERNEL);
	unsigned int i;

	if (!workers)
		return -ENOMEM;
	for (i = 0; i < threads; i++) {
		workers[i].number = i;
		init_completion(&workers[i].done);
		workers[i].task = kthread_run(work, &workers[i], "tmem_test/%u", i);
		if (IS_ERR(workers[i].task)) {
			workers[i].task = NULL;
			atomic_long_inc(&wrong);
		}
	}
	for (i = 0; i < threads; i++) {
		if (!workers[i].task)
			continue;
		wait_for_completion(&workers[i].done);
		kthread_stop(workers[i].task);
	}
	kfree(workers);
	return 0;
}

/* In the end: what was put is there, and an object goes as a whole, and nothing else. */
static int check_all(void)
{
	u64 *page = (u64 *)__get_free_page(GFP_KERNEL);
	unsigned long key, nr = threads * keys;

	if (!page)
		return -ENOMEM;
	for (key = 0; key < nr; key++) {
		get_persistent(page, key);
		get_ephemeral(page, key);
	}
	tmem_flush_object(ephemeral, 1);
	for (key = 1; key < nr; key += OBJECTS)
		if (!tmem_get(ephemeral, 1, key, page))
			complain("flushed object", key, version_of(page, key), 0);
	for (key = 0; key < nr; key++)
		get_persistent(page, key);
	free_page((unsigned long)page);
	return 0;
}

static void exit_all(void)
{
	if (!IS_ERR_OR_NULL(persistent))
		tmem_pool_destroy(persistent);
	if (!IS_ERR_OR_NULL(ephemeral))
		tmem_pool_destroy(ephemeral);
	kvfree(all);
	kvfree(saving);
	kvfree(is_lost);
}

static int __init tmem_test_init(void)
{
	unsigned long nr;
	int rc = -ENOMEM;

	if (!threads || threads > 64 || !keys || keys > 1 << 20)
		return -EINVAL;
	nr = threads * keys;
	all = kvcalloc(nr, sizeof(*all), GFP_KERNEL);
	saving = kvcalloc(BITS_TO_LONGS(nr), sizeof(long), GFP_KERNEL);
	is_lost = kvcalloc(BITS_TO_LONGS(nr), sizeof(long), GFP_KERNEL);
	if (!all || !saving || !is_lost)
		goto err;
	persistent = tmem_pool_create("test-persistent", nr, &test_ops, NULL);
	ephemeral = tmem_pool_create("test-ephemeral", nr, NULL, NULL);
	rc = PTR_ERR_OR_ZERO(persistent) ?: PTR_ERR_OR_ZERO(ephemeral);
	if (!rc)
		rc = run();
	if (!rc)
		rc = check_all();
	if (!rc && atomic_long_read(&wrong))
		rc = -EIO;
	if (!rc)
		return 0;
err:
	exit_all();
	return rc;
}
module_init(tmem_test_init);

static void __exit tmem_test_exit(void)
{
	exit_all();
}
module_exit(tmem_test_exit);

MODULE_DESCRIPTION("Test aid: a user of tmem");
MODULE_LICENSE("GPL");
