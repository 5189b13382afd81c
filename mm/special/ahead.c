// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory is cleared before anyone needs it: what was bound, and what owners give back, by
 * one thread for each NUMA node, when the CPU has nothing else to do.
 *
 * To be idle and to be waited for do not go together. A thread of idle priority gets the
 * CPU when nobody else wants it, which is never where virtual CPUs are busy; whoever
 * waited for such a thread would wait as long. So it has that priority only while it has
 * nothing that others could wait for. For a piece of work it makes itself an ordinary
 * task, takes the memory, and gives up, after each granule, as soon as anyone else wants
 * the CPU or the memory; then it lets go of the memory, and is idle again.
 */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/wait.h>
#include <uapi/linux/sched/types.h>

#include "ahead.h"
#include "special.h"

/* Granules in a piece of work: one kernel mapping. */
#define PIECE		16UL
/* Pieces are made smaller for lower limits, so that there are that many in a second. */
#define PIECES		64
/* How far a thread that could not keep up may be faster than the limit afterwards. */
#define SLACK_NS	(20 * NSEC_PER_MSEC)

/**
 * struct pfn_special_ahead - who clears ahead on a NUMA node
 * @node: in threads
 * @nid: NUMA node, or NUMA_NO_NODE
 * @task: the thread
 * @wait: what it sleeps on, and who waits for it
 * @pending: bit 0: there may be something to do
 * @working: it may have some memory
 * @next_ns: not before, by the limit; its own
 */
struct pfn_special_ahead {
	struct list_head node;
	int nid;
	struct task_struct *task;
	wait_queue_head_t wait;
	unsigned long pending;
	bool working;
	u64 next_ns;
};

static LIST_HEAD(threads);
/* Protects the list; the threads do not take it. */
static DEFINE_MUTEX(threads_lock);

static bool enabled = true;
static unsigned long bytes_per_second = 4UL * SZ_1G;

/**
 * pfn_special_ahead_kick() - there is something to clear
 * @ahead: on whose node; NULL does nothing
 *
 * Context: Any; the granules no longer count as clear. Wakes the thread only if it has
 * nothing else to do.
 */
void pfn_special_ahead_kick(struct pfn_special_ahead *ahead)
{
	if (!ahead)
		return;
	/* Who switches it on kicks, too, and sees those granules if this sees it off. */
	smp_mb();
	if (READ_ONCE(enabled) && !test_and_set_bit(0, &ahead->pending))
		wake_up(&ahead->wait);
}

/* After each granule: would anybody rather have the CPU, the memory, or peace? */
static bool stop(struct pfn_special *ps)
{
	return need_resched() || !single_task_running() ||
	       atomic_read(&ps->zero.wanted) || !pfn_special_alive(ps) ||
	       !READ_ONCE(enabled) || freezing(current) ||
	       kthread_should_stop();
}

static void be_idle(void)
{
	const struct sched_attr attr = {
		.size = sizeof(attr), .sched_policy = SCHED_IDLE,
	};

	WARN_ON_ONCE(sched_setattr_nocheck(current, &attr));
}

static void be_ordinary(void)
{
	sched_set_normal(current, 0);
}

static unsigned long granules_in_piece(unsigned long limit)
{
	return limit ? clamp(limit / SZ_2M / PIECES, 1UL, PIECE) : PIECE;
}

/*
 * A piece of work, at ordinary priority. Returns how many granules it was; if there was
 * none, @later is when to look for some, unless there is a kick.
 */
static unsigned long work(unsigned long limit, struct pfn_special_ahead *ahead,
			  unsigned long *later)
{
	struct pfn_special *ps;
	unsigned long nr;

	ps = pfn_special_enter_unclear(ahead, later);
	if (!ps)
		return 0;
	nr = pfn_special_zero_ahead(ps, granules_in_piece(limit), stop);
	pfn_special_leave(ps);
	/* Somebody came in between, or there is no room for the kernel mapping. */
	if (!nr)
		*later = min_t(unsigned long, *later, HZ / 10);
	return nr;
}

/* The same, if it is switched on: who switches it off waits for that, see set_ahead(). */
static unsigned long work_if_enabled(unsigned long limit,
				     struct pfn_special_ahead *ahead,
				     unsigned long *later)
{
	unsigned long nr = 0;

	WRITE_ONCE(ahead->working, true);
	/* Pairs with the barrier in set_ahead(): one of the two sees the other. */
	smp_mb();
	if (READ_ONCE(enabled)) {
		be_ordinary();
		nr = work(limit, ahead, later);
		be_idle();
	}
	/* The memory has been let go of. */
	smp_store_release(&ahead->working, false);
	wake_up(&ahead->wait);
	return nr;
}

/* Sleep until as much time has gone by as the limit wants for so many granules. */
static void keep_limit(unsigned long limit, struct pfn_special_ahead *ahead,
		       unsigned long nr)
{
	u64 now = ktime_get_ns();

	if (!limit)
		return;
	ahead->next_ns = max(ahead->next_ns, now - SLACK_NS) +
			 (u64)nr * SZ_2M * NSEC_PER_SEC / limit;
	if (ahead->next_ns <= now)
		return;
	wait_event_freezable_timeout(ahead->wait, kthread_should_stop() ||
				     READ_ONCE(bytes_per_second) != limit ||
				     !READ_ONCE(enabled),
				     nsecs_to_jiffies(ahead->next_ns - now) + 1);
	/* It was meant for another limit. */
	if (READ_ONCE(bytes_per_second) != limit)
		ahead->next_ns = 0;
}

/* On the node's CPUs, of those that kernel threads are given at all. */
static void stay_on_node(int nid)
{
	cpumask_var_t mask;

	if (nid == NUMA_NO_NODE || !alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	if (cpumask_and(mask, cpumask_of_node(nid), current->cpus_ptr))
		set_cpus_allowed_ptr(current, mask);
	free_cpumask_var(mask);
}

static int run(void *data)
{
	struct pfn_special_ahead *ahead = data;
	unsigned long limit, later, nr;

	set_freezable();
	stay_on_node(ahead->nid);
	be_idle();
	while (!kthread_freezable_should_stop(NULL)) {
		limit = READ_ONCE(bytes_per_second);
		later = MAX_SCHEDULE_TIMEOUT;
		clear_bit(0, &ahead->pending);
		/* Who kicks from now on is heard: look after that. */
		smp_mb__after_atomic();
		nr = work_if_enabled(limit, ahead, &later);
		if (nr)
			keep_limit(limit, ahead, nr);
		else
			wait_event_freezable_timeout(ahead->wait,
						     kthread_should_stop() ||
						     test_bit(0, &ahead->pending),
						     later);
		/*
		 * To be idle is not enough for whoever wants the CPU to get it now,
		 * nor for this thread to be moved to one that nobody wants.
		 */
		if (!single_task_running())
			schedule_timeout_idle(1);
		cond_resched();
	}
	return 0;
}

static struct pfn_special_ahead *create(int nid)
{
	struct pfn_special_ahead *ahead;

	ahead = kzalloc_node(sizeof(*ahead), GFP_KERNEL, nid);
	if (!ahead)
		return NULL;
	ahead->nid = nid;
	init_waitqueue_head(&ahead->wait);
	if (nid == NUMA_NO_NODE)
		ahead->task = kthread_create(run, ahead, "pfn_ahead");
	else
		ahead->task = kthread_create_on_node(run, ahead, nid,
						     "pfn_ahead/%d", nid);
	if (IS_ERR(ahead->task)) {
		kfree(ahead);
		return NULL;
	}
	list_add(&ahead->node, &threads);
	wake_up_process(ahead->task);
	return ahead;
}

/**
 * pfn_special_ahead_of() - who clears ahead on a NUMA node
 * @nid: NUMA node, or NUMA_NO_NODE
 *
 * Context: May sleep.
 * Return: the thread, for as long as this module lasts; NULL if there is no memory for it:
 * then everyone clears what he touches.
 */
struct pfn_special_ahead *pfn_special_ahead_of(int nid)
{
	struct pfn_special_ahead *ahead;

	mutex_lock(&threads_lock);
	list_for_each_entry(ahead, &threads, node)
		if (ahead->nid == nid)
			goto out;
	ahead = create(nid);
out:
	mutex_unlock(&threads_lock);
	return ahead;
}

void pfn_special_ahead_exit(void)
{
	struct pfn_special_ahead *ahead, *next;

	/* A parameter may still be written to. */
	mutex_lock(&threads_lock);
	list_for_each_entry_safe(ahead, next, &threads, node) {
		list_del(&ahead->node);
		/* Nobody shall wait for the CPU to become idle. */
		sched_set_normal(ahead->task, 0);
		kthread_stop(ahead->task);
		kfree(ahead);
	}
	mutex_unlock(&threads_lock);
}

/* The parameters are something else now. */
static void tell_threads(void)
{
	struct pfn_special_ahead *ahead;

	lockdep_assert_held(&threads_lock);
	list_for_each_entry(ahead, &threads, node) {
		set_bit(0, &ahead->pending);
		wake_up(&ahead->wait);
	}
}

static bool is_at_rest(const struct pfn_special_ahead *ahead)
{
	/* Then what it cleared is clear: pairs with the release in work_if_enabled(). */
	return !smp_load_acquire(&ahead->working);
}

/* Once it is off, nobody is at it any more. */
static int set_ahead(const char *value, const struct kernel_param *param)
{
	struct pfn_special_ahead *ahead;
	bool on;
	int rc = kstrtobool(value, &on);

	if (rc)
		return rc;
	mutex_lock(&threads_lock);
	WRITE_ONCE(enabled, on);
	tell_threads();
	/* Pairs with the barrier in work_if_enabled(). */
	smp_mb();
	if (!on)
		list_for_each_entry(ahead, &threads, node)
			wait_event(ahead->wait, is_at_rest(ahead));
	mutex_unlock(&threads_lock);
	return 0;
}

static const struct kernel_param_ops ahead_ops = {
	.set = set_ahead,
	.get = param_get_bool,
};
module_param_cb(ahead, &ahead_ops, &enabled, 0644);
MODULE_PARM_DESC(ahead, "Clear memory before anyone needs it (default Y)");

static int set_bytes_per_second(const char *value,
				const struct kernel_param *param)
{
	unsigned long limit;
	int rc = kstrtoul(value, 0, &limit);

	if (rc)
		return rc;
	mutex_lock(&threads_lock);
	WRITE_ONCE(bytes_per_second, limit);
	tell_threads();
	mutex_unlock(&threads_lock);
	return 0;
}

static const struct kernel_param_ops bytes_per_second_ops = {
	.set = set_bytes_per_second,
	.get = param_get_ulong,
};
module_param_cb(ahead_bytes_per_second, &bytes_per_second_ops,
		&bytes_per_second, 0644);
MODULE_PARM_DESC(ahead_bytes_per_second,
		 "How much of it on a NUMA node; 0 is as much as there is time for (default 4G)");
