// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parts of the memory that have lost their user, or are to read as zero while he still
 * has them.
 */
#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "ahead.h"
#include "partial.h"
#include "special.h"

/* May anybody have seen some of it since it was to be cleared? */
static bool needs_clearing(struct pfn_special_zero_state *zero,
			   unsigned long granule)
{
	bool seen;

	if (!zero->done || zero->skip)
		return true;
	/* When the last chunks of a granule become clear, it leaves the table. */
	spin_lock(&zero->lock);
	seen = test_bit(granule, zero->done) || zero_partial(zero, granule);
	spin_unlock(&zero->lock);
	return seen;
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
	if (head < tail) {
		pfn_special_zero_unmark(zero, head / GRANULE_PAGES,
					DIV_ROUND_UP(tail, GRANULE_PAGES));
		pfn_special_ahead_kick(ps->ahead);
	} else {
		tail = head;
	}
	if (pgoff < head)
		rc = pfn_special_clear(ps, (u64)pgoff << PAGE_SHIFT,
				       (u64)(head - pgoff) << PAGE_SHIFT);
	if (tail < end && !rc)
		rc = pfn_special_clear(ps, (u64)tail << PAGE_SHIFT,
				       (u64)(end - tail) << PAGE_SHIFT);
	return rc;
}
EXPORT_SYMBOL_GPL(pfn_special_recycle);
