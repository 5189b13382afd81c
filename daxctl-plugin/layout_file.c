// SPDX-License-Identifier: GPL-2.0-only
/* Files that hold saved devices, see layout.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include <json-c/json.h>

#include "carve.h"
#include "layout.h"
#include "report.h"
#include "sysfs.h"

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
	json_object_object_add(root, "version", json_object_new_int(1));
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

static int write_file(const char *text, const char *file)
{
	char *temp;
	FILE *out;
	int rc = -1;

	if (asprintf(&temp, "%s.new", file) < 0)
		return fail("out of memory");
	out = fopen(temp, "we");
	if (out) {
		rc = fprintf(out, "%s\n", text) < 0 || fflush(out) ||
		     fsync(fileno(out)) ? -1 : 0;
		if (fclose(out))
			rc = -1;
	}
	if (!rc)
		rc = rename(temp, file);
	if (rc) {
		rc = fail("cannot write %s: %s", file, strerror(errno));
		unlink(temp);
	}
	free(temp);
	return rc;
}

int layout_save(const struct nodes *nodes, const char *file)
{
	struct json_object *root = describe(nodes);
	const char *text;
	struct stat st;
	int rc;

	/* There is no replacing a pipe or a terminal. */
	if (!strcmp(file, "-"))
		return report_print(root);
	if (!stat(file, &st) && !S_ISREG(st.st_mode)) {
		if (freopen(file, "we", stdout))
			return report_print(root);
		json_object_put(root);
		return fail("cannot write %s: %s", file, strerror(errno));
	}
	text = root ? json_object_to_json_string_ext(root,
						     JSON_C_TO_STRING_PRETTY) :
		      NULL;
	rc = text ? write_file(text, file) : fail("out of memory");
	json_object_put(root);
	return rc;
}

int layout_load(const char *file, struct layout *layout)
{
	char *text, why[256];
	int rc;

	*layout = (struct layout){ 0 };
	rc = sysfs_read(&text, "%s", strcmp(file, "-") ? file : "/dev/stdin");
	if (rc)
		return fail("cannot read %s: %s", file, strerror(-rc));
	rc = layout_parse(text, layout, why, sizeof(why));
	free(text);
	if (rc == -ENOMEM)
		return fail("out of memory");
	if (rc)
		return fail("%s: %s: nothing is changed", file, why);
	return 0;
}
