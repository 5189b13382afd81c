// SPDX-License-Identifier: GPL-2.0-only
/* Files that hold saved devices, see layout.h. */
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

#include <json-c/json.h>

#include "journal.h"
#include "layout.h"
#include "message.h"
#include "report.h"

static struct json_object *describe(const struct nodes *nodes)
{
	struct json_object *root = json_object_new_object();
	struct json_object *devices = json_object_new_array();
	size_t i, j;

	if (!root || !devices) {
		json_object_put(root);
		json_object_put(devices);
		return NULL;
	}
	json_object_object_add(root, "version",
			       json_object_new_int(LAYOUT_VERSION));
	json_object_object_add(root, "devices", devices);
	for (i = 0; i < nodes->nr; i++) {
		const struct node *node = &nodes->node[i];

		for (j = 0; j < node->nr_devs; j++)
			if (node->devs[j].size)
				json_object_array_add(devices,
						      report_dev(&node->devs[j],
								 node->id,
								 false));
	}
	return root;
}

static int write_all(int fd, const char *text)
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

/* FILE and a number that nobody can have prepared, from the root. */
static char *temp_name(const char *file)
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

/* All of it or nothing: the former stays until the new one is on disk. */
static int write_file(const char *text, const char *file)
{
	char *temp = temp_name(file);
	struct stat st;
	int fd, rc;

	if (!temp)
		return fail("out of memory");
	if (journal_temp(temp)) {
		free(temp);
		return -1;
	}
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	rc = fd < 0 ? -1 : write_all(fd, text);
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
	free(temp);
	return rc;
}

/* There is no replacing a pipe or a terminal. */
static int write_special(const char *text, const char *file)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC), rc;

	rc = fd < 0 ? -1 : write_all(fd, text);
	if (fd >= 0 && close(fd))
		rc = -1;
	return rc ? fail_as(fail_errno(errno), "cannot write %s: %s", file,
			    strerror(errno)) : 0;
}

int layout_save(const struct nodes *nodes, const char *file)
{
	struct json_object *root = describe(nodes);
	const char *text;
	struct stat st;
	int rc;

	if (!strcmp(file, "-"))
		return report_print(root);
	text = root ? json_object_to_json_string_ext(root,
						     JSON_C_TO_STRING_PRETTY |
						     JSON_C_TO_STRING_NOSLASHESCAPE) :
		      NULL;
	if (!text)
		rc = fail("out of memory");
	else if (!stat(file, &st) && !S_ISREG(st.st_mode))
		rc = write_special(text, file);
	else
		rc = write_file(text, file);
	json_object_put(root);
	return rc;
}

/* No more than makes sense, whatever it is. */
static int read_all(int fd, char **text, size_t *len)
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
		if (!n || *len > LAYOUT_MAX)
			return 0;
	}
}

int layout_load(const char *file, struct layout *layout)
{
	char *text = NULL, why[256];
	bool is_stdin = !strcmp(file, "-");
	size_t len = 0;
	int fd, rc;

	*layout = (struct layout){ 0 };
	/* Whatever stdin is: a socket cannot be opened by a name. */
	fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	rc = fd < 0 ? -errno : read_all(fd, &text, &len);
	if (fd >= 0 && !is_stdin)
		close(fd);
	if (rc) {
		free(text);
		return fail_as(fail_errno(-rc), "cannot read %s: %s", file,
			       strerror(-rc));
	}
	rc = layout_parse(text, len, layout, why, sizeof(why));
	free(text);
	if (rc == -ENOMEM)
		return fail("out of memory");
	if (rc)
		return fail_as(STATUS_BAD_INPUT, "%s: %s: nothing is changed",
			       file, why);
	return 0;
}
