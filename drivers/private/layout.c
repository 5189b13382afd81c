// SPDX-License-Identifier: GPL-2.0-only
/* See layout.h. */
#include "layout.h"

/* The first of [@first, @end) that is not so in the structure @id. */
static const struct layout *differs(const struct types *types, __u32 id,
				    const struct layout *first,
				    const struct layout *end,
				    struct types_place *have)
{
	const struct layout *want;

	for (want = first; want < end; want++) {
		*have = (struct types_place) {};
		if (want->member) {
			if (types_place(types, id, want->member, have))
				return want;
		} else if (types_size(types, id, &have->size)) {
			return want;
		}
		if (have->offset != want->offset || have->size != want->size)
			return want;
	}
	return NULL;
}

/**
 * layout_compare() - compare structures with those of a kernel
 * @types: the kernel's, or those of one of its modules
 * @table: what is expected, the members of a structure right after it
 * @nr: number of entries of @table
 * @have: what is there in place of what is returned; all zero if there is none
 *
 * Where several structures have the name, one of them has to be as expected.
 *
 * Return: NULL if all is as expected, else the first that is not.
 */
const struct layout *layout_compare(const struct types *types,
				    const struct layout *table, size_t nr,
				    struct types_place *have)
{
	const struct layout *end = table + nr, *first, *next, *wrong;
	__u32 id;

	for (first = table; first < end; first = next) {
		for (next = first + 1; next < end && next->member; next++)
			;
		*have = (struct types_place) {};
		wrong = first;
		for (id = 0; wrong; ) {
			id = types_next(types, first->structure,
					BTF_KIND_STRUCT, id);
			if (!id)
				return wrong;
			wrong = differs(types, id, first, next, have);
		}
	}
	return NULL;
}
