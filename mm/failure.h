/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory errors. Inside pfn_special.ko only.
 *
 * Where they come from (source_*.c) -> pfn_special_memory_failure(), which
 * records the page, waits until no fault can still use it, unmaps it everywhere
 * and tells the processes (signal.c).
 *
 * Locking, outermost first:
 *   failure_lock               one error at a time
 *   ranges_sem (read)          the ranges stay while they are unmapped
 *   i_mmap_rwsem, page tables  in unmap_mapping_range() and when processes are
 *                              looked for
 * A grace period of pfn_special_srcu is waited for under failure_lock alone, so a
 * fault may wait for ranges_sem but never for failure_lock. A page is in the
 * quarantine before the grace period begins: a fault that did not see it there
 * has installed its leaf when the grace period ends, and the leaf is then zapped.
 */
#ifndef _PFN_SPECIAL_FAILURE_H
#define _PFN_SPECIAL_FAILURE_H

#include <linux/types.h>

struct address_space;

int pfn_special_memory_failure(unsigned long pfn, int flags);
int pfn_special_failure_init(void);
void pfn_special_failure_exit(void);

/* signal.c */
unsigned long pfn_special_current_address(struct address_space *mapping,
					  pgoff_t pgoff, bool mapped);
int pfn_special_signal_early(struct address_space *mapping, pgoff_t pgoff,
			     bool skip_current);

/* policy.c: sysctls of the kernel's own memory_failure() */
int pfn_special_policy_init(void);
void pfn_special_policy_exit(void);
bool pfn_special_early_kill(void);
bool pfn_special_recovery(void);

/* source_memory_failure.c, source_mce.c, source_ghes.c, source_debugfs.c */
int pfn_special_redirect_init(void);
void pfn_special_redirect_exit(void);
void pfn_special_mce_init(void);
void pfn_special_mce_exit(void);
void pfn_special_ghes_init(void);
void pfn_special_ghes_exit(void);
void pfn_special_debugfs_init(void);
void pfn_special_debugfs_exit(void);

#endif /* _PFN_SPECIAL_FAILURE_H */
