// SPDX-License-Identifier: GPL-2.0-only
/* Any free memory, any request: the plan must hold what tests/unit/plan says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daxctl-plugin/pool.c"
#include "daxctl-plugin/plan.c"
#include "tests/unit/plan-check.h"

#define RUNS	64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Three bytes a number: two of value, one of scale. */
static uint64_t number(const uint8_t **data, size_t *size)
{
	uint64_t n;

	if (*size < 3)
		return 0;
	n = ((uint64_t)(*data)[0] | (uint64_t)(*data)[1] << 8)
	    << ((*data)[2] & 63);
	*data += 3;
	*size -= 3;
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t aligns[] = { 4096, PLAN_GRANULE, PLAN_UNIT, 12345 };
	struct plan_run runs[RUNS];
	struct plan_request req;
	uint64_t addr = 0, flags;
	const char *wrong;
	struct plan plan;
	size_t nr = 0;
	int rc;

	flags = number(&data, &size);
	req = (struct plan_request){
		.size = number(&data, &size),
		.align = aligns[flags & 3],
		.count = 1 + (flags >> 2 & 15),
		.contiguous = flags >> 6 & 1,
		.spread = flags >> 7 & 1,
	};
	while (size >= 6 && nr < RUNS) {
		struct plan_run run = { .node = data[0] >> 6 };

		/* Mostly in order, sometimes not: that is refused. */
		run.start = (data[0] & 31 ? addr : 0) + number(&data, &size);
		run.size = number(&data, &size);
		addr = run.start + run.size;
		runs[nr++] = run;
	}
	rc = plan_make(runs, nr, &req, &plan);
	wrong = rc == -EINVAL ? NULL : plan_check(runs, nr, &req, &plan, rc);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
	plan_free(&plan);
	return 0;
}
