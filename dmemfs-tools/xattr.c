// SPDX-License-Identifier: GPL-2.0-only
/* Extended attributes, see xattr.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include <linux/limits.h>

#include "../daxctl-plugin/message.h"
#include "xattr.h"

/* Of directories; nothing lists it, see Documentation/dmemfs.md. */
#define LIMIT		"trusted.dmemfs.size"
/* There are no calls for these that take a directory and a name. */
#define PATH_ROOM	(sizeof("/proc/self/fd/2147483647/") + NAME_MAX)

static void path_of(char *path, int dir, const char *name)
{
	snprintf(path, PATH_ROOM, "/proc/self/fd/%d/%s", dir, name);
}

static int cannot(const struct layout_entry *entry, const char *what,
		  const char *name)
{
	return fail_as(fail_errno(errno), "%s: cannot %s the attribute %s: %s",
		       entry->path, what, name, strerror(errno));
}

static int save_one(const char *path, const char *name, struct layout_entry *entry)
{
	static unsigned char value[XATTR_SIZE_MAX];
	ssize_t size = lgetxattr(path, name, value, sizeof(value));

	/* One that is gone by now is none. */
	if (size < 0 && errno == ENODATA)
		return 0;
	if (size < 0)
		return cannot(entry, "read", name);
	if (layout_add_xattr(entry, name, value, size))
		return fail("out of memory");
	return 0;
}

int xattr_save(int dir, const char *name, struct layout_entry *entry)
{
	static char names[XATTR_LIST_MAX];
	char path[PATH_ROOM];
	ssize_t len, at;
	int rc = 0;

	path_of(path, dir, name);
	len = llistxattr(path, names, sizeof(names));
	if (len < 0)
		return fail_as(fail_errno(errno), "%s: cannot list its attributes: %s",
			       entry->path, strerror(errno));
	for (at = 0; at < len && !rc; at += strlen(names + at) + 1)
		rc = save_one(path, names + at, entry);
	if (!rc && entry->type == LAYOUT_DIRECTORY)
		rc = save_one(path, LIMIT, entry);
	return rc;
}

int xattr_restore(int dir, const char *name, const struct layout_entry *entry)
{
	char path[PATH_ROOM];
	size_t i;

	path_of(path, dir, name);
	for (i = 0; i < entry->nr_xattrs; i++) {
		const struct layout_xattr *xattr = &entry->xattrs[i];

		if (lsetxattr(path, xattr->name, xattr->value, xattr->size, 0))
			return cannot(entry, "set", xattr->name);
	}
	return 0;
}

int xattr_limit(int fd, const struct layout_entry *entry)
{
	size_t i;

	for (i = 0; i < entry->nr_xattrs; i++) {
		const struct layout_xattr *xattr = &entry->xattrs[i];

		if (!strcmp(xattr->name, LIMIT) &&
		    fsetxattr(fd, LIMIT, xattr->value, xattr->size, 0))
			return cannot(entry, "set", LIMIT);
	}
	return 0;
}
