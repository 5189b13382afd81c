// SPDX-License-Identifier: GPL-2.0-only
/* JSON for people and scripts, see report.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "carve.h"
#include "report.h"
#include "size.h"

/* json-c keeps what is added, and does not mind a NULL. */
static void add(struct json_object *to, const char *key, struct json_object *obj)
{
	json_object_object_add(to, key, obj);
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	add(to, key, json_object_new_string(text));
}

static struct json_object *report_extent(uint64_t start, uint64_t size,
					 bool human)
{
	struct json_object *obj = json_object_new_object();

	if (!obj)
		return NULL;
	add(obj, "start", json_hex(start, human));
	add(obj, "end", json_hex(start + size - 1, human));
	add(obj, "size", json_size(size, human));
	return obj;
}

static struct json_object *report_extents(const struct extents *mem, bool human)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; array && i < mem->nr; i++)
		json_object_array_add(array,
				      report_extent(mem->ext[i].start,
						    mem->ext[i].size, human));
	return array;
}

static struct json_object *report_mappings(const struct dev *dev, bool human)
{
	struct json_object *array = json_object_new_array();
	uint64_t offset = 0;
	size_t i;

	for (i = 0; array && i < dev->mem.nr; i++) {
		const struct plan_extent *ext = &dev->mem.ext[i];
		struct json_object *obj = json_object_new_object();

		if (obj) {
			add(obj, "page_offset",
			    json_hex(offset / 4096, human));
			add(obj, "start", json_hex(ext->start, human));
			add(obj, "end",
			    json_hex(ext->start + ext->size - 1, human));
			add(obj, "size", json_size(ext->size, human));
		}
		json_object_array_add(array, obj);
		offset += ext->size;
	}
	return array;
}

/* Only for leaves that are of use: nothing is mapped by 4K if 2M will do. */
static struct json_object *report_leaves(const struct dev *dev, bool human)
{
	static const char *const name[] = { "4K", "2M", "1G" };
	struct json_object *obj = json_object_new_object();
	uint64_t leaves[3];
	int i;

	plan_leaves(dev->mem.ext, dev->mem.nr, leaves);
	for (i = 2; obj && i >= 0; i--)
		if (leaves[i])
			add(obj, name[i], json_size(leaves[i], human));
	return obj;
}

const char *report_mode(enum dev_mode mode, const char **map)
{
	*map = mode == MODE_NONE ? "none" : NULL;
	return mode == MODE_RAM ? "system-ram" : "devdax";
}

struct json_object *report_dev(const struct dev *dev, int node, bool human)
{
	struct json_object *obj = json_object_new_object();
	const char *map;

	if (!obj)
		return NULL;
	add_text(obj, "chardev", dev->name);
	if (dev->label[0])
		add_text(obj, "name", dev->label);
	add(obj, "size", json_size(dev->size, human));
	add(obj, "target_node", json_object_new_int(node));
	add(obj, "align", json_size(dev->align, human));
	add_text(obj, "mode", report_mode(dev->mode, &map));
	if (map)
		add_text(obj, "map", map);
	if (dev->mode == MODE_DISABLED)
		add_text(obj, "state", "disabled");
	add(obj, "leaves", report_leaves(dev, human));
	add(obj, "mappings", report_mappings(dev, human));
	return obj;
}

static struct json_object *report_holders(const struct holders *holders,
					  const struct dev *dev)
{
	struct json_object *array = NULL, *obj;
	const struct holder *holder = NULL;

	while ((holder = holders_next(holders, dev, holder))) {
		if (!array)
			array = json_object_new_array();
		obj = json_object_new_object();
		if (!array || !obj)
			break;
		if (holder->pid)
			add(obj, "pid", json_object_new_int(holder->pid));
		add_text(obj, holder->pid ? "comm" : "mount", holder->what);
		json_object_array_add(array, obj);
	}
	return array;
}

static struct json_object *report_largest(const struct node *node, bool human)
{
	static const struct {
		const char *name;
		uint64_t align;
	} aligns[] = {
		{ "1G", PLAN_UNIT }, { "2M", PLAN_GRANULE }, { "4K", 4096 },
	};
	struct json_object *obj = json_object_new_object();
	struct plan_run *runs;
	size_t i;

	runs = calloc(node->free.nr ? node->free.nr : 1, sizeof(*runs));
	if (!obj || !runs) {
		free(runs);
		return obj;
	}
	for (i = 0; i < node->free.nr; i++)
		runs[i] = (struct plan_run){ node->free.ext[i].start,
					     node->free.ext[i].size, node->id };
	for (i = 0; i < 3; i++)
		add(obj, aligns[i].name,
		    json_size(plan_largest(runs, node->free.nr,
					   aligns[i].align), human));
	free(runs);
	return obj;
}

struct json_object *report_node(const struct node *node,
				const struct holders *holders, bool human)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *devs = json_object_new_array();
	size_t i;

	if (!obj || !devs) {
		json_object_put(obj);
		json_object_put(devs);
		return NULL;
	}
	add(obj, "node", json_object_new_int(node->id));
	add(obj, "region", json_object_new_int(node->region));
	add(obj, "size", json_size(extents_size(&node->mem), human));
	add(obj, "available_size", json_size(extents_size(&node->free), human));
	add(obj, "largest_free", report_largest(node, human));
	add(obj, "ranges", report_extents(&node->mem, human));
	add(obj, "free", report_extents(&node->free, human));
	for (i = 0; i < node->nr_devs; i++) {
		const struct dev *dev = &node->devs[i];
		struct json_object *jdev, *jholders;

		/* As in "daxctl list": the empty one is of no interest. */
		if (!dev->size)
			continue;
		jdev = report_dev(dev, node->id, human);
		jholders = report_holders(holders, dev);
		if (jdev && jholders)
			add(jdev, "holders", jholders);
		json_object_array_add(devs, jdev);
	}
	add(obj, "devices", devs);
	return obj;
}

int report_print(struct json_object *array)
{
	const char *text;
	int rc = 0;

	text = array ? json_object_to_json_string_ext(array,
						      JSON_C_TO_STRING_PRETTY) :
		       NULL;
	if (!text)
		rc = fail("out of memory");
	else if (puts(text) == EOF || fflush(stdout))
		rc = fail("cannot write the result");
	json_object_put(array);
	return rc;
}
