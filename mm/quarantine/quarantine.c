// SPDX-License-Identifier: GPL-2.0-only
/* The record of bad pages. quarantine.h says how long it lives. */
#include <linux/atomic.h>
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <linux/xarray.h>

#include "internal.h"

/*
 * The record. It has no lock but the xarray's own spinlock: a page changes its
 * state by xa_cmpxchg(), so that whoever has an error to record waits for nobody.
 * clear_lock makes clearing one at a time, and is outside of the notifier chain and
 * what its users lock.
 */
static DEFINE_XARRAY(bad_pages);
static atomic_long_t nr_bad = ATOMIC_LONG_INIT(0);
static DEFINE_MUTEX(clear_lock);
static BLOCKING_NOTIFIER_HEAD(users);

/* Changes of the record so far, and what was found when there were that many. */
static atomic_long_t nr_changes = ATOMIC_LONG_INIT(0);
static DEFINE_MUTEX(last_lock);
static struct {
	unsigned long n;
	unsigned long pfn;
	long changes;
	bool valid;
} last_found;

/* Values in bad_pages. A page is bad until it has been cleared. */
#define PAGE_BAD	xa_mk_value(1)
#define PAGE_CLEARING	xa_mk_value(2)

/* Pages to look at before the CPU is offered to others. */
#define PAGES_AT_ONCE	1024

static char *pages;
module_param(pages, charp, 0400);
MODULE_PARM_DESC(pages,
		 "Physical addresses of bad pages, separated by commas, as from an earlier boot");

/**
 * pfn_quarantine_add() - record a page as bad
 * @pfn: the page
 *
 * The caller takes the page from its users; the record only keeps it from being
 * handed out. It outlives its users: each page keeps the module.
 *
 * Context: May sleep, for memory only.
 * Return: 0, -EEXIST if the page is recorded already, -ENODEV if the module is
 * being unloaded.
 */
int pfn_quarantine_add(unsigned long pfn)
{
	/* A record that is lost for want of memory costs someone a machine. */
	const gfp_t gfp = GFP_KERNEL | __GFP_NOFAIL;
	void *old;

	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	do {
		old = xa_cmpxchg(&bad_pages, pfn, NULL, PAGE_BAD, gfp);
		if (!old) {
			atomic_long_inc(&nr_bad);
			atomic_long_inc(&nr_changes);
			return 0;
		}
		/* An error after the repair: the page is as bad as before. */
		if (old == PAGE_CLEARING)
			old = xa_cmpxchg(&bad_pages, pfn, PAGE_CLEARING,
					 PAGE_BAD, gfp);
		/* If it was cleared just now, it is a new one. */
	} while (!old);
	module_put(THIS_MODULE);
	if (xa_is_err(old))
		return xa_err(old);
	return old == PAGE_CLEARING ? 0 : -EEXIST;
}
EXPORT_SYMBOL_GPL(pfn_quarantine_add);

/* An operator names a page that is bad: as above, and its users are told. */
int pfn_quarantine_add_by_hand(unsigned long pfn)
{
	int rc = pfn_quarantine_add(pfn);

	if (rc == -EEXIST)
		return 0;
	if (!rc)
		blocking_notifier_call_chain(&users, PFN_QUARANTINE_ADDED,
					     (void *)pfn);
	return rc;
}

/**
 * pfn_quarantine_next() - find the next bad page
 * @pfn: where to start; set to the page found
 * @last: last page to look at
 *
 * Context: Any.
 * Return: true if there is a bad page from *@pfn to @last.
 */
bool pfn_quarantine_next(unsigned long *pfn, unsigned long last)
{
	if (!atomic_long_read(&nr_bad))
		return false;
	return xa_find(&bad_pages, pfn, last, XA_PRESENT);
}
EXPORT_SYMBOL_GPL(pfn_quarantine_next);

/* Bad pages from @first to @last, or as many as there are in a row from @first on. */
static unsigned long count(unsigned long first, unsigned long last, bool row)
{
	XA_STATE(xas, &bad_pages, first);
	unsigned long nr = 0;
	void *entry;

	if (!atomic_long_read(&nr_bad))
		return 0;
	rcu_read_lock();
	xas_for_each(&xas, entry, last) {
		if (xas_retry(&xas, entry))
			continue;
		if (row && xas.xa_index != first + nr)
			break;
		if (++nr % PAGES_AT_ONCE)
			continue;
		xas_pause(&xas);
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
	}
	rcu_read_unlock();
	return nr;
}

/**
 * pfn_quarantine_count() - count bad pages
 * @first: first page to look at
 * @last: last page to look at
 *
 * Context: May sleep.
 * Return: bad pages from @first to @last.
 */
unsigned long pfn_quarantine_count(unsigned long first, unsigned long last)
{
	return count(first, last, false);
}
EXPORT_SYMBOL_GPL(pfn_quarantine_count);

/**
 * pfn_quarantine_run() - count bad pages in a row
 * @first: first page to look at
 * @last: last page to look at
 *
 * Context: May sleep.
 * Return: how many pages from @first on are bad, up to @last; 0 if @first is good.
 */
unsigned long pfn_quarantine_run(unsigned long first, unsigned long last)
{
	return count(first, last, true);
}
EXPORT_SYMBOL_GPL(pfn_quarantine_run);

unsigned long pfn_quarantine_nr(void)
{
	return atomic_long_read(&nr_bad);
}

/*
 * The n-th bad page by address, counted from 0. Who reads the record from its
 * beginning to its end asks for each page after that which was found before.
 */
bool pfn_quarantine_nth(unsigned long n, unsigned long *pfn)
{
	long changes = atomic_long_read(&nr_changes);
	unsigned long at = 0, index = 0;
	void *entry;

	guard(mutex)(&last_lock);
	if (last_found.valid && last_found.changes == changes &&
	    last_found.n <= n) {
		at = last_found.n;
		index = last_found.pfn;
	}
	xa_for_each_start(&bad_pages, index, entry, index) {
		cond_resched();
		if (at++ < n)
			continue;
		last_found.n = n;
		last_found.pfn = index;
		last_found.changes = changes;
		last_found.valid = true;
		*pfn = index;
		return true;
	}
	return false;
}

/*
 * Whoever has the page clears it. If nobody has, it is still to be empty for whom
 * it goes to next.
 */
static int clear_page_of(unsigned long pfn)
{
	switch (blocking_notifier_call_chain(&users, PFN_QUARANTINE_CLEARING,
					     (void *)pfn)) {
	case NOTIFY_STOP:
		return 0;
	case NOTIFY_BAD:
		return -EIO;
	}
	return pfn_quarantine_wipe_unbound(pfn);
}

/**
 * pfn_quarantine_clear() - a page was repaired
 * @pfn: the page
 *
 * Context: May sleep; not from a notifier.
 * Return: 0, -ENOENT if the page is not bad, -EBUSY if it is in use by others than
 * our users, -EIO if it could not be cleared or was hit again meanwhile, -ENOMEM.
 */
int pfn_quarantine_clear(unsigned long pfn)
{
	int rc;

	guard(mutex)(&clear_lock);
	if (!xa_cmpxchg(&bad_pages, pfn, PAGE_BAD, PAGE_CLEARING, GFP_KERNEL))
		return -ENOENT;
	rc = clear_page_of(pfn);
	if (rc) {
		xa_cmpxchg(&bad_pages, pfn, PAGE_CLEARING, PAGE_BAD, GFP_KERNEL);
		return rc;
	}
	/* Good from now on, unless it was hit again meanwhile. */
	if (xa_cmpxchg(&bad_pages, pfn, PAGE_CLEARING, NULL,
		       GFP_KERNEL) != PAGE_CLEARING)
		return -EIO;
	atomic_long_dec(&nr_bad);
	atomic_long_inc(&nr_changes);
	module_put(THIS_MODULE);
	return 0;
}

/**
 * pfn_quarantine_register() - be told when an operator changes the record
 * @nb: called with an enum pfn_quarantine_event and a pfn; may sleep
 *
 * Return: 0 or -EEXIST.
 */
int pfn_quarantine_register(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&users, nb);
}
EXPORT_SYMBOL_GPL(pfn_quarantine_register);

/**
 * pfn_quarantine_unregister() - end pfn_quarantine_register()
 * @nb: as given there; no call of it is in progress on return
 */
void pfn_quarantine_unregister(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&users, nb);
}
EXPORT_SYMBOL_GPL(pfn_quarantine_unregister);

static int add_at_load(unsigned long pfn)
{
	int rc;

	rc = pfn_quarantine_add(pfn);
	return rc == -EEXIST ? 0 : rc;
}

static void forget_all(void)
{
	for (; atomic_long_read(&nr_bad); atomic_long_dec(&nr_bad))
		module_put(THIS_MODULE);
	xa_destroy(&bad_pages);
}

static int __init pfn_quarantine_init(void)
{
	int rc = 0;

	if (pages)
		rc = pfn_quarantine_parse(pages, strlen(pages), add_at_load);
	if (rc)
		pr_err("pfn_quarantine: pages=%s: expected physical addresses, separated by commas\n",
		       pages);
	else
		rc = pfn_quarantine_sysfs_init();
	if (rc)
		forget_all();
	return rc;
}
module_init(pfn_quarantine_init);

static void __exit pfn_quarantine_exit(void)
{
	pfn_quarantine_sysfs_exit();
	xa_destroy(&bad_pages);
}
module_exit(pfn_quarantine_exit);

MODULE_DESCRIPTION("Record of memory pages lost to hardware errors");
MODULE_LICENSE("GPL");
