// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../size.h"
#include "../sysfs.h"
#include "state.h"

static const char *const counter_names[NR_COUNTERS] = {
	[PUTS] = "puts", [REFUSED] = "refused", [GETS] = "gets",
	[MISSES] = "misses", [FLUSHED] = "flushed", [EVICTED] = "evicted",
	[SAVED] = "saved", [LOST] = "lost",
};

/* A line without its end; NULL if there is none. */
static char *line(const char *dir, const char *name, const char *file)
{
	char *text;

	if (sysfs_read(&text, "%s/%s/%s", dir, name, file))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Returns 1 if it is complete, 0 if it vanished. */
static int read_device(struct tmem_device *dev, const char *name)
{
	static const char dir[] = TMEM "/devices";

	if (sysfs_number(&dev->size, "%s/%s/size", dir, name) ||
	    sysfs_number(&dev->used, "%s/%s/used", dir, name) ||
	    sysfs_number(&dev->bad_pages, "%s/%s/bad_pages", dir, name))
		return 0;
	dev->name = strdup(name);
	return dev->name ? 1 : -ENOMEM;
}

static void free_pool(struct tmem_pool *pool)
{
	free(pool->name);
	free(pool->kind);
	free(pool->backing);
	free(pool->max);
}

static int read_pool(struct tmem_pool *pool, const char *name)
{
	static const char dir[] = TMEM "/pools";
	int i;

	pool->kind = line(dir, name, "kind");
	pool->max = line(dir, name, "max");
	if (!pool->kind || !pool->max ||
	    sysfs_number(&pool->used, "%s/%s/used", dir, name))
		goto gone;
	for (i = 0; i < NR_COUNTERS; i++)
		if (sysfs_number(&pool->counters[i], "%s/%s/%s", dir, name,
				 counter_names[i]))
			goto gone;
	pool->backing = line("/sys/block", name, "tmem/backing");
	pool->name = strdup(name);
	if (pool->name)
		return 1;
	free_pool(pool);
	return -ENOMEM;

gone:
	free_pool(pool);
	memset(pool, 0, sizeof(*pool));
	return 0;
}

static int no_dots(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int state_read(struct tmem_state *state)
{
	struct dirent **names;
	int i, n, rc = 0;

	memset(state, 0, sizeof(*state));
	n = scandir(TMEM "/devices", &names, no_dots, versionsort);
	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	state->devices = calloc(n + 1, sizeof(*state->devices));
	for (i = 0; i < n; i++) {
		if (state->devices && rc >= 0)
			rc = read_device(&state->devices[state->nr_devices],
					 names[i]->d_name);
		state->nr_devices += rc > 0;
		free(names[i]);
	}
	free(names);
	n = scandir(TMEM "/pools", &names, no_dots, versionsort);
	if (n < 0)
		n = 0, names = NULL;
	state->pools = calloc(n + 1, sizeof(*state->pools));
	for (i = 0; i < n; i++) {
		if (state->pools && rc >= 0)
			rc = read_pool(&state->pools[state->nr_pools],
				       names[i]->d_name);
		if (state->pools)
			state->nr_pools += rc > 0;
		free(names[i]);
	}
	free(names);
	if (rc >= 0 && state->devices && state->pools)
		return 0;
	state_free(state);
	return -ENOMEM;
}

void state_free(struct tmem_state *state)
{
	size_t i;

	for (i = 0; i < state->nr_devices; i++)
		free(state->devices[i].name);
	for (i = 0; i < state->nr_pools; i++)
		free_pool(&state->pools[i]);
	free(state->devices);
	free(state->pools);
	memset(state, 0, sizeof(*state));
}

/* With at most a digit after the point, as tables have room for. */
static const char *short_size(unsigned long long bytes, char text[SIZE_TEXT])
{
	static const char units[] = "KMGT";
	double n = bytes / 1024.0;
	int i = 0;

	for (; n >= 1024 && i < 3; i++)
		n /= 1024;
	if (!bytes)
		strcpy(text, "0");
	else
		snprintf(text, SIZE_TEXT, n == (unsigned long long)n ? "%.0f%c" : "%.1f%c",
			 n, units[i]);
	return text;
}

void state_table(const struct tmem_state *state)
{
	char size[SIZE_TEXT], used[SIZE_TEXT], max[SIZE_TEXT];
	size_t i;

	printf("%-12s  %8s  %8s  %5s\n", "DEVICE", "SIZE", "USED", "BAD");
	for (i = 0; i < state->nr_devices; i++) {
		const struct tmem_device *dev = &state->devices[i];

		printf("%-12s  %8s  %8s  %5llu\n", dev->name,
		       short_size(dev->size, size), short_size(dev->used, used),
		       dev->bad_pages);
	}
	printf("\n%-12s  %-10s  %8s  %8s  %s\n", "POOL", "KIND", "USED", "MAX",
	       "BACKING");
	for (i = 0; i < state->nr_pools; i++) {
		const struct tmem_pool *pool = &state->pools[i];

		printf("%-12s  %-10s  %8s  %8s  %s\n", pool->name, pool->kind,
		       short_size(pool->used, used),
		       strcmp(pool->max, "max") ?
				short_size(strtoull(pool->max, NULL, 10), max) : "-",
		       pool->backing ?: "-");
	}
}

void counters_table(const struct tmem_state *state, const char *pool)
{
	size_t i;
	int c;

	printf("%-12s", "POOL");
	for (c = 0; c < NR_COUNTERS; c++)
		printf("  %10s", counter_names[c]);
	putchar('\n');
	for (i = 0; i < state->nr_pools; i++) {
		if (pool && strcmp(pool, state->pools[i].name))
			continue;
		printf("%-12s", state->pools[i].name);
		for (c = 0; c < NR_COUNTERS; c++)
			printf("  %10llu", state->pools[i].counters[c]);
		putchar('\n');
	}
}

static int add(struct json_object *object, const char *key,
	       struct json_object *value)
{
	if (!value)
		return -ENOMEM;
	return json_object_object_add(object, key, value);
}

static int add_number(struct json_object *object, const char *key,
		      unsigned long long n)
{
	return add(object, key, json_object_new_uint64(n));
}

static int add_text(struct json_object *object, const char *key,
		    const char *text)
{
	return text ? add(object, key, json_object_new_string(text)) : 0;
}

static struct json_object *device_json(const struct tmem_device *dev)
{
	struct json_object *object = json_object_new_object();

	if (object && (add_text(object, "device", dev->name) ||
		       add_number(object, "size", dev->size) ||
		       add_number(object, "used", dev->used) ||
		       add_number(object, "bad_pages", dev->bad_pages))) {
		json_object_put(object);
		return NULL;
	}
	return object;
}

static struct json_object *pool_json(const struct tmem_pool *pool)
{
	struct json_object *object = json_object_new_object();
	int rc;

	if (!object)
		return NULL;
	rc = add_text(object, "pool", pool->name) ||
	     add_text(object, "kind", pool->kind) ||
	     add_text(object, "backing", pool->backing) ||
	     add_number(object, "used", pool->used);
	if (!rc && strcmp(pool->max, "max"))
		rc = add_number(object, "max", strtoull(pool->max, NULL, 10));
	if (!rc)
		return object;
	json_object_put(object);
	return NULL;
}

static struct json_object *pool_counters_json(const struct tmem_pool *pool)
{
	struct json_object *object = json_object_new_object();
	int c, rc;

	if (!object)
		return NULL;
	rc = add_text(object, "pool", pool->name);
	for (c = 0; c < NR_COUNTERS && !rc; c++)
		rc = add_number(object, counter_names[c], pool->counters[c]);
	if (!rc)
		return object;
	json_object_put(object);
	return NULL;
}

/* Takes @object over; NULL if that failed. */
static struct json_object *append(struct json_object *array,
				  struct json_object *object)
{
	if (array && object && !json_object_array_add(array, object))
		return array;
	json_object_put(object);
	json_object_put(array);
	return NULL;
}

struct json_object *state_json(const struct tmem_state *state)
{
	struct json_object *object = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	struct json_object *pools = json_object_new_array();
	size_t i;

	for (i = 0; i < state->nr_devices && devices; i++)
		devices = append(devices, device_json(&state->devices[i]));
	for (i = 0; i < state->nr_pools && pools; i++)
		pools = append(pools, pool_json(&state->pools[i]));
	if (object && devices && pools &&
	    !json_object_object_add(object, "devices", devices)) {
		devices = NULL;
		if (!json_object_object_add(object, "pools", pools))
			return object;
	}
	json_object_put(devices);
	json_object_put(pools);
	json_object_put(object);
	return NULL;
}

struct json_object *counters_json(const struct tmem_state *state,
				  const char *pool)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < state->nr_pools && array; i++)
		if (!pool || !strcmp(pool, state->pools[i].name))
			array = append(array,
				       pool_counters_json(&state->pools[i]));
	return array;
}
