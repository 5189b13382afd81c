// SPDX-License-Identifier: GPL-2.0-only
/* carve check: devices, what is in /dev, and what is written down about them. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "finding.h"
#include "holder.h"
#include "layout.h"
#include "message.h"
#include "size.h"

#define SAVED	"/etc/daxctl-carve.json"

static void remedy(struct findings *findings, enum level level, const char *check,
		   const struct dev *dev, const char *what, const char *fmt)
{
	char *text;

	if (asprintf(&text, fmt, dev->name) < 0)
		text = NULL;
	found(findings, level, check, text, "%s %s", dev->name, what);
	free(text);
}

static void check_dev(const struct dev *dev, struct findings *findings)
{
	struct users users;

	if (dev->node == NODE_MISSING)
		remedy(findings, LEVEL_ERROR, "node", dev,
		       "has no device node, so that nobody can open it",
		       "daxctl carve check --repair makes /dev/%s");
	if (dev->node == NODE_STRAY)
		remedy(findings, LEVEL_ERROR, "stray", dev,
		       "has something else in the place of its device node: whoever opened that runs on the host's own memory",
		       "end who uses it (fuser), rm /dev/%1$s, daxctl carve destroy %1$s");
	if (!dev->size && dev->id && dev->mode == MODE_DISABLED)
		remedy(findings, LEVEL_WARNING, "idle", dev, "has no memory",
		       "daxctl carve check --repair deletes %s");
	if (dev->size && dev->mode == MODE_DISABLED)
		remedy(findings, LEVEL_ERROR, "orphan", dev,
		       "has memory and no driver: device_dax takes it at the next chance",
		       "daxctl carve destroy %1$s, or daxctl enable-device --map=none %1$s");
	if (dev->mode == MODE_NONE && users_read(dev, &users) == -ENOENT)
		remedy(findings, LEVEL_ERROR, "users", dev,
		       "does not tell who uses it: dax_none is older than these tools",
		       "load dax_none anew when nobody uses %s");
	else if (dev->mode == MODE_NONE)
		users_free(&users);
}

/* Files that a program made, where devices may come to be. */
static void check_dev_directory(const struct nodes *nodes,
				struct findings *findings)
{
	struct dirent *entry;
	struct stat st;
	char path[300], size[SIZE_TEXT];
	int region, id;
	size_t i;
	DIR *dir;

	dir = opendir("/dev");
	while (dir && (entry = readdir(dir))) {
		const struct node *node = NULL;
		char rest;

		if (sscanf(entry->d_name, "dax%d.%d%c", &region, &id, &rest) != 2)
			continue;
		for (i = 0; i < nodes->nr; i++)
			if (nodes->node[i].region == region)
				node = &nodes->node[i];
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		/* Those of devices are told of with these. */
		if ((node && node_find_dev(node, id)) || lstat(path, &st) ||
		    S_ISCHR(st.st_mode))
			continue;
		found(findings, LEVEL_ERROR, "stray",
		      "end the program that uses it (fuser), and remove it",
		      "%s is a file of %s and no device: a program that was started too early made it",
		      path, size_text(st.st_size, size));
	}
	if (dir)
		closedir(dir);
}

/* What no device has, by the extents and by the kernel's own count. */
static void check_account(const struct node *node, struct findings *findings)
{
	uint64_t all = extents_size(&node->mem), used = 0;
	char size[SIZE_TEXT];
	size_t i, bad = 0;

	for (i = 0; i < node->nr_devs; i++)
		used += node->devs[i].size;
	if (all - used != node->available)
		found(findings, LEVEL_ERROR, "account",
		      "reboot; until then that memory is lost",
		      "node %d: the kernel counts %" PRIu64 " bytes free, and %" PRIu64 " are in no device",
		      node->id, node->available, all - used);
	for (i = 0; i < node->bad.nr; i++) {
		size_t j;

		for (j = 0; j < node->mem.nr; j++)
			bad += node->bad.ext[i].start - node->mem.ext[j].start <
			       node->mem.ext[j].size;
	}
	if (bad)
		found(findings, LEVEL_WARNING, "quarantine",
		      "replace the memory module; see /sys/kernel/pfn_quarantine/pages",
		      "node %d: memory errors hit %zu place%s of it, %s each is given to nobody",
		      node->id, bad, bad == 1 ? "" : "s",
		      size_text(PLAN_GRANULE, size));
}

void check_devices(const struct nodes *nodes, struct findings *findings)
{
	size_t i, j;

	for (i = 0; i < nodes->nr; i++) {
		check_account(&nodes->node[i], findings);
		for (j = 0; j < nodes->node[i].nr_devs; j++)
			check_dev(&nodes->node[i].devs[j], findings);
	}
	check_dev_directory(nodes, findings);
}

static bool is_saved(const struct layout *layout, const struct dev *dev)
{
	size_t i;

	for (i = 0; i < layout->nr; i++)
		if (!strcmp(layout->devs[i].dev.name, dev->name) &&
		    layout->devs[i].dev.size == dev->size &&
		    layout->devs[i].dev.mem.ext[0].start == dev->mem.ext[0].start)
			return true;
	return false;
}

void check_saved(const struct nodes *nodes, struct findings *findings)
{
	size_t i, j, nr = 0, unsaved = 0;
	struct layout layout = { 0 };
	struct stat st;

	for (i = 0; i < nodes->nr; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++)
			nr += nodes->node[i].devs[j].size > 0;
	if (stat(SAVED, &st)) {
		if (nr)
			found(findings, LEVEL_WARNING, "saved",
			      "daxctl carve save " SAVED,
			      "%zu device%s will not be there after a reboot: there is no " SAVED,
			      nr, nr == 1 ? "" : "s");
		return;
	}
	if (st.st_mode & 022 || st.st_uid)
		found(findings, LEVEL_ERROR, "saved",
		      "chown root: " SAVED "; chmod 0600 " SAVED,
		      "others than root may write " SAVED);
	if (layout_load(SAVED, &layout)) {
		found(findings, LEVEL_ERROR, "saved",
		      "daxctl carve save " SAVED " when all devices are there",
		      SAVED " cannot be restored");
	} else {
		for (i = 0; i < nodes->nr; i++)
			for (j = 0; j < nodes->node[i].nr_devs; j++)
				if (nodes->node[i].devs[j].size)
					unsaved += !is_saved(&layout,
							     &nodes->node[i].devs[j]);
		if (unsaved || layout.nr + unsaved > nr)
			found(findings, LEVEL_WARNING, "saved",
			      "daxctl carve save " SAVED ", or daxctl carve restore " SAVED,
			      "%zu of %zu devices are not as in " SAVED ", which has %zu",
			      unsaved, nr, layout.nr);
	}
	layout_free(&layout);
}
