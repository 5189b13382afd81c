// SPDX-License-Identifier: GPL-2.0-only
/* The reader of BTF: what it finds, and that it stays inside of what it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "drivers/private/types.c"
#include "drivers/private/layout.c"

/*
 * typedef long word;
 * struct inner { word w[3]; };
 * struct outer { int flag : 3; void *p; struct inner in; int last[]; };
 */
struct blob {
	struct header header;
	struct btf_type type_int;
	__u32 int_info;
	struct btf_type type_long;
	__u32 long_info;
	struct btf_type word;
	struct btf_type words;
	struct btf_array words_is;
	struct btf_type inner;
	struct btf_member inner_w;
	struct btf_type pointer;
	struct btf_type ints;
	struct btf_array ints_is;
	struct btf_type outer;
	struct btf_member outer_has[4];
	char strings[64];
};

enum { INT = 1, LONG, WORD, WORDS, INNER, POINTER, INTS, OUTER, NR = OUTER };

static const char strings[] = "\0int\0long\0word\0inner\0w\0outer\0flag\0p\0in\0last";

static __u32 string(const char *name)
{
	for (__u32 i = 1; i < sizeof(strings); i += strlen(strings + i) + 1)
		if (!strcmp(strings + i, name))
			return i;
	abort();
}

static __u32 info(__u32 kind, __u32 vlen, __u32 kflag)
{
	return kflag << 31 | kind << 24 | vlen;
}

static void make(struct blob *b)
{
	*b = (struct blob) {
		.header = {
			.magic = BTF_MAGIC, .version = BTF_VERSION,
			.hdr_len = sizeof(b->header),
			.type_len = offsetof(struct blob, strings) -
				sizeof(b->header),
			.str_off = offsetof(struct blob, strings) -
				sizeof(b->header),
			.str_len = sizeof(b->strings),
		},
		.type_int = { string("int"), info(BTF_KIND_INT, 0, 0), { 4 } },
		.type_long = { string("long"), info(BTF_KIND_INT, 0, 0), { 8 } },
		.word = { string("word"), info(BTF_KIND_TYPEDEF, 0, 0), { LONG } },
		.words = { 0, info(BTF_KIND_ARRAY, 0, 0), { 0 } },
		.words_is = { WORD, INT, 3 },
		.inner = { string("inner"), info(BTF_KIND_STRUCT, 1, 0), { 24 } },
		.inner_w = { string("w"), WORDS, 0 },
		.pointer = { 0, info(BTF_KIND_PTR, 0, 0), { 0 } },
		.ints = { 0, info(BTF_KIND_ARRAY, 0, 0), { 0 } },
		.ints_is = { INT, INT, 0 },
		.outer = { string("outer"), info(BTF_KIND_STRUCT, 4, 1), { 40 } },
		.outer_has = {
			{ string("flag"), INT, 3 << 24 },
			{ string("p"), POINTER, 64 },
			{ string("in"), INNER, 128 },
			{ string("last"), INTS, 320 },
		},
	};
	memcpy(b->strings, strings, sizeof(strings));
}

static int open_blob(struct types *types, const struct blob *b, size_t size)
{
	static __u32 index[64];
	__u32 nr;
	int rc = types_count(b, size, &nr);

	return rc ? rc : types_open(types, b, size, NULL, index, nr);
}

static void finds_what_is_there(void **state)
{
	struct types_place place;
	struct types types;
	struct blob b;
	__u32 id;

	(void)state;
	make(&b);
	assert_int_equal(open_blob(&types, &b, sizeof(b)), 0);
	assert_int_equal(types.nr, NR);
	id = types_next(&types, "outer", BTF_KIND_STRUCT, 0);
	assert_int_equal(id, OUTER);
	assert_int_equal(types_next(&types, "outer", BTF_KIND_STRUCT, id), 0);
	assert_int_equal(types_next(&types, "outer", BTF_KIND_UNION, 0), 0);
	assert_int_equal(types_place(&types, id, "p", &place), 0);
	assert_int_equal(place.offset, 8);
	assert_int_equal(place.size, 8);
	assert_int_equal(types_place(&types, id, "in", &place), 0);
	assert_int_equal(place.offset, 16);
	assert_int_equal(place.size, 24);
	assert_int_equal(types_place(&types, id, "last", &place), 0);
	assert_int_equal(place.size, 0);
	assert_int_equal(types_place(&types, id, "flag", &place), -EINVAL);
	assert_int_equal(types_place(&types, id, "none", &place), -ENOENT);
	assert_int_equal(types_place(&types, INT, "p", &place), -EINVAL);
	assert_int_equal(types_place(&types, 0, "p", &place), -EINVAL);
}

static void puts_a_module_on_top(void **state)
{
	__u32 kernel_index[NR], module_index[NR], id;
	struct types kernel, module;
	struct types_place place;
	struct blob k, m;

	(void)state;
	make(&k);
	make(&m);
	/* Its names and types go on where the kernel's end. */
	m.outer.name_off = sizeof(k.strings) + string("word");
	assert_int_equal(types_open(&kernel, &k, sizeof(k), NULL, kernel_index,
				    NR), 0);
	assert_int_equal(types_open(&module, &m, sizeof(m), &kernel,
				    module_index, NR), 0);
	id = types_next(&module, "word", BTF_KIND_STRUCT, 0);
	assert_int_equal(id, NR + OUTER);
	assert_int_equal(types_place(&module, id, "in", &place), 0);
	assert_int_equal(place.size, 24);
	id = types_next(&module, "outer", BTF_KIND_STRUCT, 0);
	assert_int_equal(id, OUTER);
	assert_null(types_get(&module, 2 * NR + 1));
	assert_string_equal(types_name(&module, 2 * sizeof(k.strings)), "");
}

static void refuses_what_is_cut_off(void **state)
{
	struct types types;
	struct blob b, *copy;

	(void)state;
	make(&b);
	for (size_t size = 0; size < sizeof(b); size++) {
		/* Of its own, for the sanitizer to see a step beyond it. */
		copy = malloc(size ? size : 1);
		assert_non_null(copy);
		memcpy(copy, &b, size);
		assert_int_equal(open_blob(&types, copy, size), -EINVAL);
		free(copy);
	}
}

static void refuses_what_is_not_sound(void **state)
{
	struct types types;
	struct blob b;
	__u32 size;

	(void)state;
#define BROKEN(change) do {						\
		make(&b);						\
		change;							\
		assert_int_equal(open_blob(&types, &b, sizeof(b)), -EINVAL); \
	} while (0)
	BROKEN(b.header.magic++);
	BROKEN(b.header.version++);
	BROKEN(b.header.hdr_len = 4);
	BROKEN(b.header.hdr_len = UINT32_MAX);
	BROKEN(b.header.type_off = UINT32_MAX - 3);
	BROKEN(b.header.type_off = 2);
	BROKEN(b.header.type_len = UINT32_MAX);
	BROKEN(b.header.str_off = UINT32_MAX);
	BROKEN(b.header.str_len = UINT32_MAX);
	BROKEN(b.header.str_len = 0);
	BROKEN(b.strings[sizeof(b.strings) - 1] = 'x');
	BROKEN(b.outer.info = info(BTF_KIND_STRUCT, 5, 1));
	BROKEN(b.type_int.info = info(31, 0, 0));
	BROKEN(b.type_int.info = 0);

	/* These show when they are used. */
	make(&b);
	b.word.type = WORD;
	assert_int_equal(open_blob(&types, &b, sizeof(b)), 0);
	assert_int_equal(types_size(&types, WORD, &size), -EINVAL);
	make(&b);
	b.word.type = 1000;
	b.word.name_off = UINT32_MAX;
	assert_int_equal(open_blob(&types, &b, sizeof(b)), 0);
	assert_int_equal(types_size(&types, WORD, &size), -EINVAL);
	make(&b);
	b.words_is.nelems = UINT32_MAX;
	assert_int_equal(open_blob(&types, &b, sizeof(b)), 0);
	assert_int_equal(types_size(&types, WORDS, &size), -EINVAL);
}

static void compares(void **state)
{
	static const struct layout good[] = {
		{ "inner", NULL, 0, 24 }, { "inner", "w", 0, 24 },
		{ "outer", NULL, 0, 40 }, { "outer", "p", 8, 8 },
	};
	static const struct layout bad[][2] = {
		{ { "inner", NULL, 0, 32 }, { "inner", "w", 0, 24 } },
		{ { "inner", NULL, 0, 24 }, { "inner", "w", 8, 24 } },
		{ { "inner", NULL, 0, 24 }, { "inner", "w", 0, 8 } },
		{ { "inner", NULL, 0, 24 }, { "inner", "x", 0, 24 } },
		{ { "none", NULL, 0, 24 }, { "none", "w", 0, 24 } },
	};
	struct types_place have;
	struct types types;
	struct blob b;

	(void)state;
	make(&b);
	assert_int_equal(open_blob(&types, &b, sizeof(b)), 0);
	assert_null(layout_compare(&types, good, 4, &have));
	assert_ptr_equal(layout_compare(&types, bad[0], 2, &have), &bad[0][0]);
	assert_int_equal(have.size, 24);
	for (int i = 1; i < 4; i++)
		assert_ptr_equal(layout_compare(&types, bad[i], 2, &have),
				 &bad[i][1]);
	assert_int_equal(have.size, 0);
	assert_ptr_equal(layout_compare(&types, bad[4], 2, &have), &bad[4][0]);
	assert_int_equal(have.size, 0);

	/* Of several with a name, one has to be right. */
	b.inner.name_off = string("outer");
	assert_null(layout_compare(&types, good + 2, 2, &have));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_there),
		cmocka_unit_test(puts_a_module_on_top),
		cmocka_unit_test(refuses_what_is_cut_off),
		cmocka_unit_test(refuses_what_is_not_sound),
		cmocka_unit_test(compares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
