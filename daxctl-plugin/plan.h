/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The planner: which physical memory a new device gets. A pure function: it
 * reads no file, changes nothing that it is given, and knows only numbers.
 *
 * What it aims for, in this order:
 *  1. as many aligned gigabytes as the size asks for, at offsets of the device
 *     where they can be mapped by 1G leaves;
 *  2. no aligned gigabyte broken up if the rest of the size fits into at most
 *     PLAN_FRAGMENTS pieces of memory that is not part of any;
 *  3. few extents;
 *  4. large free runs stay whole: the smallest that does is taken.
 */
#ifndef CARVE_PLAN_H
#define CARVE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel divides dax memory into, and the largest leaf. */
#define PLAN_GRANULE	(UINT64_C(1) << 21)
#define PLAN_UNIT	(UINT64_C(1) << 30)

/* How many fragments a device takes before an aligned gigabyte is broken up. */
#define PLAN_FRAGMENTS	8

/**
 * struct plan_run - contiguous free memory
 * @start: physical address
 * @size: bytes
 * @node: NUMA node
 */
struct plan_run {
	uint64_t start;
	uint64_t size;
	int node;
};

/**
 * struct plan_request - what is wanted
 * @size: bytes of each device, a multiple of @align and of PLAN_GRANULE
 * @align: 4K, 2M or 1G; each extent is a multiple of it
 * @count: number of devices
 * @contiguous: one extent each
 * @spread: as many on one node as on another, as far as there is room; otherwise
 *          a node is filled before the next
 */
struct plan_request {
	uint64_t size;
	uint64_t align;
	unsigned int count;
	bool contiguous;
	bool spread;
};

/**
 * struct plan_extent - contiguous part of a device
 * @start: physical address
 * @size: bytes
 */
struct plan_extent {
	uint64_t start;
	uint64_t size;
};

/**
 * struct plan_device - a planned device
 * @node: NUMA node that all of it is on
 * @nr: number of @extents
 * @extents: in the order of the device's offsets
 */
struct plan_device {
	int node;
	size_t nr;
	struct plan_extent *extents;
};

/**
 * struct plan - planned devices
 * @nr: number of @devices
 * @devices: in the order in which they were planned
 */
struct plan {
	unsigned int nr;
	struct plan_device *devices;
};

/**
 * plan_make() - plan devices
 * @runs: free memory, that of each node by rising address; nodes are tried in
 *        the order in which they come up first
 * @nr: number of @runs
 * @req: what is wanted
 * @plan: set to the plan; to be freed by plan_free(), also upon failure, when
 *        it holds the devices that still fit
 *
 * Memory of a run that is no multiple of PLAN_GRANULE is left alone.
 *
 * Return: 0; -EINVAL if the request or the runs make no sense; -ENOSPC if not
 * all devices fit; -ENOMEM.
 */
int plan_make(const struct plan_run *runs, size_t nr,
	      const struct plan_request *req, struct plan *plan);
void plan_free(struct plan *plan);

/**
 * plan_largest() - how large a contiguous device could be
 * @runs: free memory
 * @nr: number of @runs
 * @align: 4K, 2M or 1G
 *
 * Return: bytes, a multiple of @align and of PLAN_GRANULE; 0 if there is none.
 */
uint64_t plan_largest(const struct plan_run *runs, size_t nr, uint64_t align);

/**
 * plan_max() - the largest devices that fit
 * @runs: as for plan_make()
 * @nr: number of @runs
 * @req: what is wanted, of any size
 *
 * Return: a size with which plan_make() succeeds, and with nothing larger of those
 * that were tried; 0 if there is none, or no memory to find out.
 */
uint64_t plan_max(const struct plan_run *runs, size_t nr,
		  const struct plan_request *req);

/**
 * plan_leaves() - how much of a device can be mapped by which leaf
 * @extents: of the device, in the order of its offsets
 * @nr: number of @extents
 * @leaves: set to bytes mapped by 4K, 2M and 1G leaves, if the largest possible
 *          are used and the mapping starts at an aligned address
 */
void plan_leaves(const struct plan_extent *extents, size_t nr,
		 uint64_t leaves[3]);

#endif /* CARVE_PLAN_H */
