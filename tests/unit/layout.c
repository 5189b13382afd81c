// SPDX-License-Identifier: GPL-2.0-only
/* What "daxctl carve" reads: sizes, extents, and files of saved devices. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daxctl-plugin/extents.c"
#include "daxctl-plugin/layout.c"
#include "daxctl-plugin/size.c"

/* As in state.c, which would bring in all the rest. */
bool label_valid(const char *label)
{
	return strlen(label) < LABEL_NAME && label[0] != '!';
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t size;
	} good[] = {
		{ "0", 0 }, { "4096", 4096 }, { "2M", 2ull << 20 },
		{ "2m", 2ull << 20 }, { "1G", 1ull << 30 },
		{ "3GiB", 3ull << 30 }, { "3gib", 3ull << 30 },
		{ "1tB", 1ull << 40 }, { "0x10", 16 }, { "0x1G", 1ull << 30 },
		{ "18446744073709551615", UINT64_MAX },
	};
	static const char *const bad[] = {
		"", " 1", "-1", "+1", "1 G", "1Q", "1GG", "G", "1.5G", "1Gi",
		"0x", "1G1", "abc", "1iB",
	};
	static const char *const large[] = {
		"18446744073709551616", "16777216T", "99999999999999999999G",
	};
	uint64_t size;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(size_parse(good[i].text, &size), 0);
		assert_int_equal(size, good[i].size);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(size_parse(bad[i], &size), -EINVAL);
	for (i = 0; i < sizeof(large) / sizeof(*large); i++)
		assert_int_equal(size_parse(large[i], &size), -ERANGE);
}

static void test_size_text(void **state)
{
	char text[SIZE_TEXT];
	uint64_t size, again;

	(void)state;
	assert_string_equal(size_text(0, text), "0");
	assert_string_equal(size_text(3ull << 30, text), "3G");
	assert_string_equal(size_text(1536ull << 20, text), "1536M");
	for (size = 1; size < UINT64_MAX / 3; size = size * 3 + 1) {
		assert_int_equal(size_parse(size_text(size, text), &again), 0);
		assert_int_equal(size, again);
	}
}

static void test_extents(void **state)
{
	struct extents all, used = { 0 }, left;

	(void)state;
	assert_int_equal(extents_parse("0x1000-0x1fff\n0x4000-0x7fff\n", &all),
			 0);
	assert_int_equal(all.nr, 2);
	assert_int_equal(extents_size(&all), 0x5000);
	extents_add(&used, 0x6000, 0x2000);
	extents_add(&used, 0x1000, 0x800);
	extents_add(&used, 0x4000, 0x1000);
	assert_int_equal(extents_sub(&all, &used, &left), 0);
	assert_int_equal(left.nr, 2);
	assert_int_equal(left.ext[0].start, 0x1800);
	assert_int_equal(left.ext[0].size, 0x800);
	assert_int_equal(left.ext[1].start, 0x5000);
	assert_int_equal(left.ext[1].size, 0x1000);
	free(left.ext);

	/* One that covers several, and reaches over both ends. */
	used.nr = 0;
	extents_add(&used, 0, 0x4800);
	assert_int_equal(extents_sub(&all, &used, &left), 0);
	assert_int_equal(left.nr, 1);
	assert_int_equal(left.ext[0].start, 0x4800);
	free(left.ext);
	free(used.ext);
	free(all.ext);

	assert_int_equal(extents_parse("", &all), 0);
	assert_int_equal(all.nr, 0);
	assert_int_equal(extents_parse("1000-", &all), -EINVAL);
	assert_int_equal(extents_parse("2000-1000\n", &all), -EINVAL);
	assert_int_equal(extents_parse("nonsense\n", &all), -EINVAL);
}

#define DEV(name, label, start, end) \
	"{\"chardev\":\"" name "\",\"name\":\"" label "\",\"target_node\":0," \
	"\"size\":2097152,\"align\":2097152,\"mode\":\"devdax\"," \
	"\"map\":\"none\",\"mappings\":[{\"page_offset\":0,\"start\":" start \
	",\"end\":" end "}]}"
#define FIRST	DEV("dax1000.0", "a", "4294967296", "4297064447")
#define SECOND	DEV("dax1000.1", "b", "4297064448", "4299161599")
#define FILE_OF(devs) "{\"version\":1,\"devices\":[" devs "]}"

static void refused(const char *text, const char *part)
{
	struct layout layout;
	char why[256] = "";

	assert_int_equal(layout_parse(text, &layout, why, sizeof(why)), -EINVAL);
	layout_free(&layout);
	if (!strstr(why, part))
		fail_msg("\"%s\" does not say \"%s\"", why, part);
}

static void test_layout(void **state)
{
	struct layout layout;
	char why[256];

	(void)state;
	assert_int_equal(layout_parse(FILE_OF(FIRST "," SECOND) "\n", &layout,
				      why, sizeof(why)), 0);
	assert_int_equal(layout.nr, 2);
	assert_string_equal(layout.devs[1].dev.name, "dax1000.1");
	assert_string_equal(layout.devs[1].dev.label, "b");
	assert_int_equal(layout.devs[1].region, 1000);
	assert_int_equal(layout.devs[1].dev.id, 1);
	assert_int_equal(layout.devs[1].dev.mode, MODE_NONE);
	assert_int_equal(layout.devs[1].dev.mem.ext[0].start, 0x100200000);
	layout_free(&layout);
	assert_int_equal(layout_parse(FILE_OF(""), &layout, why, sizeof(why)),
			 0);
	assert_int_equal(layout.nr, 0);
	layout_free(&layout);
}

static void test_broken_layouts(void **state)
{
	(void)state;
	refused("", "ends too early");
	refused("{\"version\":1,", "ends too early");
	refused("{]", "not JSON");
	refused("[]", "not written by");
	refused("null\n", "not written by");
	refused("{\"version\":2,\"devices\":[]}", "newer");
	refused(FILE_OF("") "x", "something follows");
	refused(FILE_OF("1"), "not an object");
	refused(FILE_OF("{}"), "chardev");
	refused(FILE_OF(DEV("dax01.0", "", "0", "1")), "chardev");
	refused(FILE_OF(DEV("../../x", "", "0", "1")), "chardev");
	refused(FILE_OF(DEV("dax1000.0", "!", "0", "1")), "name");
	refused(FILE_OF(DEV("dax1000.0", "a", "0", "4095")), "aligned");
	refused(FILE_OF(DEV("dax1000.0", "a", "-1", "4095")), "range");
	refused(FILE_OF(DEV("dax1000.0", "a", "\"x\"", "4095")), "not a number");
	refused(FILE_OF(DEV("dax1000.0", "a", "0", "4194303")), "sum");
	refused(FILE_OF(DEV("dax1000.0", "a", "0", "9223372036854775807")),
		"range");
	refused(FILE_OF(FIRST "," FIRST), "twice");
	refused(FILE_OF(FIRST "," DEV("dax1000.1", "b", "4294967296",
				      "4297064447")), "share memory");
	refused(FILE_OF(FIRST "," DEV("dax1000.1", "a", "4297064448",
				      "4299161599")), "same name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_size_text),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_broken_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
