// SPDX-License-Identifier: GPL-2.0-only
/*
 * A memory error costs 4 KiB: the page it hit is taken from everyone who maps
 * it and kept from all who might get it later. failure.h says what waits for what.
 */
#include <linux/completion.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "failure.h"
#include "../quarantine/quarantine.h"
#include "../special/range.h"
#include "../special/special.h"
#include "../special/trace.h"

static struct workqueue_struct *workers;

/**
 * struct withdrawal - a page that has been recorded, and is to be taken away
 * @work: in @workers
 * @pfn: the page
 * @flags: as for memory_failure()
 * @consumer: the process that is told otherwise; a reference, or NULL
 * @done: nobody maps the page any more, and all were told
 * @ref: the worker's, and that of whoever waits for @done
 */
struct withdrawal {
	struct work_struct work;
	unsigned long pfn;
	int flags;
	struct pid *consumer;
	struct completion done;
	refcount_t ref;
};

static bool is_ours(unsigned long pfn)
{
	struct pfn_special_range_use use = { };
	bool ours = pfn_special_range_use_next(&use, pfn);

	pfn_special_range_use_end(&use);
	/* Of memory that nobody has now, somebody is to know later. */
	return ours || pfn_quarantine_reserved(pfn);
}

/*
 * Where the current task maps the page. The hardware only tells the physical
 * address; if it is mapped more than once, take a place that has a leaf.
 */
static unsigned long consumer_address(unsigned long pfn)
{
	unsigned long addr = 0;
	int mapped;

	for (mapped = 1; mapped >= 0 && !addr; mapped--) {
		struct pfn_special_range_use use = { };

		while (!addr && pfn_special_range_use_next(&use, pfn))
			addr = pfn_special_current_address(use.range->mapping,
							   pfn_special_range_pgoff(&use, pfn),
							   mapped);
		pfn_special_range_use_end(&use);
	}
	return addr;
}

/* Every leaf that holds the page, whole. */
static void unmap_leaves(const struct pfn_special_range_use *use,
			 unsigned long pfn)
{
	pgoff_t pgoff = pfn_special_range_pgoff(use, pfn);

	pfn_special_gone(use->range->mapping,
			 pfn_special_leaf_start(&use->ext, pgoff),
			 pfn_special_leaf_end(&use->ext, pgoff) - 1);
}

static int tell(unsigned long pfn, const struct pid *consumer)
{
	struct pfn_special_range_use use = { };
	int told = 0;

	while (pfn_special_range_use_next(&use, pfn)) {
		struct pfn_special_audience audience = { };

		pfn_special_audience_find(&audience, use.range->mapping,
					  pfn_special_range_pgoff(&use, pfn));
		pfn_special_range_use_end(&use);
		told += pfn_special_audience_tell(&audience, consumer);
		pfn_special_audience_free(&audience);
	}
	return told;
}

static void report(unsigned long pfn, int flags, bool known, int told)
{
	struct pfn_special_range_use use = { };
	const char *name = "unbound";

	if (pfn_special_range_use_next(&use, pfn))
		name = use.range->name;
	trace_pfn_special_memory_failure(name, pfn, flags, known, told);
	if (!known)
		pr_err_ratelimited("pfn_special: %s: memory error at %#llx: 4 KiB withdrawn for good, %d early-kill processes told; see /sys/kernel/pfn_quarantine\n",
				   name, (u64)PFN_PHYS(pfn), told);
	pfn_special_range_use_end(&use);
}

/* The page is in the quarantine: take it away, and tell who wants to know. */
static void withdraw(unsigned long pfn, int flags, const struct pid *consumer)
{
	struct pfn_special_range_use use = { };

	/* Whoever still took it for good has installed its leaf after this. */
	pfn_special_settle();

	while (pfn_special_range_use_next(&use, pfn))
		unmap_leaves(&use, pfn);
	report(pfn, flags, false, tell(pfn, consumer));
}

static void withdrawal_put(struct withdrawal *w)
{
	if (!refcount_dec_and_test(&w->ref))
		return;
	put_pid(w->consumer);
	kfree(w);
}

static void withdraw_by_worker(struct work_struct *work)
{
	struct withdrawal *w = container_of(work, struct withdrawal, work);

	withdraw(w->pfn, w->flags, w->consumer);
	complete(&w->done);
	withdrawal_put(w);
}

/*
 * Reports of the hardware come one after the other, by one thread of the kernel's:
 * it is not to be held up by this one. And the thread that consumed an error may be
 * short of CPU time, for which the others who map the page are not to wait.
 */
static void let_worker_withdraw(unsigned long pfn, int flags,
				struct pid *consumer)
{
	bool wait = flags & MF_ACTION_REQUIRED;
	struct withdrawal *w = kzalloc(sizeof(*w), GFP_KERNEL);

	if (!w) {
		withdraw(pfn, flags, consumer);
		return;
	}
	INIT_WORK(&w->work, withdraw_by_worker);
	w->pfn = pfn;
	w->flags = flags;
	w->consumer = get_pid(consumer);
	init_completion(&w->done);
	refcount_set(&w->ref, 1 + wait);
	queue_work(workers, &w->work);
	if (!wait)
		return;
	/* Killed, there is nothing more to be told. */
	wait_for_completion_killable(&w->done);
	withdrawal_put(w);
}

/**
 * pfn_special_memory_failure() - handle an error in memory without struct page
 * @pfn: the page that has it
 * @flags: as for memory_failure()
 *
 * The page is recorded when this returns. It is mapped nowhere any more if the error
 * is simulated (MF_SW_SIMULATED) or was consumed by the current task
 * (MF_ACTION_REQUIRED), and will soon be otherwise; a page that another report has
 * recorded already is left to that one.
 *
 * Processes that asked for it get SIGBUS with BUS_MCEERR_AO; the current task,
 * if it consumed the error, BUS_MCEERR_AR. Everyone else learns of it by touching
 * the page, which gives BUS_MCEERR_AR from then on.
 *
 * Context: Process context, no locks held; may sleep.
 * Return: -ENOENT if the page is in no range and not in memory that is reserved for
 * us, and nothing was done. Else 0 for a new error that software simulated, and
 * -EHWPOISON in all other cases, which tells the callers of memory_failure() that
 * no more is to be done; but -EFAULT if the current task consumed the error and
 * does not map the page.
 */
int pfn_special_memory_failure(unsigned long pfn, int flags)
{
	bool required = flags & MF_ACTION_REQUIRED;
	struct pid *consumer = NULL;
	unsigned long addr = 0;
	bool known;

	if (!is_ours(pfn))
		return -ENOENT;

	known = pfn_quarantine_add(pfn) == -EEXIST;
	if (required)
		addr = consumer_address(pfn);
	if (addr)
		consumer = task_tgid(current);

	if (known)
		report(pfn, flags, true, 0);
	else if (flags & MF_SW_SIMULATED)
		withdraw(pfn, flags, consumer);
	else
		let_worker_withdraw(pfn, flags, consumer);

	if (addr)
		send_sig_mceerr(BUS_MCEERR_AR, (void __user *)addr, PAGE_SHIFT,
				current);
	if (required)
		return addr ? -EHWPOISON : -EFAULT;
	return flags & MF_SW_SIMULATED && !known ? 0 : -EHWPOISON;
}

static int quarantine_changed(struct notifier_block *nb, unsigned long event,
			      void *data)
{
	unsigned long pfn = (unsigned long)data;

	switch (event) {
	case PFN_QUARANTINE_ADDED:
		if (is_ours(pfn))
			withdraw(pfn, MF_SW_SIMULATED, NULL);
		return NOTIFY_OK;
	case PFN_QUARANTINE_CLEARING:
		switch (pfn_special_repair(pfn)) {
		case 0:
			return NOTIFY_STOP;
		case -ENOENT:
			return NOTIFY_DONE;
		}
		return NOTIFY_BAD;
	}
	return NOTIFY_DONE;
}

static struct notifier_block quarantine_nb = {
	.notifier_call = quarantine_changed,
};

int pfn_special_handle_init(void)
{
	int rc = pfn_special_policy_init();

	if (rc)
		return rc;
	rc = -ENOMEM;
	workers = alloc_workqueue("pfn_special_failure",
				  WQ_UNBOUND | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!workers)
		goto err_policy;
	rc = pfn_quarantine_register(&quarantine_nb);
	if (rc)
		goto err_workers;
	return 0;

err_workers:
	destroy_workqueue(workers);
err_policy:
	pfn_special_policy_exit();
	return rc;
}

void pfn_special_handle_exit(void)
{
	pfn_quarantine_unregister(&quarantine_nb);
	destroy_workqueue(workers);
	pfn_special_policy_exit();
}
