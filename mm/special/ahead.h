/* SPDX-License-Identifier: GPL-2.0-only */
/* Clearing before anyone needs it: a thread for each NUMA node. */
#ifndef _PFN_SPECIAL_AHEAD_H
#define _PFN_SPECIAL_AHEAD_H

struct pfn_special_ahead;

struct pfn_special_ahead *pfn_special_ahead_of(int node);
void pfn_special_ahead_kick(struct pfn_special_ahead *ahead);
void pfn_special_ahead_exit(void);

#endif /* _PFN_SPECIAL_AHEAD_H */
