// SPDX-License-Identifier: GPL-2.0-only
/*
 * What carve reads besides layouts: the attribute "users", what processes are called,
 * the firmware's SRAT, and what "carve plan" is asked for. Whatever it is, it is refused,
 * or what comes of it is sound.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each has one of its own. */
#define number users_number
#include "daxctl-plugin/users.c"
#undef number
#include "daxctl-plugin/extents.c"
#include "daxctl-plugin/firmware.c"
#include "daxctl-plugin/reserve.c"
#include "daxctl-plugin/size.c"
#include "daxctl-plugin/text.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#include "tests/unit/nothing.h"

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void try_users(const char *text)
{
	struct users users;
	int rc = users_parse(text, &users);

	check(rc || !*text || users_any(&users) || strspn(text, "\n0") ||
	      strstr(text, " 0"));
	users_free(&users);
}

static void try_text(const char *text)
{
	char *clean = text_clean(text);
	const unsigned char *p;
	uint32_t code;

	for (p = (const unsigned char *)clean; p && *p;) {
		unsigned int len = character(p, &code);

		check(len && is_harmless(code));
		p += len;
	}
	check(!clean || text_width(clean) >= text_width(text) / 4);
	free(clean);
}

/* All that is reserved is RAM from 4 GiB on, once, and enough. */
static void check_reserve(const struct firmware *firmware,
			  const struct reserve *reserve, int rc)
{
	size_t i, j;

	for (i = 0; i < reserve->nr; i++) {
		const struct ram *range = &reserve->range[i];
		bool inside = false;

		check(range->size && range->start >= RESERVE_LOW);
		check(!i || reserve->range[i - 1].start +
			    reserve->range[i - 1].size <= range->start);
		for (j = 0; j < firmware->nr; j++)
			inside |= range->node == firmware->ram[j].node &&
				  range->start >= firmware->ram[j].start &&
				  range->start + range->size <=
				  firmware->ram[j].start + firmware->ram[j].size;
		check(inside);
	}
	for (i = 0; i < reserve->nr_nodes && !rc; i++)
		check(reserve->nodes[i].reserved >= reserve->nodes[i].guests &&
		      reserve->nodes[i].reserved <= reserve->nodes[i].ram);
}

/* RAM as a PC has it, and nodes as the table says. */
static void try_plan(const struct ram *ranges, size_t nr, const char *text)
{
	static struct plan_extent pc[] = {
		{ 0, 0x9f000 }, { 1 << 20, 0xbfe00000 },
		{ UINT64_C(1) << 32, UINT64_C(0x4c40000000) },
	};
	const struct extents ram = { .nr = 3, .ext = pc };
	struct firmware firmware;
	struct reserve reserve;
	struct guests *guests;
	size_t count;
	int rc;

	if (guests_parse(text, &guests, &count)) {
		free(guests);
		return;
	}
	if (!firmware_divide(&ram, ranges, nr, &firmware)) {
		rc = reserve_make(&firmware, guests, count, UINT64_C(8) << 30,
				  &reserve);
		check(rc != -ENOSPC || reserve.missing);
		check_reserve(&firmware, &reserve, rc);
		reserve_free(&reserve);
	}
	firmware_free(&firmware);
	free(guests);
}

/* A table, a zero, and text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = memmem(data, size, "\0x", 2);
	size_t len = end ? (size_t)(end - data) : 0;
	char *text = strndup((const char *)(end ? end + 2 : data),
			     end ? size - len - 2 : size);
	struct ram *ranges;
	int nr;

	if (!text)
		return 0;
	try_users(text);
	try_text(text);
	nr = firmware_parse_srat(data, len, &ranges);
	if (nr >= 0)
		try_plan(ranges, nr, text);
	else
		try_plan(NULL, 0, text);
	free(ranges);
	free(text);
	return 0;
}
