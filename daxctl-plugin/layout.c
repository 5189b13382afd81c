// SPDX-License-Identifier: GPL-2.0-only
/* Reading saved devices, see layout.h: nothing in a file is taken on trust. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "layout.h"
#include "state.h"

/* More than the largest machine has addresses for; sums cannot overflow. */
#define ADDR_MAX	(UINT64_C(1) << 56)

struct parser {
	char *why;
	size_t size;
	size_t index;
};

static int wrong(const struct parser *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int wrong(const struct parser *p, const char *fmt, ...)
{
	int len = snprintf(p->why, p->size, "device %zu: ", p->index);
	va_list args;

	va_start(args, fmt);
	if (len > 0 && (size_t)len < p->size)
		vsnprintf(p->why + len, p->size - len, fmt, args);
	va_end(args);
	return -EINVAL;
}

static int get_number(const struct parser *p, struct json_object *obj,
		      const char *key, uint64_t *value)
{
	struct json_object *number;
	int64_t n;

	if (!json_object_object_get_ex(obj, key, &number) ||
	    !json_object_is_type(number, json_type_int))
		return wrong(p, "\"%s\" is not a number", key);
	n = json_object_get_int64(number);
	if (n < 0 || (uint64_t)n > ADDR_MAX)
		return wrong(p, "\"%s\" is out of range", key);
	*value = n;
	return 0;
}

static const char *get_text(struct json_object *obj, const char *key)
{
	struct json_object *text;

	if (!json_object_object_get_ex(obj, key, &text) ||
	    !json_object_is_type(text, json_type_string))
		return NULL;
	return json_object_get_string(text);
}

static int get_name(const struct parser *p, struct json_object *obj,
		    struct layout_dev *ldev)
{
	const char *name = get_text(obj, "chardev");
	const char *label = get_text(obj, "name");
	char again[DEV_NAME];

	if (!name || sscanf(name, "dax%d.%d", &ldev->region,
			    &ldev->dev.id) != 2 ||
	    ldev->region < 0 || ldev->dev.id < 0)
		return wrong(p, "\"chardev\" is not the name of a dax device");
	snprintf(again, sizeof(again), "dax%d.%d", ldev->region, ldev->dev.id);
	if (strcmp(name, again))
		return wrong(p, "\"chardev\" is not the name of a dax device");
	strcpy(ldev->dev.name, again);
	if (!label && json_object_object_get_ex(obj, "name", NULL))
		return wrong(p, "\"name\" is not a text");
	if (label && !label_valid(label))
		return wrong(p, "\"name\" is not a valid name");
	if (label)
		strcpy(ldev->dev.label, label);
	return 0;
}

static int get_mode(const struct parser *p, struct json_object *obj,
		    struct dev *dev)
{
	const char *mode = get_text(obj, "mode");
	const char *map = get_text(obj, "map");
	const char *state = get_text(obj, "state");

	if (mode && !strcmp(mode, "system-ram"))
		dev->mode = MODE_RAM;
	else if (mode && !strcmp(mode, "devdax"))
		dev->mode = map && !strcmp(map, "none") ? MODE_NONE : MODE_MEM;
	else
		return wrong(p, "\"mode\" is neither \"devdax\" nor \"system-ram\"");
	if (state && !strcmp(state, "disabled"))
		dev->mode = MODE_DISABLED;
	return 0;
}

static int get_mappings(const struct parser *p, struct json_object *obj,
			struct dev *dev)
{
	struct json_object *array, *mapping;
	uint64_t offset = 0, page_offset, start, end;
	size_t i, nr;
	int rc;

	if (!json_object_object_get_ex(obj, "mappings", &array) ||
	    !json_object_is_type(array, json_type_array) ||
	    !json_object_array_length(array))
		return wrong(p, "\"mappings\" is not a list of extents");
	nr = json_object_array_length(array);
	for (i = 0; i < nr; i++) {
		mapping = json_object_array_get_idx(array, i);
		if (!json_object_is_type(mapping, json_type_object))
			return wrong(p, "mapping %zu is not an extent", i);
		if (get_number(p, mapping, "page_offset", &page_offset) ||
		    get_number(p, mapping, "start", &start) ||
		    get_number(p, mapping, "end", &end))
			return -EINVAL;
		if (end < start || start % PLAN_GRANULE ||
		    start % dev->align || (end + 1) % PLAN_GRANULE ||
		    (end + 1) % dev->align)
			return wrong(p, "mapping %zu is not aligned to %#" PRIx64,
				     i, dev->align > PLAN_GRANULE ?
				     dev->align : PLAN_GRANULE);
		if (page_offset != offset / 4096)
			return wrong(p, "mapping %zu does not follow the one before it",
				     i);
		offset += end + 1 - start;
		if (offset > ADDR_MAX)
			return wrong(p, "the mappings are too large");
		rc = extents_add(&dev->mem, start, end + 1 - start);
		if (rc)
			return rc;
	}
	if (offset != dev->size)
		return wrong(p, "\"size\" is not the sum of its mappings");
	return 0;
}

static int get_dev(const struct parser *p, struct json_object *obj,
		   struct layout_dev *ldev)
{
	uint64_t node;
	int rc;

	if (!json_object_is_type(obj, json_type_object))
		return wrong(p, "not an object");
	rc = get_name(p, obj, ldev);
	if (!rc)
		rc = get_number(p, obj, "target_node", &node);
	if (!rc)
		rc = get_number(p, obj, "size", &ldev->dev.size);
	if (!rc)
		rc = get_number(p, obj, "align", &ldev->dev.align);
	if (rc)
		return rc;
	if (node > 0xffff)
		return wrong(p, "\"target_node\" is out of range");
	ldev->node = node;
	if (ldev->dev.align != 4096 && ldev->dev.align != PLAN_GRANULE &&
	    ldev->dev.align != PLAN_UNIT)
		return wrong(p, "\"align\" is none of 4K, 2M and 1G");
	rc = get_mode(p, obj, &ldev->dev);
	return rc ? rc : get_mappings(p, obj, &ldev->dev);
}

struct piece {
	uint64_t start, end;
	const struct dev *dev;
};

static int by_start(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_name(const void *a, const void *b)
{
	const struct dev *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int by_label(const void *a, const void *b)
{
	const struct dev *const *x = a, *const *y = b;

	return strcmp((*x)->label, (*y)->label);
}

/* Sorted, what is the same is side by side. */
static int check_names(const struct layout *layout, char *why, size_t size)
{
	const struct dev **devs = calloc(layout->nr + 1, sizeof(*devs));
	int rc = 0;
	size_t i;

	if (!devs)
		return -ENOMEM;
	for (i = 0; i < layout->nr; i++)
		devs[i] = &layout->devs[i].dev;
	qsort(devs, layout->nr, sizeof(*devs), by_name);
	for (i = 1; i < layout->nr && !rc; i++)
		if (!by_name(&devs[i - 1], &devs[i])) {
			snprintf(why, size, "%s is there twice", devs[i]->name);
			rc = -EINVAL;
		}
	qsort(devs, layout->nr, sizeof(*devs), by_label);
	for (i = 1; i < layout->nr && !rc; i++)
		if (devs[i]->label[0] && !by_label(&devs[i - 1], &devs[i])) {
			snprintf(why, size, "%s and %s have the same name, %s",
				 devs[i - 1]->name, devs[i]->name,
				 devs[i]->label);
			rc = -EINVAL;
		}
	free(devs);
	return rc;
}

static int check_overlap(const struct layout *layout, char *why, size_t size)
{
	struct piece *pieces;
	size_t i, j, nr = 0;
	int rc = 0;

	for (i = 0; i < layout->nr; i++)
		nr += layout->devs[i].dev.mem.nr;
	pieces = calloc(nr + 1, sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	nr = 0;
	for (i = 0; i < layout->nr; i++) {
		const struct dev *dev = &layout->devs[i].dev;

		for (j = 0; j < dev->mem.nr; j++)
			pieces[nr++] = (struct piece){
				.start = dev->mem.ext[j].start,
				.end = dev->mem.ext[j].start +
				       dev->mem.ext[j].size,
				.dev = dev,
			};
	}
	qsort(pieces, nr, sizeof(*pieces), by_start);
	for (i = 1; i < nr && !rc; i++)
		if (pieces[i].start < pieces[i - 1].end) {
			snprintf(why, size, "%s and %s share memory at %#" PRIx64,
				 pieces[i - 1].dev->name, pieces[i].dev->name,
				 pieces[i].start);
			rc = -EINVAL;
		}
	free(pieces);
	return rc;
}

static int parse_all(struct json_object *root, struct layout *layout, char *why,
		     size_t size)
{
	struct parser p = { .why = why, .size = size };
	struct json_object *version, *devices;
	int rc = 0;

	if (!json_object_is_type(root, json_type_object) ||
	    !json_object_object_get_ex(root, "version", &version) ||
	    !json_object_object_get_ex(root, "devices", &devices) ||
	    !json_object_is_type(devices, json_type_array)) {
		snprintf(why, size, "not written by daxctl carve save");
		return -EINVAL;
	}
	if (!json_object_is_type(version, json_type_int) ||
	    json_object_get_int64(version) != 1) {
		snprintf(why, size, "its version is not 1: written by a newer daxctl carve");
		return -EINVAL;
	}
	layout->devs = calloc(json_object_array_length(devices) + 1,
			      sizeof(*layout->devs));
	if (!layout->devs)
		return -ENOMEM;
	for (p.index = 0; p.index < json_object_array_length(devices) && !rc;
	     p.index++)
		rc = get_dev(&p, json_object_array_get_idx(devices, p.index),
			     &layout->devs[layout->nr++]);
	if (!rc)
		rc = check_names(layout, why, size);
	return rc ? rc : check_overlap(layout, why, size);
}

int layout_parse(const char *text, struct layout *layout, char *why,
		 size_t size)
{
	struct json_tokener *tok = strlen(text) < INT_MAX ? json_tokener_new() :
							    NULL;
	enum json_tokener_error error;
	struct json_object *root;
	const char *rest;
	int rc;

	*layout = (struct layout){ 0 };
	if (!tok)
		return -ENOMEM;
	/* Told to find the end by itself, it says that it ended behind it. */
	root = json_tokener_parse_ex(tok, text, strlen(text));
	error = json_tokener_get_error(tok);
	rest = text + json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (error == json_tokener_success &&
	    !rest[strspn(rest, " \t\r\n")]) {
		rc = parse_all(root, layout, why, size);
	} else {
		snprintf(why, size, "not JSON: %s, at offset %zu",
			 error == json_tokener_continue ||
			 error == json_tokener_error_parse_eof ?
			 "it ends too early" :
			 error == json_tokener_success ?
			 "something follows" : json_tokener_error_desc(error),
			 (size_t)(rest - text));
		rc = -EINVAL;
	}
	json_object_put(root);
	return rc;
}

void layout_free(struct layout *layout)
{
	size_t i;

	for (i = 0; i < layout->nr; i++)
		free(layout->devs[i].dev.mem.ext);
	free(layout->devs);
	*layout = (struct layout){ 0 };
}
