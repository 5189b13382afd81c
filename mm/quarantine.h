/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that memory errors have hit and that nobody may get any more.
 *
 * The record lives in a module of its own (pfn_quarantine.ko), which stays
 * loaded while there is a page in it: whoever uses the pages may be unloaded,
 * replaced and loaded again, and finds it as it was.
 *
 * Locking: the record is read under RCU by anyone. The mutex for changes is the
 * innermost lock of all; users are told of an operator's change without it.
 */
#ifndef _PFN_QUARANTINE_H
#define _PFN_QUARANTINE_H

#include <linux/types.h>

struct notifier_block;

/**
 * enum pfn_quarantine_event - what an operator did to the record
 * @PFN_QUARANTINE_ADDED: the page is in the record now; take it from its users
 * @PFN_QUARANTINE_CLEARING: the page is about to leave the record; clear it
 *
 * The first argument of the notifier call; the second is the pfn, cast to a
 * pointer. NOTIFY_BAD for CLEARING keeps the page where it is.
 */
enum pfn_quarantine_event {
	PFN_QUARANTINE_ADDED,
	PFN_QUARANTINE_CLEARING,
};

int pfn_quarantine_add(unsigned long pfn);
bool pfn_quarantine_next(unsigned long *pfn, unsigned long last);
unsigned long pfn_quarantine_count(unsigned long first, unsigned long last);

int pfn_quarantine_register(struct notifier_block *nb);
void pfn_quarantine_unregister(struct notifier_block *nb);

#endif /* _PFN_QUARANTINE_H */
