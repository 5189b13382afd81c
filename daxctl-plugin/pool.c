// SPDX-License-Identifier: GPL-2.0-only
/* What is free on one node, see pool.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

uint64_t pool_units(const struct pool *pool)
{
	uint64_t nr = 0;
	size_t i;

	for (i = 0; i < pool->nr; i++)
		nr += run_units(&pool->runs[i]);
	return nr;
}

int pool_insert(struct pool *pool, size_t at, struct plan_run run)
{
	if (pool->nr == pool->room) {
		size_t room = pool->room ? 2 * pool->room : 16;
		struct plan_run *runs = realloc(pool->runs, room * sizeof(run));

		if (!runs)
			return -ENOMEM;
		pool->runs = runs;
		pool->room = room;
	}
	memmove(&pool->runs[at + 1], &pool->runs[at],
		(pool->nr - at) * sizeof(run));
	pool->runs[at] = run;
	pool->nr++;
	return 0;
}

int device_add(struct plan_device *dev, uint64_t start, uint64_t size)
{
	struct plan_extent *last = dev->nr ? &dev->extents[dev->nr - 1] : NULL;

	if (last && last->start + last->size == start) {
		last->size += size;
		return 0;
	}
	/* Room grows with each power of two. */
	if (!(dev->nr & (dev->nr - 1))) {
		size_t room = dev->nr ? 2 * dev->nr : 1;
		struct plan_extent *extents =
			realloc(dev->extents, room * sizeof(*extents));

		if (!extents)
			return -ENOMEM;
		dev->extents = extents;
	}
	dev->extents[dev->nr++] = (struct plan_extent){ start, size };
	return 0;
}

int pool_take(struct pool *pool, size_t i, uint64_t start, uint64_t size,
	      struct plan_device *dev)
{
	struct plan_run *run = &pool->runs[i];
	struct plan_run rest = {
		.start = start + size,
		.size = run_end(run) - (start + size),
		.node = run->node,
	};
	int rc;

	rc = device_add(dev, start, size);
	if (rc)
		return rc;
	pool->bytes -= size;
	run->size = start - run->start;
	if (rest.size && run->size)
		return pool_insert(pool, i + 1, rest);
	if (rest.size) {
		*run = rest;
	} else if (!run->size) {
		pool->nr--;
		memmove(run, run + 1, (pool->nr - i) * sizeof(*run));
	}
	return 0;
}

size_t pool_find_units(const struct pool *pool, uint64_t want, uint64_t rest)
{
	size_t i, best = SIZE_MAX;
	uint64_t best_units = 0;
	bool best_tail = false;

	for (i = 0; i < pool->nr; i++) {
		const struct plan_run *run = &pool->runs[i];
		uint64_t nr = run_units(run);
		bool tail = run_end(run) - units_end(run) >= rest;

		if (!nr)
			continue;
		if (best != SIZE_MAX) {
			bool fits = nr >= want, best_fits = best_units >= want;

			if (fits != best_fits ? best_fits :
			    nr != best_units ? fits == (nr > best_units) :
			    !tail || best_tail)
				continue;
		}
		best = i;
		best_units = nr;
		best_tail = tail;
	}
	return best;
}

static unsigned int run_fragments(const struct pool *pool, size_t i,
				  struct fragment frag[2])
{
	const struct plan_run *run = &pool->runs[i];
	unsigned int nr = 0;

	if (!run_units(run)) {
		frag[0] = (struct fragment){ i, run->start, run->size };
		return 1;
	}
	if (units_start(run) > run->start)
		frag[nr++] = (struct fragment){
			i, run->start, units_start(run) - run->start };
	if (run_end(run) > units_end(run))
		frag[nr++] = (struct fragment){
			i, units_end(run), run_end(run) - units_end(run) };
	return nr;
}

bool pool_find_fragment(const struct pool *pool, uint64_t size,
			struct fragment *best)
{
	struct fragment frag[2];
	unsigned int j, nr;
	size_t i;

	best->size = 0;
	for (i = 0; i < pool->nr; i++) {
		nr = run_fragments(pool, i, frag);
		for (j = 0; j < nr; j++) {
			bool fits = frag[j].size >= size;
			bool best_fits = best->size >= size;

			if (fits != best_fits ? fits :
			    fits == (frag[j].size < best->size))
				*best = frag[j];
		}
	}
	return best->size;
}

bool pool_few_fragments(const struct pool *pool, uint64_t size)
{
	uint64_t top[PLAN_FRAGMENTS] = { 0 }, sum = 0;
	struct fragment frag[2];
	unsigned int j, k, nr;
	size_t i;

	for (i = 0; i < pool->nr; i++) {
		nr = run_fragments(pool, i, frag);
		for (j = 0; j < nr; j++) {
			uint64_t new = frag[j].size;

			for (k = 0; k < PLAN_FRAGMENTS; k++) {
				uint64_t old = top[k];

				if (new <= old)
					continue;
				top[k] = new;
				new = old;
			}
		}
	}
	for (k = 0; k < PLAN_FRAGMENTS; k++) {
		if (top[k] >= size - sum)
			return true;
		sum += top[k];
	}
	return false;
}
