/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory errors. Inside pfn_special.ko only.
 *
 * Where they come from (source_*.c) -> pfn_special_memory_failure(), which records
 * the page, waits until no fault can still use it, unmaps it everywhere and tells
 * the processes (signal.c).
 *
 * One error waits for no other, whatever tenants do. The record comes first and
 * waits for nobody: from then on no fault, file or device gets the page. All that
 * a tenant can make take long, because he maps the page often or holds the lock of
 * his own mapping, is done for each error by itself, and where it would hold up the
 * next report, by a worker.
 *
 * A page is in the quarantine before pfn_special_settle(): a fault that did not see
 * it there has installed its leaf by then, and the leaf is zapped.
 *
 * Locking, none of it inside another:
 *   a use of a range           range.c: it is not taken away while its page is
 *                              unmapped or wiped, or its mappers are looked for.
 *                              Inside of it: i_mmap_rwsem and page table locks
 *   rcu_read_lock()            while processes are looked at and told
 * mmap_lock is never taken: a tenant can hold it for as long as he likes.
 */
#ifndef _PFN_SPECIAL_FAILURE_H
#define _PFN_SPECIAL_FAILURE_H

#include <linux/types.h>

struct address_space;
struct pfn_special_mapper;
struct pid;

int pfn_special_memory_failure(unsigned long pfn, int flags);
int pfn_special_handle_init(void);
void pfn_special_handle_exit(void);

/* sources.c: all of this room, for main.c */
int pfn_special_failure_init(void);
void pfn_special_failure_exit(void);

/* repair.c */
int pfn_special_repair(unsigned long pfn);

/**
 * struct pfn_special_audience - who maps a page
 * @list: sorted by mm, each of them once
 * @nr: length of @list
 * @room: what @list has room for
 */
struct pfn_special_audience {
	struct pfn_special_mapper *list;
	size_t nr;
	size_t room;
};

/* signal.c */
unsigned long pfn_special_current_address(struct address_space *mapping,
					  pgoff_t pgoff, bool mapped);
void pfn_special_audience_find(struct pfn_special_audience *audience,
			       struct address_space *mapping, pgoff_t pgoff);
int pfn_special_audience_tell(const struct pfn_special_audience *audience,
			      const struct pid *consumer);
void pfn_special_audience_free(struct pfn_special_audience *audience);

/* policy.c: sysctls of the kernel's own memory_failure() */
int pfn_special_policy_init(void);
void pfn_special_policy_exit(void);
bool pfn_special_early_kill(void);
bool pfn_special_recovery(void);

#endif /* _PFN_SPECIAL_FAILURE_H */
