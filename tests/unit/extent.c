// SPDX-License-Identifier: GPL-2.0-only
/* Extents: what is accepted, what is found, and where leaves fit. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include "kernel.h"
#include <cmocka.h>

#include "mm/special/extent.c"

#define SZ_4K	(1UL << 12)
#define SZ_2M	(1UL << 21)
#define SZ_1G	(1UL << 30)
#define PAGES(bytes)	((bytes) >> PAGE_SHIFT)

static const struct pfn_special_extent three[] = {
	{ 0, PAGES(4 * SZ_1G), PAGES(SZ_1G) },
	{ PAGES(SZ_1G), PAGES(16 * SZ_1G + SZ_2M), PAGES(3 * SZ_2M) },
	{ PAGES(SZ_1G + 3 * SZ_2M), PAGES(8 * SZ_1G + SZ_4K), PAGES(SZ_2M) },
};

static void accepts_what_is_sound(void **state)
{
	(void)state;
	assert_int_equal(pfn_extents_check(three, 3), 0);
	assert_int_equal(pfn_extents_check(three, 1), 0);
}

static void refuses_what_is_not(void **state)
{
	static const struct pfn_special_extent bad[][2] = {
		{ { 0, 1, 0 }, { 0, 2, 1 } },		/* empty */
		{ { 0, 1, 1 }, { 2, 5, 1 } },		/* gap */
		{ { 0, 1, 2 }, { 1, 5, 1 } },		/* overlap */
		{ { 1, 1, 1 }, { 2, 5, 1 } },		/* not from 0 */
		{ { 0, 0, 1 }, { 1, 5, 1 } },		/* pfn 0 */
		{ { 0, 1, ULONG_MAX }, { ULONG_MAX, 1, 2 } },
		{ { 0, 5, 1 }, { 1, ULONG_MAX, 2 } },
	};

	(void)state;
	assert_int_equal(pfn_extents_check(three, 0), -EINVAL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(pfn_extents_check(bad[i], 2), -EINVAL);
}

static void finds_every_page(void **state)
{
	pgoff_t end = three[2].pgoff + three[2].nr;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_ptr_equal(pfn_extents_find(three, 3, three[i].pgoff),
				 &three[i]);
		assert_ptr_equal(pfn_extents_find(three, 3, three[i].pgoff +
						  three[i].nr - 1), &three[i]);
	}
	assert_null(pfn_extents_find(three, 3, end));
	assert_null(pfn_extents_find(three, 3, ULONG_MAX));
}

static void fits_a_leaf_only_where_all_allows(void **state)
{
	unsigned long at = 64 * SZ_1G;

	(void)state;
	/* All congruent. */
	assert_int_equal(pfn_extent_fit(&three[0], at, at + SZ_1G, 0, at + 5, SZ_1G),
			 PAGES(4 * SZ_1G));
	assert_int_equal(pfn_extent_fit(&three[0], at, at + SZ_1G, 0,
					at + 3 * SZ_2M, SZ_2M),
			 PAGES(4 * SZ_1G + 3 * SZ_2M));
	/* The mapping is too short at either end, or shifted. */
	assert_int_equal(pfn_extent_fit(&three[0], at, at + SZ_1G - SZ_4K, 0, at,
					SZ_1G), 0);
	assert_int_equal(pfn_extent_fit(&three[0], at + SZ_2M, at + 2 * SZ_1G,
					PAGES(SZ_2M), at + SZ_2M, SZ_1G), 0);
	assert_int_equal(pfn_extent_fit(&three[0], at + SZ_4K, at + SZ_1G, 0,
					at + SZ_2M, SZ_2M), 0);
	/* The extent is 2M-aligned in three places, and ends. */
	at += SZ_2M;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pfn_extent_fit(&three[1], at, at + SZ_1G,
						three[1].pgoff, at + i * SZ_2M,
						SZ_2M),
				 three[1].pfn + i * PAGES(SZ_2M));
	assert_int_equal(pfn_extent_fit(&three[1], at, at + SZ_1G, three[1].pgoff,
					at + 3 * SZ_2M, SZ_2M), 0);
	/* Physical memory off by 4K: no large leaf at an aligned address. */
	assert_int_equal(pfn_extent_fit(&three[2], at, at + SZ_2M, three[2].pgoff,
					at, SZ_2M), 0);
	assert_int_equal(pfn_extent_fit(&three[2], at, at + SZ_2M, three[2].pgoff,
					at, SZ_4K), three[2].pfn);
}

/* Whatever the geometry, a leaf lies inside VMA and extent and is aligned. */
static void never_maps_outside(void **state)
{
	static const unsigned long sizes[] = { SZ_4K, SZ_2M, SZ_1G };

	(void)state;
	srandom(1);
	for (int i = 0; i < 1000000; i++) {
		struct pfn_special_extent ext = {
			.pgoff = random() % PAGES(4 * SZ_1G),
			.pfn = 1 + random() % PAGES(8 * SZ_1G),
			.nr = 1 + random() % PAGES(3 * SZ_1G),
		};
		unsigned long size = sizes[random() % 3];
		unsigned long start = (random() % PAGES(4 * SZ_1G)) << PAGE_SHIFT;
		unsigned long end = start + ((1 + random() % PAGES(3 * SZ_1G)) <<
					     PAGE_SHIFT);
		pgoff_t pgoff = random() % PAGES(4 * SZ_1G), first;
		unsigned long at, pfn;

		/* Make most cases ones where something fits. */
		if (i & 1)
			ext.pfn = ALIGN(ext.pfn, PAGES(SZ_2M)) + ext.pgoff %
				  PAGES(SZ_2M);
		if (i & 2)
			start += ((pgoff - PAGES(start)) % PAGES(SZ_2M)) <<
				 PAGE_SHIFT;
		if (end <= start)
			continue;
		at = start + random() % (end - start);
		pfn = pfn_extent_fit(&ext, start, end, pgoff, at, size);
		if (!pfn)
			continue;
		at = ALIGN_DOWN(at, size);
		first = pgoff + PAGES(at - start);
		assert_true(at >= start && at + size <= end);
		assert_true(pfn >= ext.pfn && pfn + PAGES(size) <= ext.pfn + ext.nr);
		assert_int_equal(pfn - ext.pfn, first - ext.pgoff);
		assert_int_equal(pfn % PAGES(size), 0);
	}
}

static void counts_leaf_bytes(void **state)
{
	(void)state;
	assert_int_equal(pfn_extent_leaf_bytes(&three[0], 0, PAGES(SZ_1G), SZ_1G),
			 SZ_1G);
	assert_int_equal(pfn_extent_leaf_bytes(&three[0], 1, PAGES(SZ_1G), SZ_1G),
			 0);
	assert_int_equal(pfn_extent_leaf_bytes(&three[0], 1, PAGES(SZ_1G), SZ_2M),
			 SZ_1G - SZ_2M);
	assert_int_equal(pfn_extent_leaf_bytes(&three[2], 0, PAGES(4 * SZ_1G),
					       SZ_2M), 0);
	assert_int_equal(pfn_extent_leaf_bytes(&three[1], 0, PAGES(SZ_1G), SZ_2M),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_is_sound),
		cmocka_unit_test(refuses_what_is_not),
		cmocka_unit_test(finds_every_page),
		cmocka_unit_test(fits_a_leaf_only_where_all_allows),
		cmocka_unit_test(never_maps_outside),
		cmocka_unit_test(counts_leaf_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
