/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory itself, for the files of this room and of mm/failure.
 *
 * Locking, outermost first:
 *   what yield() takes    the owner's, who is asked to give memory back: with no
 *                         lock of this library held, but with those that come with
 *                         opening, mounting and unbinding
 *   claim_lock            mutex, in claim.c: who has the memory; held while an
 *                         owner is told that it is gone
 *   mmap_lock, VMA lock   the caller's, for faults and VMA changes
 *   ->active              a reference for as long as somebody clears or copies;
 *                         killing the memory waits for the last one
 *   zero.lock             spinlock over the list of what is being cleared, and over
 *                         who must not begin to
 *   a use of a range      range.c: from a page to its mappings
 *   i_mmap_rwsem          the core's, in gone.c
 *   look section          below; takes page table locks and nothing else
 *
 * Asking an owner to yield: whoever wants the memory says so (->wanted, so that nobody
 * claims it just to lend it meanwhile), marks it as ->asked, and lets go of claim_lock
 * for as long as the owner takes. Others who want it sleep until ->asked is false
 * again; they can be killed, but for who takes the memory away. The owner is not freed
 * meanwhile, since pfn_special_unclaim() waits for the same; the memory is not, since
 * the claim has a reference which only pfn_special_unclaim() drops. Nobody asks twice
 * with his ->wanted: what one has asked back no lender claims before he is done.
 *
 * The threads that clear ahead (ahead.c) come in like everyone else: they look for
 * memory under claim_lock, take ->active before they let go of that, and claim one granule
 * at a time in the list under zero.lock; they hold neither lock while they clear. They
 * have no reference to the memory but ->active, and that for a piece of work of bounded
 * length, at the priority of ordinary tasks: who waits for it does not wait for the CPU to
 * become idle. The memory has none to them: they end with the module, which all memory
 * keeps.
 *
 * A look section goes from the checks of ->dead and of the quarantine until the
 * leaf is in the page table. It neither sleeps nor is preempted, whatever a tenant
 * does, so waiting for all of them takes as long as one does: whoever takes pages
 * away first makes the checks fail, then calls pfn_special_settle(), and what
 * pfn_special_gone() unmaps after that does not come back.
 */
#ifndef _PFN_SPECIAL_SPECIAL_H
#define _PFN_SPECIAL_SPECIAL_H

#include <linux/bitops.h>
#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

#include "../pfn_special.h"

struct pfn_special_ahead;

/*
 * Memory is cleared in granules of 2 MiB of page offsets: one bit each makes
 * 64 KiB of state per TiB.
 */
#define GRANULE_PAGES	(SZ_2M >> PAGE_SHIFT)

/**
 * struct pfn_special_zero_state - which granules have been cleared
 * @lock: protects @busy; @skip and @kept are set with it held
 * @busy: pieces that someone is clearing, struct zero_piece
 * @wait: woken when a piece leaves @busy
 * @wanted: how many tasks clear what they need, or wait for others to do it
 * @bytes: bytes cleared so far by those who needed them
 * @ahead_bytes: bytes cleared before anyone needed them
 * @done: a bit per granule, set once it is clear; NULL if nothing is cleared
 * @skip: nothing is cleared for the present owner, who asked for that
 * @kept: what is not clear may be wanted yet: nothing is cleared ahead, see keep.c
 * @nr_partial: entries of @partial that are in use
 * @nr_buckets: length of @partial, see partial.c
 * @partial: of which granules some chunks are clear; changed with @lock held; NULL until
 *           somebody needs it
 */
struct pfn_special_zero_state {
	spinlock_t lock;	/* see @lock */
	struct list_head busy;
	wait_queue_head_t wait;
	atomic_t wanted;
	atomic64_t bytes;
	atomic64_t ahead_bytes;
	unsigned long *done;
	bool skip;
	bool kept;
	unsigned int nr_partial;
	unsigned int nr_buckets;
	u64 *partial;
};

/**
 * struct pfn_special - memory without struct page as one range of page offsets
 * @ref: an owner, and one for every open file
 * @name: for messages and tracepoints
 * @mapping: where all mappings of this memory are found
 * @node: NUMA node, or NUMA_NO_NODE
 * @dead: no new leaf may be installed
 * @active: one while alive, and one for everyone who clears or copies
 * @idle: @active is zero
 * @live: in the list of what can be claimed
 * @provider: who offered it
 * @provider_data: for the provider's functions
 * @users: open files of the device
 * @owner: who has all of it instead
 * @preserve: what it holds is for whoever gets it; until an owner has said of what
 *            that is true, see keep.c. Changes under claim_lock
 * @wanted: how many want it, now, who would have the owner yield
 * @asked: one of them is asking the owner
 * @held_by_users: somebody may map it whose files are closed
 * @held_by_owner: somebody may map it from when it had an owner; set with zero.lock
 *                 held as well, so that nothing is cleared ahead after that
 * @nr_pages: length in pages
 * @leaves: leaves installed so far, by size
 * @zero: what has been cleared
 * @ahead: who clears it before anyone needs it; NULL if nobody does
 * @nr_extents: number of @extents
 * @ranges: one for each of @extents, while the memory is alive
 * @extents: sorted by page offset, without gaps
 */
struct pfn_special {
	struct kref ref;
	const char *name;
	struct address_space *mapping;
	int node;
	bool dead;
	refcount_t active;
	struct completion idle;
	struct list_head live;
	const struct pfn_special_provider *provider;
	void *provider_data;
	unsigned int users;
	struct pfn_special_owner *owner;
	bool preserve;
	unsigned int wanted;
	bool asked;
	bool held_by_users;
	bool held_by_owner;
	unsigned long nr_pages;
	atomic64_t leaves[PFN_SPECIAL_NR_LEAVES];
	struct pfn_special_zero_state zero;
	struct pfn_special_ahead *ahead;
	struct pfn_special_range *ranges;
	unsigned int nr_extents;
	struct pfn_special_extent extents[] __counted_by(nr_extents);
};

/*
 * On PREEMPT_RT the page table locks sleep, so there only RCU itself keeps the
 * section short, by boosting whoever is in it.
 */
static inline void pfn_special_look_begin(void)
{
	rcu_read_lock();
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();
}

static inline void pfn_special_look_end(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
	rcu_read_unlock();
}

/* Every look section that began before this call is over. May sleep. */
static inline void pfn_special_settle(void)
{
	synchronize_rcu_expedited();
}

/* life.c: the memory stays alive from a true until the matching leave. */
bool pfn_special_enter(struct pfn_special *ps);
void pfn_special_leave(struct pfn_special *ps);

/* lookup.c */
int pfn_special_avoid_bad(struct pfn_special_extent *run, unsigned long pfn);
int pfn_special_find(const struct pfn_special *ps, pgoff_t pgoff,
		     struct pfn_special_extent *run);

/* zero.c */
void pfn_special_zero_init(struct pfn_special *ps);
int pfn_special_zero_begin(struct pfn_special *ps);
void pfn_special_zero_exit(struct pfn_special *ps);
size_t pfn_special_zero_metadata_bytes(const struct pfn_special *ps);
void pfn_special_zero_unmark(struct pfn_special_zero_state *zero,
			     unsigned long first, unsigned long end);
void pfn_special_zero_forget(struct pfn_special *ps);
void pfn_special_zero_claim(struct pfn_special *ps, bool skip, bool keep);
void pfn_special_zero_keep(struct pfn_special *ps, bool keep);
bool pfn_special_zero_has_work(const struct pfn_special *ps);
unsigned long pfn_special_zero_ahead(struct pfn_special *ps, unsigned long max,
				     bool (*stop)(struct pfn_special *ps));
bool pfn_special_zero_is_done(struct pfn_special *ps, pgoff_t pgoff,
			      pgoff_t end);

/* claim.c */
void pfn_special_unlist(struct pfn_special *ps);
void pfn_special_take_back(struct pfn_special *ps);
struct pfn_special *
pfn_special_enter_unclear(const struct pfn_special_ahead *ahead,
			  unsigned long *later);

/**
 * pfn_special_is_clear() - has a range been cleared, or need not be?
 * @ps: the memory
 * @pgoff: first page offset
 * @nr: length in pages, at least 1
 *
 * Context: Any.
 * Return: true if all of the range may be shown to its new owner.
 */
static inline bool pfn_special_is_clear(struct pfn_special *ps, pgoff_t pgoff,
					unsigned long nr)
{
	unsigned long first = pgoff / GRANULE_PAGES;
	unsigned long last = (pgoff + nr - 1) / GRANULE_PAGES;

	if (!ps->zero.done || ps->zero.skip)
		return true;
	/* Whoever sees a bit sees zeroes: pairs with zero_done(). */
	if (first == last && test_bit_acquire(first, ps->zero.done))
		return true;
	return pfn_special_zero_is_done(ps, pgoff, pgoff + nr);
}

#endif /* _PFN_SPECIAL_SPECIAL_H */
