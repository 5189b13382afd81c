// SPDX-License-Identifier: GPL-2.0-only
/* Directories inside of a mount, see path.h. */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "path.h"

int path_open(int root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOATIME | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_XDEV,
	};

	return syscall(SYS_openat2, root, path, &how, sizeof(how));
}

int path_parent(int root, const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int fd;

	*name = slash ? slash + 1 : path;
	parent = slash ? strndup(path, slash - path) : strdup(".");
	fd = parent ? path_open(root, parent) : -1;
	free(parent);
	return fd;
}
