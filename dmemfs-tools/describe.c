// SPDX-License-Identifier: GPL-2.0-only
/* Writing a layout, see layout.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "layout.h"

/* What is out of memory shows up as NULL in the end. */
struct writer {
	bool failed;
};

static struct json_object *checked(struct writer *w, struct json_object *obj)
{
	w->failed |= !obj;
	return obj;
}

static void put(struct writer *w, struct json_object *to, const char *key,
		struct json_object *value)
{
	if (!checked(w, value) || !to ||
	    json_object_object_add(to, key, value)) {
		w->failed = true;
		json_object_put(value);
	}
}

static void append(struct writer *w, struct json_object *to,
		   struct json_object *value)
{
	if (!checked(w, value) || !to || json_object_array_add(to, value)) {
		w->failed = true;
		json_object_put(value);
	}
}

static void put_number(struct writer *w, struct json_object *to, const char *key,
		       int64_t value)
{
	put(w, to, key, json_object_new_int64(value));
}

static void put_text(struct writer *w, struct json_object *to, const char *key,
		     const char *text)
{
	put(w, to, key, json_object_new_string(text));
}

/* Names are bytes, and not text: what is not printable ASCII is "%XX". */
static void put_bytes(struct writer *w, struct json_object *to, const char *key,
		      const char *bytes)
{
	char *text = malloc(3 * strlen(bytes) + 1), *p = text;

	if (!text) {
		w->failed = true;
		return;
	}
	for (; *bytes; bytes++) {
		unsigned char c = *bytes;

		if (c < 0x20 || c > 0x7e || c == '%')
			p += sprintf(p, "%%%02X", c);
		else
			*p++ = c;
	}
	*p = '\0';
	put_text(w, to, key, text);
	free(text);
}

static void put_time(struct writer *w, struct json_object *to, const char *key,
		     const struct layout_time *time)
{
	struct json_object *array = json_object_new_array();

	append(w, array, json_object_new_int64(time->sec));
	append(w, array, json_object_new_int64(time->nsec));
	put(w, to, key, array);
}

static void put_mode(struct writer *w, struct json_object *to, unsigned int mode)
{
	char text[16];

	snprintf(text, sizeof(text), "%04o", mode);
	put_text(w, to, "mode", text);
}

static struct json_object *options(struct writer *w, const struct layout *layout)
{
	struct json_object *obj = json_object_new_object();
	size_t i;

	for (i = 0; i < layout->nr_options; i++) {
		const struct layout_option *option = &layout->options[i];

		put(w, obj, option->name,
		    option->value ? json_object_new_string(option->value) :
				    json_object_new_boolean(true));
	}
	return obj;
}

static struct json_object *flags(struct writer *w, const struct layout *layout)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < LAYOUT_FLAGS; i++)
		if (layout->flags & 1U << i)
			append(w, array,
			       json_object_new_string(layout_flag_names[i]));
	return array;
}

static struct json_object *device(struct writer *w,
				  const struct layout_device *dev)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *array = json_object_new_array(), *range;
	size_t i;

	put_text(w, obj, "chardev", dev->chardev);
	if (*dev->name)
		put_text(w, obj, "name", dev->name);
	put_number(w, obj, "size", dev->size);
	for (i = 0; i < dev->nr; i++) {
		range = json_object_new_object();
		put_number(w, range, "start", dev->ranges[i].start);
		put_number(w, range, "end",
			   dev->ranges[i].start + dev->ranges[i].size - 1);
		append(w, array, range);
	}
	put(w, obj, "mappings", array);
	return obj;
}

static struct json_object *extents(struct writer *w,
				   const struct layout_entry *entry)
{
	struct json_object *array = json_object_new_array(), *obj;
	size_t i;

	for (i = 0; i < entry->nr; i++) {
		const struct layout_extent *ext = &entry->extents[i];

		obj = json_object_new_object();
		put_number(w, obj, "offset", ext->offset);
		put_number(w, obj, "length", ext->length);
		put_number(w, obj, "device", ext->device);
		put_number(w, obj, "base", ext->base);
		if (ext->unseen)
			put(w, obj, "unseen", json_object_new_boolean(true));
		append(w, array, obj);
	}
	return array;
}

/* Two digits a byte: values hold anything. */
static void put_hex(struct writer *w, struct json_object *to, const char *key,
		    const unsigned char *bytes, size_t size)
{
	char *text = malloc(2 * size + 1);
	size_t i;

	if (!text) {
		w->failed = true;
		return;
	}
	for (i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02X", bytes[i]);
	text[2 * size] = '\0';
	put_text(w, to, key, text);
	free(text);
}

static struct json_object *xattrs(struct writer *w,
				  const struct layout_entry *entry)
{
	struct json_object *array = json_object_new_array(), *obj;
	size_t i;

	for (i = 0; i < entry->nr_xattrs; i++) {
		obj = json_object_new_object();
		put_bytes(w, obj, "name", entry->xattrs[i].name);
		put_hex(w, obj, "value", entry->xattrs[i].value,
			entry->xattrs[i].size);
		append(w, array, obj);
	}
	return array;
}

static struct json_object *file(struct writer *w, const struct layout_entry *entry)
{
	struct json_object *obj = json_object_new_object();

	put_bytes(w, obj, "path", entry->path);
	put_text(w, obj, "type", layout_type_names[entry->type]);
	if (entry->target)
		put_bytes(w, obj, "target", entry->target);
	if (entry->type == LAYOUT_LINK)
		return obj;
	put_mode(w, obj, entry->mode);
	put_number(w, obj, "uid", entry->uid);
	put_number(w, obj, "gid", entry->gid);
	put_time(w, obj, "atime", &entry->atime);
	put_time(w, obj, "mtime", &entry->mtime);
	if (entry->nr_xattrs)
		put(w, obj, "xattrs", xattrs(w, entry));
	if (entry->type == LAYOUT_FILE) {
		put_number(w, obj, "size", entry->size);
		put(w, obj, "extents", extents(w, entry));
	}
	return obj;
}

char *layout_describe(const struct layout *layout)
{
	struct json_object *root = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	struct json_object *files = json_object_new_array();
	struct writer w = { 0 };
	const char *text = NULL;
	char *copy = NULL;
	size_t i;

	for (i = 0; i < layout->nr_devices; i++)
		append(&w, devices, device(&w, &layout->devices[i]));
	for (i = 0; i < layout->nr; i++)
		append(&w, files, file(&w, &layout->entries[i]));
	put_number(&w, root, "version", LAYOUT_VERSION);
	put(&w, root, "options", options(&w, layout));
	put(&w, root, "flags", flags(&w, layout));
	put(&w, root, "devices", devices);
	put(&w, root, "files", files);
	if (!w.failed)
		text = json_object_to_json_string_ext(root,
				JSON_C_TO_STRING_PRETTY |
				JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		copy = strdup(text);
	json_object_put(root);
	return copy;
}
