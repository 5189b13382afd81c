// SPDX-License-Identifier: GPL-2.0-only
/* Files that are read or replaced as a whole, see file.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "file.h"
#include "message.h"

int file_write(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len) {
		n = write(fd, text, len);
		if (n < 0)
			return -1;
		text += n;
		len -= n;
	}
	return write(fd, "\n", 1) == 1 ? 0 : -1;
}

/* The new name is on disk when the directory is. */
static int sync_directory(const char *file)
{
	char *copy = strdup(file);
	int fd, rc = -1;

	if (!copy)
		return -1;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		/* Not every file system can. */
		rc = fsync(fd) && errno != EINVAL ? -1 : 0;
		close(fd);
	}
	free(copy);
	return rc;
}

char *file_temp(const char *file)
{
	char *cwd = *file == '/' ? NULL : get_current_dir_name(), *temp = NULL;
	uint64_t n;

	if (getrandom(&n, sizeof(n), 0) == sizeof(n) && (*file == '/' || cwd) &&
	    asprintf(&temp, "%s%s%s.%016" PRIx64, cwd ? cwd : "",
		     cwd ? "/" : "", file, n) < 0)
		temp = NULL;
	free(cwd);
	return temp;
}

int file_replace(const char *text, const char *file, const char *temp)
{
	struct stat st;
	int fd, rc;

	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	rc = fd < 0 ? -1 : file_write(fd, text);
	/* As the one in its place, if that is a file and no link. */
	if (!rc && !lstat(file, &st) && S_ISREG(st.st_mode))
		rc = fchown(fd, st.st_uid, st.st_gid) ||
		     fchmod(fd, st.st_mode & 0777) ? -1 : 0;
	if (!rc)
		rc = fsync(fd);
	if (fd >= 0 && close(fd))
		rc = -1;
	if (!rc)
		rc = rename(temp, file);
	if (rc) {
		rc = fail_as(fail_errno(errno), "cannot write %s: %s", file,
			     strerror(errno));
		if (fd >= 0)
			unlink(temp);
	} else if (sync_directory(file)) {
		rc = fail("%s is written, but may not be on disk: %s", file,
			  strerror(errno));
	}
	return rc;
}

int file_read(int fd, size_t max, char **text, size_t *len)
{
	size_t room = 0;
	char *more;
	ssize_t n;

	*text = NULL;
	*len = 0;
	for (;;) {
		if (room - *len < 2) {
			room = room ? 2 * room : 1 << 16;
			more = realloc(*text, room);
			if (!more)
				return -ENOMEM;
			*text = more;
		}
		n = read(fd, *text + *len, room - *len - 1);
		if (n < 0)
			return -errno;
		*len += n;
		(*text)[*len] = '\0';
		if (!n || *len > max)
			return 0;
	}
}
