// SPDX-License-Identifier: GPL-2.0-only
/* JSON for people and scripts, see report.h. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "message.h"
#include "report.h"
#include "size.h"
#include "text.h"

/* json-c keeps what is added, and does not mind a NULL. */
static void add(struct json_object *to, const char *key, struct json_object *obj)
{
	json_object_object_add(to, key, obj);
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	char *clean = text_clean(text);

	if (clean)
		add(to, key, json_object_new_string(clean));
	free(clean);
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
	/* One that is planned has none yet. */
	if (dev->name[0])
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
	if (dev->owner[0])
		add_text(obj, "owner", dev->owner);
	if (dev->permissions != PERMISSIONS) {
		char octal[16];

		snprintf(octal, sizeof(octal), "%04o", dev->permissions);
		add_text(obj, "permissions", octal);
	}
	add(obj, "leaves", report_leaves(dev, human));
	add(obj, "mappings", report_mappings(dev, human));
	return obj;
}

static struct json_object *report_holders(const struct row *row)
{
	struct json_object *array = NULL, *obj;
	const struct holder *holder = NULL;

	while (row->holders &&
	       (holder = holders_next(row->holders, row->dev, holder))) {
		if (!array)
			array = json_object_new_array();
		obj = json_object_new_object();
		if (!array || !obj)
			break;
		add(obj, "pid", json_object_new_int(holder->pid));
		add_text(obj, "comm", holder->what);
		json_object_array_add(array, obj);
	}
	return array;
}

static struct json_object *report_users(const struct users *users, bool human)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *claims;
	size_t i;

	if (!obj)
		return NULL;
	if (users->open)
		add(obj, "open", json_object_new_int64(users->open));
	if (users->held)
		add(obj, "held", json_size(users->held, human));
	if (!users->nr_claims)
		return obj;
	claims = json_object_new_array();
	for (i = 0; claims && i < users->nr_claims; i++)
		json_object_array_add(claims,
				      json_object_new_string(users->claims[i]));
	add(obj, "claims", claims);
	return obj;
}

static void report_place(struct json_object *obj, const struct users *users)
{
	char place[256];
	size_t i;

	for (i = 0; i < users->nr_claims; i++) {
		claim_place(users->claims[i], place, sizeof(place));
		if (*place)
			add_text(obj, "mount", place);
	}
}

struct json_object *report_row(const struct row *row, bool human)
{
	struct json_object *obj = report_dev(row->dev, row->node, human);
	struct json_object *holders;

	if (!obj)
		return NULL;
	if (row->dev->node == NODE_MISSING)
		add_text(obj, "node", "missing");
	else if (row->dev->node == NODE_STRAY)
		add_text(obj, "node", "not a device");
	if (row->known && users_any(&row->users)) {
		add(obj, "users", report_users(&row->users, human));
		report_place(obj, &row->users);
	}
	holders = report_holders(row);
	if (holders)
		add(obj, "holders", holders);
	return obj;
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
	size_t i;

	for (i = 0; obj && i < 3; i++)
		add(obj, aligns[i].name,
		    json_size(node_largest(node, aligns[i].align), human));
	return obj;
}

struct json_object *report_node(const struct node *node,
				const struct row *rows, size_t nr, bool human)
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
	for (i = 0; i < nr; i++)
		if (rows[i].node == node->id)
			json_object_array_add(devs, report_row(&rows[i], human));
	add(obj, "devices", devs);
	return obj;
}

int report_flush(void)
{
	if (fflush(stdout) || ferror(stdout))
		return fail("cannot write the result to standard output: %s",
			    strerror(errno));
	return 0;
}

int report_print(struct json_object *obj)
{
	const char *text;
	int rc = 0;

	text = obj ? json_object_to_json_string_ext(obj,
						    JSON_C_TO_STRING_PRETTY |
						    JSON_C_TO_STRING_NOSLASHESCAPE) :
		     NULL;
	if (!text)
		rc = fail("out of memory");
	else if (puts(text) == EOF)
		rc = report_flush();
	json_object_put(obj);
	return rc ? rc : report_flush();
}

/* A closed or full file says so to a write of nothing, a pipe to poll(). */
int report_ready(void)
{
	struct pollfd poll_fd = { .fd = STDOUT_FILENO };

	if (write(STDOUT_FILENO, "", 0) < 0)
		return fail("cannot write to standard output: %s: nothing is changed",
			    strerror(errno));
	if (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLERR | POLLNVAL)))
		return fail("nobody reads standard output: nothing is changed");
	return 0;
}
