// SPDX-License-Identifier: GPL-2.0-only
/* Files of the kernel, see sysfs.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"

static int open_path(int flags, const char *fmt, va_list args)
{
	char *path;
	int fd;

	if (vasprintf(&path, fmt, args) < 0)
		return -ENOMEM;
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	free(path);
	return fd;
}

int sysfs_read(char **text, const char *fmt, ...)
{
	size_t size = 0, room = 0;
	char *buf = NULL;
	ssize_t n;
	va_list args;
	int fd;

	va_start(args, fmt);
	fd = open_path(O_RDONLY, fmt, args);
	va_end(args);
	if (fd < 0)
		return fd;
	do {
		if (room - size < 2) {
			char *more = realloc(buf, room += 4096);

			if (!more) {
				n = -ENOMEM;
				break;
			}
			buf = more;
		}
		n = read(fd, buf + size, room - size - 1);
		if (n < 0)
			n = -errno;
		else
			size += n;
	} while (n > 0);
	close(fd);
	if (n < 0) {
		free(buf);
		return n;
	}
	buf[size] = '\0';
	*text = buf;
	return 0;
}

int sysfs_write(const char *text, const char *fmt, ...)
{
	va_list args;
	int fd, rc = 0;

	va_start(args, fmt);
	fd = open_path(O_WRONLY, fmt, args);
	va_end(args);
	if (fd < 0)
		return fd;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}
