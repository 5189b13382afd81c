// SPDX-License-Identifier: GPL-2.0-only
/* Clearing: all of a run, and nothing else. */
#include <cpuid.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mm/special/clear.h"

#define SPACE	(16 * 4096UL)

static void clears(void (*clear)(void *, unsigned long), unsigned long step)
{
	unsigned char *p = aligned_alloc(4096, SPACE);

	assert_non_null(p);
	for (unsigned long first = step; first < 8 * step; first += step)
		for (unsigned long len = 0; first + len < SPACE - step; len += 37 * step) {
			memset(p, 0xa5, SPACE);
			clear(p + first, len);
			for (unsigned long i = 0; i < SPACE; i++)
				assert_int_equal(p[i], i >= first && i < first + len ? 0 : 0xa5);
		}
	free(p);
}

static void by_string(void **state)
{
	(void)state;
	clears(clear_by_string, 1);
	clears(clear_by_string, 64);
}

static void by_lines(void **state)
{
	unsigned int a, b = 0, c, d;

	(void)state;
	if (!__get_cpuid(0x80000008, &a, &b, &c, &d) || !(b & 1))
		skip();
	clears(clear_by_lines, CLEAR_LINE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_string),
		cmocka_unit_test(by_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
