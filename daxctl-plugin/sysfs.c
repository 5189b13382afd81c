// SPDX-License-Identifier: GPL-2.0-only
/* Files of the kernel, see sysfs.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "sysfs.h"

static int read_all(char **text, int fd)
{
	size_t size = 0, room = 0;
	char *buf = NULL, *more;
	ssize_t n;

	do {
		if (room - size < 2) {
			more = realloc(buf, room += 4096);
			if (!more) {
				free(buf);
				return -ENOMEM;
			}
			buf = more;
		}
		n = read(fd, buf + size, room - size - 1);
		if (n < 0) {
			n = -errno;
			free(buf);
			return n;
		}
		size += n;
	} while (n > 0);
	buf[size] = '\0';
	*text = buf;
	return 0;
}

static int read_path(char **text, const char *fmt, va_list args)
{
	char path[PATH_MAX];
	int fd, rc;

	vsnprintf(path, sizeof(path), fmt, args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = read_all(text, fd);
	close(fd);
	return rc;
}

int sysfs_read(char **text, const char *fmt, ...)
{
	va_list args;
	int rc;

	va_start(args, fmt);
	rc = read_path(text, fmt, args);
	va_end(args);
	return rc;
}

int sysfs_number(unsigned long long *value, const char *fmt, ...)
{
	char path[PATH_MAX], text[64], *end;
	va_list args;
	ssize_t n;
	int fd;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* The kernel gives all of so short an attribute at once. */
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		n = -errno;
	close(fd);
	if (n < 0)
		return n;
	text[n] = '\0';
	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno || end == text || (*end && *end != '\n'))
		return -EINVAL;
	return 0;
}

int sysfs_write(const char *text, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;
	int fd, rc = 0;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

void sysfs_link(char *name, size_t size, const char *fmt, ...)
{
	char path[PATH_MAX], to[PATH_MAX];
	const char *base;
	va_list args;
	ssize_t len;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	len = readlink(path, to, sizeof(to) - 1);
	to[len < 0 ? 0 : len] = '\0';
	base = strrchr(to, '/');
	snprintf(name, size, "%s", base ? base + 1 : to);
}

uint64_t sysfs_inode(const char *fmt, ...)
{
	char path[PATH_MAX];
	struct stat st;
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	return stat(path, &st) ? 0 : st.st_ino;
}
