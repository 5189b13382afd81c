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

/* As in label.c, which would bring in all the rest. */
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
		{ "2.5G", 2560ull << 20 }, { "0.5M", 512ull << 10 },
		{ "1.25GiB", 1280ull << 20 }, { "1.000T", 1ull << 40 },
	};
	static const char *const bad[] = {
		"", " 1", "-1", "+1", "1 G", "1Q", "1GG", "G", "1.5", "1Gi",
		"0x", "1G1", "abc", "1iB", "1.G", ".5G", "1.5.5G", "0x1.5G",
		"0.3G", "1.99999999G",
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
/* The last one of a key counts. */
#define WITH(more) "{" \
	"\"chardev\":\"dax1000.0\",\"target_node\":0,\"size\":2097152," \
	"\"align\":2097152,\"mode\":\"devdax\",\"map\":\"none\"," \
	"\"mappings\":[{\"page_offset\":0,\"start\":0,\"end\":2097151}]," more "}"
#define FILE_OF(devs) "{\"version\":1,\"devices\":[" devs "]}"

static int parse(const char *text, struct layout *layout, char *why)
{
	return layout_parse(text, strlen(text), layout, why, 256);
}

static void refused(const char *text, const char *part)
{
	struct layout layout;
	char why[256] = "";

	if (layout_parse(text, strlen(text), &layout, why, sizeof(why)) != -EINVAL)
		fail_msg("accepted: %s", text);
	layout_free(&layout);
	if (!strstr(why, part))
		fail_msg("\"%s\" does not say \"%s\"", why, part);
}

static void test_layout(void **state)
{
	struct layout layout;
	char why[256];

	(void)state;
	assert_int_equal(parse(FILE_OF(FIRST "," SECOND) "\n", &layout, why), 0);
	assert_int_equal(layout.nr, 2);
	assert_string_equal(layout.devs[1].dev.name, "dax1000.1");
	assert_string_equal(layout.devs[1].dev.label, "b");
	assert_int_equal(layout.devs[1].region, 1000);
	assert_int_equal(layout.devs[1].dev.id, 1);
	assert_int_equal(layout.devs[1].dev.mode, MODE_NONE);
	assert_int_equal(layout.devs[1].dev.mem.ext[0].start, 0x100200000);
	layout_free(&layout);
	assert_int_equal(parse(FILE_OF(""), &layout, why), 0);
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
	refused("{\"version\":3,\"devices\":[]}", "newer");
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
	/* What would make devices without end, or give memory to who should not have it. */
	refused(FILE_OF(DEV("dax1000.2000000000", "a", "0", "2097151")),
		"out of range");
	refused(FILE_OF(DEV("dax1000.4096", "a", "0", "2097151")),
		"out of range");
	refused(FILE_OF(DEV("dax2024.0", "a", "0", "2097151")), "out of range");
	refused(FILE_OF(DEV("dax0.0", "a", "0", "2097151")), "not of a region");
	refused(FILE_OF(WITH("\"map\":\"weird\"")), "\"map\" is neither");
	refused(FILE_OF(WITH("\"map\":1")), "\"map\" is not a text");
	refused(FILE_OF(WITH("\"state\":\"enabled\"")), "\"state\"");
	refused(FILE_OF(WITH("\"mode\":\"system-ram\"")), "\"devdax\" only");
	refused(FILE_OF(WITH("\"name\":\"a\\u0000b\"")), "not a text");
	refused(FILE_OF(WITH("\"bogus\":1")), "\"bogus\" is not known");
	refused(FILE_OF(WITH("\"owner\":\"a b\"")), "\"owner\"");
	refused(FILE_OF(WITH("\"permissions\":\"0777\"")), "\"permissions\"");
	refused(FILE_OF(WITH("\"permissions\":660")), "\"permissions\"");
	refused("{\"version\":1,\"devices\":[],\"more\":1}", "more than");
	refused("{\"version\":1.0,\"devices\":[]}", "version");
	refused("{\"version\":1,\"devices\":[],}", "not JSON");
	refused("{\"version\":1,\"devices\":[\"\xff\"]}", "not JSON");
	refused(FILE_OF(FIRST "," FIRST), "twice");
	refused(FILE_OF(FIRST "," DEV("dax1000.1", "b", "4294967296",
				      "4297064447")), "share memory");
	refused(FILE_OF(FIRST "," DEV("dax1000.1", "a", "4297064448",
				      "4299161599")), "same name");
}

static void test_nul(void **state)
{
	static const char text[] = FILE_OF(FIRST) "\0" FILE_OF(SECOND);
	struct layout layout;
	char why[256] = "";

	(void)state;
	assert_int_equal(layout_parse(text, sizeof(text) - 1, &layout, why,
				      sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "NUL"));
	layout_free(&layout);
}

static void test_owners(void **state)
{
	struct layout layout;
	char why[256] = "";

	(void)state;
	assert_int_equal(parse("{\"version\":2,\"devices\":["
			       WITH("\"owner\":\"libvirt-qemu:kvm\",\"permissions\":\"0660\"")
			       "]}", &layout, why), 0);
	assert_string_equal(layout.devs[0].dev.owner, "libvirt-qemu:kvm");
	assert_int_equal(layout.devs[0].dev.permissions, 0660);
	layout_free(&layout);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_size_text),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_broken_layouts),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
