/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine without anything to read, for tests of files that would otherwise bring in all
 * the rest: as in sysfs.c, holder.c and message.c. After what is tested.
 */
#ifndef TESTS_NOTHING_H
#define TESTS_NOTHING_H

#include <errno.h>

#include "daxctl-plugin/holder.h"
/* cmocka has a macro of this name. */
#undef fail
#include "daxctl-plugin/message.h"
#include "daxctl-plugin/sysfs.h"

int sysfs_read(char **text, const char *fmt, ...)
{
	(void)text;
	(void)fmt;
	return -ENOENT;
}

int sysfs_number(unsigned long long *value, const char *fmt, ...)
{
	(void)value;
	(void)fmt;
	return -ENOENT;
}

int holders_read(const struct nodes *nodes, struct holders *holders)
{
	(void)nodes;
	*holders = (struct holders){ 0 };
	return 0;
}

void holders_free(struct holders *holders)
{
	(void)holders;
}

const struct holder *holders_next(const struct holders *holders,
				  const struct dev *dev,
				  const struct holder *last)
{
	(void)holders;
	(void)dev;
	(void)last;
	return NULL;
}

int fail_as(enum status status, const char *fmt, ...)
{
	(void)status;
	(void)fmt;
	return -1;
}

#endif /* TESTS_NOTHING_H */
