/* SPDX-License-Identifier: GPL-2.0-only */
/* Compares structures that something was built with to those of a kernel. */
#ifndef _PRIVATE_LAYOUT_H
#define _PRIVATE_LAYOUT_H

#include "types.h"

/**
 * struct layout - what was taken for granted at build time
 * @structure: name of a structure
 * @member: one of its members; NULL for the structure itself, which comes first
 * @offset: of the member, in bytes
 * @size: in bytes
 */
struct layout {
	const char *structure;
	const char *member;
	__u32 offset;
	__u32 size;
};

const struct layout *layout_compare(const struct types *types,
				    const struct layout *table, size_t nr,
				    struct types_place *have);

#endif /* _PRIVATE_LAYOUT_H */
