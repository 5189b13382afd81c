/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is free on one node while planning goes on. For the planner only. "Unit" is
 * short for an aligned gigabyte, and a "fragment" is memory of a run before or
 * behind its units, or all of a run without any.
 */
#ifndef CARVE_POOL_H
#define CARVE_POOL_H

#include "plan.h"

/**
 * struct pool - free memory of a node
 * @node: the node
 * @devices: how many were planned on it
 * @bytes: sum of @runs
 * @runs: by rising address; no two touch
 * @nr: number of @runs
 * @room: number of @runs that there is memory for
 */
struct pool {
	int node;
	unsigned int devices;
	uint64_t bytes;
	struct plan_run *runs;
	size_t nr;
	size_t room;
};

/**
 * struct fragment - see above
 * @run: index of the run
 * @start: physical address
 * @size: bytes
 */
struct fragment {
	size_t run;
	uint64_t start;
	uint64_t size;
};

static inline uint64_t down(uint64_t x, uint64_t align)
{
	return x - x % align;
}

static inline uint64_t up(uint64_t x, uint64_t align)
{
	return x % align ? down(x, align) + align : x;
}

static inline uint64_t run_end(const struct plan_run *run)
{
	return run->start + run->size;
}

/* The units of a run are in one piece: from here to there, if that is more. */
static inline uint64_t units_start(const struct plan_run *run)
{
	return up(run->start, PLAN_UNIT);
}

static inline uint64_t units_end(const struct plan_run *run)
{
	return down(run_end(run), PLAN_UNIT);
}

static inline uint64_t units(uint64_t start, uint64_t end)
{
	start = up(start, PLAN_UNIT);
	end = down(end, PLAN_UNIT);
	return end > start ? (end - start) / PLAN_UNIT : 0;
}

static inline uint64_t run_units(const struct plan_run *run)
{
	return units(run->start, run_end(run));
}

/* Units in all runs. */
uint64_t pool_units(const struct pool *pool);

/* Adds a run at its place in the array. Return: 0, -ENOMEM. */
int pool_insert(struct pool *pool, size_t at, struct plan_run run);

/* Gives a part of run @i to @dev, as its next extent. Return: 0, -ENOMEM. */
int pool_take(struct pool *pool, size_t i, uint64_t start, uint64_t size,
	      struct plan_device *dev);

/* Adds an extent, or makes the last one longer. Return: 0, -ENOMEM. */
int device_add(struct plan_device *dev, uint64_t start, uint64_t size);

/*
 * The run for @want units: the one with the fewest that has as many, so that
 * larger ones stay whole, or else the one with the most; and of equal ones, one in
 * which @rest bytes more can follow. There must be some.
 */
size_t pool_find_units(const struct pool *pool, uint64_t want, uint64_t rest);

/*
 * The smallest fragment that holds @size, or else the largest there is.
 * Return: false if there is none.
 */
bool pool_find_fragment(const struct pool *pool, uint64_t size,
			struct fragment *best);

/* Would the PLAN_FRAGMENTS largest fragments hold @size? */
bool pool_few_fragments(const struct pool *pool, uint64_t size);

#endif /* CARVE_POOL_H */
