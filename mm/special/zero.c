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
#include "ahead.h"
#include "clear.h"
#include "partial.h"
#include "piece.h"
#include "special.h"
#include "trace.h"

static unsigned long nr_granules(const struct pfn_special *ps)
{
	return DIV_ROUND_UP(ps->nr_pages, GRANULE_PAGES);
}

static size_t nr_longs(const struct pfn_special *ps)
{
	return BITS_TO_LONGS(nr_granules(ps));
}

/* Nothing is to be cleared, unless pfn_special_zero_begin() follows. */
void pfn_special_zero_init(struct pfn_special *ps)
{
	struct pfn_special_zero_state *zero = &ps->zero;

	spin_lock_init(&zero->lock);
	INIT_LIST_HEAD(&zero->busy);
	init_waitqueue_head(&zero->wait);
}

/* All of it is to be cleared. Nobody uses the memory, but its figures may be read. */
int pfn_special_zero_begin(struct pfn_special *ps)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	unsigned long *done;

	done = kvcalloc_node(nr_longs(ps), sizeof(long), GFP_KERNEL, ps->node);
	if (!done)
		return -ENOMEM;
	zero_partial_init(zero, nr_granules(ps));
	/* Not before an owner comes who has it cleared. */
	zero->skip = ps->preserve;
	/* Whoever sees it sees the rest, too. */
	smp_store_release(&zero->done, done);
	return 0;
}

void pfn_special_zero_exit(struct pfn_special *ps)
{
	zero_partial_exit(&ps->zero);
	kvfree(ps->zero.done);
}

size_t pfn_special_zero_metadata_bytes(const struct pfn_special *ps)
{
	if (!ps->zero.done)
		return 0;
	return nr_longs(ps) * sizeof(long) +
	       zero_partial_metadata_bytes(&ps->zero);
}

/**
 * pfn_special_zeroed_bytes() - how much has been cleared by those who wanted it
 * @ps: the memory
 *
 * Return: bytes cleared since pfn_special_create(), but for what was cleared ahead.
 */
u64 pfn_special_zeroed_bytes(struct pfn_special *ps)
{
	return atomic64_read(&ps->zero.bytes);
}
EXPORT_SYMBOL_GPL(pfn_special_zeroed_bytes);

/**
 * pfn_special_ahead_bytes() - how much has been cleared before anyone wanted it
 * @ps: the memory
 *
 * Return: bytes cleared since pfn_special_create(), beside those of
 * pfn_special_zeroed_bytes().
 */
u64 pfn_special_ahead_bytes(struct pfn_special *ps)
{
	return atomic64_read(&ps->zero.ahead_bytes);
}
EXPORT_SYMBOL_GPL(pfn_special_ahead_bytes);

/**
 * pfn_special_unclear_bytes() - how much is still to be cleared
 * @ps: the memory
 *
 * Looks at a bit for each 2 MiB. While somebody clears, it may be a little more.
 *
 * Context: Any.
 * Return: bytes that whoever touches them first would have to wait for; 0 for memory
 * that is not cleared at all.
 */
u64 pfn_special_unclear_bytes(struct pfn_special *ps)
{
	unsigned long last = nr_granules(ps) - 1, pages, clear;

	if (!ps->zero.done || READ_ONCE(ps->zero.skip))
		return 0;
	pages = (last - bitmap_weight(ps->zero.done, last)) * GRANULE_PAGES;
	/* This one may be short. */
	if (!test_bit(last, ps->zero.done))
		pages += ps->nr_pages - last * GRANULE_PAGES;
	/* After the bits: what leaves the table for a bit is not counted twice. */
	smp_rmb();
	clear = zero_partial_chunks(&ps->zero) * CHUNK_PAGES;
	return (u64)(pages - min(pages, clear)) << PAGE_SHIFT;
}
EXPORT_SYMBOL_GPL(pfn_special_unclear_bytes);

/* For pfn_special_is_clear(): has all up to, but not including, @end been cleared? */
bool pfn_special_zero_is_done(struct pfn_special *ps, pgoff_t pgoff,
			      pgoff_t end)
{
	const struct pfn_special_zero_state *zero = &ps->zero;
	unsigned long granule = pgoff / GRANULE_PAGES;
	unsigned long last = (end - 1) / GRANULE_PAGES;

	for (;;) {
		granule = find_next_zero_bit(zero->done, last + 1, granule);
		if (granule > last)
			break;
		if (chunks_in(granule, pgoff, end) &
		    ~zero_partial(zero, granule))
			return false;
		granule++;
	}
	/* Pairs with the barrier in zero_done(). */
	smp_rmb();
	return true;
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
 * Granules from @first up to, but not including, @end have lost their user: they no longer
 * count as clear. The caller has them to itself.
 */
void pfn_special_zero_unmark(struct pfn_special_zero_state *zero,
			     unsigned long first, unsigned long end)
{
	zero_piece_forget(zero, first, end);
	zero_mark(zero, first, end, false);
}

/*
 * What one extent has from @pgoff on, up to @end, and at most a piece. Returns
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
		   ALIGN_DOWN(pgoff, GRANULE_PAGES) + PIECE_GRANULES * GRANULE_PAGES);
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

/* Pages from @start up to @end have been cleared: granules, the last maybe a short one. */
static void zero_done(struct pfn_special *ps, pgoff_t start, pgoff_t end)
{
	/* Whoever sees a bit sees zeroes. */
	smp_wmb();
	zero_mark(&ps->zero, start / GRANULE_PAGES,
		  DIV_ROUND_UP(end, GRANULE_PAGES), true);
}

/* From granule @first up to, but not including, @next. Returns how far it came. */
static pgoff_t zero_granules(struct pfn_special *ps, unsigned long first,
			     unsigned long next, int *rc)
{
	pgoff_t start = first * GRANULE_PAGES, pgoff = start;
	pgoff_t end = min(next * GRANULE_PAGES, ps->nr_pages);

	*rc = 0;
	while (pgoff < end && !*rc)
		pgoff = zero_window(ps, pgoff, end, rc);
	/* Half a granule is none. */
	if (pgoff < end)
		pgoff = ALIGN_DOWN(pgoff, GRANULE_PAGES);
	if (pgoff > start)
		zero_done(ps, start, pgoff);
	return pgoff;
}

/* Some chunks of a granule. Returns how many pages that were, 0 if not all are clear. */
static unsigned long zero_chunks(struct pfn_special *ps,
				 const struct zero_piece *piece, int *rc)
{
	unsigned long chunks = piece->chunks, first, next, nr = 0;
	pgoff_t base = piece->first * GRANULE_PAGES, pgoff, end;

	*rc = 0;
	for_each_set_bitrange(first, next, &chunks, CHUNKS) {
		pgoff = base + first * CHUNK_PAGES;
		end = min(base + next * CHUNK_PAGES, ps->nr_pages);
		nr += end - pgoff;
		while (pgoff < end && !*rc)
			pgoff = zero_window(ps, pgoff, end, rc);
	}
	if (*rc)
		return 0;
	zero_piece_chunks_done(&ps->zero, piece);
	return nr;
}

/* A piece that the caller has taken. Returns how many pages of it are clear now. */
static unsigned long zero_taken(struct pfn_special *ps,
				const struct zero_piece *piece, int *rc)
{
	if (!piece->whole)
		return zero_chunks(ps, piece, rc);
	return zero_granules(ps, piece->first, piece->last + 1, rc) -
	       piece->first * GRANULE_PAGES;
}

/* @nr pages of a piece are clear now, all of it unless it is a whole one. */
static void trace_piece(struct pfn_special *ps, const struct zero_piece *piece,
			unsigned long nr,
			void (*trace)(const char *name, pgoff_t pgoff,
				      unsigned long nr))
{
	unsigned long chunks = piece->chunks, first, next;
	pgoff_t base = piece->first * GRANULE_PAGES;

	if (piece->whole) {
		trace(ps->name, base, nr);
		return;
	}
	for_each_set_bitrange(first, next, &chunks, CHUNKS) {
		pgoff_t pgoff = base + first * CHUNK_PAGES;

		trace(ps->name, pgoff, min(base + next * CHUNK_PAGES,
					   ps->nr_pages) - pgoff);
	}
}

/* The same, unless he has to stop. */
static int zero_piece(struct pfn_special *ps, struct zero_piece *piece)
{
	unsigned long nr = 0;
	int rc = zero_stop(ps);

	if (!rc)
		nr = zero_taken(ps, piece, &rc);
	if (nr) {
		atomic64_add(nr << PAGE_SHIFT, &ps->zero.bytes);
		trace_piece(ps, piece, nr, trace_pfn_special_zero);
	}
	zero_piece_give_back(&ps->zero, piece);
	return rc;
}

/* Does a range have only a part of its first or last granule? */
static bool needs_part(const struct pfn_special *ps, pgoff_t pgoff, pgoff_t end)
{
	return !IS_ALIGNED(pgoff, GRANULE_PAGES) ||
	       (!IS_ALIGNED(end, GRANULE_PAGES) && end < ps->nr_pages);
}

/* Is there nothing to wait for: has the caller a piece to clear, or is all clear? */
static bool zero_next(struct pfn_special *ps, struct zero_piece *piece,
		      pgoff_t pgoff, pgoff_t end, bool *taken)
{
	*taken = zero_piece_take(ps, piece, pgoff, end);
	return *taken || pfn_special_zero_is_done(ps, pgoff, end);
}

/**
 * pfn_special_zero() - make sure that a range has been cleared
 * @ps: the memory
 * @pgoff: first page offset
 * @nr: length in pages
 *
 * Clears what has not been cleared since pfn_special_create(), in whole granules of 2 MiB
 * or, where little of one is needed, chunks of 64 KiB; two tasks never clear the same
 * granule, and those who need the same range clear it together, piece by piece. Does
 * nothing for preserved memory. What is done stays done if it fails half way. Nobody gives
 * the range up meanwhile, so that what the caller waits for does become clear.
 *
 * Context: May sleep, for long if the range is.
 * Return: 0; -EINTR if the task is being killed; -ENXIO if the memory is going
 * away; -ENOMEM if there is no room for the kernel mapping.
 */
int pfn_special_zero(struct pfn_special *ps, pgoff_t pgoff, unsigned long nr)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	struct zero_piece piece;
	bool taken;
	int rc = 0;

	if (!nr || pfn_special_is_clear(ps, pgoff, nr))
		return 0;
	if (!pfn_special_enter(ps))
		return -ENXIO;

	if (needs_part(ps, pgoff, pgoff + nr))
		zero_partial_prepare(zero, ps->node);
	/* From now on nothing more is cleared ahead. */
	atomic_inc(&zero->wanted);
	while (!rc) {
		rc = wait_event_killable(zero->wait,
					 zero_next(ps, &piece, pgoff,
						   pgoff + nr, &taken));
		if (rc) {
			rc = -EINTR;
			break;
		}
		if (!taken)
			break;
		rc = zero_piece(ps, &piece);
	}
	atomic_dec(&zero->wanted);
	pfn_special_leave(ps);
	return rc;
}
EXPORT_SYMBOL_GPL(pfn_special_zero);

/**
 * pfn_special_zero_has_work() - is there anything to clear ahead?
 * @ps: the memory
 *
 * Context: Any.
 */
bool pfn_special_zero_has_work(const struct pfn_special *ps)
{
	unsigned long nr = nr_granules(ps);

	return ps->zero.done && !READ_ONCE(ps->zero.skip) &&
	       !READ_ONCE(ps->zero.kept) &&
	       find_first_zero_bit(ps->zero.done, nr) < nr;
}

/*
 * What a granule needs of an extent, @addr being where the kernel maps @pgoff, or NULL if
 * it does not yet, or not all of the granule.
 */
static bool zero_one_ahead(struct pfn_special *ps, unsigned long granule,
			   const struct pfn_special_extent *part, void *addr)
{
	struct zero_piece piece;
	pgoff_t start = granule * GRANULE_PAGES;
	unsigned long nr;
	int rc = 0;

	if (!zero_piece_take_ahead(ps, &piece, granule))
		return false;
	if (addr && piece.whole) {
		nr = min(GRANULE_PAGES, ps->nr_pages - start);
		zero_pages(part, addr);
		zero_done(ps, start, start + nr);
	} else {
		nr = zero_taken(ps, &piece, &rc);
	}
	zero_piece_give_back(&ps->zero, &piece);
	if (!nr)
		return false;
	atomic64_add(nr << PAGE_SHIFT, &ps->zero.ahead_bytes);
	trace_piece(ps, &piece, nr, trace_pfn_special_ahead);
	return true;
}

/**
 * pfn_special_zero_ahead() - clear some of what nobody waits for
 * @ps: the memory, not preserved; from pfn_special_enter()
 * @max: granules, at least 1
 * @stop: asked after each granule whether to end
 *
 * Claims granules one by one, so that nobody waits for more than one, and the kernel
 * mapping is made before and costs that only once for all.
 *
 * Context: May sleep.
 * Return: granules that were cleared: 0 if there is nothing to do, or it cannot be done
 * now: somebody else is at it, or there is no room for the kernel mapping.
 */
unsigned long pfn_special_zero_ahead(struct pfn_special *ps, unsigned long max,
				     bool (*stop)(struct pfn_special *ps))
{
	unsigned long nr = nr_granules(ps), first, next, granule;
	struct pfn_special_extent ext, part;
	pgoff_t start, end;
	void *addr = NULL;

	first = find_first_zero_bit(ps->zero.done, nr);
	if (first >= nr)
		return 0;
	next = find_next_bit(ps->zero.done, min(first + min(max, PIECE_GRANULES), nr),
			     first);
	start = first * GRANULE_PAGES;
	pfn_special_extent_at(ps, start, &ext);
	/* Whole granules of the extent; one that is of several is mapped part by part. */
	end = ext.pgoff + ext.nr;
	if (end < ps->nr_pages)
		end = ALIGN_DOWN(end, GRANULE_PAGES);
	end = min(end, next * GRANULE_PAGES);
	if (end <= start)
		return zero_one_ahead(ps, first, NULL, NULL);

	addr = memremap(PFN_PHYS(ext.pfn + (start - ext.pgoff)),
			PFN_PHYS(end - start), MEMREMAP_WB);
	if (!addr)
		return 0;
	next = DIV_ROUND_UP(end, GRANULE_PAGES);
	for (granule = first; granule < next;) {
		part.pgoff = granule * GRANULE_PAGES;
		part.pfn = ext.pfn + (part.pgoff - ext.pgoff);
		part.nr = min(end - part.pgoff, GRANULE_PAGES);
		if (!zero_one_ahead(ps, granule, &part,
				    addr + PFN_PHYS(part.pgoff - start)))
			break;
		granule++;
		if (stop(ps))
			break;
		cond_resched();
	}
	memunmap(addr);
	return granule - first;
}

/* All of it changes hands: no granule counts as clear any more. */
void pfn_special_zero_forget(struct pfn_special *ps)
{
	if (!ps->zero.done)
		return;
	/* Somebody may be clearing a granule ahead, and mark that. */
	pfn_special_zero_unmark(&ps->zero, 0, nr_granules(ps));
	pfn_special_ahead_kick(ps->ahead);
}

/*
 * Nothing is cleared for the owner who comes, or not ahead; nor is anybody at it any more,
 * when this returns, who began before. Nobody else uses the memory.
 */
void pfn_special_zero_claim(struct pfn_special *ps, bool skip, bool keep)
{
	struct pfn_special_zero_state *zero = &ps->zero;

	spin_lock(&zero->lock);
	zero->skip = skip;
	zero->kept = keep;
	spin_unlock(&zero->lock);
	if (skip || keep)
		wait_event(zero->wait, zero_piece_none(zero));
}

/*
 * What is not clear may be wanted yet, or no longer. If it may, nobody clears any of it
 * ahead when this returns.
 */
void pfn_special_zero_keep(struct pfn_special *ps, bool keep)
{
	struct pfn_special_zero_state *zero = &ps->zero;

	spin_lock(&zero->lock);
	zero->kept = keep;
	spin_unlock(&zero->lock);
	if (keep)
		wait_event(zero->wait, !zero_piece_any_ahead(zero));
	else
		pfn_special_ahead_kick(ps->ahead);
}
