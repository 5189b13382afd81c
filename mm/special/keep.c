// SPDX-License-Identifier: GPL-2.0-only
/*
 * What memory holds outlives its owner, if he asks for that, or if the device was bound
 * so: for the next one, who knows which parts of it are whose, and says so before anyone
 * sees any.
 *
 *   pfn_special_keep()         the owner may come again; from now on nobody clears ahead
 *   pfn_special_clear_run()    he notes which parts are clear, that is: have his data
 *   pfn_special_unclaim()      he goes
 *   pfn_special_claim()        with PFN_SPECIAL_KEEP: nothing counts as clear, nor is
 *                              cleared ahead
 *   pfn_special_keep_range()   what he noted counts as clear
 *   pfn_special_recycle()      for all else: what shares a granule with that is cleared
 *   pfn_special_keep_end()     that was all; the memory is as any other
 *
 * If he goes before the end, all is as it was before he came. If anyone else comes instead,
 * what is there is cleared before he sees it.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "partial.h"
#include "special.h"

/**
 * pfn_special_keep() - what claimed memory holds outlives its owner, or not
 * @ps: the memory; the caller has claimed it
 * @keep: whether
 *
 * For as long as it is to be kept, nothing of it is cleared ahead: what is not clear when
 * this returns becomes so only if somebody needs it, which pfn_special_zeroed_bytes()
 * tells.
 *
 * Context: May sleep.
 */
void pfn_special_keep(struct pfn_special *ps, bool keep)
{
	pfn_special_zero_keep(ps, keep);
}
EXPORT_SYMBOL_GPL(pfn_special_keep);

/* Pages from @pgoff on of which it is known together whether they are clear. */
static unsigned long together(struct pfn_special *ps, pgoff_t pgoff, bool *clear)
{
	unsigned long granule = pgoff / GRANULE_PAGES, in = pgoff % GRANULE_PAGES;
	u32 chunks;

	/* When the last chunks of a granule become clear, it leaves the table. */
	spin_lock(&ps->zero.lock);
	chunks = zero_partial(&ps->zero, granule);
	*clear = test_bit(granule, ps->zero.done);
	spin_unlock(&ps->zero.lock);
	if (*clear || !chunks)
		return GRANULE_PAGES - in;
	*clear = chunks & BIT(in / CHUNK_PAGES);
	return CHUNK_PAGES - in % CHUNK_PAGES;
}

/**
 * pfn_special_clear_run() - does memory hold what its owner wrote, or what one before did?
 * @ps: the memory
 * @pgoff: first page offset
 * @nr: pages to look at, at least 1
 * @clear: set to whether the first of them has been cleared for this owner, or need not be
 *
 * Context: May sleep.
 * Return: how many pages, up to @nr, are as the first one.
 */
unsigned long pfn_special_clear_run(struct pfn_special *ps, pgoff_t pgoff,
				    unsigned long nr, bool *clear)
{
	unsigned long done, more;
	bool next;

	*clear = true;
	if (!ps->zero.done || ps->zero.skip)
		return nr;
	done = together(ps, pgoff, clear);
	while (done < nr) {
		more = together(ps, pgoff + done, &next);
		if (next != *clear)
			break;
		done += more;
		cond_resched();
	}
	return min(done, nr);
}
EXPORT_SYMBOL_GPL(pfn_special_clear_run);

/**
 * pfn_special_keep_range() - some memory holds what its owner knows
 * @ps: the memory, claimed with %PFN_SPECIAL_KEEP
 * @pgoff: first page offset
 * @nr: length in pages, at least 1
 *
 * It counts as clear, with all of the granules that it has a part of: what else is in
 * these, pfn_special_recycle() is to be called for before anyone sees it.
 *
 * Context: May sleep. Nobody else uses these granules.
 */
void pfn_special_keep_range(struct pfn_special *ps, pgoff_t pgoff,
			    unsigned long nr)
{
	unsigned long granule = pgoff / GRANULE_PAGES;
	unsigned long last = (pgoff + nr - 1) / GRANULE_PAGES;

	for (; granule <= last; granule++) {
		set_bit(granule, ps->zero.done);
		cond_resched();
	}
}
EXPORT_SYMBOL_GPL(pfn_special_keep_range);
