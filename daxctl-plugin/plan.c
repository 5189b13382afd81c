// SPDX-License-Identifier: GPL-2.0-only
/* The planner, see plan.h; units and fragments are what pool.h says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"

/* A place for a whole device: how good it is, and in which run. */
struct place {
	size_t run;
	uint64_t start;
	uint64_t leaves;	/* units that 1G leaves can map */
	uint64_t waste;		/* units broken up for nothing */
	uint64_t run_units;
	uint64_t run_size;
};

static bool better(const struct place *a, const struct place *b)
{
	if (a->leaves != b->leaves)
		return a->leaves > b->leaves;
	if (a->waste != b->waste)
		return a->waste < b->waste;
	if (a->run_units != b->run_units)
		return a->run_units < b->run_units;
	return a->run_size < b->run_size;
}

static void try_place(const struct pool *pool, size_t i,
		      const struct plan_request *req, uint64_t start,
		      struct place *best, bool *found)
{
	const struct plan_run *run = &pool->runs[i];
	uint64_t end = run_end(run);
	struct place place = {
		.run = i,
		.start = start,
		.run_units = run_units(run),
		.run_size = run->size,
	};

	if (start % req->align || start < run->start || start > end ||
	    end - start < req->size)
		return;
	if (start % PLAN_UNIT == 0)
		place.leaves = req->size / PLAN_UNIT;
	place.waste = place.run_units - units(run->start, start) -
		      units(start + req->size, end) - place.leaves;
	if (*found && !better(&place, best))
		return;
	*best = place;
	*found = true;
}

/* Any best place in a run is at an end of the run or at an end of its units. */
static bool find_place(const struct pool *pool, const struct plan_request *req,
		       struct place *best)
{
	uint64_t whole = down(req->size, PLAN_UNIT);
	bool found = false;
	size_t i;

	for (i = 0; i < pool->nr; i++) {
		const struct plan_run *run = &pool->runs[i];
		uint64_t end = run_end(run);

		if (run->size < req->size)
			continue;
		try_place(pool, i, req, up(run->start, req->align), best,
			  &found);
		try_place(pool, i, req, down(end - req->size, req->align),
			  best, &found);
		if (!run_units(run))
			continue;
		try_place(pool, i, req, units_start(run), best, &found);
		try_place(pool, i, req, units_end(run) - whole, best, &found);
		if (units_start(run) >= req->size)
			try_place(pool, i, req,
				  down(units_start(run) - req->size,
				       req->align), best, &found);
	}
	return found;
}

static int take_units(struct pool *pool, const struct plan_request *req,
		      struct plan_device *dev, uint64_t *left)
{
	uint64_t want = req->size / PLAN_UNIT;
	uint64_t have = pool_units(pool);

	if (want > have)
		want = have;
	*left = req->size - want * PLAN_UNIT;
	while (want) {
		size_t i = pool_find_units(pool, want, *left);
		const struct plan_run *run = &pool->runs[i];
		uint64_t nr = run_units(run);
		uint64_t head = units_start(run) - run->start;
		uint64_t tail = run_end(run) - units_end(run);
		uint64_t start = units_start(run);
		int rc;

		if (nr > want)
			nr = want;
		want -= nr;
		/* The last ones, if the rest of the device can follow them. */
		if (*left && !want && tail >= *left) {
			start = units_end(run) - nr * PLAN_UNIT;
			rc = pool_take(pool, i, start, nr * PLAN_UNIT + *left, dev);
			*left = 0;
			return rc;
		}
		/* Or else those that leave the larger piece behind. */
		if (tail < head)
			start = units_end(run) - nr * PLAN_UNIT;
		rc = pool_take(pool, i, start, nr * PLAN_UNIT, dev);
		if (rc)
			return rc;
	}
	return 0;
}

/* The last unit of the smallest run that has any: the rest of it stays whole. */
static int break_unit(struct pool *pool, uint64_t size, struct plan_device *dev)
{
	size_t i = pool_find_units(pool, 1, size);

	return pool_take(pool, i, units_end(&pool->runs[i]) - PLAN_UNIT, size, dev);
}

static int take_fragments(struct pool *pool, uint64_t left,
			  struct plan_device *dev)
{
	bool few = pool_few_fragments(pool, left);
	struct fragment frag;
	int rc;

	/* With fewer units than wanted none is left, and @left may be large. */
	if (!few && pool_units(pool))
		return break_unit(pool, left, dev);
	while (left && pool_find_fragment(pool, left, &frag)) {
		uint64_t size = frag.size < left ? frag.size : left;
		uint64_t start = frag.start;

		/* What stays of it should touch the units that it touched. */
		if (start % PLAN_UNIT == 0)
			start += frag.size - size;
		rc = pool_take(pool, frag.run, start, size, dev);
		if (rc)
			return rc;
		left -= size;
	}
	return left ? -ENOSPC : 0;
}

static int by_address(const void *a, const void *b)
{
	const struct plan_extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sorts extents, but for one that goes on where @after ends. */
static void sort(struct plan_device *dev, const struct plan_device *after)
{
	const struct plan_extent *last = after && after->nr ?
					 &after->extents[after->nr - 1] : NULL;
	size_t i, first = 0;

	for (i = 0; last && i < dev->nr; i++) {
		struct plan_extent ext = dev->extents[i];

		if (ext.start != last->start + last->size)
			continue;
		dev->extents[i] = dev->extents[0];
		dev->extents[0] = ext;
		first = 1;
	}
	if (dev->nr > first + 1)
		qsort(dev->extents + first, dev->nr - first,
		      sizeof(*dev->extents), by_address);
}

/*
 * In pieces: units first, so that all of them are at offsets that are multiples
 * of their size, then what is left. The last piece with units may hold all that
 * is left.
 */
static int plan_pieces(struct pool *pool, const struct plan_request *req,
		       struct plan_device *dev)
{
	struct plan_device rest = { 0 };
	uint64_t left;
	size_t i;
	int rc;

	rc = take_units(pool, req, dev, &left);
	if (!rc && left)
		rc = take_fragments(pool, left, &rest);
	if (!rc && (left || dev->extents[dev->nr - 1].size % PLAN_UNIT == 0))
		sort(dev, NULL);
	sort(&rest, dev);
	for (i = 0; !rc && i < rest.nr; i++)
		rc = device_add(dev, rest.extents[i].start,
				rest.extents[i].size);
	free(rest.extents);
	return rc;
}

static int plan_one(struct pool *pool, const struct plan_request *req,
		    struct plan_device *dev)
{
	uint64_t want = req->size / PLAN_UNIT;
	uint64_t have = pool_units(pool);
	struct place place;
	bool found;

	/* What is wanted of units, or all there is, and none for nothing. */
	found = find_place(pool, req, &place);
	if (found && (req->contiguous ||
		      (!place.waste &&
		       place.leaves == (want < have ? want : have))))
		return pool_take(pool, place.run, place.start, req->size, dev);
	if (req->contiguous || pool->bytes < req->size)
		return -ENOSPC;
	if (req->align >= PLAN_UNIT && have < want)
		return -ENOSPC;
	return plan_pieces(pool, req, dev);
}

/* Of those that have not been tried: the first, or the least used. */
static struct pool *next_pool(struct pool *pools, size_t nr, const bool *tried,
			      bool spread)
{
	struct pool *best = NULL;
	size_t i;

	for (i = 0; i < nr; i++) {
		struct pool *pool = &pools[i];

		if (tried[i])
			continue;
		if (!best || (spread &&
			      (pool->devices != best->devices ?
			       pool->devices < best->devices :
			       pool->bytes > best->bytes)))
			best = pool;
	}
	return best;
}

static int plan_next(struct pool *pools, size_t nr,
		     const struct plan_request *req, struct plan_device *dev)
{
	bool *tried = calloc(nr, sizeof(*tried));
	struct pool *pool;
	int rc = -ENOSPC;

	if (!tried)
		return -ENOMEM;
	while (rc == -ENOSPC &&
	       (pool = next_pool(pools, nr, tried, req->spread))) {
		tried[pool - pools] = true;
		dev->node = pool->node;
		rc = plan_one(pool, req, dev);
		if (!rc)
			pool->devices++;
	}
	free(tried);
	return rc;
}

static int check(const struct plan_run *runs, size_t nr,
		 const struct plan_request *req)
{
	size_t i;

	if (req->align != 4096 && req->align != PLAN_GRANULE &&
	    req->align != PLAN_UNIT)
		return -EINVAL;
	if (!req->size || req->size % PLAN_GRANULE || req->size % req->align ||
	    !req->count)
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		if (!runs[i].size || runs[i].size > UINT64_MAX - runs[i].start)
			return -EINVAL;
	}
	return 0;
}

static void pools_free(struct pool *pools, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free(pools[i].runs);
	free(pools);
}

static int pools_make(const struct plan_run *runs, size_t nr,
		      struct pool **pools, size_t *nr_pools)
{
	size_t i, j;
	int rc = 0;

	*nr_pools = 0;
	*pools = calloc(nr ? nr : 1, sizeof(**pools));
	if (!*pools)
		return -ENOMEM;
	for (i = 0; i < nr && !rc; i++) {
		struct plan_run run = {
			.start = up(runs[i].start, PLAN_GRANULE),
			.node = runs[i].node,
		};
		uint64_t end = down(run_end(&runs[i]), PLAN_GRANULE);
		struct pool *pool;

		if (run.start < runs[i].start || end <= run.start)
			continue;
		run.size = end - run.start;
		for (j = 0; j < *nr_pools; j++)
			if ((*pools)[j].node == run.node)
				break;
		pool = &(*pools)[j];
		if (j == *nr_pools) {
			pool->node = run.node;
			++*nr_pools;
		} else if (run.start < run_end(&pool->runs[pool->nr - 1])) {
			rc = -EINVAL;
			break;
		}
		pool->bytes += run.size;
		/* A unit may begin in one run and end in the next. */
		if (pool->nr && run_end(&pool->runs[pool->nr - 1]) == run.start)
			pool->runs[pool->nr - 1].size += run.size;
		else
			rc = pool_insert(pool, pool->nr, run);
	}
	if (rc)
		pools_free(*pools, *nr_pools);
	return rc;
}

int plan_make(const struct plan_run *runs, size_t nr,
	      const struct plan_request *req, struct plan *plan)
{
	struct pool *pools;
	size_t nr_pools;
	unsigned int i;
	int rc;

	*plan = (struct plan){ 0 };
	rc = check(runs, nr, req);
	if (rc)
		return rc;
	rc = pools_make(runs, nr, &pools, &nr_pools);
	if (rc)
		return rc;
	for (i = 0; i < req->count && !rc; i++) {
		struct plan_device *devices = plan->devices;

		/* The count may be absurd: room grows with what fits. */
		if (!(i & (i - 1)))
			devices = realloc(devices, (i ? 2 * (size_t)i : 1) *
						   sizeof(*devices));
		if (!devices) {
			rc = -ENOMEM;
			break;
		}
		plan->devices = devices;
		devices[i] = (struct plan_device){ 0 };
		rc = plan_next(pools, nr_pools, req, &devices[i]);
		if (rc)
			free(devices[i].extents);
		else
			plan->nr++;
	}
	pools_free(pools, nr_pools);
	return rc;
}

void plan_free(struct plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr; i++)
		free(plan->devices[i].extents);
	free(plan->devices);
	*plan = (struct plan){ 0 };
}

uint64_t plan_largest(const struct plan_run *runs, size_t nr, uint64_t align)
{
	uint64_t largest = 0;
	size_t i;

	if (align < PLAN_GRANULE)
		align = PLAN_GRANULE;
	for (i = 0; i < nr; i++) {
		uint64_t start = up(runs[i].start, align);
		uint64_t end = down(run_end(&runs[i]), align);

		if (start >= runs[i].start && end > start &&
		    end - start > largest)
			largest = end - start;
	}
	return largest;
}

uint64_t plan_max(const struct plan_run *runs, size_t nr,
		  const struct plan_request *req)
{
	uint64_t unit = req->align > PLAN_GRANULE ? req->align : PLAN_GRANULE;
	struct plan_request try = *req;
	uint64_t fits = 0, too_large, all = 0;
	struct plan plan;
	size_t i;
	int rc;

	for (i = 0; i < nr; i++)
		all += runs[i].size;
	/* In units; by halves, since what fits leaves room for what is smaller. */
	too_large = all / req->count / unit + 1;
	while (too_large - fits > 1) {
		uint64_t middle = fits + (too_large - fits) / 2;

		try.size = middle * unit;
		rc = plan_make(runs, nr, &try, &plan);
		plan_free(&plan);
		if (rc == -ENOMEM || rc == -EINVAL)
			return 0;
		if (rc)
			too_large = middle;
		else
			fits = middle;
	}
	return fits * unit;
}

/* Bytes between @start and @end that leaves of @leaf can map. */
static uint64_t covered(uint64_t offset, uint64_t start, uint64_t size,
			uint64_t leaf)
{
	uint64_t first = up(start, leaf), last = down(start + size, leaf);

	/* A leaf is aligned in the device as it is in memory, or is none. */
	if (offset % leaf != start % leaf || last <= first)
		return 0;
	return last - first;
}

void plan_leaves(const struct plan_extent *extents, size_t nr,
		 uint64_t leaves[3])
{
	uint64_t offset = 0;
	size_t i;

	memset(leaves, 0, 3 * sizeof(*leaves));
	for (i = 0; i < nr; i++) {
		const struct plan_extent *ext = &extents[i];
		uint64_t huge = covered(offset, ext->start, ext->size,
					PLAN_UNIT);
		uint64_t large = covered(offset, ext->start, ext->size,
					 PLAN_GRANULE);

		leaves[2] += huge;
		leaves[1] += large - huge;
		leaves[0] += ext->size - large;
		offset += ext->size;
	}
}
