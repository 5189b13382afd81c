/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of pfn_quarantine.ko share. */
#ifndef _PFN_QUARANTINE_INTERNAL_H
#define _PFN_QUARANTINE_INTERNAL_H

#include "quarantine.h"

unsigned long pfn_quarantine_nr(void);
int pfn_quarantine_add_by_hand(unsigned long pfn);
int pfn_quarantine_clear(unsigned long pfn);
bool pfn_quarantine_nth(unsigned long n, unsigned long *pfn);

/* memory.c */
int pfn_quarantine_wipe_unbound(unsigned long pfn);

/* sysfs.c */
int pfn_quarantine_parse(const char *text, size_t len,
			 int (*use)(unsigned long pfn));
int pfn_quarantine_sysfs_init(void);
void pfn_quarantine_sysfs_exit(void);

#endif /* _PFN_QUARANTINE_INTERNAL_H */
