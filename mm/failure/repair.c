// SPDX-License-Identifier: GPL-2.0-only
/* A repaired page of memory that is in use comes back empty. */
#include <linux/errno.h>
#include <linux/sched/mm.h>

#include "failure.h"
#include "../quarantine/quarantine.h"
#include "../special/range.h"

/**
 * pfn_special_repair() - wipe a page that is about to leave the quarantine
 * @pfn: the page; nobody maps it
 *
 * The range is held while it is written to: whoever gives the memory back takes
 * his ranges away before, so the page is of memory without struct page until then.
 *
 * Context: May sleep.
 * Return: 0; -ENOENT if the page is in no range, and nothing was done; -ENOMEM if
 * there is no room for the kernel mapping.
 */
int pfn_special_repair(unsigned long pfn)
{
	struct pfn_special_range_use use = { };
	unsigned int flags;
	int rc = -ENOENT;

	if (!pfn_special_range_use_next(&use, pfn))
		return rc;
	flags = memalloc_nofs_save();
	rc = pfn_quarantine_wipe(pfn);
	memalloc_nofs_restore(flags);
	pfn_special_range_use_end(&use);
	return rc;
}
