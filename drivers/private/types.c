// SPDX-License-Identifier: GPL-2.0-only
/* See types.h. The format is that of Documentation/bpf/btf.rst in the kernel. */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "types.h"

/* More typedefs, qualifiers and dimensions than anybody nests. */
#define DEPTH_MAX	64

/*
 * The beginning of every header, of any release. Headers of the system may speak of a
 * longer one than was written, or of fewer bits of a record's info.
 */
struct header {
	__u16 magic;
	__u8 version;
	__u8 flags;
	__u32 hdr_len;
	__u32 type_off;
	__u32 type_len;
	__u32 str_off;
	__u32 str_len;
};

static __u32 kind_of(const struct btf_type *type)
{
	return type->info >> 24 & 0x7f;
}

static __u32 vlen_of(const struct btf_type *type)
{
	return type->info & 0xffffff;
}

/* What follows a record of some kind, in bytes; -1 if there is no such kind. */
static long trailer(const struct btf_type *type)
{
	switch (kind_of(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case TYPES_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case TYPES_KIND_DECL_TAG:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen_of(type) * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen_of(type) * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return vlen_of(type) * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen_of(type) * sizeof(struct btf_var_secinfo);
	case TYPES_KIND_ENUM64:
		return vlen_of(type) * 3 * sizeof(__u32);
	default:
		return -1;
	}
}

/* The header, if it and the two parts it speaks of are inside of @size bytes. */
static const struct header *header_of(const void *data, size_t size)
{
	const struct header *header = data;
	size_t rest;

	if (size < sizeof(*header) || size > TYPES_MAX_BYTES ||
	    header->magic != BTF_MAGIC || header->version != BTF_VERSION ||
	    header->hdr_len < sizeof(*header) || header->hdr_len > size ||
	    header->hdr_len % sizeof(__u32))
		return NULL;
	rest = size - header->hdr_len;
	if (header->type_off > rest || header->type_len > rest - header->type_off ||
	    header->type_off % sizeof(__u32) ||
	    header->str_off > rest || header->str_len > rest - header->str_off)
		return NULL;
	return header;
}

/* Walks over all records; @index may be NULL. */
static int walk(const void *records, __u32 len, __u32 *index, __u32 max,
		__u32 *nr)
{
	const struct btf_type *type;
	__u32 offset = 0;
	long more;

	*nr = 0;
	while (offset < len) {
		if (len - offset < sizeof(*type))
			return -EINVAL;
		type = records + offset;
		more = trailer(type);
		if (more < 0 || len - offset - sizeof(*type) < (size_t)more)
			return -EINVAL;
		if (index) {
			if (*nr == max)
				return -EINVAL;
			index[*nr] = offset;
		}
		offset += sizeof(*type) + more;
		++*nr;
	}
	return 0;
}

/**
 * types_count() - how many records an index has to be made for
 * @data: BTF, aligned to four bytes
 * @size: its length in bytes
 * @nr: the number
 *
 * Return: 0; -EINVAL if it is not BTF, or BTF of a kind that is not known.
 */
int types_count(const void *data, size_t size, __u32 *nr)
{
	const struct header *header = header_of(data, size);

	if (!header)
		return -EINVAL;
	return walk(data + header->hdr_len + header->type_off,
		    header->type_len, NULL, 0, nr);
}

/**
 * types_open() - begin to use what has been read
 * @types: to fill in
 * @data: BTF, aligned to four bytes, to be kept as long as @types is used
 * @size: its length in bytes
 * @base: for a module, the kernel's, to be kept too; else NULL
 * @index: room for as many numbers as types_count() said, to be kept too
 * @nr: that many
 *
 * Return: 0, or -EINVAL.
 */
int types_open(struct types *types, const void *data, size_t size,
	       const struct types *base, __u32 *index, __u32 nr)
{
	const struct header *header = header_of(data, size);
	const void *start = data;
	int rc;

	if (!header)
		return -EINVAL;
	start += header->hdr_len;
	*types = (struct types) {
		.base = base,
		.records = start + header->type_off,
		.strings = start + header->str_off,
		.strings_len = header->str_len,
		.first_string = base ? base->first_string + base->strings_len : 0,
		/* Id 0 is void. */
		.first_id = base ? base->first_id + base->nr : 1,
		.index = index,
	};
	if (!types->strings_len || types->strings[types->strings_len - 1])
		return -EINVAL;
	rc = walk(types->records, header->type_len, index, nr, &types->nr);
	return rc ? rc : types->nr == nr ? 0 : -EINVAL;
}

/**
 * types_get() - a record by its id
 * @types: what was opened
 * @id: an id, which may be wrong
 *
 * Return: The record, with all that belongs to it behind it, or NULL.
 */
const struct btf_type *types_get(const struct types *types, __u32 id)
{
	while (types->base && id < types->first_id)
		types = types->base;
	if (id < types->first_id || id - types->first_id >= types->nr)
		return NULL;
	return types->records + types->index[id - types->first_id];
}

/**
 * types_name() - a name by its offset
 * @types: what was opened
 * @offset: an offset, which may be wrong
 *
 * Return: The name; "" if there is none.
 */
const char *types_name(const struct types *types, __u32 offset)
{
	while (types->base && offset < types->first_string)
		types = types->base;
	if (offset < types->first_string ||
	    offset - types->first_string >= types->strings_len)
		return "";
	return types->strings + (offset - types->first_string);
}

/**
 * types_next() - look for a type by its name
 * @types: what was opened
 * @name: its name
 * @kind: BTF_KIND_STRUCT or other
 * @after: 0, or what this function returned before: names may occur repeatedly
 *
 * Return: Its id, or 0.
 */
__u32 types_next(const struct types *types, const char *name, __u32 kind,
		 __u32 after)
{
	__u32 end = types->first_id + types->nr, id;
	const struct btf_type *type;

	for (id = after + 1; id < end; id++) {
		type = types_get(types, id);
		if (type && kind_of(type) == kind &&
		    !strcmp(types_name(types, type->name_off), name))
			return id;
	}
	return 0;
}

/**
 * types_size() - how large a type is
 * @types: what was opened
 * @id: its id, which may be wrong
 * @size: in bytes; 0 for an array without a length
 *
 * Return: 0; -EINVAL if it has no size, or one of 4 GiB and more.
 */
int types_size(const struct types *types, __u32 id, __u32 *size)
{
	const struct btf_array *array;
	const struct btf_type *type;
	__u64 nr = 1;
	int depth;

	for (depth = 0; depth < DEPTH_MAX; depth++) {
		type = types_get(types, id);
		if (!type)
			return -EINVAL;
		switch (kind_of(type)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_FLOAT:
		case TYPES_KIND_ENUM64:
			nr *= type->size;
			*size = nr;
			return nr > ~0u ? -EINVAL : 0;
		case BTF_KIND_PTR:
			nr *= sizeof(__u64);
			*size = nr;
			return nr > ~0u ? -EINVAL : 0;
		case BTF_KIND_ARRAY:
			array = (const void *)(type + 1);
			nr *= array->nelems;
			if (nr > ~0u)
				return -EINVAL;
			id = array->type;
			break;
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case TYPES_KIND_TYPE_TAG:
			id = type->type;
			break;
		default:
			return -EINVAL;
		}
	}
	return -EINVAL;
}

/**
 * types_place() - where a member of a structure is
 * @types: what was opened
 * @id: id of the structure
 * @member: its name
 * @place: where, and how large
 *
 * Return: 0; -ENOENT if there is no such member; -EINVAL if it has no place in
 * whole bytes, or no size.
 */
int types_place(const struct types *types, __u32 id, const char *member,
		struct types_place *place)
{
	const struct btf_type *type = types_get(types, id);
	const struct btf_member *m;
	__u32 i, offset;

	if (!type || kind_of(type) != BTF_KIND_STRUCT)
		return -EINVAL;
	m = (const void *)(type + 1);
	for (i = 0; i < vlen_of(type); i++, m++) {
		if (strcmp(types_name(types, m->name_off), member))
			continue;
		offset = m->offset;
		if (BTF_INFO_KFLAG(type->info)) {
			if (BTF_MEMBER_BITFIELD_SIZE(offset))
				return -EINVAL;
			offset = BTF_MEMBER_BIT_OFFSET(offset);
		}
		if (offset % 8)
			return -EINVAL;
		place->type = m->type;
		place->offset = offset / 8;
		return types_size(types, m->type, &place->size);
	}
	return -ENOENT;
}
