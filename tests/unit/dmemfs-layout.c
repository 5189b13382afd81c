// SPDX-License-Identifier: GPL-2.0-only
/* What "dmemfs-layout restore" reads, and what it does not take. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dmemfs-tools/check.c"
#include "dmemfs-tools/describe.c"
#include "dmemfs-tools/json.c"
#include "dmemfs-tools/layout.c"
#include "dmemfs-tools/parse.c"

#define OWNER	"\"mode\":\"0755\",\"uid\":0,\"gid\":0,\"atime\":[1,2],\"mtime\":[3,4]"
#define ROOT	"{\"path\":\".\",\"type\":\"directory\"," OWNER "}"
#define DIR(p)	",{\"path\":\"" p "\",\"type\":\"directory\"," OWNER "}"
#define FILE_OF(p, extents) ",{\"path\":\"" p "\",\"type\":\"file\"," OWNER \
			    ",\"size\":1,\"extents\":[" extents "]}"
#define LINK(p, to) ",{\"path\":\"" p "\",\"type\":\"link\",\"target\":\"" to "\"}"
#define SYMLINK(p, to) ",{\"path\":\"" p "\",\"type\":\"symlink\",\"target\":\"" to "\"," \
		       OWNER "}"
#define EXTENT(o, l, d, b) "{\"offset\":" #o ",\"length\":" #l ",\"device\":" #d \
			   ",\"base\":" #b "}"
#define XATTRS(list) ",{\"path\":\"x\",\"type\":\"file\"," OWNER \
		     ",\"size\":1,\"extents\":[],\"xattrs\":[" list "]}"
#define XATTR(name, value) "{\"name\":\"" name "\",\"value\":\"" value "\"}"
#define DEVICE	"{\"chardev\":\"dax0.0\",\"size\":12288,\"mappings\":" \
		"[{\"start\":4096,\"end\":8191},{\"start\":65536,\"end\":73727}]}"
#define HEAD(options, flags, devices) "{\"version\":1,\"options\":" options \
	",\"flags\":" flags ",\"devices\":[" devices "],\"files\":["
#define WITH(files) HEAD("{\"pagesize\":\"4K\"}", "[]", DEVICE) ROOT files "]}"

static int parse(const char *text, struct layout *layout, char *why, size_t size)
{
	return layout_parse(text, strlen(text), layout, why, size);
}

/* The same when it is written and read again. */
static void assert_good(const char *text)
{
	struct layout layout;
	char *first, *second, why[256] = "";

	if (parse(text, &layout, why, sizeof(why)))
		fail_msg("%s: %s", why, text);
	first = layout_describe(&layout);
	layout_free(&layout);
	assert_non_null(first);
	assert_int_equal(parse(first, &layout, why, sizeof(why)), 0);
	second = layout_describe(&layout);
	assert_non_null(second);
	assert_string_equal(first, second);
	layout_free(&layout);
	free(first);
	free(second);
}

static void assert_bad(const char *text, const char *part)
{
	struct layout layout;
	char why[256] = "";

	if (parse(text, &layout, why, sizeof(why)) != -EINVAL)
		fail_msg("taken: %s", text);
	if (!strstr(why, part))
		fail_msg("\"%s\" is not in \"%s\": %s", part, why, text);
	layout_free(&layout);
}

static void test_good(void **state)
{
	(void)state;
	assert_good(WITH(""));
	assert_good(WITH(DIR("d") DIR("d/e") FILE_OF("d/e/f", EXTENT(0, 4096, 0, 8192))
			 LINK("g", "d/e/f") SYMLINK("h", "../../%2F%FF")));
	assert_good(WITH(FILE_OF("%0A..%25", EXTENT(4096, 8192, 0, 4096))
			 FILE_OF("...", EXTENT(0, 4096, 0, 0))));
	assert_good(WITH(XATTRS("")));
	assert_good(WITH(XATTRS(XATTR("user.%FF", "") ","
				XATTR("system.posix_acl_access", "0200FF00"))));
	assert_good(HEAD("{\"pagesize\":\"4K\",\"hugetlbfs\":true,\"mpol\":\"bind:0,2\"}",
			 "[\"ro\",\"noexec\"]", DEVICE) ROOT "]}\n");
}

static void test_joined(void **state)
{
	struct layout layout;
	char why[256];

	(void)state;
	assert_int_equal(parse(WITH(FILE_OF("f", EXTENT(0, 4096, 0, 0) ","
						 EXTENT(4096, 8192, 0, 4096))),
			       &layout, why, sizeof(why)), 0);
	assert_int_equal(layout.entries[1].nr, 1);
	assert_int_equal(layout.entries[1].extents[0].length, 12288);
	layout_free(&layout);
}

static void test_json(void **state)
{
	char *text;

	(void)state;
	assert_bad("", "too early");
	assert_bad("{", "too early");
	assert_bad("[]", "not written by");
	assert_bad("{}", "not written by");
	assert_bad(WITH("") "x", "something follows");
	assert_bad("{\"version\":2,\"files\":[]}", "newer");
	assert_bad("{\"version\":1,\"files\":[],\"more\":1}", "not known");
	/* Nothing is read that is nested by far too deep. */
	text = malloc(100001);
	assert_non_null(text);
	memset(text, '[', 100000);
	text[100000] = '\0';
	assert_bad(text, "not JSON");
	free(text);
}

static void test_paths(void **state)
{
	(void)state;
	assert_bad(WITH(DIR("..")), "elsewhere");
	assert_bad(WITH(DIR("../x")), "elsewhere");
	assert_bad(WITH(DIR("d") DIR("d/..")), "elsewhere");
	assert_bad(WITH(DIR("d") DIR("d/%2E%2E/e")), "elsewhere");
	assert_bad(WITH(DIR("/d")), "elsewhere");
	assert_bad(WITH(DIR("d/")), "elsewhere");
	assert_bad(WITH(DIR(".")), "elsewhere");
	assert_bad(WITH(DIR("d") DIR("d//e")), "elsewhere");
	assert_bad(WITH(DIR("")), "not a text");
	assert_bad(WITH(DIR("a%00b")), "not %XX");
	assert_bad(WITH(DIR("a%2")), "not %XX");
	assert_bad(WITH(DIR("a%fF")), "not %XX");
	assert_bad(WITH(DIR("a\xc3\xa4")), "not %XX");
	assert_bad(WITH(DIR("d") DIR("d")), "twice");
	assert_bad(WITH(DIR("d/e") DIR("d")), "no directory before it");
	assert_bad(WITH(FILE_OF("f", "") DIR("f/e")), "no directory before it");
	assert_bad(WITH(SYMLINK("s", "/run") DIR("s/e")), "no directory before it");
	assert_bad(WITH(LINK("l", "f") FILE_OF("f", "")), "no file before it");
	assert_bad(WITH(DIR("d") LINK("l", "d")), "no file before it");
	assert_bad(WITH(SYMLINK("s", "f") LINK("l", "s")), "no file before it");
	assert_bad(WITH(LINK("l", "/etc/passwd")), "no file before it");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[]", DEVICE) "]}", "not even");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[]", DEVICE)
		   "{\"path\":\"d\",\"type\":\"directory\"," OWNER "}]}", "the first");
}

static void test_extents(void **state)
{
	(void)state;
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 0, 0, 0))), "pages");
	assert_bad(WITH(FILE_OF("f", EXTENT(1, 4096, 0, 0))), "pages");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 4096, 0, 512))), "pages");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 4097, 0, 0))), "pages");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 4096, 1, 0))), "device");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 4096, -1, 0))), "range");
	assert_bad(WITH(FILE_OF("f", EXTENT(-4096, 4096, 0, 0))), "range");
	assert_bad(WITH(FILE_OF("f", EXTENT(9223372036854771712, 4096, 0, 0))), "range");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 99999999999999999999, 0, 0))), "range");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 4096.0, 0, 0))), "not a number");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 4096, 0, 12288))), "inside");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 16384, 0, 0))), "inside");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 8192, 0, 8192))), "inside");
	assert_bad(WITH(FILE_OF("f", EXTENT(4096, 4096, 0, 0) ","
				     EXTENT(0, 4096, 0, 4096))), "overlap");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 4096, 0, 0)) FILE_OF("g", EXTENT(0, 4096, 0, 0))),
		   "share");
	assert_bad(WITH(FILE_OF("f", EXTENT(0, 8192, 0, 0)) FILE_OF("g", EXTENT(0, 8192, 0, 4096))),
		   "share");
	assert_bad(HEAD("{\"pagesize\":\"2M\"}", "[]", DEVICE) ROOT
		   FILE_OF("f", EXTENT(0, 4096, 0, 0)) "]}", "part of a page");
	assert_bad(HEAD("{\"pagesize\":\"2M\"}", "[]", DEVICE) ROOT
		   FILE_OF("f", EXTENT(4096, 4096, 0, 0)) "]}", "part of a page");
}

static void test_xattrs(void **state)
{
	static char text[2 * LAYOUT_XATTR_VALUE + 1024];
	size_t len;

	(void)state;
	assert_bad(WITH(XATTRS("1")), "not an object");
	assert_bad(WITH(XATTRS("{\"name\":\"user.a\"}")), "two digits");
	assert_bad(WITH(XATTRS(XATTR("", "00"))), "not a text");
	assert_bad(WITH(XATTRS(XATTR("user.a", "0"))), "two digits");
	assert_bad(WITH(XATTRS(XATTR("user.a", "0g"))), "two digits");
	assert_bad(WITH(XATTRS(XATTR("user.a", "ff"))), "two digits");
	assert_bad(WITH(XATTRS(XATTR("user.a", "") "," XATTR("user.a", ""))), "twice");
	assert_bad(WITH(FILE_OF("f", "") ",{\"path\":\"l\",\"type\":\"link\",\"target\":\"f\","
			"\"xattrs\":[]}"), "not known");
	/* A byte more than there can be. */
	len = sprintf(text, "%s", WITH(XATTRS(XATTR("user.a", ""))));
	len -= strlen("\"}]}]}");
	memset(text + len, '0', 2 * (LAYOUT_XATTR_VALUE + 1));
	strcpy(text + len + 2 * (LAYOUT_XATTR_VALUE + 1), "\"}]}]}");
	assert_bad(text, "two digits");
	memmove(text + len, text + len + 2, strlen(text + len + 2) + 1);
	assert_good(text);
}

static void test_mount(void **state)
{
	(void)state;
	assert_bad(HEAD("{}", "[]", DEVICE) ROOT "]}", "pagesize");
	assert_bad(HEAD("{\"pagesize\":\"3M\"}", "[]", DEVICE) ROOT "]}", "pagesize");
	assert_bad(HEAD("{\"pagesize\":\"4K\",\"dax\":\"dax0.0\"}", "[]", DEVICE) ROOT "]}",
		   "not an option");
	assert_bad(HEAD("{\"pagesize\":\"4K\",\"nozero\":true}", "[]", DEVICE) ROOT "]}",
		   "not an option");
	assert_bad(HEAD("{\"pagesize\":\"4K\",\"size\":true}", "[]", DEVICE) ROOT "]}",
		   "no possible value");
	assert_bad(HEAD("{\"pagesize\":\"4K\",\"size\":\"1\\n\"}", "[]", DEVICE) ROOT "]}",
		   "no possible value");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[\"bind\"]", DEVICE) ROOT "]}", "flags");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[]", "") ROOT "]}", "1 to 64");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[]",
			"{\"chardev\":\"../x\",\"size\":4096,\"mappings\":[]}") ROOT "]}",
		   "not a name");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[]",
			"{\"chardev\":\"dax0.0:dax1.0\",\"size\":4096,\"mappings\":[]}") ROOT "]}",
		   "not a name");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[]",
			"{\"chardev\":\"dax0.0\",\"size\":4096,\"mappings\":[]}") ROOT "]}",
		   "sum");
	assert_bad(HEAD("{\"pagesize\":\"4K\"}", "[]",
			"{\"chardev\":\"dax0.0\",\"size\":4096,\"mappings\":"
			"[{\"start\":8192,\"end\":4095}]}") ROOT "]}", "pages");
	assert_bad(WITH(",{\"path\":\"d\",\"type\":\"directory\",\"mode\":\"7\",\"uid\":0}"),
		   "octal");
	assert_bad(WITH(",{\"path\":\"d\",\"type\":\"directory\",\"mode\":\"0700\","
			"\"uid\":4294967295,\"gid\":0}"), "range");
	assert_bad(WITH(",{\"path\":\"d\",\"type\":\"directory\",\"mode\":\"0700\","
			"\"uid\":0,\"gid\":0,\"atime\":[0,1000000000],\"mtime\":[0,0]}"), "range");
	assert_bad(WITH(",{\"path\":\"d\",\"type\":\"socket\"}"), "type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_extents),
		cmocka_unit_test(test_xattrs),
		cmocka_unit_test(test_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
