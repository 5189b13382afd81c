// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any file given to "dmemfs-layout restore": refused; or it makes sense, and what is
 * written of it is the same when it is read again.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dmemfs-tools/check.c"
#include "dmemfs-tools/describe.c"
#include "dmemfs-tools/json.c"
#include "dmemfs-tools/layout.c"
#include "dmemfs-tools/parse.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_entry(const struct layout *layout, const struct layout_entry *entry)
{
	uint64_t end = 0;
	size_t i;

	check(*entry->path && *entry->path != '/' && !strstr(entry->path, "/../") &&
	      strncmp(entry->path, "../", 3) && strcmp(entry->path, ".."));
	for (i = 0; i < entry->nr; i++) {
		const struct layout_extent *ext = &entry->extents[i];

		check(ext->length && ext->offset >= end);
		check(ext->device < layout->nr_devices);
		check(ext->base + ext->length <= layout->devices[ext->device].size);
		end = ext->offset + ext->length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *written, *again, why[256];
	struct layout layout;
	size_t i;

	if (text && !layout_parse(text, strlen(text), &layout, why, sizeof(why))) {
		check(layout.nr && !strcmp(layout.entries[0].path, "."));
		for (i = 0; i < layout.nr; i++)
			check_entry(&layout, &layout.entries[i]);
		written = layout_describe(&layout);
		layout_free(&layout);
		check(written && !layout_parse(written, strlen(written), &layout,
					       why, sizeof(why)));
		again = layout_describe(&layout);
		check(again && !strcmp(written, again));
		free(written);
		free(again);
	}
	if (text)
		layout_free(&layout);
	free(text);
	return 0;
}
