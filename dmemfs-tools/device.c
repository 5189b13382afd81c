// SPDX-License-Identifier: GPL-2.0-only
/* Devices of the dax bus, see device.h. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../daxctl-plugin/label.h"
#include "../daxctl-plugin/message.h"
#include "../daxctl-plugin/sysfs.h"
#include "device.h"

#define DEVICES	"/sys/bus/dax/devices"

static int read_ranges(const char *chardev, struct layout_device *dev)
{
	unsigned long long start, end;
	struct layout_range *more;
	int rc;

	for (;;) {
		rc = sysfs_number(&start, DEVICES "/%s/mapping%zu/start",
				  chardev, dev->nr);
		if (rc == -ENOENT && dev->nr)
			return 0;
		if (!rc)
			rc = sysfs_number(&end, DEVICES "/%s/mapping%zu/end",
					  chardev, dev->nr);
		if (rc)
			return rc;
		more = reallocarray(dev->ranges, dev->nr + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		dev->ranges = more;
		more[dev->nr++] = (struct layout_range){
			.start = start, .size = end - start + 1,
		};
		dev->size += end - start + 1;
	}
}

static int try_read(const char *chardev, struct layout_device *dev)
{
	struct dev named = { 0 };

	*dev = (struct layout_device){ 0 };
	if (strlen(chardev) >= sizeof(named.name))
		return -ENAMETOOLONG;
	strcpy(dev->chardev, chardev);
	strcpy(named.name, chardev);
	named.identity = sysfs_inode(DEVICES "/%s/mapping0", chardev);
	label_read(&named);
	strcpy(dev->name, named.label);
	return read_ranges(chardev, dev);
}

int device_read(const char *chardev, struct layout_device *dev)
{
	int rc = try_read(chardev, dev);

	if (rc)
		return fail_as(fail_errno(-rc), "cannot find out what memory %s has: %s",
			       chardev, strerror(-rc));
	return 0;
}

static bool same_memory(const struct layout_device *a,
			const struct layout_device *b)
{
	return a->nr == b->nr &&
	       !memcmp(a->ranges, b->ranges, a->nr * sizeof(*a->ranges));
}

/* What is there under another name is for something else. */
static int check(const struct layout_device *want, const struct layout_device *have)
{
	char driver[LAYOUT_NAME];

	sysfs_link(driver, sizeof(driver), DEVICES "/%s/driver", have->chardev);
	if (strcmp(driver, "dax_none"))
		return fail_as(STATUS_BUSY, "%s has the memory of %s, but its driver is %s: bind it to dax_none with its content kept",
			       have->chardev, want->chardev,
			       *driver ? driver : "none");
	if (strcmp(want->name, have->name))
		return fail_as(STATUS_EXISTS, "%s has the memory of %s, but its name is \"%s\" and not \"%s\": see daxctl carve rename",
			       have->chardev, want->chardev, have->name,
			       want->name);
	return 0;
}

char *device_find(const struct layout_device *want)
{
	struct layout_device have;
	char *found = NULL;
	struct dirent *ent;
	bool same = false;
	DIR *dir;

	dir = opendir(DEVICES);
	while (dir && !same && (ent = readdir(dir))) {
		if (strncmp(ent->d_name, "dax", 3))
			continue;
		/* One that goes away meanwhile, or has no memory, is not it. */
		same = !try_read(ent->d_name, &have) && same_memory(want, &have);
		if (same && !check(want, &have))
			found = strdup(have.chardev);
		free(have.ranges);
	}
	if (dir)
		closedir(dir);
	if (!same)
		fail_as(STATUS_NOT_FOUND, "no device has the memory of %s%s%s, from %#" PRIx64 " on: make it again with its content kept, see daxctl carve restore --preserve",
			want->chardev, *want->name ? " " : "", want->name,
			want->ranges[0].start);
	return found;
}
