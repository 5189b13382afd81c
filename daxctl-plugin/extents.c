// SPDX-License-Identifier: GPL-2.0-only
/* Sets of physical memory, see node.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node.h"

uint64_t extents_size(const struct extents *mem)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < mem->nr; i++)
		size += mem->ext[i].size;
	return size;
}

int extents_add(struct extents *mem, uint64_t start, uint64_t size)
{
	struct plan_extent *ext;

	/* Room grows with each power of two. */
	if (!(mem->nr & (mem->nr - 1))) {
		ext = realloc(mem->ext,
			      (mem->nr ? 2 * mem->nr : 1) * sizeof(*ext));
		if (!ext)
			return -ENOMEM;
		mem->ext = ext;
	}
	mem->ext[mem->nr++] = (struct plan_extent){ start, size };
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct plan_extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

int extents_sub(const struct extents *from, const struct extents *mem,
		struct extents *left)
{
	struct plan_extent *sorted;
	size_t i, j = 0;
	int rc = 0;

	*left = (struct extents){ 0 };
	sorted = malloc((mem->nr ? mem->nr : 1) * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	if (mem->nr) {
		memcpy(sorted, mem->ext, mem->nr * sizeof(*sorted));
		qsort(sorted, mem->nr, sizeof(*sorted), by_address);
	}
	for (i = 0; i < from->nr && !rc; i++) {
		uint64_t start = from->ext[i].start;
		uint64_t end = start + from->ext[i].size;

		/* One that ends in here may be followed by another. */
		while (j && sorted[j - 1].start + sorted[j - 1].size > start)
			j--;
		for (; j < mem->nr && sorted[j].start < end && !rc; j++) {
			if (sorted[j].start > start)
				rc = extents_add(left, start,
						 sorted[j].start - start);
			if (sorted[j].start + sorted[j].size > start)
				start = sorted[j].start + sorted[j].size;
		}
		if (start < end && !rc)
			rc = extents_add(left, start, end - start);
	}
	free(sorted);
	return rc;
}

int extents_parse(const char *text, struct extents *mem)
{
	*mem = (struct extents){ 0 };
	while (*text) {
		unsigned long long start, end;
		char *stop;

		errno = 0;
		start = strtoull(text, &stop, 16);
		if (errno || stop == text || *stop != '-')
			return -EINVAL;
		text = stop + 1;
		end = strtoull(text, &stop, 16);
		if (errno || stop == text || end < start || *stop != '\n')
			return -EINVAL;
		text = stop + 1;
		if (extents_add(mem, start, end - start + 1))
			return -ENOMEM;
	}
	return 0;
}
