// SPDX-License-Identifier: GPL-2.0-only
/*
 * A memory error costs 4 KiB: the page it hit is taken from everyone who maps
 * it and kept from all who might get it later. failure.h has the locking.
 */
#include <linux/cleanup.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched/signal.h>

#include "failure.h"
#include "internal.h"
#include "quarantine.h"
#include "range.h"
#include "trace.h"

static DEFINE_MUTEX(failure_lock);

static pgoff_t range_pgoff(const struct pfn_special_range *range,
			   unsigned long pfn)
{
	return range->pgoff + (pfn - range->node.start);
}

static const char *owner_of(unsigned long pfn)
{
	struct pfn_special_range *range = pfn_special_range_first(pfn);

	return range ? range->name : NULL;
}

/*
 * Every leaf that holds the page, whole: the core cannot take a part out of a 1G
 * leaf from here (zap_pud_range() wants mmap_lock for that). A leaf begins at a
 * multiple of its size in physical memory and does not leave its range.
 */
static void unmap_leaves(struct pfn_special_range *range, unsigned long pfn)
{
	unsigned long leaf = PUD_SIZE >> PAGE_SHIFT;
	unsigned long first = max(ALIGN_DOWN(pfn, leaf), range->node.start);
	unsigned long last = min(ALIGN_DOWN(pfn, leaf) + leaf - 1,
				 range->node.last);

	unmap_mapping_range(range->mapping,
			    (loff_t)range_pgoff(range, first) << PAGE_SHIFT,
			    (loff_t)(last - first + 1) << PAGE_SHIFT, 1);
}

/*
 * Where the current task maps the page. The hardware only tells the physical
 * address; if it is mapped more than once, take a place that has a leaf.
 */
static unsigned long consumer_address(unsigned long pfn)
{
	struct pfn_special_range *range;
	unsigned long addr = 0;
	int mapped;

	for (mapped = 1; mapped >= 0 && !addr; mapped--) {
		pfn_special_ranges_lock();
		for (range = pfn_special_range_first(pfn); range;
		     range = pfn_special_range_next(range, pfn)) {
			addr = pfn_special_current_address(range->mapping,
							   range_pgoff(range, pfn),
							   mapped);
			if (addr)
				break;
		}
		pfn_special_ranges_unlock();
	}
	return addr;
}

/* The page is in the quarantine: take it away, and tell who wants to know. */
static int withdraw(unsigned long pfn, bool skip_current)
{
	struct pfn_special_range *range;
	int told = 0;

	/*
	 * Whoever still took it for good has installed its leaf after this. In a
	 * hurry: until then more of the bad page may be consumed.
	 */
	synchronize_srcu_expedited(&pfn_special_srcu);

	pfn_special_ranges_lock();
	for (range = pfn_special_range_first(pfn); range;
	     range = pfn_special_range_next(range, pfn))
		unmap_leaves(range, pfn);
	for (range = pfn_special_range_first(pfn); range;
	     range = pfn_special_range_next(range, pfn))
		told += pfn_special_signal_early(range->mapping,
						 range_pgoff(range, pfn),
						 skip_current);
	pfn_special_ranges_unlock();
	return told;
}

static void report(unsigned long pfn, int flags, bool known, int told)
{
	const char *name;

	pfn_special_ranges_lock();
	name = owner_of(pfn) ?: "unbound";
	trace_pfn_special_memory_failure(name, pfn, flags, known, told);
	if (!known)
		pr_err_ratelimited("pfn_special: %s: memory error at %#llx: 4 KiB withdrawn for good, %d early-kill processes told; see /sys/kernel/pfn_quarantine\n",
				   name, (u64)PFN_PHYS(pfn), told);
	pfn_special_ranges_unlock();
}

static bool is_ours(unsigned long pfn)
{
	bool ours;

	pfn_special_ranges_lock();
	ours = owner_of(pfn);
	pfn_special_ranges_unlock();
	return ours;
}

/**
 * pfn_special_memory_failure() - handle an error in memory without struct page
 * @pfn: the page that has it
 * @flags: as for memory_failure()
 *
 * Processes that asked for it get SIGBUS with BUS_MCEERR_AO; the current task,
 * if it consumed the error (MF_ACTION_REQUIRED), BUS_MCEERR_AR. Everyone else
 * learns of it by touching the page, which gives BUS_MCEERR_AR from then on.
 *
 * Context: Process context, no locks held; may sleep.
 * Return: -ENOENT if the page is in no range, and nothing was done. Else 0 for a
 * new error that software simulated, and -EHWPOISON in all other cases, which
 * tells the callers of memory_failure() that no more is to be done; but -EFAULT
 * if the current task consumed the error and does not map the page.
 */
int pfn_special_memory_failure(unsigned long pfn, int flags)
{
	bool required = flags & MF_ACTION_REQUIRED;
	unsigned long addr = 0;
	int rc, told = 0;
	bool known;

	if (!is_ours(pfn))
		return -ENOENT;

	mutex_lock(&failure_lock);
	if (required)
		addr = consumer_address(pfn);
	rc = pfn_quarantine_add(pfn);
	known = rc == -EEXIST;
	if (!known)
		told = withdraw(pfn, addr);
	mutex_unlock(&failure_lock);

	report(pfn, flags, known, told);
	if (addr)
		send_sig_mceerr(BUS_MCEERR_AR, (void __user *)addr, PAGE_SHIFT,
				current);
	if (required)
		return addr ? -EHWPOISON : -EFAULT;
	return flags & MF_SW_SIMULATED && !known ? 0 : -EHWPOISON;
}

/* A repaired page comes back empty: what it held is lost or cannot be trusted. */
static int clear_repaired(unsigned long pfn)
{
	void *addr;

	if (!is_ours(pfn))
		return NOTIFY_DONE;
	addr = memremap(PFN_PHYS(pfn), PAGE_SIZE, MEMREMAP_WB);
	if (!addr)
		return NOTIFY_BAD;
	clear_page(addr);
	memunmap(addr);
	return NOTIFY_OK;
}

static int quarantine_changed(struct notifier_block *nb, unsigned long event,
			      void *data)
{
	unsigned long pfn = (unsigned long)data;

	switch (event) {
	case PFN_QUARANTINE_ADDED:
		if (is_ours(pfn)) {
			guard(mutex)(&failure_lock);
			report(pfn, MF_SW_SIMULATED, false, withdraw(pfn, false));
		}
		return NOTIFY_OK;
	case PFN_QUARANTINE_CLEARING:
		return clear_repaired(pfn);
	}
	return NOTIFY_DONE;
}

static struct notifier_block quarantine_nb = {
	.notifier_call = quarantine_changed,
};

int pfn_special_failure_init(void)
{
	int rc = pfn_special_policy_init();

	if (rc)
		return rc;
	rc = pfn_quarantine_register(&quarantine_nb);
	if (rc) {
		pfn_special_policy_exit();
		return rc;
	}
	if (pfn_special_redirect_init())
		pfn_special_mce_init();
	pfn_special_ghes_init();
	pfn_special_debugfs_init();
	return 0;
}

void pfn_special_failure_exit(void)
{
	pfn_special_debugfs_exit();
	pfn_special_ghes_exit();
	pfn_special_mce_exit();
	pfn_special_redirect_exit();
	pfn_quarantine_unregister(&quarantine_nb);
	pfn_special_policy_exit();
}
