// SPDX-License-Identifier: GPL-2.0-only
/* Reading a layout, see layout.h: nothing in a file is taken on trust. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <linux/limits.h>

#include "json.h"
#include "layout.h"
#include "parse.h"

/* More than any machine has addresses for, or a file bytes; sums do not overflow. */
#define BYTES_MAX	(UINT64_C(1) << 62)
#define PAGE		4096

static int copy_name(const struct json_parser *p, struct json_object *obj,
		     const char *key, char *to)
{
	const char *name = json_get_text(obj, key), *c;

	if (!name || !*name || strlen(name) >= LAYOUT_NAME || *name == '.')
		return json_wrong(p, "\"%s\" is not a name", key);
	for (c = name; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("/:,\\", *c))
			return json_wrong(p, "\"%s\" is not a name", key);
	strcpy(to, name);
	return 0;
}

/* Names, parted by slashes, and none of them leads up. */
static bool is_path(const char *path)
{
	size_t len;

	for (;; path += len + 1) {
		len = strcspn(path, "/");
		if (!len || len > 255 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
	}
}

static int get_options(struct json_parser *p, struct json_object *root,
		       struct layout *layout, uint64_t *pagesize)
{
	struct json_object *obj = NULL;
	const char *name, *text, *c;
	bool flag;
	int rc;

	json_object_object_get_ex(root, "options", &obj);
	if (!json_object_is_type(obj, json_type_object))
		return json_wrong(p, "\"options\" is not an object");
	*pagesize = 0;
	json_object_object_foreach(obj, key, value) {
		name = layout_option_name(key, &flag);
		text = json_text_of(value);
		if (!name)
			return json_wrong(p, "\"%.40s\" is not an option of a mount that is restored",
					  key);
		if (flag ? !json_object_is_type(value, json_type_boolean) ||
		    !json_object_get_boolean(value) :
		    !text || !*text || strlen(text) > 255)
			return json_wrong(p, "option \"%s\" has no possible value", name);
		for (c = flag ? "" : text; *c; c++)
			if (*c <= ' ' || *c > '~')
				return json_wrong(p, "option \"%s\" has no possible value",
						  name);
		if (!strcmp(name, "pagesize"))
			*pagesize = !strcmp(text, "4K") ? 4096 :
				    !strcmp(text, "2M") ? 2 << 20 :
				    !strcmp(text, "1G") ? 1 << 30 : 0;
		rc = layout_add_option(layout, name, flag ? NULL : text);
		if (rc == -ENOMEM)
			return rc;
		if (rc)
			return json_wrong(p, "there are too many options");
	}
	if (!*pagesize)
		return json_wrong(p, "option \"pagesize\" is none of 4K, 2M and 1G");
	return 0;
}

static int get_flags(struct json_parser *p, struct json_object *root,
		     struct layout *layout)
{
	struct json_object *list;
	const char *text;
	size_t i, j;
	int rc;

	rc = json_get_list(p, root, "flags", &list);
	if (rc)
		return rc;
	for (i = 0; i < json_object_array_length(list); i++) {
		text = json_text_of(json_object_array_get_idx(list, i));
		for (j = 0; text && j < LAYOUT_FLAGS; j++)
			if (!strcmp(text, layout_flag_names[j]))
				break;
		if (!text || j == LAYOUT_FLAGS)
			return json_wrong(p, "\"flags\" has one that is not known");
		layout->flags |= 1U << j;
	}
	return 0;
}

static int get_range(const struct json_parser *p, struct json_object *obj,
		     struct layout_range *range)
{
	static const char *const known[] = { "start", "end", NULL };
	uint64_t end;
	int rc;

	rc = json_check_keys(p, obj, known);
	if (!rc)
		rc = json_get_number(p, obj, "start", BYTES_MAX, &range->start);
	if (!rc)
		rc = json_get_number(p, obj, "end", BYTES_MAX, &end);
	if (rc)
		return rc;
	if (end < range->start || range->start % PAGE || (end + 1) % PAGE)
		return json_wrong(p, "a mapping is not made of pages");
	range->size = end + 1 - range->start;
	return 0;
}

static int get_device(struct json_parser *p, struct json_object *obj,
		      struct layout_device *dev)
{
	static const char *const known[] = { "chardev", "name", "size",
					     "mappings", NULL };
	struct json_object *list;
	uint64_t sum = 0;
	size_t nr;
	int rc;

	rc = json_check_keys(p, obj, known);
	if (!rc)
		rc = copy_name(p, obj, "chardev", dev->chardev);
	if (!rc && json_object_object_get_ex(obj, "name", NULL))
		rc = copy_name(p, obj, "name", dev->name);
	if (!rc)
		rc = json_get_number(p, obj, "size", BYTES_MAX, &dev->size);
	if (!rc)
		rc = json_get_list(p, obj, "mappings", &list);
	if (rc)
		return rc;
	nr = json_object_array_length(list);
	dev->ranges = calloc(nr + 1, sizeof(*dev->ranges));
	if (!dev->ranges)
		return -ENOMEM;
	for (; dev->nr < nr; dev->nr++) {
		rc = get_range(p, json_object_array_get_idx(list, dev->nr),
			       &dev->ranges[dev->nr]);
		if (rc)
			return rc;
		sum += dev->ranges[dev->nr].size;
		if (sum > dev->size)
			break;
	}
	if (!nr || sum != dev->size)
		return json_wrong(p, "\"size\" is not the sum of its mappings");
	return 0;
}

static int get_devices(struct json_parser *p, struct json_object *root,
		       struct layout *layout)
{
	struct json_object *list;
	size_t nr;
	int rc;

	rc = json_get_list(p, root, "devices", &list);
	if (rc)
		return rc;
	nr = json_object_array_length(list);
	if (!nr || nr > LAYOUT_DEVICES)
		return json_wrong(p, "there are not 1 to %d devices", LAYOUT_DEVICES);
	p->what = "device";
	for (p->index = 0; p->index < nr && !rc; p->index++)
		rc = get_device(p, json_object_array_get_idx(list, p->index),
				&layout->devices[layout->nr_devices++]);
	p->what = NULL;
	return rc;
}

static int get_time(const struct json_parser *p, struct json_object *obj,
		    const char *key, struct layout_time *time)
{
	struct json_object *list = NULL;
	int64_t nsec;
	int rc;

	json_object_object_get_ex(obj, key, &list);
	if (!json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) != 2)
		return json_wrong(p, "\"%s\" is not seconds and nanoseconds", key);
	rc = json_number_of(p, json_object_array_get_idx(list, 0), key, INT64_MIN,
			    INT64_MAX, &time->sec);
	if (!rc)
		rc = json_number_of(p, json_object_array_get_idx(list, 1), key, 0,
				    999999999, &nsec);
	if (!rc)
		time->nsec = nsec;
	return rc;
}

static int get_extent(const struct json_parser *p, struct json_object *obj,
		      const struct layout *layout, uint64_t from,
		      struct layout_extent *ext)
{
	static const char *const known[] = { "offset", "length", "device",
					     "base", "unseen", NULL };
	struct json_object *unseen = NULL;
	uint64_t device;
	int rc;

	rc = json_check_keys(p, obj, known);
	if (!rc)
		rc = json_get_number(p, obj, "offset", BYTES_MAX, &ext->offset);
	if (!rc)
		rc = json_get_number(p, obj, "length", BYTES_MAX, &ext->length);
	if (!rc)
		rc = json_get_number(p, obj, "device", LAYOUT_DEVICES, &device);
	if (!rc)
		rc = json_get_number(p, obj, "base", BYTES_MAX, &ext->base);
	if (rc)
		return rc;
	if (json_object_object_get_ex(obj, "unseen", &unseen) &&
	    !json_object_is_type(unseen, json_type_boolean))
		return json_wrong(p, "\"unseen\" is neither true nor false");
	ext->unseen = unseen && json_object_get_boolean(unseen);
	ext->device = device;
	if (device >= layout->nr_devices)
		return json_wrong(p, "an extent is of a device that there is not");
	if (!ext->length || (ext->offset | ext->length | ext->base) % PAGE)
		return json_wrong(p, "an extent is not made of pages");
	if (ext->offset < from)
		return json_wrong(p, "extents overlap in the file");
	if (ext->base > layout->devices[device].size ||
	    ext->length > layout->devices[device].size - ext->base)
		return json_wrong(p, "an extent is not inside of its device");
	return 0;
}

static int get_file(struct json_parser *p, struct json_object *obj,
		    const struct layout *layout, struct layout_entry *entry)
{
	struct json_object *list;
	struct layout_extent ext;
	uint64_t end = 0;
	size_t i;
	int rc;

	rc = json_get_number(p, obj, "size", INT64_MAX, &entry->size);
	if (!rc)
		rc = json_get_list(p, obj, "extents", &list);
	for (i = 0; !rc && i < json_object_array_length(list); i++) {
		rc = get_extent(p, json_object_array_get_idx(list, i), layout,
				end, &ext);
		if (rc)
			break;
		end = ext.offset + ext.length;
		rc = layout_add_extent(entry, &ext);
	}
	return rc;
}

static int get_owner(struct json_parser *p, struct json_object *obj,
		     struct layout_entry *entry)
{
	const char *mode = json_get_text(obj, "mode");
	uint64_t uid, gid;
	int rc;

	if (!mode || strlen(mode) != 4 || strspn(mode, "01234567") != 4)
		return json_wrong(p, "\"mode\" is not octal, such as \"0640\"");
	entry->mode = strtoul(mode, NULL, 8);
	/* The largest one means "leave it as it is". */
	rc = json_get_number(p, obj, "uid", UINT32_MAX - 1, &uid);
	if (!rc)
		rc = json_get_number(p, obj, "gid", UINT32_MAX - 1, &gid);
	if (!rc)
		rc = get_time(p, obj, "atime", &entry->atime);
	if (!rc)
		rc = get_time(p, obj, "mtime", &entry->mtime);
	if (!rc) {
		entry->uid = uid;
		entry->gid = gid;
	}
	return rc;
}

static int get_xattr(const struct json_parser *p, struct json_object *obj,
		     struct layout_entry *entry)
{
	static const char *const known[] = { "name", "value", NULL };
	unsigned char *value = NULL;
	char *name = NULL;
	size_t size, i;
	int rc;

	rc = json_check_keys(p, obj, known);
	if (!rc)
		rc = json_get_bytes(p, obj, "name", &name);
	if (!rc && strlen(name) >= LAYOUT_XATTR_NAME)
		rc = json_wrong(p, "the name of an attribute is too long");
	for (i = 0; i < entry->nr_xattrs && !rc; i++)
		if (!strcmp(entry->xattrs[i].name, name))
			rc = json_wrong(p, "an attribute is there twice");
	if (!rc)
		rc = json_get_hex(p, obj, "value", LAYOUT_XATTR_VALUE, &value,
				  &size);
	if (!rc)
		rc = layout_add_xattr(entry, name, value, size);
	free(value);
	free(name);
	return rc;
}

/* Most have none. Their names are no more than listxattr(2) can return. */
static int get_xattrs(const struct json_parser *p, struct json_object *obj,
		      struct layout_entry *entry)
{
	struct json_object *list;
	size_t i, names = 0;
	int rc;

	if (!json_object_object_get_ex(obj, "xattrs", NULL))
		return 0;
	rc = json_get_list(p, obj, "xattrs", &list);
	for (i = 0; !rc && i < json_object_array_length(list); i++) {
		rc = get_xattr(p, json_object_array_get_idx(list, i), entry);
		if (!rc)
			names += strlen(entry->xattrs[i].name) + 1;
		if (names > XATTR_LIST_MAX)
			rc = json_wrong(p, "there are too many attributes");
	}
	return rc;
}

static int get_entry(struct json_parser *p, struct json_object *obj,
		     const struct layout *layout, struct layout_entry *entry)
{
#define OWNED "mode", "uid", "gid", "atime", "mtime", "xattrs"
	static const char *const known[LAYOUT_TYPES][12] = {
		[LAYOUT_DIRECTORY] = { "path", "type", OWNED },
		[LAYOUT_FILE] = { "path", "type", OWNED, "size", "extents" },
		[LAYOUT_SYMLINK] = { "path", "type", OWNED, "target" },
		[LAYOUT_LINK] = { "path", "type", "target" },
	};
	const char *type;
	int rc;

	if (!json_object_is_type(obj, json_type_object))
		return json_wrong(p, "not an object");
	type = json_get_text(obj, "type");
	for (entry->type = 0; entry->type < LAYOUT_TYPES; entry->type++)
		if (type && !strcmp(type, layout_type_names[entry->type]))
			break;
	if (entry->type == LAYOUT_TYPES)
		return json_wrong(p, "\"type\" is not known");
	rc = json_check_keys(p, obj, known[entry->type]);
	if (!rc)
		rc = json_get_bytes(p, obj, "path", &entry->path);
	if (rc)
		return rc;
	if (p->index ? !is_path(entry->path) :
	    strcmp(entry->path, ".") || entry->type != LAYOUT_DIRECTORY)
		return json_wrong(p, p->index ? "\"path\" leads elsewhere" :
				  "the first is not the directory \".\"");
	if (entry->type == LAYOUT_SYMLINK || entry->type == LAYOUT_LINK)
		rc = json_get_bytes(p, obj, "target", &entry->target);
	if (!rc && entry->type != LAYOUT_LINK)
		rc = get_owner(p, obj, entry);
	if (!rc && entry->type != LAYOUT_LINK)
		rc = get_xattrs(p, obj, entry);
	if (!rc && entry->type == LAYOUT_FILE)
		rc = get_file(p, obj, layout, entry);
	return rc;
}

static int parse_all(struct json_object *root, struct layout *layout,
		     struct json_parser *p)
{
	static const char *const known[] = { "version", "options", "flags",
					     "devices", "files", NULL };
	struct json_object *list;
	uint64_t version, pagesize = 0;
	size_t nr;
	int rc;

	if (!json_object_is_type(root, json_type_object) ||
	    !json_object_object_get_ex(root, "version", NULL) ||
	    !json_object_object_get_ex(root, "files", NULL))
		return json_wrong(p, "not written by dmemfs-layout save");
	rc = json_get_number(p, root, "version", INT64_MAX, &version);
	if (!rc && version != LAYOUT_VERSION)
		rc = json_wrong(p, "its version is not %d: written by a newer dmemfs-layout",
				LAYOUT_VERSION);
	if (!rc)
		rc = json_check_keys(p, root, known);
	if (!rc)
		rc = get_options(p, root, layout, &pagesize);
	if (!rc)
		rc = get_flags(p, root, layout);
	if (!rc)
		rc = get_devices(p, root, layout);
	if (!rc)
		rc = json_get_list(p, root, "files", &list);
	if (rc)
		return rc;
	nr = json_object_array_length(list);
	if (!nr)
		return json_wrong(p, "there is not even the directory \".\"");
	layout->entries = calloc(nr, sizeof(*layout->entries));
	if (!layout->entries)
		return -ENOMEM;
	p->what = "file";
	for (p->index = 0; p->index < nr && !rc; p->index++)
		rc = get_entry(p, json_object_array_get_idx(list, p->index),
			       layout, &layout->entries[layout->nr++]);
	p->what = NULL;
	if (!rc)
		rc = layout_check_paths(p, layout);
	if (!rc)
		rc = layout_check_units(p, layout, pagesize);
	return rc ? rc : layout_check_overlap(p, layout);
}

int layout_parse(const char *text, size_t len, struct layout *layout, char *why,
		 size_t size)
{
	struct json_parser p = { .why = why, .size = size };
	enum json_tokener_error error;
	struct json_tokener *tok;
	struct json_object *root;
	size_t end;
	int rc;

	*layout = (struct layout){ 0 };
	if (memchr(text, '\0', len))
		return json_wrong(&p, "not JSON: there is a NUL in it");
	if (len > LAYOUT_MAX)
		return json_wrong(&p, "larger than %d bytes", LAYOUT_MAX);
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
	    end + strspn(text + end, " \t\r\n") == len)
		rc = parse_all(root, layout, &p);
	else
		rc = json_wrong(&p, "not JSON: %s, at offset %zu",
				error == json_tokener_continue ?
				"it ends too early" :
				error == json_tokener_success ?
				"something follows" : json_tokener_error_desc(error),
				end);
	json_object_put(root);
	return rc;
}
