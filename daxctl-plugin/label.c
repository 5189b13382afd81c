// SPDX-License-Identifier: GPL-2.0-only
/* What devices are called, see label.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "label.h"
#include "message.h"
#include "state.h"
#include "sysfs.h"

#define LABELS	STATE_DIR "/label"

bool label_valid(const char *label)
{
	unsigned int region, id;
	size_t i, len = strlen(label);
	char rest;

	if (!len || len >= LABEL_NAME || *label == '-' || *label == '.')
		return false;
	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)label[i]) &&
		    !strchr("._-", label[i]))
			return false;
	if (!strcmp(label, "all"))
		return false;
	return sscanf(label, "dax%u.%u%c", &region, &id, &rest) != 2;
}

static void describe(const struct dev *dev, char *text, size_t size)
{
	snprintf(text, size, "%s\n%" PRIu64 "\n", dev->label, dev->identity);
}

void label_read(struct dev *dev)
{
	char want[LABEL_NAME + 32];
	char *text;
	size_t len;

	dev->label[0] = '\0';
	if (!dev->identity || sysfs_read(&text, LABELS "/%s", dev->name))
		return;
	len = strcspn(text, "\n");
	if (len < sizeof(dev->label)) {
		memcpy(dev->label, text, len);
		dev->label[len] = '\0';
	}
	describe(dev, want, sizeof(want));
	if (strcmp(text, want) || !label_valid(dev->label))
		dev->label[0] = '\0';
	free(text);
}

int label_write(const struct dev *dev)
{
	char path[128], temp[128], text[LABEL_NAME + 32];
	FILE *file;
	int rc = 0;

	if (!dev->label[0]) {
		label_remove(dev->name);
		return 0;
	}
	snprintf(path, sizeof(path), LABELS "/%s", dev->name);
	/* With a dot, so that it is no device; under the lock it is nobody else's. */
	snprintf(temp, sizeof(temp), LABELS "/.new");
	describe(dev, text, sizeof(text));
	file = fopen(temp, "we");
	if (!file)
		return fail("cannot store the name of %s in %s: %s", dev->name,
			    path, strerror(errno));
	if (fputs(text, file) == EOF)
		rc = -1;
	if (fclose(file) || rc || rename(temp, path)) {
		rc = fail("cannot store the name of %s in %s: %s", dev->name,
			  path, strerror(errno));
		unlink(temp);
	}
	return rc;
}

void label_remove(const char *name)
{
	char path[sizeof(LABELS) + 256];

	snprintf(path, sizeof(path), LABELS "/%.255s", name);
	unlink(path);
}

static bool is_label(const struct nodes *nodes, const char *name)
{
	size_t i, j;

	for (i = 0; i < nodes->nr; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++) {
			const struct dev *dev = &nodes->node[i].devs[j];

			if (!strcmp(dev->name, name))
				return dev->label[0];
		}
	return false;
}

unsigned int label_sweep(const struct nodes *nodes)
{
	struct dirent *entry;
	unsigned int nr = 0;
	DIR *dir;

	dir = opendir(LABELS);
	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    !is_label(nodes, entry->d_name)) {
			label_remove(entry->d_name);
			nr++;
		}
	if (dir)
		closedir(dir);
	return nr;
}
