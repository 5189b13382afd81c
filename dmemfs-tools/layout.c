// SPDX-License-Identifier: GPL-2.0-only
/* A mount and its files, see layout.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "layout.h"

const char *const layout_flag_names[LAYOUT_FLAGS] = {
	"ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime",
};

const char *const layout_type_names[LAYOUT_TYPES] = {
	[LAYOUT_DIRECTORY] = "directory",
	[LAYOUT_FILE] = "file",
	[LAYOUT_SYMLINK] = "symlink",
	[LAYOUT_LINK] = "link",
};

/* What names devices, or how the mount began, is not of them. */
static const struct {
	const char *name;
	bool flag;
} known[] = {
	{ "gid", false }, { "hugetlbfs", true }, { "mode", false },
	{ "mpol", false }, { "nr_extents", false }, { "nr_inodes", false },
	{ "pagesize", false }, { "size", false }, { "uid", false },
	{ "vfio", false },
};

const char *layout_option_name(const char *name, bool *flag)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].name, name)) {
			*flag = known[i].flag;
			return known[i].name;
		}
	return NULL;
}

int layout_add_option(struct layout *layout, const char *name, const char *value)
{
	struct layout_option *option = &layout->options[layout->nr_options];

	if (layout->nr_options == LAYOUT_OPTIONS)
		return -EINVAL;
	option->name = name;
	option->value = value ? strdup(value) : NULL;
	if (value && !option->value)
		return -ENOMEM;
	layout->nr_options++;
	return 0;
}

/* Room grows with each power of two. */
static void *room_for_one(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	return reallocarray(array, nr ? 2 * nr : 1, size);
}

struct layout_entry *layout_add_entry(struct layout *layout, const char *path)
{
	struct layout_entry *entries, *entry;

	entries = room_for_one(layout->entries, layout->nr, sizeof(*entries));
	if (!entries)
		return NULL;
	layout->entries = entries;
	entry = &entries[layout->nr];
	*entry = (struct layout_entry){ .path = strdup(path) };
	if (!entry->path)
		return NULL;
	layout->nr++;
	return entry;
}

static bool goes_on(const struct layout_extent *a, const struct layout_extent *b)
{
	return a->device == b->device && a->unseen == b->unseen &&
	       a->offset + a->length == b->offset &&
	       a->base + a->length == b->base;
}

int layout_add_extent(struct layout_entry *entry, const struct layout_extent *extent)
{
	struct layout_extent *extents;

	if (entry->nr && goes_on(&entry->extents[entry->nr - 1], extent)) {
		entry->extents[entry->nr - 1].length += extent->length;
		return 0;
	}
	extents = room_for_one(entry->extents, entry->nr, sizeof(*extents));
	if (!extents)
		return -ENOMEM;
	entry->extents = extents;
	extents[entry->nr++] = *extent;
	return 0;
}

int layout_add_xattr(struct layout_entry *entry, const char *name,
		     const void *value, size_t size)
{
	struct layout_xattr *xattrs, *xattr;

	xattrs = room_for_one(entry->xattrs, entry->nr_xattrs, sizeof(*xattrs));
	if (!xattrs)
		return -ENOMEM;
	entry->xattrs = xattrs;
	xattr = &xattrs[entry->nr_xattrs];
	*xattr = (struct layout_xattr){
		.name = strdup(name), .size = size, .value = malloc(size + 1),
	};
	if (!xattr->name || !xattr->value) {
		free(xattr->name);
		free(xattr->value);
		return -ENOMEM;
	}
	memcpy(xattr->value, value, size);
	entry->nr_xattrs++;
	return 0;
}

static void free_xattrs(struct layout_entry *entry)
{
	size_t i;

	for (i = 0; i < entry->nr_xattrs; i++) {
		free(entry->xattrs[i].name);
		free(entry->xattrs[i].value);
	}
	free(entry->xattrs);
}

void layout_free(struct layout *layout)
{
	size_t i;

	for (i = 0; i < layout->nr_options; i++)
		free(layout->options[i].value);
	for (i = 0; i < layout->nr_devices; i++)
		free(layout->devices[i].ranges);
	for (i = 0; i < layout->nr; i++) {
		free(layout->entries[i].path);
		free(layout->entries[i].extents);
		free(layout->entries[i].target);
		free_xattrs(&layout->entries[i]);
	}
	free(layout->entries);
	*layout = (struct layout){ 0 };
}
