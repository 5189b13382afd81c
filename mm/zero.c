// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody reads what a former owner wrote: a granule is cleared before its
 * first mapping, through a kernel mapping that lives only for the purpose.
 */
#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "internal.h"
#include "trace.h"

/*
 * Granules behind one kernel mapping: 32 MiB, so that making it and unmaking it
 * costs nothing to speak of, and milliseconds until someone looks again whether
 * to go on.
 */
#define WINDOW	16UL

/**
 * struct zero_claim - granules that one task clears, on its stack
 * @node: in pfn_special_zero_state.busy
 * @first: first granule
 * @last: last granule
 */
struct zero_claim {
	struct list_head node;
	unsigned long first;
	unsigned long last;
};

static size_t nr_longs(const struct pfn_special *ps)
{
	return BITS_TO_LONGS(DIV_ROUND_UP(ps->nr_pages, GRANULE_PAGES));
}

int pfn_special_zero_init(struct pfn_special *ps, int node, bool preserve)
{
	struct pfn_special_zero_state *zero = &ps->zero;

	spin_lock_init(&zero->lock);
	INIT_LIST_HEAD(&zero->busy);
	init_waitqueue_head(&zero->wait);
	if (preserve)
		return 0;
	zero->done = kvcalloc_node(nr_longs(ps), sizeof(long), GFP_KERNEL,
				   node);
	return zero->done ? 0 : -ENOMEM;
}

void pfn_special_zero_exit(struct pfn_special *ps)
{
	kvfree(ps->zero.done);
}

size_t pfn_special_zero_metadata_bytes(const struct pfn_special *ps)
{
	return ps->zero.done ? nr_longs(ps) * sizeof(long) : 0;
}

/**
 * pfn_special_zeroed_bytes() - how much has been cleared
 * @ps: the memory
 *
 * Return: bytes cleared since pfn_special_create().
 */
u64 pfn_special_zeroed_bytes(struct pfn_special *ps)
{
	return atomic64_read(&ps->zero.bytes);
}
EXPORT_SYMBOL_GPL(pfn_special_zeroed_bytes);

/* For pfn_special_is_clear(): have granules @first to @last been cleared? */
bool pfn_special_zero_is_done(struct pfn_special *ps, unsigned long first,
			      unsigned long last)
{
	bool done = find_next_zero_bit(ps->zero.done, last + 1, first) > last;

	/* Pairs with the barrier in zero_granules(). */
	smp_rmb();
	return done;
}

static bool zero_is_busy(struct pfn_special_zero_state *zero,
			 unsigned long first, unsigned long last)
{
	struct zero_claim *other;

	lockdep_assert_held(&zero->lock);
	list_for_each_entry(other, &zero->busy, node)
		if (other->first <= last && first <= other->last)
			return true;
	return false;
}

static bool zero_try_claim(struct pfn_special_zero_state *zero,
			   struct zero_claim *claim)
{
	bool busy;

	spin_lock(&zero->lock);
	busy = zero_is_busy(zero, claim->first, claim->last);
	if (!busy)
		list_add(&claim->node, &zero->busy);
	spin_unlock(&zero->lock);
	return !busy;
}

static void zero_unclaim(struct pfn_special_zero_state *zero,
			 struct zero_claim *claim)
{
	spin_lock(&zero->lock);
	list_del(&claim->node);
	spin_unlock(&zero->lock);
	wake_up_all(&zero->wait);
}

static int zero_pages(unsigned long pfn, unsigned long nr)
{
	void *addr = memremap(PFN_PHYS(pfn), nr << PAGE_SHIFT, MEMREMAP_WB);
	unsigned long i;

	if (!addr)
		return -ENOMEM;
	for (i = 0; i < nr; i++)
		clear_page(addr + (i << PAGE_SHIFT));
	memunmap(addr);
	return 0;
}

/* From granule @first up to, but not including, @next. */
static int zero_granules(struct pfn_special *ps, unsigned long first,
			 unsigned long next)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	pgoff_t pgoff = first * GRANULE_PAGES;
	pgoff_t end = min(next * GRANULE_PAGES, ps->nr_pages);
	unsigned long nr = end - pgoff;
	struct pfn_special_extent run;

	while (pgoff < end) {
		unsigned long skip, n;
		int rc;

		/* A page that a memory error has hit is not to be touched. */
		if (!pfn_special_lookup(ps, pgoff, &run)) {
			pgoff++;
			continue;
		}
		skip = pgoff - run.pgoff;
		n = min(run.nr - skip, end - pgoff);
		rc = zero_pages(run.pfn + skip, n);
		if (rc)
			return rc;
		pgoff += n;
	}
	/* Whoever sees a bit sees zeroes. */
	smp_mb__before_atomic();
	for (; first < next; first++)
		set_bit(first, zero->done);
	atomic64_add(nr << PAGE_SHIFT, &zero->bytes);
	trace_pfn_special_zero(ps->name, end - nr, nr);
	return 0;
}

/**
 * pfn_special_zero() - make sure that a range has been cleared
 * @ps: the memory
 * @pgoff: first page offset
 * @nr: length in pages
 *
 * Clears what has not been cleared since pfn_special_create(), in whole
 * granules of 2 MiB; two tasks never clear the same granule. Does nothing for
 * preserved memory. What is done stays done if it fails half way.
 *
 * Context: May sleep, for long if the range is; inside a read-side section of
 * pfn_special_srcu or with the memory held alive otherwise.
 * Return: 0; -EINTR if the task is being killed; -ENXIO if the memory is going
 * away; -ENOMEM if there is no room for the kernel mapping.
 */
int pfn_special_zero(struct pfn_special *ps, pgoff_t pgoff, unsigned long nr)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	struct zero_claim claim;
	unsigned long granule, next;
	int rc = 0;

	if (!nr || pfn_special_is_clear(ps, pgoff, nr))
		return 0;
	claim.first = pgoff / GRANULE_PAGES;
	claim.last = (pgoff + nr - 1) / GRANULE_PAGES;

	if (wait_event_killable(zero->wait, zero_try_claim(zero, &claim)))
		return -EINTR;
	for (granule = claim.first; granule <= claim.last; granule = next) {
		next = granule + 1;
		if (test_bit(granule, zero->done))
			continue;
		next = find_next_bit(zero->done,
				     min(granule + WINDOW, claim.last + 1),
				     granule);
		rc = -ENXIO;
		if (!pfn_special_alive(ps))
			break;
		rc = -EINTR;
		if (fatal_signal_pending(current))
			break;
		rc = zero_granules(ps, granule, next);
		if (rc)
			break;
		cond_resched();
	}
	zero_unclaim(zero, &claim);
	return rc;
}
EXPORT_SYMBOL_GPL(pfn_special_zero);

static bool needs_clearing(const struct pfn_special_zero_state *zero,
			   unsigned long granule)
{
	return !zero->done || zero->skip || test_bit(granule, zero->done);
}

static int clear_bytes(phys_addr_t phys, size_t len)
{
	void *addr = memremap(phys, len, MEMREMAP_WB);

	if (!addr)
		return -ENOMEM;
	memset(addr, 0, len);
	memunmap(addr);
	return 0;
}

/**
 * pfn_special_clear() - clear bytes that one owner still has
 * @ps: the memory
 * @offset: first byte
 * @len: bytes
 *
 * A granule that nobody has seen since it was marked for clearing is left for
 * its first mapping. Pages that memory errors have hit are left out.
 *
 * Context: May sleep, for long if the range is. The caller keeps everyone else
 * from these bytes. Not killable: clearing may be what a dying task owes.
 * Return: 0, also if the memory is gone; -ENOMEM if there is no room for the
 * kernel mapping.
 */
int pfn_special_clear(struct pfn_special *ps, u64 offset, u64 len)
{
	struct pfn_special_extent run;
	u64 end = offset + len;
	int idx, rc = 0;

	idx = srcu_read_lock(&pfn_special_srcu);
	while (offset < end && !rc && pfn_special_alive(ps)) {
		u64 stop = min(end, ALIGN(offset + 1, PAGE_SIZE));

		rc = pfn_special_find(ps, offset >> PAGE_SHIFT, &run);
		if (rc == -ENXIO)
			break;
		if (!rc) {
			stop = min3(end, ALIGN(offset + 1, SZ_2M),
				    (u64)(run.pgoff + run.nr) << PAGE_SHIFT);
			if (needs_clearing(&ps->zero, offset / SZ_2M))
				rc = clear_bytes(PFN_PHYS(run.pfn) + offset -
						 PFN_PHYS(run.pgoff),
						 stop - offset);
		} else {
			rc = 0;
		}
		offset = stop;
		cond_resched();
	}
	srcu_read_unlock(&pfn_special_srcu, idx);
	return rc == -ENXIO ? 0 : rc;
}
EXPORT_SYMBOL_GPL(pfn_special_clear);

/**
 * pfn_special_recycle() - a part of the memory has lost its user
 * @ps: the memory
 * @pgoff: first page offset
 * @nr: length in pages
 *
 * What it holds will be cleared before anyone sees it again: whole granules by
 * whoever maps them first, parts of granules now, since the rest of such a
 * granule may belong to somebody else.
 *
 * Context: May sleep. No page table holds the range, and nobody else uses it.
 * Return: 0, or -ENOMEM as from pfn_special_clear(): then the range must not be
 * used again.
 */
int pfn_special_recycle(struct pfn_special *ps, pgoff_t pgoff, unsigned long nr)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	pgoff_t end = pgoff + nr;
	int rc = 0;

	if (!zero->done || zero->skip)
		return 0;
	while (pgoff < end && !rc) {
		pgoff_t stop = ALIGN(pgoff + 1, GRANULE_PAGES);

		if (IS_ALIGNED(pgoff, GRANULE_PAGES) &&
		    end >= min(stop, ps->nr_pages))
			clear_bit(pgoff / GRANULE_PAGES, zero->done);
		else
			rc = pfn_special_clear(ps, (u64)pgoff << PAGE_SHIFT,
					       (u64)(min(stop, end) - pgoff)
					       << PAGE_SHIFT);
		pgoff = stop;
	}
	return rc;
}
EXPORT_SYMBOL_GPL(pfn_special_recycle);

/* All of it changes hands: no granule counts as clear any more. */
void pfn_special_zero_forget(struct pfn_special *ps)
{
	unsigned long granules = DIV_ROUND_UP(ps->nr_pages, GRANULE_PAGES);

	if (ps->zero.done)
		bitmap_zero(ps->zero.done, granules);
}
