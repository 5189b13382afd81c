// SPDX-License-Identifier: GPL-2.0-only
/* What is about to be done, see journal.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "bus.h"
#include "device.h"
#include "holder.h"
#include "journal.h"
#include "message.h"
#include "state.h"
#include "sysfs.h"

#define JOURNAL	STATE_DIR "/journal"

static bool stays;
/* Open as long as it is not cleared: a line for each device of many. */
static int journal = -1;

static int note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One write for a line: there is all of it, or none. */
static int note(const char *fmt, ...)
{
	va_list args;
	char *line;
	bool ok;
	int len;

	va_start(args, fmt);
	len = vasprintf(&line, fmt, args);
	va_end(args);
	if (len < 0)
		return fail("out of memory");
	if (journal < 0)
		journal = open(JOURNAL, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
			       O_NOFOLLOW, 0600);
	ok = journal >= 0 && write(journal, line, len) == len;
	free(line);
	if (!ok)
		return fail("cannot write " JOURNAL ": %s: nothing is done without it",
			    strerror(errno));
	return 0;
}

int journal_idle(const struct node *node)
{
	return note("idle %d\n", node->region);
}

int journal_create(const struct dev *dev)
{
	return note("create %s %" PRIu64 " %" PRIu64 "\n", dev->name, dev->birth,
		    dev->mem.ext[0].start);
}

int journal_keep(const struct dev *dev)
{
	return note("keep %s %" PRIu64 "\n", dev->name, dev->birth);
}

int journal_destroy(const struct dev *dev)
{
	return note("destroy %s %" PRIu64 " %" PRIu64 "\n", dev->name,
		    dev->birth, dev->identity);
}

int journal_resize(const struct dev *dev, uint64_t size, bool preserve)
{
	return note("resize %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d\n",
		    dev->name, dev->birth, dev->identity, dev->size, size,
		    dev->mode, preserve);
}

int journal_temp(const char *path)
{
	/* It would be two lines, of which the second has a meaning of its own. */
	if (strchr(path, '\n'))
		return fail_as(STATUS_BAD_INPUT,
			       "the name of the file has a newline in it: give it another");
	return note("temp %s\n", path);
}

void journal_stays(void)
{
	stays = true;
}

void journal_clear(void)
{
	if (stays)
		return;
	unlink(JOURNAL);
	if (journal >= 0)
		close(journal);
	journal = -1;
}

bool journal_pending(void)
{
	return !access(JOURNAL, F_OK);
}

/* The device that a line is about, if it is still the same. */
static struct dev *find(const struct nodes *nodes, const char *name,
			uint64_t birth, struct node **node)
{
	size_t i, j;

	for (i = 0; i < nodes->nr; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++) {
			struct dev *dev = &nodes->node[i].devs[j];

			*node = &nodes->node[i];
			if (!strcmp(dev->name, name) && dev->birth == birth)
				return dev;
		}
	return NULL;
}

/* Somebody may have begun to use it since. */
static bool is_used(const struct dev *dev)
{
	struct users users;
	bool used = dev->mode == MODE_RAM;

	if (!used && !users_read(dev, &users)) {
		used = users_in_the_way(&users);
		users_free(&users);
	}
	if (used)
		caution("%s, which a command that was killed left half done, is in use now: it stays as it is",
			dev->name);
	return used;
}

static void remove_device(const struct node *node, const struct dev *dev,
			  const char *what)
{
	if (is_used(dev))
		return;
	caution("%s: %s was killed half way: the device is removed", dev->name,
		what);
	if (device_destroy(node, dev))
		journal_stays();
}

static bool is_kept(const char *text, const char *name, uint64_t birth)
{
	char line[96];

	snprintf(line, sizeof(line), "\nkeep %s %" PRIu64 "\n", name, birth);
	/* Never the first line: it was created before. */
	return strstr(text, line);
}

static void undo_create(const struct nodes *nodes, const char *text,
			const char *line)
{
	uint64_t birth, start;
	char name[DEV_NAME];
	struct node *node;
	struct dev *dev;

	if (sscanf(line, "create %31s %" SCNu64 " %" SCNu64, name, &birth,
		   &start) != 3 || is_kept(text, name, birth))
		return;
	dev = find(nodes, name, birth, &node);
	/* With other memory it is somebody else's by now. */
	if (!dev || (dev->size && dev->mem.ext[0].start != start) ||
	    (!dev->size && !dev->id))
		return;
	remove_device(node, dev, "create or restore");
}

static void redo_destroy(const struct nodes *nodes, const char *line)
{
	uint64_t birth, identity;
	char name[DEV_NAME];
	struct node *node;
	struct dev *dev;

	if (sscanf(line, "destroy %31s %" SCNu64 " %" SCNu64, name, &birth,
		   &identity) != 3)
		return;
	dev = find(nodes, name, birth, &node);
	if (dev && (dev->size ? dev->identity == identity : !!dev->id))
		remove_device(node, dev, "destroy");
}

static void redo_resize(const struct nodes *nodes, const char *line)
{
	uint64_t birth, identity, old, new;
	char name[DEV_NAME];
	int mode, preserve;
	struct node *node;
	struct dev *dev;

	if (sscanf(line, "resize %31s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %d %d", name, &birth, &identity, &old, &new, &mode,
		   &preserve) != 7)
		return;
	dev = find(nodes, name, birth, &node);
	/* Still with its driver, or with it again: not begun, or complete. */
	if (!dev || dev->identity != identity || dev->mode != MODE_DISABLED ||
	    mode == MODE_DISABLED)
		return;
	/* Growing is undone unless it is complete, shrinking is completed. */
	if (new > old && dev->size != new)
		new = old;
	dev->mode = mode;
	caution("%s: resize was killed half way: it gets its %s size", dev->name,
		new == old ? "former" : "new");
	if (device_settle(node, dev, new, preserve))
		journal_stays();
}

/* Nobody else's: who makes one gives it memory at once. */
static void delete_idle(const struct nodes *nodes, const char *line)
{
	size_t i, j;
	int region;

	if (sscanf(line, "idle %d", &region) != 1)
		return;
	for (i = 0; i < nodes->nr; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++) {
			struct dev *dev = &nodes->node[i].devs[j];

			if (nodes->node[i].region != region || !dev->id ||
			    dev->size || dev->mode != MODE_DISABLED)
				continue;
			caution("%s: create or restore was killed half way: the device without memory is removed",
				dev->name);
			if (device_delete(&nodes->node[i], dev->id))
				journal_stays();
			/* What else is written about it is done. */
			dev->birth = 0;
		}
}

/* Nobody else can know the name, and it was there for nobody before. */
static void remove_temp(const char *line)
{
	static const char word[] = "temp /";
	struct stat st;
	char *path;

	if (strncmp(line, word, strlen(word)))
		return;
	path = strndup(strchr(line, '/'), strcspn(strchr(line, '/'), "\n"));
	if (path && !lstat(path, &st) && S_ISREG(st.st_mode) && !unlink(path))
		caution("%s: save was killed half way: the file is removed", path);
	free(path);
}

bool journal_recover(const struct nodes *nodes)
{
	char *text, *line, *next;

	if (sysfs_read(&text, JOURNAL))
		return false;
	for (line = text; *line; line = next) {
		next = strchr(line, '\n');
		/* Killed while it wrote that: nothing has happened yet. */
		if (!next)
			break;
		next++;
		undo_create(nodes, text, line);
		redo_destroy(nodes, line);
		redo_resize(nodes, line);
		delete_idle(nodes, line);
		remove_temp(line);
	}
	free(text);
	journal_clear();
	stays = false;
	return true;
}
