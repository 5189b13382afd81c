// SPDX-License-Identifier: GPL-2.0-only
/* Which good memory is behind a page offset: extents less bad pages. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "../quarantine/quarantine.h"
#include "extent.h"
#include "special.h"

/* Keep of a run what is in the block of that many pages around a page. */
static void keep_block(struct pfn_special_extent *run, unsigned long pfn,
		       unsigned long block)
{
	unsigned long first = max(run->pfn, ALIGN_DOWN(pfn, block));
	unsigned long end = min(run->pfn + run->nr,
				ALIGN_DOWN(pfn, block) + block);

	run->pgoff += first - run->pfn;
	run->pfn = first;
	run->nr = end - first;
}

static bool has_bad_page(const struct pfn_special_extent *run)
{
	unsigned long bad = run->pfn;

	return pfn_quarantine_next(&bad, run->pfn + run->nr - 1);
}

/*
 * Narrow a run to good memory around a page of it: all of it, or the 1G or the 2M
 * around the page, or else what is good of these 2M. More would do no leaf any
 * good, and to look for it takes long where there are many bad pages.
 */
int pfn_special_avoid_bad(struct pfn_special_extent *run, unsigned long pfn)
{
	unsigned long first, last, bad;

	if (!has_bad_page(run))
		return 0;
	keep_block(run, pfn, PUD_SIZE >> PAGE_SHIFT);
	if (!has_bad_page(run))
		return 0;
	keep_block(run, pfn, PMD_SIZE >> PAGE_SHIFT);
	first = run->pfn;
	last = run->pfn + run->nr - 1;
	for (bad = first; pfn_quarantine_next(&bad, last); bad++) {
		if (bad == pfn)
			return -EHWPOISON;
		if (bad > pfn) {
			last = bad - 1;
			break;
		}
		first = bad + 1;
	}
	run->pgoff += first - run->pfn;
	run->pfn = first;
	run->nr = last - first + 1;
	return 0;
}

/**
 * pfn_special_extent_at() - find the contiguous memory around a page offset
 * @ps: the memory
 * @pgoff: page offset
 * @ext: set to all of the physical extent that holds @pgoff, bad pages included
 *
 * Context: Any.
 * Return: false if @pgoff is past the end.
 */
bool pfn_special_extent_at(const struct pfn_special *ps, pgoff_t pgoff,
			   struct pfn_special_extent *ext)
{
	const struct pfn_special_extent *found;

	found = pfn_extents_find(ps->extents, ps->nr_extents, pgoff);
	if (found)
		*ext = *found;
	return found;
}
EXPORT_SYMBOL_GPL(pfn_special_extent_at);

/* As pfn_special_lookup(); -ENXIO past the end, -EHWPOISON for a bad page. */
int pfn_special_find(const struct pfn_special *ps, pgoff_t pgoff,
		     struct pfn_special_extent *run)
{
	const struct pfn_special_extent *ext;

	ext = pfn_extents_find(ps->extents, ps->nr_extents, pgoff);
	if (!ext)
		return -ENXIO;
	*run = *ext;
	return pfn_special_avoid_bad(run, ext->pfn + (pgoff - ext->pgoff));
}

/**
 * pfn_special_lookup() - find the contiguous good memory around a page offset
 * @ps: the memory
 * @pgoff: page offset
 * @run: set to a contiguous run that holds @pgoff, as long as the largest leaf
 *       can use; it ends before pages that memory errors have hit
 *
 * Context: Any.
 * Return: false if @pgoff is past the end or a bad page.
 */
bool pfn_special_lookup(const struct pfn_special *ps, pgoff_t pgoff,
			struct pfn_special_extent *run)
{
	return !pfn_special_find(ps, pgoff, run);
}
EXPORT_SYMBOL_GPL(pfn_special_lookup);

/* The next bad page from @pgoff on; false if there is none. */
static bool next_bad(const struct pfn_special *ps, pgoff_t *pgoff)
{
	const struct pfn_special_extent *ext;

	while ((ext = pfn_extents_find(ps->extents, ps->nr_extents, *pgoff))) {
		unsigned long bad = ext->pfn + (*pgoff - ext->pgoff);

		if (pfn_quarantine_next(&bad, ext->pfn + ext->nr - 1)) {
			*pgoff = ext->pgoff + (bad - ext->pfn);
			return true;
		}
		*pgoff = ext->pgoff + ext->nr;
		cond_resched();
	}
	return false;
}

/* How many pages from @pgoff on are bad, one extent after the other. */
static unsigned long nr_bad(const struct pfn_special *ps, pgoff_t pgoff)
{
	const struct pfn_special_extent *ext;
	unsigned long left, got, nr = 0;

	do {
		ext = pfn_extents_find(ps->extents, ps->nr_extents, pgoff + nr);
		if (!ext)
			break;
		left = ext->nr - (pgoff + nr - ext->pgoff);
		got = pfn_quarantine_run(ext->pfn + ext->nr - left,
					 ext->pfn + ext->nr - 1);
		nr += got;
	} while (got == left);
	return nr;
}

/**
 * pfn_special_next_bad() - find the next pages that memory errors have hit
 * @ps: the memory
 * @pgoff: page offset to start at; set to the first page found
 * @nr: set to how many there are in a row, at least 1
 *
 * Looks at each bad page once.
 *
 * Context: May sleep.
 * Return: true if there is one.
 */
bool pfn_special_next_bad(const struct pfn_special *ps, pgoff_t *pgoff,
			  unsigned long *nr)
{
	while (next_bad(ps, pgoff)) {
		*nr = nr_bad(ps, *pgoff);
		/* Else it was repaired just now. */
		if (*nr)
			return true;
	}
	return false;
}
EXPORT_SYMBOL_GPL(pfn_special_next_bad);

/**
 * pfn_special_bad_pages() - count pages that memory errors have hit
 * @ps: the memory
 *
 * Context: May sleep.
 * Return: bad pages in @ps, whenever they were hit.
 */
unsigned long pfn_special_bad_pages(const struct pfn_special *ps)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_extents; i++) {
		const struct pfn_special_extent *ext = &ps->extents[i];

		nr += pfn_quarantine_count(ext->pfn, ext->pfn + ext->nr - 1);
		cond_resched();
	}
	return nr;
}
EXPORT_SYMBOL_GPL(pfn_special_bad_pages);
