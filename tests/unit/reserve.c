// SPDX-License-Identifier: GPL-2.0-only
/* What "carve plan" reserves: whole sections of RAM, where no guest is short of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Ours is another one. */
#undef fail
#include "daxctl-plugin/extents.c"
#include "daxctl-plugin/firmware.c"
#include "daxctl-plugin/reserve.c"
#include "daxctl-plugin/size.c"
#include "tests/unit/nothing.h"

#define G	(UINT64_C(1) << 30)
#define M	(UINT64_C(1) << 20)

/* What must hold of any plan. */
static void check(const struct firmware *firmware, const struct reserve *reserve)
{
	uint64_t guests = 0, reserved = 0;
	size_t i, j;

	for (i = 0; i < reserve->nr; i++) {
		const struct ram *range = &reserve->range[i];
		bool inside = false;

		assert_int_equal(range->start % RESERVE_SECTION, 0);
		assert_int_equal(range->size % RESERVE_SECTION, 0);
		assert_true(range->size && range->start >= RESERVE_LOW);
		for (j = 0; j < firmware->nr; j++)
			inside |= range->node == firmware->ram[j].node &&
				  range->start >= firmware->ram[j].start &&
				  range->start + range->size <=
				  firmware->ram[j].start + firmware->ram[j].size;
		assert_true(inside);
		for (j = 0; j < i; j++)
			assert_true(reserve->range[j].start +
				    reserve->range[j].size <= range->start);
		reserved += range->size;
	}
	for (i = 0; i < reserve->nr_nodes; i++) {
		assert_true(reserve->nodes[i].reserved >= reserve->nodes[i].guests);
		guests += reserve->nodes[i].reserved;
	}
	assert_int_equal(guests, reserved);
}

static void test_two_nodes(void **state)
{
	struct ram ram[] = {
		{ 0, 2 * G, 0 }, { 4 * G, 62 * G, 0 }, { 66 * G, 64 * G, 1 },
	};
	const struct firmware firmware = { 3, ram };
	const struct guests guests[] = { { 3, 16 * G }, { 1, 32 * G } };
	struct reserve reserve;

	(void)state;
	assert_int_equal(reserve_make(&firmware, guests, 2, 8 * G, &reserve), 0);
	check(&firmware, &reserve);
	assert_int_equal(reserve.nr, 2);
	assert_int_equal(reserve.nodes[0].guests + reserve.nodes[1].guests, 80 * G);
	/* From the top, and no more than is wanted. */
	assert_int_equal(reserve.range[1].start + reserve.range[1].size, 130 * G);
	assert_int_equal(reserve.nodes[1].reserved, reserve.nodes[1].guests);
	reserve_free(&reserve);
	assert_int_equal(reserve_make(&firmware, guests, 2, 60 * G, &reserve),
			 -ENOSPC);
	assert_true(reserve.missing);
	reserve_free(&reserve);
}

/* The holes of real machines: nothing of what is next to one is lost for nothing. */
static void test_odd_ranges(void **state)
{
	struct ram ram[] = {
		{ 0, 640 * 1024, 0 },
		{ M, 3 * G - 17 * M, 0 },
		{ 4 * G, 4 * G + 333 * M, 0 },
		{ 9 * G + 77 * M, 6 * G, 1 },
		{ 16 * G + 3 * M, 2 * G, 1 },
	};
	const struct firmware firmware = { 5, ram };
	const struct guests one = { 2, 2560 * M };
	struct reserve reserve;

	(void)state;
	assert_int_equal(reserve_make(&firmware, &one, 1, 4 * G, &reserve), 0);
	check(&firmware, &reserve);
	assert_int_equal(reserve.nodes[0].guests + reserve.nodes[1].guests,
			 5120 * M);
	reserve_free(&reserve);
}

static void test_random(void **state)
{
	unsigned int seed;

	(void)state;
	for (seed = 1; seed < 3000; seed++) {
		struct ram ram[6];
		struct firmware firmware = { 1 + seed % 6, ram };
		struct guests guests[2];
		struct reserve reserve;
		uint64_t at = 0;
		size_t i;
		int rc;

		srand(seed);
		for (i = 0; i < firmware.nr; i++) {
			at += (uint64_t)(rand() % 4000) * M;
			ram[i] = (struct ram){ at, (1 + rand() % 40000) * M,
					       rand() % 3 };
			at += ram[i].size;
		}
		for (i = 0; i < 2; i++)
			guests[i] = (struct guests){ 1 + rand() % 5,
						     (1 + rand() % 4000) * 2 * M };
		rc = reserve_make(&firmware, guests, 2,
				  (uint64_t)(rand() % 8000) * M, &reserve);
		assert_true(rc == 0 || rc == -ENOSPC);
		if (!rc)
			check(&firmware, &reserve);
		reserve_free(&reserve);
	}
}

static void test_guests(void **state)
{
	static const char *const bad[] = { "", "x", "10x", "x2G", "1x0",
					   "1x1", "-1x2G", "2G,", "5000x2G" };
	struct guests *guests;
	size_t nr, i;

	(void)state;
	assert_int_equal(guests_parse("10x32G,2.5G,1x0x40000000", &guests, &nr), 0);
	assert_int_equal(nr, 3);
	assert_int_equal(guests[0].count, 10);
	assert_int_equal(guests[0].size, 32 * G);
	assert_int_equal(guests[1].count, 1);
	assert_int_equal(guests[1].size, 2560 * M);
	assert_int_equal(guests[2].size, G);
	free(guests);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(guests_parse(bad[i], &guests, &nr), -EINVAL);
		free(guests);
	}
}

static void put(unsigned char *p, uint64_t value, int bytes)
{
	while (bytes--) {
		*p++ = value;
		value >>= 8;
	}
}

static void test_srat(void **state)
{
	unsigned char table[48 + 16 + 40 + 40] = "SRAT";
	struct ram *ranges;
	size_t len;

	(void)state;
	put(table + 4, sizeof(table), 4);
	/* A processor of domain 7 comes first, so that it is node 0. */
	table[48] = 0;
	table[49] = 16;
	table[50] = 7;
	put(table + 52, 1, 4);
	table[64] = 1;
	table[65] = 40;
	put(table + 66, 3, 4);
	put(table + 72, 8 * G, 8);
	put(table + 80, 4 * G, 8);
	put(table + 92, 1, 4);
	memcpy(table + 104, table + 64, 40);
	put(table + 106, 7, 4);
	put(table + 112, 0, 8);
	assert_int_equal(firmware_parse_srat(table, sizeof(table), &ranges), 2);
	assert_int_equal(ranges[0].node, 1);
	assert_int_equal(ranges[0].start, 8 * G);
	assert_int_equal(ranges[1].node, 0);
	free(ranges);
	for (len = 0; len < sizeof(table); len++) {
		unsigned char *cut = malloc(len + 1);

		memcpy(cut, table, len);
		assert_int_equal(firmware_parse_srat(cut, len, &ranges), -EINVAL);
		if (len >= 48) {
			put(cut + 4, len, 4);
			if (firmware_parse_srat(cut, len, &ranges) >= 0)
				free(ranges);
		}
		free(cut);
	}
	table[65] = 0;
	assert_int_equal(firmware_parse_srat(table, sizeof(table), &ranges), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_nodes),
		cmocka_unit_test(test_odd_ranges),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_guests),
		cmocka_unit_test(test_srat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
