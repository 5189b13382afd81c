// SPDX-License-Identifier: GPL-2.0-only
/* Does a layout make sense as a whole? See parse.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "layout.h"
#include "parse.h"

static int by_path(const void *a, const void *b)
{
	const struct layout_entry *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static const struct layout_entry *find(const struct layout_entry **sorted,
				       size_t nr, char *path)
{
	const struct layout_entry key = { .path = path }, *at = &key;
	const struct layout_entry **found;

	found = bsearch(&at, sorted, nr, sizeof(*sorted), by_path);
	return found ? *found : NULL;
}

/* Is what an entry needs there before it? */
static int check_place(const struct json_parser *p, const struct layout_entry **sorted,
		       size_t nr, const struct layout_entry *entry)
{
	const struct layout_entry *parent, *target;
	char *slash = strrchr(entry->path, '/'), *path;

	if (slash) {
		path = strndup(entry->path, slash - entry->path);
		if (!path)
			return -ENOMEM;
		parent = find(sorted, nr, path);
		free(path);
		if (!parent || parent > entry || parent->type != LAYOUT_DIRECTORY)
			return json_wrong(p, "what it is in is no directory before it");
	}
	if (entry->type == LAYOUT_LINK) {
		target = find(sorted, nr, entry->target);
		if (!target || target > entry || target->type != LAYOUT_FILE)
			return json_wrong(p, "\"target\" is no file before it");
	}
	return 0;
}

int layout_check_paths(struct json_parser *p, const struct layout *layout)
{
	const struct layout_entry **sorted;
	int rc = 0;
	size_t i;

	sorted = calloc(layout->nr + 1, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < layout->nr; i++)
		sorted[i] = &layout->entries[i];
	qsort(sorted, layout->nr, sizeof(*sorted), by_path);
	p->what = "file";
	for (i = 1; i < layout->nr && !rc; i++)
		if (!by_path(&sorted[i - 1], &sorted[i])) {
			p->index = sorted[i] - layout->entries;
			rc = json_wrong(p, "its \"path\" is there twice");
		}
	for (p->index = 1; p->index < layout->nr && !rc; p->index++)
		rc = check_place(p, sorted, layout->nr,
				 &layout->entries[p->index]);
	p->what = NULL;
	free(sorted);
	return rc;
}

static int by_base(const void *a, const void *b)
{
	const struct layout_extent *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->base < y->base ? -1 : x->base > y->base;
}

/* Sorted, what is the same memory is side by side. */
int layout_check_overlap(const struct json_parser *p, const struct layout *layout)
{
	struct layout_extent *all;
	size_t i, nr = 0;
	int rc = 0;

	for (i = 0; i < layout->nr; i++)
		nr += layout->entries[i].nr;
	all = calloc(nr + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	nr = 0;
	for (i = 0; i < layout->nr; i++) {
		const struct layout_entry *entry = &layout->entries[i];

		if (!entry->nr)
			continue;
		memcpy(all + nr, entry->extents, entry->nr * sizeof(*all));
		nr += entry->nr;
	}
	qsort(all, nr, sizeof(*all), by_base);
	for (i = 1; i < nr && !rc; i++)
		if (all[i].device == all[i - 1].device &&
		    all[i].base < all[i - 1].base + all[i - 1].length)
			rc = json_wrong(p, "two files share memory at %#" PRIx64 " of device %u",
					all[i].base, all[i].device);
	free(all);
	return rc;
}

/* Parts of a page can differ in what has been seen, but there are only whole ones. */
int layout_check_units(struct json_parser *p, const struct layout *layout,
		       uint64_t pagesize)
{
	size_t i;

	p->what = "file";
	for (p->index = 0; p->index < layout->nr; p->index++) {
		const struct layout_entry *entry = &layout->entries[p->index];
		uint64_t end = 0;

		for (i = 0; i < entry->nr; i++) {
			const struct layout_extent *ext = &entry->extents[i];

			if (ext->offset != end &&
			    (ext->offset % pagesize || end % pagesize))
				return json_wrong(p, "it has a part of a page");
			end = ext->offset + ext->length;
		}
		if (end % pagesize)
			return json_wrong(p, "it has a part of a page");
	}
	p->what = NULL;
	return 0;
}
