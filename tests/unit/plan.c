// SPDX-License-Identifier: GPL-2.0-only
/* The planner of "daxctl carve": examples, and what holds for any input. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "daxctl-plugin/pool.c"
#include "daxctl-plugin/plan.c"
#include "plan-check.h"

#define M	(UINT64_C(1) << 20)
#define G	(UINT64_C(1) << 30)

static void plan_ok(const struct plan_run *runs, size_t nr,
		    struct plan_request req, struct plan *plan)
{
	if (!req.align)
		req.align = PLAN_GRANULE;
	if (!req.count)
		req.count = 1;
	assert_int_equal(plan_make(runs, nr, &req, plan), 0);
	assert_null(plan_check(runs, nr, &req, plan, 0));
}

#define RUNS(...) \
	static const struct plan_run runs[] = { __VA_ARGS__ }; \
	const size_t nr = sizeof(runs) / sizeof(*runs)

static void assert_extents(const struct plan_device *dev, size_t nr, ...)
{
	va_list args;
	size_t i;

	assert_int_equal(dev->nr, nr);
	va_start(args, nr);
	for (i = 0; i < nr; i++) {
		assert_int_equal(dev->extents[i].start, va_arg(args, uint64_t));
		assert_int_equal(dev->extents[i].size, va_arg(args, uint64_t));
	}
	va_end(args);
}

static void test_larger_than_any_run(void **state)
{
	RUNS({ 4 * G + 256 * M, 384 * M, 0 }, { 5 * G - 256 * M, 384 * M, 0 },
	     { 6 * G - 640 * M, 640 * M, 0 });
	struct plan plan;

	(void)state;
	plan_ok(runs, nr, (struct plan_request){ .size = 1400 * M }, &plan);
	assert_int_equal(plan.devices[0].nr, 3);
	plan_free(&plan);
}

static void test_smallest_run_that_fits(void **state)
{
	RUNS({ 1 * G + 2 * M, 900 * M, 0 }, { 2 * G + 2 * M, 100 * M, 0 },
	     { 3 * G + 2 * M, 500 * M, 0 });
	struct plan plan;

	(void)state;
	plan_ok(runs, nr, (struct plan_request){ .size = 64 * M }, &plan);
	assert_extents(&plan.devices[0], 1, 2 * G + 2 * M, 64 * M);
	plan_free(&plan);
}

/* Small devices stay out of memory that a large one could map by 1G. */
static void test_gigabytes_stay_whole(void **state)
{
	RUNS({ 4 * G, 2 * G, 0 }, { 7 * G - 10 * M, 10 * M, 0 },
	     { 8 * G - 20 * M, 20 * M, 0 });
	struct plan plan;

	(void)state;
	plan_ok(runs, nr, (struct plan_request){ .size = 26 * M }, &plan);
	assert_extents(&plan.devices[0], 2, 7 * G - 10 * M, 6 * M,
		       8 * G - 20 * M, 20 * M);
	plan_free(&plan);
}

/* But not at any price: a device of crumbs is of little use. */
static void test_too_many_fragments(void **state)
{
	struct plan_run runs[PLAN_FRAGMENTS + 2];
	struct plan plan;
	size_t i;

	(void)state;
	for (i = 0; i <= PLAN_FRAGMENTS; i++)
		runs[i] = (struct plan_run){ i * 4 * M, 2 * M, 0 };
	runs[i++] = (struct plan_run){ 4 * G, G, 0 };
	plan_ok(runs, i, (struct plan_request){ .size = PLAN_FRAGMENTS * 2 * M },
		&plan);
	assert_int_equal(plan.devices[0].nr, PLAN_FRAGMENTS);
	plan_free(&plan);
	plan_ok(runs, i,
		(struct plan_request){ .size = (PLAN_FRAGMENTS + 1) * 2 * M },
		&plan);
	assert_int_equal(plan.devices[0].nr, 1);
	assert_true(plan.devices[0].extents[0].start >= 4 * G);
	plan_free(&plan);
}

/* The odd part comes last, where it does not shift the gigabytes. */
static void test_odd_part_follows(void **state)
{
	RUNS({ 4 * G - 100 * M, 2 * G + 300 * M, 0 });
	struct plan plan;

	(void)state;
	plan_ok(runs, nr, (struct plan_request){ .size = 2 * G + 200 * M },
		&plan);
	assert_extents(&plan.devices[0], 1, 4 * G, 2 * G + 200 * M);
	plan_free(&plan);

	plan_ok(runs, nr, (struct plan_request){ .size = 2 * G + 250 * M },
		&plan);
	assert_extents(&plan.devices[0], 2, 4 * G, 2 * G + 200 * M,
		       4 * G - 100 * M, 50 * M);
	plan_free(&plan);
}

static void test_gigabyte_align(void **state)
{
	RUNS({ 4 * G + 2 * M, 3 * G, 0 }, { 16 * G, G, 0 });
	struct plan_request req = {
		.size = 4 * G, .align = G, .count = 1,
	};
	struct plan plan;

	(void)state;
	plan_ok(runs, nr, (struct plan_request){ .size = 3 * G, .align = G },
		&plan);
	assert_extents(&plan.devices[0], 2, 5 * G, 2 * G, 16 * G, G);
	plan_free(&plan);
	assert_int_equal(plan_make(runs, nr, &req, &plan), -ENOSPC);
	plan_free(&plan);
}

static void test_contiguous(void **state)
{
	RUNS({ 4 * G + 2 * M, G, 0 }, { 16 * G - 2 * M, G, 0 });
	struct plan_request req = {
		.size = G + 2 * M, .align = PLAN_GRANULE, .count = 1,
		.contiguous = true,
	};
	struct plan plan;

	(void)state;
	assert_int_equal(plan_make(runs, nr, &req, &plan), -ENOSPC);
	plan_free(&plan);
	req.size = G;
	req.count = 2;
	plan_ok(runs, nr, req, &plan);
	assert_int_equal(plan.devices[0].nr, 1);
	assert_int_equal(plan.devices[1].nr, 1);
	plan_free(&plan);
}

static void test_spread(void **state)
{
	RUNS({ 4 * G, 10 * G, 0 }, { 20 * G, 2 * G, 1 }, { 30 * G, 5 * G, 2 });
	struct plan_request req = { .size = G, .count = 7, .spread = true };
	unsigned int i, on[3] = { 0 };
	struct plan plan;

	(void)state;
	plan_ok(runs, nr, req, &plan);
	for (i = 0; i < 7; i++)
		on[plan.devices[i].node]++;
	assert_int_equal(on[0], 3);
	assert_int_equal(on[1], 2);
	assert_int_equal(on[2], 2);
	plan_free(&plan);

	req.spread = false;
	plan_ok(runs, nr, req, &plan);
	for (i = 0; i < 7; i++)
		assert_int_equal(plan.devices[i].node, 0);
	plan_free(&plan);
}

/* What is short on one node is not made up for by another. */
static void test_never_across_nodes(void **state)
{
	RUNS({ 4 * G, G, 0 }, { 5 * G, G, 1 });
	struct plan_request req = {
		.size = G + 2 * M, .align = PLAN_GRANULE, .count = 1,
		.spread = true,
	};
	struct plan plan;

	(void)state;
	assert_int_equal(plan_make(runs, nr, &req, &plan), -ENOSPC);
	plan_free(&plan);
}

static void test_nonsense(void **state)
{
	struct plan_run runs[] = { { 4 * G, G, 0 }, { 6 * G, G, 0 } };
	struct plan_request good = { G, PLAN_GRANULE, 1, false, false }, req;
	struct plan plan;

	(void)state;
#define REFUSED(field, value) do { \
		req = good; \
		req.field = value; \
		assert_int_equal(plan_make(runs, 2, &req, &plan), -EINVAL); \
		plan_free(&plan); \
	} while (0)
	REFUSED(size, 0);
	REFUSED(size, 4096);
	REFUSED(size, UINT64_MAX);
	REFUSED(align, 0);
	REFUSED(align, 3 * M);
	REFUSED(count, 0);
	runs[1].start = 4 * G + 2 * M;
	REFUSED(count, 1);
	runs[1] = (struct plan_run){ UINT64_MAX - M, G, 0 };
	REFUSED(count, 1);
	req = good;
	req.count = UINT32_MAX;
	assert_int_equal(plan_make(runs, 1, &req, &plan), -ENOSPC);
	assert_int_equal(plan.nr, 1);
	plan_free(&plan);
	assert_int_equal(plan_make(NULL, 0, &good, &plan), -ENOSPC);
	plan_free(&plan);
}

static void test_leaves(void **state)
{
	static const struct plan_extent extents[] = {
		{ 4 * G, 2 * G }, { 8 * G + 512 * M, 512 * M },
		{ 10 * G, 512 * M }, { 11 * G + 512 * M, 3 * G },
	};
	uint64_t leaves[3];

	(void)state;
	plan_leaves(extents, 4, leaves);
	/* The last starts at an offset of 3G, and so never lines up. */
	assert_int_equal(leaves[2], 2 * G);
	assert_int_equal(leaves[1], 4 * G);
	assert_int_equal(leaves[0], 0);
	plan_leaves(extents, 1, leaves);
	assert_int_equal(leaves[2], 2 * G);
}

static void test_largest(void **state)
{
	RUNS({ 4 * G + 2 * M, 3 * G, 0 }, { 16 * G, G, 0 });

	(void)state;
	assert_int_equal(plan_largest(runs, nr, G), 2 * G);
	assert_int_equal(plan_largest(runs, nr, 2 * M), 3 * G);
	assert_int_equal(plan_largest(runs, nr, 4096), 3 * G);
	assert_int_equal(plan_largest(NULL, 0, G), 0);
}

/* Small numbers make corners meet. */
static size_t random_runs(struct plan_run *runs, size_t max)
{
	uint64_t start = 4 * G + rand() % 3 * 512 * M;
	size_t i, nr = rand() % max;

	for (i = 0; i < nr; i++) {
		start += rand() % 4 ? rand() % 700 * 2 * M : 0;
		if (rand() % 3 == 0)
			start = up(start, G);
		runs[i].start = start;
		runs[i].size = (1 + rand() % (rand() % 4 ? 60 : 1500)) * 2 * M;
		runs[i].node = rand() % 3;
		start += runs[i].size;
	}
	return nr;
}

static void test_properties(void **state)
{
	static const uint64_t aligns[] = { 4096, 2 * M, G };
	struct plan_run runs[40];
	unsigned int seed;
	int rc;

	(void)state;
	for (seed = 0; seed < 20000; seed++) {
		struct plan_request req;
		const char *wrong;
		struct plan plan;
		size_t nr;

		srand(seed);
		nr = random_runs(runs, 40);
		req = (struct plan_request){
			.align = aligns[rand() % 3],
			.count = 1 + rand() % 5,
			.contiguous = rand() % 4 == 0,
			.spread = rand() % 2,
		};
		req.size = req.align == G ? (1 + rand() % 3) * G :
			   (1 + rand() % (rand() % 2 ? 40 : 2000)) * 2 * M;
		rc = plan_make(runs, nr, &req, &plan);
		wrong = plan_check(runs, nr, &req, &plan, rc);
		if (wrong)
			fail_msg("seed %u: %s", seed, wrong);
		plan_free(&plan);
	}
}

static void test_fast(void **state)
{
	const size_t nr = 10000;
	struct plan_run *runs = calloc(nr, sizeof(*runs));
	struct plan_request req = { 1 * G, PLAN_GRANULE, 1000, false, false };
	struct timespec from, to;
	struct plan plan;
	size_t i;
	long ms;

	(void)state;
	for (i = 0; i < nr; i++)
		runs[i] = (struct plan_run){
			(4 + 2 * i) * G + 2 * M * (i % 400),
			(50 + i % 200) * 2 * M, i % 2 };
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	assert_int_equal(plan_make(runs, nr, &req, &plan), 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 +
	     (to.tv_nsec - from.tv_nsec) / 1000000;
	print_message("1000 devices over 10000 extents: %ld ms\n", ms);
	assert_true(ms < 1000);
	plan_free(&plan);
	free(runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_larger_than_any_run),
		cmocka_unit_test(test_smallest_run_that_fits),
		cmocka_unit_test(test_gigabytes_stay_whole),
		cmocka_unit_test(test_too_many_fragments),
		cmocka_unit_test(test_odd_part_follows),
		cmocka_unit_test(test_gigabyte_align),
		cmocka_unit_test(test_contiguous),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_never_across_nodes),
		cmocka_unit_test(test_nonsense),
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
