// SPDX-License-Identifier: GPL-2.0-only
/*
 * btf-alter HOW STRUCT MEMBER FILE [BASE]: prints the BTF in FILE, which is about a
 * module if BASE has the kernel's, but with something else in it, for tests of who
 * reads it. HOW is "move" (a member starts 8 bytes later), "rename" (a member has
 * another name, or the structure, for a MEMBER "-"), or "grow" (a structure, with
 * MEMBER "-", is 8 bytes longer).
 */
#include <stdio.h>
#include <stdlib.h>

#include "../../drivers/private/types.c"

static struct types base, types;

static void *read_types(const char *file, struct types *to,
			const struct types *from, size_t *size)
{
	char *data = malloc(TYPES_MAX_BYTES);
	FILE *in = fopen(file, "r");
	__u32 nr, *index;

	if (!data || !in)
		exit(2);
	*size = fread(data, 1, TYPES_MAX_BYTES, in);
	fclose(in);
	if (types_count(data, *size, &nr))
		exit(2);
	index = calloc(nr, sizeof(*index));
	if (!index || types_open(to, data, *size, from, index, nr))
		exit(2);
	return data;
}

/* Some other name that is there; the strings are shared by all who use them. */
static __u32 other_name(const struct types *of, const char *name)
{
	__u32 at = of->first_string + 1;

	while (!strcmp(types_name(of, at), name) || !types_name(of, at)[0])
		at += strlen(types_name(of, at)) + 1;
	return at;
}

static int alter(const char *how, const char *name, const char *member)
{
	__u32 id = types_next(&types, name, BTF_KIND_STRUCT, 0), i;
	struct btf_type *type = (struct btf_type *)types_get(&types, id);
	struct btf_member *m;

	if (!type) {
		fprintf(stderr, "btf-alter: no struct %s\n", name);
		return 1;
	}
	if (!member) {
		if (!strcmp(how, "grow"))
			type->size += 8;
		else
			type->name_off = other_name(&types, name);
		return 0;
	}
	m = (struct btf_member *)(type + 1);
	for (i = 0; i < vlen_of(type); i++, m++) {
		if (strcmp(types_name(&types, m->name_off), member))
			continue;
		if (!strcmp(how, "move"))
			m->offset += 64;
		else
			m->name_off = other_name(&types, member);
		return 0;
	}
	fprintf(stderr, "btf-alter: no %s in struct %s\n", member, name);
	return 1;
}

int main(int argc, char **argv)
{
	const char *file, *from, *member;
	size_t size, base_size;
	void *data;

	if (argc < 5 || argc > 6) {
		fprintf(stderr, "usage: btf-alter HOW STRUCT MEMBER|- FILE [BASE]\n");
		return 2;
	}
	member = strcmp(argv[3], "-") ? argv[3] : NULL;
	file = argv[4];
	from = argc > 5 ? argv[5] : NULL;
	if (from)
		read_types(from, &base, NULL, &base_size);
	data = read_types(file, &types, from ? &base : NULL, &size);
	if (alter(argv[1], argv[2], member))
		return 1;
	return fwrite(data, 1, size, stdout) == size && !fflush(stdout) ? 0 : 1;
}
