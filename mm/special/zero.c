// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody reads what a former owner wrote: a granule is cleared before its
 * first mapping, through a kernel mapping that lives only for the purpose.
 */
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include <asm/cpufeature.h>

#include "../quarantine/quarantine.h"
#include "clear.h"
#include "special.h"
#include "trace.h"

/*
 * Granules behind one kernel mapping: 32 MiB, so that making it and unmaking it
 * costs nothing to speak of. After each granule someone looks whether to go on.
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

/*
 * Why clearing has to stop: the memory is being taken away, or the task killed.
 * Whoever waits for either waits for a granule at most.
 */
static int zero_stop(struct pfn_special *ps)
{
	if (!pfn_special_alive(ps))
		return -ENXIO;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* Which way is patched in when the module is loaded. */
static void zero_run(void *addr, unsigned long nr)
{
	if (cpu_feature_enabled(X86_FEATURE_CLZERO))
		clear_by_lines(addr, nr << PAGE_SHIFT);
	else if (cpu_feature_enabled(X86_FEATURE_ERMS))
		clear_by_string(addr, nr << PAGE_SHIFT);
	else
		for (; nr; nr--, addr += PAGE_SIZE)
			clear_page(addr);
}

/*
 * A granule, @addr being where the kernel maps its part of the extent @ext. Pages
 * that memory errors have hit are not to be touched.
 */
static void zero_pages(const struct pfn_special_extent *ext, void *addr)
{
	unsigned long first = ext->pfn, bad = ext->pfn;
	unsigned long end = ext->pfn + ext->nr;

	while (first < end) {
		if (!pfn_quarantine_next(&bad, end - 1))
			bad = end;
		zero_run(addr + PFN_PHYS(first - ext->pfn), bad - first);
		first = ++bad;
	}
}

/*
 * Granules from @first up to, but not including, @end count as clear, or no longer do.
 * Whoever calls this has them to itself, so whole words are simply written; the words at
 * the ends have granules of others.
 */
static void zero_mark(struct pfn_special_zero_state *zero, unsigned long first,
		      unsigned long end, bool clear)
{
	unsigned long *word = zero->done + BIT_WORD(first);

	for (; first < end; word++) {
		unsigned long nr = min(end - first,
				       BITS_PER_LONG - first % BITS_PER_LONG);
		unsigned long mask = (~0UL >> (BITS_PER_LONG - nr))
				     << (first % BITS_PER_LONG);

		if (nr == BITS_PER_LONG)
			WRITE_ONCE(*word, clear ? mask : 0);
		else
			set_mask_bits(word, mask, clear ? mask : 0);
		first += nr;
	}
}

/*
 * What one extent has from @pgoff on, up to @end, and at most a window. Returns
 * the page offset after it, or as far as it came before it had to stop.
 */
static pgoff_t zero_window(struct pfn_special *ps, pgoff_t pgoff, pgoff_t end,
			   int *rc)
{
	struct pfn_special_extent ext, part;
	void *addr;

	pfn_special_extent_at(ps, pgoff, &ext);
	part.pfn = ext.pfn + (pgoff - ext.pgoff);
	end = min3(end, ext.pgoff + ext.nr,
		   ALIGN_DOWN(pgoff, GRANULE_PAGES) + WINDOW * GRANULE_PAGES);
	addr = memremap(PFN_PHYS(part.pfn), PFN_PHYS(end - pgoff), MEMREMAP_WB);
	if (!addr) {
		*rc = -ENOMEM;
		return pgoff;
	}
	part.pgoff = pgoff;
	while (pgoff < end) {
		part.nr = min(ALIGN(pgoff + 1, GRANULE_PAGES), end) - pgoff;
		zero_pages(&part, addr + PFN_PHYS(pgoff - part.pgoff));
		pgoff += part.nr;
		part.pfn += part.nr;
		cond_resched();
		*rc = zero_stop(ps);
		if (*rc)
			break;
	}
	memunmap(addr);
	return pgoff;
}

/* From granule @first up to, but not including, @next. */
static int zero_granules(struct pfn_special *ps, unsigned long first,
			 unsigned long next)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	pgoff_t start = first * GRANULE_PAGES, pgoff = start;
	pgoff_t end = min(next * GRANULE_PAGES, ps->nr_pages);
	int rc = 0;

	while (pgoff < end && !rc)
		pgoff = zero_window(ps, pgoff, end, &rc);
	/* Half a granule is none. */
	if (pgoff < end)
		pgoff = ALIGN_DOWN(pgoff, GRANULE_PAGES);
	if (pgoff == start)
		return rc;
	/* Whoever sees a bit sees zeroes. */
	smp_wmb();
	zero_mark(zero, first, DIV_ROUND_UP(pgoff, GRANULE_PAGES), true);
	atomic64_add((pgoff - start) << PAGE_SHIFT, &zero->bytes);
	trace_pfn_special_zero(ps->name, start, pgoff - start);
	return rc;
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
 * Context: May sleep, for long if the range is.
 * Return: 0; -EINTR if the task is being killed; -ENXIO if the memory is going
 * away; -ENOMEM if there is no room for the kernel mapping.
 */
int pfn_special_zero(struct pfn_special *ps, pgoff_t pgoff, unsigned long nr)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	struct zero_claim claim;
	unsigned long granule, next;
	int rc;

	if (!nr || pfn_special_is_clear(ps, pgoff, nr))
		return 0;
	if (!pfn_special_enter(ps))
		return -ENXIO;
	claim.first = pgoff / GRANULE_PAGES;
	claim.last = (pgoff + nr - 1) / GRANULE_PAGES;

	rc = -EINTR;
	if (wait_event_killable(zero->wait, zero_try_claim(zero, &claim)))
		goto out;
	rc = 0;
	for (granule = claim.first; granule <= claim.last && !rc; granule = next) {
		next = granule + 1;
		if (test_bit(granule, zero->done))
			continue;
		next = find_next_bit(zero->done,
				     min(granule + WINDOW, claim.last + 1),
				     granule);
		rc = zero_stop(ps) ?: zero_granules(ps, granule, next);
	}
	zero_unclaim(zero, &claim);
out:
	pfn_special_leave(ps);
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
	int rc = 0;

	if (!pfn_special_enter(ps))
		return 0;
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
	pfn_special_leave(ps);
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
	pgoff_t end = pgoff + nr, head, tail;
	int rc = 0;

	if (!zero->done || zero->skip)
		return 0;
	head = min(ALIGN(pgoff, GRANULE_PAGES), end);
	/* The last granule of the memory may be a short one. */
	tail = end == ps->nr_pages ? end : ALIGN_DOWN(end, GRANULE_PAGES);
	if (head < tail)
		zero_mark(zero, head / GRANULE_PAGES,
			  DIV_ROUND_UP(tail, GRANULE_PAGES), false);
	else
		tail = head;
	if (pgoff < head)
		rc = pfn_special_clear(ps, (u64)pgoff << PAGE_SHIFT,
				       (u64)(head - pgoff) << PAGE_SHIFT);
	if (tail < end && !rc)
		rc = pfn_special_clear(ps, (u64)tail << PAGE_SHIFT,
				       (u64)(end - tail) << PAGE_SHIFT);
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
