/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel says about transcendent memory. */
#ifndef TMEMCTL_STATE_H
#define TMEMCTL_STATE_H

#include <stddef.h>

#define TMEM	"/sys/kernel/tmem"

struct json_object;

enum { PUTS, REFUSED, GETS, MISSES, FLUSHED, EVICTED, SAVED, LOST, NR_COUNTERS };

/**
 * struct tmem_device - a dax device that is lent
 * @name: daxN.M
 * @size: bytes
 * @used: bytes that hold something
 * @bad_pages: pages that are left out for memory errors
 */
struct tmem_device {
	char *name;
	unsigned long long size;
	unsigned long long used;
	unsigned long long bad_pages;
};

/**
 * struct tmem_pool - a user of it
 * @name: of a swap device that of the disk
 * @kind: "persistent" or "ephemeral"
 * @backing: the disk behind a swap device; NULL for other pools
 * @max: bytes, or "max"
 * @used: bytes
 * @counters: pages
 */
struct tmem_pool {
	char *name;
	char *kind;
	char *backing;
	char *max;
	unsigned long long used;
	unsigned long long counters[NR_COUNTERS];
};

/**
 * struct tmem_state - all of it
 * @nr_devices: number of @devices
 * @devices: by name
 * @nr_pools: number of @pools
 * @pools: by name
 */
struct tmem_state {
	size_t nr_devices;
	struct tmem_device *devices;
	size_t nr_pools;
	struct tmem_pool *pools;
};

/**
 * state_read() - ask the kernel
 * @state: set to the answer, to be freed by state_free() if that succeeds; empty if the
 *         module is not loaded. What vanishes meanwhile is left out
 *
 * Return: 0, or a negative errno.
 */
int state_read(struct tmem_state *state);
void state_free(struct tmem_state *state);

/* For people. */
void state_table(const struct tmem_state *state);
void counters_table(const struct tmem_state *state, const char *pool);

/* For programs; NULL without memory. @pool may be NULL, for all. */
struct json_object *state_json(const struct tmem_state *state);
struct json_object *counters_json(const struct tmem_state *state,
				  const char *pool);

#endif /* TMEMCTL_STATE_H */
