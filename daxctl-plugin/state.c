// SPDX-License-Identifier: GPL-2.0-only
/* A lock and labels, see state.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "carve.h"
#include "state.h"
#include "sysfs.h"

/* How long to wait for another instance, in tenths of a second. */
#define LOCK_TRIES	50

static int lock_fd = -1;

static int make_dirs(void)
{
	if ((mkdir(STATE_DIR, 0755) && errno != EEXIST) ||
	    (mkdir(STATE_DIR "/label", 0755) && errno != EEXIST))
		return -errno;
	return 0;
}

int state_lock(void)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	int tries, rc = make_dirs();

	if (!rc) {
		lock_fd = open(STATE_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC,
			       0644);
		if (lock_fd < 0)
			rc = -errno;
	}
	if (rc == -EACCES || rc == -EPERM)
		return fail("no permission to change anything: run this as root");
	if (rc)
		return fail("cannot lock " STATE_DIR "/lock: %s",
			    strerror(-rc));
	for (tries = 0; tries < LOCK_TRIES && !interrupted; tries++) {
		if (!flock(lock_fd, LOCK_EX | LOCK_NB))
			return 0;
		if (!tries)
			say("another instance is at work, waiting for it");
		nanosleep(&pause, NULL);
	}
	state_unlock();
	return fail("another instance of daxctl carve is at work: try again when it is done");
}

void state_unlock(void)
{
	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
}

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

/* A line that no other device is likely to share. */
static void describe(const struct dev *dev, char *text, size_t size)
{
	snprintf(text, size, "%s\n%" PRIx64 " %" PRIx64 "\n", dev->label,
		 dev->size, dev->mem.nr ? dev->mem.ext[0].start : 0);
}

void label_read(struct dev *dev)
{
	char want[LABEL_NAME + 64];
	char *text;
	size_t len;

	if (sysfs_read(&text, STATE_DIR "/label/%s", dev->name))
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
	char path[128], text[LABEL_NAME + 64];
	FILE *file;
	int rc;

	snprintf(path, sizeof(path), STATE_DIR "/label/%s", dev->name);
	describe(dev, text, sizeof(text));
	file = fopen(path, "we");
	if (!file)
		return fail("cannot store the name of %s in %s: %s", dev->name,
			    path, strerror(errno));
	rc = fputs(text, file);
	if (fclose(file) || rc < 0) {
		unlink(path);
		return fail("cannot store the name of %s in %s: %s", dev->name,
			    path, strerror(errno));
	}
	return 0;
}

void label_remove(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), STATE_DIR "/label/%s", name);
	unlink(path);
}
