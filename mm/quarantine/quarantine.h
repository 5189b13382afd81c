/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that memory errors have hit and that nobody may get any more.
 *
 * The record lives in a module of its own (pfn_quarantine.ko), which stays
 * loaded while there is a page in it: whoever uses the pages may be unloaded,
 * replaced and loaded again, and finds it as it was.
 *
 * Locking: the record is read under RCU by anyone, and changed under the spinlock
 * of its xarray; users are told of an operator's change without it.
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
 * pointer. Whoever has the page answers CLEARING with NOTIFY_STOP when it is clear
 * and with NOTIFY_BAD when it cannot be, which keeps it where it is.
 */
enum pfn_quarantine_event {
	PFN_QUARANTINE_ADDED,
	PFN_QUARANTINE_CLEARING,
};

int pfn_quarantine_add(unsigned long pfn);
bool pfn_quarantine_next(unsigned long *pfn, unsigned long last);
unsigned long pfn_quarantine_count(unsigned long first, unsigned long last);
unsigned long pfn_quarantine_run(unsigned long first, unsigned long last);

/* memory.c: the memory that the pages may be of */
bool pfn_quarantine_reserved(unsigned long pfn);
int pfn_quarantine_wipe(unsigned long pfn);

int pfn_quarantine_register(struct notifier_block *nb);
void pfn_quarantine_unregister(struct notifier_block *nb);

#endif /* _PFN_QUARANTINE_H */
