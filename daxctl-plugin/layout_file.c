// SPDX-License-Identifier: GPL-2.0-only
/* Files that hold saved devices, see layout.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "file.h"
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

/* All of it or nothing: the former stays until the new one is on disk. */
static int write_file(const char *text, const char *file)
{
	char *temp = file_temp(file);
	int rc;

	if (!temp)
		return fail("out of memory");
	rc = journal_temp(temp);
	if (!rc)
		rc = file_replace(text, file, temp);
	free(temp);
	return rc;
}

/* There is no replacing a pipe or a terminal. */
static int write_special(const char *text, const char *file)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC), rc;

	rc = fd < 0 ? -1 : file_write(fd, text);
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

int layout_load(const char *file, struct layout *layout)
{
	char *text = NULL, why[256];
	bool is_stdin = !strcmp(file, "-");
	size_t len = 0;
	int fd, rc;

	*layout = (struct layout){ 0 };
	/* Whatever stdin is: a socket cannot be opened by a name. */
	fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	rc = fd < 0 ? -errno : file_read(fd, LAYOUT_MAX, &text, &len);
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
