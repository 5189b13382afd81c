/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to reserve at boot: a pure function, as the planner is. It leaves alone what is
 * below 4 GiB, takes whole gigabytes where it can and whole sections where it cannot,
 * and the upper end of a range, so that the host keeps what is near the kernel.
 */
#ifndef CARVE_RESERVE_H
#define CARVE_RESERVE_H

#include "firmware.h"

/* What the kernel has struct pages for as a whole, on x86. */
#define RESERVE_SECTION	(UINT64_C(1) << 27)
#define RESERVE_LOW	(UINT64_C(1) << 32)

/**
 * struct guests - guests of one size
 * @count: how many
 * @size: bytes of each
 */
struct guests {
	unsigned long count;
	uint64_t size;
};

/**
 * struct reserve_node - what a node gets
 * @node: the node
 * @ram: bytes that it has
 * @guests: bytes of the guests that are to be on it
 * @count: their number
 * @reserved: bytes that are reserved
 */
struct reserve_node {
	int node;
	uint64_t ram;
	uint64_t guests;
	unsigned long count;
	uint64_t reserved;
};

/**
 * struct reserve - what to reserve
 * @nr: number of @range
 * @range: each is one memmap=
 * @nr_nodes: number of @nodes
 * @nodes: what each of them gets
 * @missing: bytes of guests that there is no room for
 */
struct reserve {
	size_t nr;
	struct ram *range;
	size_t nr_nodes;
	struct reserve_node *nodes;
	uint64_t missing;
};

/**
 * reserve_make() - plan it
 * @firmware: what there is
 * @guests: what is to run, each guest on one node
 * @nr: number of @guests
 * @host: bytes that the host keeps, shared by the nodes as they have memory
 * @reserve: set to the plan; to be freed by reserve_free(), also upon failure
 *
 * Return: 0; -ENOSPC if it does not fit, with @missing set; -ENOMEM.
 */
int reserve_make(const struct firmware *firmware, const struct guests *guests,
		 size_t nr, uint64_t host, struct reserve *reserve);
void reserve_free(struct reserve *reserve);

/**
 * guests_parse() - read "10x32G,2x64G"
 * @text: that; "32G" alone is one
 * @guests: set to it, to be freed
 * @nr: set to their number
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int guests_parse(const char *text, struct guests **guests, size_t *nr);

#endif /* CARVE_RESERVE_H */
