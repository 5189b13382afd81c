/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must hold for any plan, for the unit test and for the fuzzer. It counts
 * with small and slow means of its own.
 */
#include "daxctl-plugin/plan.h"

/* Devices planned so far, as holes in what was free. */
struct left {
	size_t nr;
	struct plan_run run[4096];
};

/* Runs that touch are one. */
static void left_add(struct left *left, struct plan_run run)
{
	size_t i;

	for (i = 0; i < left->nr; i++) {
		struct plan_run *old = &left->run[i];

		if (old->node == run.node &&
		    old->start + old->size == run.start) {
			old->size += run.size;
			return;
		}
	}
	left->run[left->nr++] = run;
}

static bool left_take(struct left *left, const struct plan_extent *ext,
		      int node)
{
	uint64_t end = ext->start + ext->size;
	size_t i;

	for (i = 0; i < left->nr; i++) {
		struct plan_run *run = &left->run[i];
		uint64_t run_last = run->start + run->size;

		if (run->node != node || ext->start < run->start ||
		    end > run_last)
			continue;
		run->size = ext->start - run->start;
		left->run[left->nr++] = (struct plan_run){
			end, run_last - end, node };
		return true;
	}
	return false;
}

/* Aligned gigabytes on a node. */
static uint64_t left_units(const struct left *left, int node)
{
	uint64_t nr = 0, addr;
	size_t i;

	for (i = 0; i < left->nr; i++) {
		const struct plan_run *run = &left->run[i];
		uint64_t end = run->start + run->size;

		if (run->node != node)
			continue;
		addr = (run->start + PLAN_UNIT - 1) & ~(PLAN_UNIT - 1);
		if (addr >= run->start && addr < end)
			nr += (end - addr) >> 30;
	}
	return nr;
}

/* The largest piece on a node that is not part of an aligned gigabyte. */
static uint64_t left_fragment(const struct left *left, int node)
{
	uint64_t largest = 0, first, last, end;
	size_t i;

	for (i = 0; i < left->nr; i++) {
		const struct plan_run *run = &left->run[i];

		if (run->node != node)
			continue;
		end = run->start + run->size;
		first = (run->start + PLAN_UNIT - 1) & ~(PLAN_UNIT - 1);
		last = end & ~(PLAN_UNIT - 1);
		if (first < run->start || first >= last) {
			if (run->size > largest)
				largest = run->size;
			continue;
		}
		if (first - run->start > largest)
			largest = first - run->start;
		if (end - last > largest)
			largest = end - last;
	}
	return largest;
}

static uint64_t left_bytes(const struct left *left, int node)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < left->nr; i++)
		if (left->run[i].node == node)
			bytes += left->run[i].size;
	return bytes;
}

static const char *check_device(struct left *left,
				const struct plan_request *req,
				const struct plan_device *dev)
{
	uint64_t units = left_units(left, dev->node);
	uint64_t fragment = left_fragment(left, dev->node);
	uint64_t want = req->size / PLAN_UNIT, leaves[3], size = 0;
	size_t i;

	if (want > units)
		want = units;
	for (i = 0; i < dev->nr; i++) {
		const struct plan_extent *ext = &dev->extents[i];

		if (!ext->size)
			return "an empty extent";
		if (ext->start % req->align || ext->size % req->align ||
		    ext->start % PLAN_GRANULE || ext->size % PLAN_GRANULE)
			return "a misaligned extent";
		if (!left_take(left, ext, dev->node))
			return "memory that is not free, or of another node";
		size += ext->size;
	}
	if (size != req->size)
		return "the wrong size";
	if (req->contiguous)
		return dev->nr == 1 ? NULL : "a contiguous device in pieces";
	plan_leaves(dev->extents, dev->nr, leaves);
	if (leaves[2] < want * PLAN_UNIT)
		return "aligned memory where 1G leaves do not fit";
	if (units - left_units(left, dev->node) > want &&
	    fragment >= req->size - want * PLAN_UNIT)
		return "an aligned run is wasted, another fits";
	return NULL;
}

/* Was there really no room for one more? */
static const char *check_shortage(const struct left *left,
				  const struct plan_request *req)
{
	size_t i;

	for (i = 0; i < left->nr; i++) {
		int node = left->run[i].node;

		if (req->contiguous) {
			if (plan_largest(&left->run[i], left->run[i].size != 0,
					 req->align) >= req->size)
				return "no room, but a run fits";
		} else if (req->align == PLAN_UNIT) {
			if (left_units(left, node) >= req->size / PLAN_UNIT)
				return "no room, but gigabytes are free";
		} else if (left_bytes(left, node) >= req->size) {
			return "no room, but memory is free";
		}
	}
	return NULL;
}

/* What is wrong with a plan, or NULL. */
static const char *plan_check(const struct plan_run *runs, size_t nr,
			      const struct plan_request *req,
			      const struct plan *plan, int rc)
{
	static struct left left;
	const char *wrong;
	unsigned int i;
	size_t j;

	if (rc == -EINVAL)
		return plan->nr ? "a plan in spite of EINVAL" : NULL;
	left.nr = 0;
	for (j = 0; j < nr; j++) {
		struct plan_run run = runs[j];
		uint64_t end = run.start + run.size;

		run.start = (run.start + PLAN_GRANULE - 1) & ~(PLAN_GRANULE - 1);
		end &= ~(PLAN_GRANULE - 1);
		if (run.start < runs[j].start || end <= run.start)
			continue;
		run.size = end - run.start;
		left_add(&left, run);
	}
	for (i = 0; i < plan->nr; i++) {
		wrong = check_device(&left, req, &plan->devices[i]);
		if (wrong)
			return wrong;
	}
	if (!rc)
		return plan->nr == req->count ? NULL : "the wrong count";
	return rc == -ENOSPC ? check_shortage(&left, req) : "a strange error";
}
