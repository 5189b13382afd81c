// SPDX-License-Identifier: GPL-2.0-only
/* Reading saved devices, see layout.h: nothing in a file is taken on trust. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "label.h"
#include "layout.h"

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
	/* What does not fit an int64 comes as the largest one. */
	if (n < 0 || (uint64_t)n > ADDR_MAX)
		return wrong(p, "\"%s\" is out of range", key);
	*value = n;
	return 0;
}

/* Sets @value to NULL if there is none. A text that holds a NUL is none. */
static int get_text(const struct parser *p, struct json_object *obj,
		    const char *key, const char **value)
{
	struct json_object *text;

	*value = NULL;
	if (!json_object_object_get_ex(obj, key, &text))
		return 0;
	if (json_object_is_type(text, json_type_string))
		*value = json_object_get_string(text);
	if (!*value || strlen(*value) != (size_t)json_object_get_string_len(text))
		return wrong(p, "\"%s\" is not a text", key);
	return 0;
}

/* Whatever is not known may matter: it is refused rather than left out. */
static int check_keys(const struct parser *p, struct json_object *obj,
		      const char *const *known)
{
	size_t i;

	json_object_object_foreach(obj, key, value) {
		(void)value;
		for (i = 0; known[i] && strcmp(key, known[i]); i++)
			;
		if (!known[i])
			return wrong(p, "\"%.40s\" is not known here", key);
	}
	return 0;
}

static int get_name(const struct parser *p, struct json_object *obj,
		    struct layout_dev *ldev)
{
	const char *name, *label;
	char again[DEV_NAME];

	if (get_text(p, obj, "chardev", &name) ||
	    get_text(p, obj, "name", &label))
		return -EINVAL;
	if (!name || strlen(name) >= DEV_NAME ||
	    sscanf(name, "dax%d.%d", &ldev->region, &ldev->dev.id) != 2 ||
	    ldev->region < 0 || ldev->dev.id < 0)
		return wrong(p, "\"chardev\" is not the name of a dax device");
	snprintf(again, sizeof(again), "dax%d.%d", ldev->region, ldev->dev.id);
	if (strcmp(name, again))
		return wrong(p, "\"chardev\" is not the name of a dax device");
	if (ldev->region > REGION_BASE + NODE_MAX || ldev->dev.id > ID_MAX)
		return wrong(p, "\"chardev\" is out of range: up to dax%d.%d",
			     REGION_BASE + NODE_MAX, ID_MAX);
	strcpy(ldev->dev.name, again);
	if (label && !label_valid(label))
		return wrong(p, "\"name\" is not a valid name");
	if (label)
		strcpy(ldev->dev.label, label);
	return 0;
}

static int get_mode(const struct parser *p, struct json_object *obj,
		    struct dev *dev)
{
	const char *mode, *map, *state;

	if (get_text(p, obj, "mode", &mode) || get_text(p, obj, "map", &map) ||
	    get_text(p, obj, "state", &state))
		return -EINVAL;
	if (map && strcmp(map, "none") && strcmp(map, "mem"))
		return wrong(p, "\"map\" is neither \"none\" nor \"mem\"");
	if (state && strcmp(state, "disabled"))
		return wrong(p, "\"state\" is not \"disabled\"");
	if (mode && !strcmp(mode, "system-ram"))
		dev->mode = MODE_RAM;
	else if (mode && !strcmp(mode, "devdax"))
		dev->mode = map && !strcmp(map, "none") ? MODE_NONE : MODE_MEM;
	else
		return wrong(p, "\"mode\" is neither \"devdax\" nor \"system-ram\"");
	if (map && dev->mode == MODE_RAM)
		return wrong(p, "\"map\" is for \"devdax\" only");
	if (state)
		dev->mode = MODE_DISABLED;
	return 0;
}

static int get_owner(const struct parser *p, struct json_object *obj,
		     struct dev *dev)
{
	const char *owner, *octal;
	size_t i;

	if (get_text(p, obj, "owner", &owner) ||
	    get_text(p, obj, "permissions", &octal))
		return -EINVAL;
	dev->permissions = PERMISSIONS;
	if (octal && (strlen(octal) != 4 || octal[0] != '0' ||
		      strspn(octal, "0246") != 4))
		return wrong(p, "\"permissions\" is not octal, such as \"0660\"");
	if (octal)
		dev->permissions = strtoul(octal, NULL, 8);
	if (!owner)
		return 0;
	if (!*owner || strlen(owner) >= OWNER_NAME)
		return wrong(p, "\"owner\" is not USER:GROUP");
	for (i = 0; owner[i]; i++)
		if (owner[i] <= ' ' || owner[i] > '~' || owner[i] == '/')
			return wrong(p, "\"owner\" is not USER:GROUP");
	strcpy(dev->owner, owner);
	return 0;
}

static int get_mappings(const struct parser *p, struct json_object *obj,
			struct dev *dev)
{
	static const char *const known[] = { "page_offset", "start", "end",
					     "size", NULL };
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
		if (check_keys(p, mapping, known))
			return -EINVAL;
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
	static const char *const known[] = {
		"chardev", "name", "size", "target_node", "align", "mode",
		"map", "state", "owner", "permissions", "leaves", "mappings",
		NULL
	};
	uint64_t node;
	int rc;

	if (!json_object_is_type(obj, json_type_object))
		return wrong(p, "not an object");
	rc = check_keys(p, obj, known);
	if (!rc)
		rc = get_name(p, obj, ldev);
	if (!rc)
		rc = get_number(p, obj, "target_node", &node);
	if (!rc)
		rc = get_number(p, obj, "size", &ldev->dev.size);
	if (!rc)
		rc = get_number(p, obj, "align", &ldev->dev.align);
	if (rc)
		return rc;
	if (node > NODE_MAX)
		return wrong(p, "\"target_node\" is out of range");
	if (ldev->region != REGION_BASE + (int)node)
		return wrong(p, "\"chardev\" is not of a region of dax_node for node %d",
			     (int)node);
	ldev->node = node;
	if (ldev->dev.align != 4096 && ldev->dev.align != PLAN_GRANULE &&
	    ldev->dev.align != PLAN_UNIT)
		return wrong(p, "\"align\" is none of 4K, 2M and 1G");
	rc = get_mode(p, obj, &ldev->dev);
	if (!rc)
		rc = get_owner(p, obj, &ldev->dev);
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
	/* Version 1 has no owners; all else is the same. */
	if (!json_object_is_type(version, json_type_int) ||
	    json_object_get_int64(version) < 1 ||
	    json_object_get_int64(version) > LAYOUT_VERSION) {
		snprintf(why, size, "its version is not 1 to %d: written by a newer daxctl carve",
			 LAYOUT_VERSION);
		return -EINVAL;
	}
	if (json_object_object_length(root) != 2) {
		snprintf(why, size, "there is more than \"version\" and \"devices\" in it");
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

int layout_parse(const char *text, size_t len, struct layout *layout, char *why,
		 size_t size)
{
	struct json_tokener *tok;
	enum json_tokener_error error;
	struct json_object *root;
	size_t end;
	int rc;

	*layout = (struct layout){ 0 };
	if (memchr(text, '\0', len)) {
		snprintf(why, size, "not JSON: there is a NUL in it");
		return -EINVAL;
	}
	if (len > LAYOUT_MAX) {
		snprintf(why, size, "larger than %d bytes", LAYOUT_MAX);
		return -EINVAL;
	}
	tok = json_tokener_new();
	if (!tok)
		return -ENOMEM;
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT |
				    JSON_TOKENER_VALIDATE_UTF8 |
				    JSON_TOKENER_ALLOW_TRAILING_CHARS);
	/* Told to find the end by itself, it says that it ended behind it. */
	root = json_tokener_parse_ex(tok, text, len);
	error = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	json_tokener_free(tok);
	if (error == json_tokener_success &&
	    end + strspn(text + end, " \t\r\n") == len) {
		rc = parse_all(root, layout, why, size);
	} else {
		snprintf(why, size, "not JSON: %s, at offset %zu",
			 error == json_tokener_continue ||
			 error == json_tokener_error_parse_eof ?
			 "it ends too early" :
			 error == json_tokener_success ?
			 "something follows" : json_tokener_error_desc(error),
			 end);
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
