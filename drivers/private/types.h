/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A reader of BTF, the kernel's own description of its types: for the module that
 * compares at run time, and for the program that generates headers at build time.
 *
 * It trusts nothing that it reads: types_open() has looked at every record, ids and
 * names are checked when they are used, and chains of types end.
 *
 * It allocates nothing, takes no locks, and may be called in any context.
 */
#ifndef _PRIVATE_TYPES_H
#define _PRIVATE_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <uapi/linux/btf.h>
#else
#include <linux/btf.h>
#include <stdbool.h>
#include <stddef.h>
#endif

/* Kinds that the headers of an older system do not name yet. */
#define TYPES_KIND_DECL_TAG	17
#define TYPES_KIND_TYPE_TAG	18
#define TYPES_KIND_ENUM64	19

/* 16 bytes of index for each MiB of it, and ten times of what kernels have. */
#define TYPES_MAX_BYTES		(64u << 20)

/**
 * struct types - the types of the kernel, or of a module on top of those
 * @base: the kernel's, for a module; else NULL
 * @records: all records
 * @strings: all names, each ending in NUL, as does the last
 * @strings_len: length of @strings in bytes
 * @first_string: offset that names of @strings start at
 * @first_id: id of the first record
 * @nr: number of records
 * @index: offset in @records of each, in bytes
 */
struct types {
	const struct types *base;
	const void *records;
	const char *strings;
	__u32 strings_len;
	__u32 first_string;
	__u32 first_id;
	__u32 nr;
	const __u32 *index;
};

/**
 * struct types_place - where something is in a structure
 * @type: id of its type
 * @offset: in bytes
 * @size: in bytes; zero for an array without a length
 */
struct types_place {
	__u32 type;
	__u32 offset;
	__u32 size;
};

int types_count(const void *data, size_t size, __u32 *nr);
int types_open(struct types *types, const void *data, size_t size,
	       const struct types *base, __u32 *index, __u32 nr);
const struct btf_type *types_get(const struct types *types, __u32 id);
const char *types_name(const struct types *types, __u32 offset);
__u32 types_next(const struct types *types, const char *name, __u32 kind,
		 __u32 after);
int types_size(const struct types *types, __u32 id, __u32 *size);
int types_place(const struct types *types, __u32 id, const char *member,
		struct types_place *place);

#endif /* _PRIVATE_TYPES_H */
