// SPDX-License-Identifier: GPL-2.0-only
/* What others chose, such as names of processes: fit for terminals and JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daxctl-plugin/text.c"
#include "daxctl-plugin/users.c"
#include "tests/unit/nothing.h"

static void becomes(const char *text, const char *wanted)
{
	char *clean = text_clean(text);

	assert_string_equal(clean, wanted);
	free(clean);
}

static void test_clean(void **state)
{
	(void)state;
	becomes("", "");
	becomes("qemu-system-x86", "qemu-system-x86");
	becomes("gr\xc3\xb6\xc3\x9f" "er \xe2\x82\xac \xf0\x9f\x90\xa7",
		"gr\xc3\xb6\xc3\x9f" "er \xe2\x82\xac \xf0\x9f\x90\xa7");
	becomes("\xff\xfe" "evil", "\\xff\\xfe" "evil");
	becomes("cut \xe2\x82", "cut \\xe2\\x82");
	becomes("\x1b[2Jred\n", "\\x1b[2Jred\\x0a");
	becomes("\x7f\xc2\x9b", "\\x7f\\xc2\\x9b");
	/* Overlong, a surrogate, and beyond the last character. */
	becomes("\xc0\x80", "\\xc0\\x80");
	becomes("\xed\xa0\x80", "\\xed\\xa0\\x80");
	becomes("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	/* Text that would run backwards. */
	becomes("\xe2\x80\xaeltr", "\\xe2\\x80\\xaeltr");
}

static void test_users(void **state)
{
	struct users users;

	(void)state;
	assert_int_equal(users_parse("", &users), 0);
	assert_false(users_any(&users));
	assert_int_equal(users_parse("open 2\nclaim dmemfs 0:52\nheld 4096\n",
				     &users), 0);
	assert_int_equal(users.open, 2);
	assert_int_equal(users.held, 4096);
	assert_int_equal(users.nr_claims, 1);
	assert_string_equal(users.claims[0], "dmemfs 0:52");
	users_free(&users);
	/* What is lent is in nobody's way. */
	assert_int_equal(users_parse("claim tmem\n", &users), 0);
	assert_true(users_any(&users));
	assert_false(users_in_the_way(&users));
	users_free(&users);
	assert_int_equal(users_parse("claim tmem\nopen 1\n", &users), 0);
	assert_true(users_in_the_way(&users));
	users_free(&users);
	assert_int_equal(users_parse("claim dmemfs 0:52\n", &users), 0);
	assert_true(users_in_the_way(&users));
	users_free(&users);
	/* What a later kernel says is a use, too. */
	assert_int_equal(users_parse("lent 4096 pages\n", &users), 0);
	assert_true(users_any(&users));
	users_free(&users);
	assert_int_equal(users_parse("open x\n", &users), -EINVAL);
	users_free(&users);
	assert_int_equal(users_parse("open 1", &users), -EINVAL);
	users_free(&users);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
