// SPDX-License-Identifier: GPL-2.0-only
/* The record of bad pages. quarantine.h says how long it lives. */
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/xarray.h>

#include "quarantine_internal.h"

static DEFINE_XARRAY(bad_pages);
static unsigned long nr_bad;
/*
 * bad_lock guards the record and is the innermost of all: errors are recorded
 * under the locks of pfn_special. clear_lock makes clearing one at a time, and is
 * outside of the notifier chain and what its users lock.
 */
static DEFINE_MUTEX(bad_lock);
static DEFINE_MUTEX(clear_lock);
static BLOCKING_NOTIFIER_HEAD(users);

/* What pfn_quarantine_nth() found last; gone when the record changes. */
static struct {
	unsigned long n;
	unsigned long pfn;
	bool valid;
} last_found;

/* Values in bad_pages. A page is bad until it has been cleared. */
enum {
	PAGE_BAD = 1,
	PAGE_CLEARING,
};

static char *pages;
module_param(pages, charp, 0400);
MODULE_PARM_DESC(pages,
		 "Physical addresses of bad pages, separated by commas, as from an earlier boot");

/* The record must outlive its users: it keeps its own module. */
static int bad_store(unsigned long pfn)
{
	void *old;

	lockdep_assert_held(&bad_lock);
	old = xa_load(&bad_pages, pfn);
	if (old == xa_mk_value(PAGE_CLEARING)) {
		/* An error after the repair: it is as bad as before. */
		xa_store(&bad_pages, pfn, xa_mk_value(PAGE_BAD), GFP_KERNEL);
		return 0;
	}
	if (old)
		return -EEXIST;
	if (!nr_bad && !try_module_get(THIS_MODULE))
		return -ENODEV;
	/* A record that is lost for want of memory costs someone a machine. */
	old = xa_store(&bad_pages, pfn, xa_mk_value(PAGE_BAD),
		       GFP_KERNEL | __GFP_NOFAIL);
	if (xa_is_err(old)) {
		if (!nr_bad)
			module_put(THIS_MODULE);
		return xa_err(old);
	}
	WRITE_ONCE(nr_bad, nr_bad + 1);
	last_found.valid = false;
	return 0;
}

/**
 * pfn_quarantine_add() - record a page as bad
 * @pfn: the page
 *
 * The caller takes the page from its users; the record only keeps it from being
 * handed out.
 *
 * Context: May sleep.
 * Return: 0, -EEXIST if the page is recorded already, -ENODEV if the module is
 * being unloaded.
 */
int pfn_quarantine_add(unsigned long pfn)
{
	guard(mutex)(&bad_lock);
	return bad_store(pfn);
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
	if (!READ_ONCE(nr_bad))
		return false;
	return xa_find(&bad_pages, pfn, last, XA_PRESENT);
}
EXPORT_SYMBOL_GPL(pfn_quarantine_next);

/**
 * pfn_quarantine_count() - count bad pages
 * @first: first page to look at
 * @last: last page to look at
 *
 * Context: Any.
 * Return: bad pages from @first to @last.
 */
unsigned long pfn_quarantine_count(unsigned long first, unsigned long last)
{
	unsigned long nr = 0;

	while (first <= last && pfn_quarantine_next(&first, last)) {
		nr++;
		if (first == last)
			break;
		first++;
	}
	return nr;
}
EXPORT_SYMBOL_GPL(pfn_quarantine_count);

unsigned long pfn_quarantine_nr(void)
{
	return READ_ONCE(nr_bad);
}

/*
 * The n-th bad page by address, counted from 0. Who reads the record from its
 * beginning to its end asks for each page after that which was found before.
 */
bool pfn_quarantine_nth(unsigned long n, unsigned long *pfn)
{
	unsigned long at = 0, index = 0;
	void *entry;

	guard(mutex)(&bad_lock);
	if (last_found.valid && last_found.n <= n) {
		at = last_found.n;
		index = last_found.pfn;
	}
	xa_for_each_start(&bad_pages, index, entry, index) {
		cond_resched();
		if (at++ < n)
			continue;
		last_found.n = n;
		last_found.pfn = index;
		last_found.valid = true;
		*pfn = index;
		return true;
	}
	return false;
}

static int mark_clearing(unsigned long pfn)
{
	guard(mutex)(&bad_lock);
	if (!xa_load(&bad_pages, pfn))
		return -ENOENT;
	xa_store(&bad_pages, pfn, xa_mk_value(PAGE_CLEARING), GFP_KERNEL);
	return 0;
}

/* The page is good from now on, unless it was hit again meanwhile. */
static int end_clearing(unsigned long pfn, bool cleared)
{
	guard(mutex)(&bad_lock);
	if (!cleared || xa_load(&bad_pages, pfn) == xa_mk_value(PAGE_BAD)) {
		xa_store(&bad_pages, pfn, xa_mk_value(PAGE_BAD), GFP_KERNEL);
		return -EIO;
	}
	xa_erase(&bad_pages, pfn);
	WRITE_ONCE(nr_bad, nr_bad - 1);
	last_found.valid = false;
	if (!nr_bad)
		module_put(THIS_MODULE);
	return 0;
}

/**
 * pfn_quarantine_clear() - a page was repaired
 * @pfn: the page
 *
 * Context: May sleep; not from a notifier.
 * Return: 0, -ENOENT if the page is not bad, -EIO if a user could not clear it or
 * if it was hit again meanwhile.
 */
int pfn_quarantine_clear(unsigned long pfn)
{
	int rc;

	guard(mutex)(&clear_lock);
	rc = mark_clearing(pfn);
	if (rc)
		return rc;
	rc = blocking_notifier_call_chain(&users, PFN_QUARANTINE_CLEARING,
					  (void *)pfn);
	return end_clearing(pfn, !(rc & NOTIFY_STOP_MASK));
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
	if (rc) {
		if (nr_bad)
			module_put(THIS_MODULE);
		xa_destroy(&bad_pages);
	}
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
