// SPDX-License-Identifier: GPL-2.0-only
/* Processes that use a device, see holder.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "holder.h"
#include "message.h"

static bool is_ours(const struct nodes *nodes, dev_t rdev)
{
	size_t i, j;

	for (i = 0; i < nodes->nr; i++) {
		const struct node *node = &nodes->node[i];

		for (j = 0; j < node->nr_devs; j++)
			if (makedev(node->devs[j].major,
				    node->devs[j].minor) == rdev)
				return true;
	}
	return false;
}

static int add(struct holders *holders, dev_t rdev, pid_t pid, const char *what)
{
	struct holder *more;
	size_t i;

	for (i = 0; i < holders->nr; i++) {
		const struct holder *old = &holders->holder[i];

		if (pid && old->pid == pid &&
		    makedev(old->major, old->minor) == rdev)
			return 0;
	}
	more = realloc(holders->holder, (holders->nr + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	holders->holder = more;
	more += holders->nr++;
	*more = (struct holder){
		.major = major(rdev),
		.minor = minor(rdev),
		.pid = pid,
	};
	snprintf(more->what, sizeof(more->what), "%s", what);
	return 0;
}

static void read_comm(pid_t pid, char *comm, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = fopen(path, "re");
	if (!file || !fgets(comm, size, file))
		snprintf(comm, size, "?");
	comm[strcspn(comm, "\n")] = '\0';
	if (file)
		fclose(file);
}

/*
 * By number and not by name, since a container has device nodes of its own.
 * Processes come and go: what cannot be looked at is not there any more.
 */
static int check_path(const struct nodes *nodes, pid_t pid, const char *path,
		      struct holders *holders)
{
	char comm[64];
	struct stat st;

	if (stat(path, &st) || !S_ISCHR(st.st_mode) ||
	    !is_ours(nodes, st.st_rdev))
		return 0;
	read_comm(pid, comm, sizeof(comm));
	return add(holders, st.st_rdev, pid, comm);
}

static int check_fds(const struct nodes *nodes, pid_t pid,
		     struct holders *holders)
{
	struct dirent *entry;
	char path[512];
	int rc = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!rc && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid,
			 entry->d_name);
		rc = check_path(nodes, pid, path, holders);
	}
	closedir(dir);
	return rc;
}

/* A mapping outlives the descriptor that it was made with. It is a shared one. */
static int check_maps(const struct nodes *nodes, pid_t pid,
		      struct holders *holders)
{
	char path[512], range[64], perms[8], *line = NULL;
	size_t room = 0;
	FILE *file;
	int rc = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (!rc && getline(&line, &room, file) > 0) {
		if (sscanf(line, "%63s %7s", range, perms) != 2 ||
		    perms[3] != 's')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/map_files/%s", pid,
			 range);
		rc = check_path(nodes, pid, path, holders);
	}
	free(line);
	fclose(file);
	return rc;
}

int holders_read(const struct nodes *nodes, struct holders *holders)
{
	struct dirent *entry;
	int rc = 0;
	DIR *dir;

	*holders = (struct holders){ 0 };
	dir = opendir("/proc");
	if (!dir)
		return fail("cannot look for users of devices in /proc: %s",
			    strerror(errno));
	while (!rc && (entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name);

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		rc = check_fds(nodes, pid, holders);
		if (!rc)
			rc = check_maps(nodes, pid, holders);
	}
	closedir(dir);
	return rc ? fail("out of memory") : 0;
}

void holders_free(struct holders *holders)
{
	free(holders->holder);
	*holders = (struct holders){ 0 };
}

const struct holder *holders_next(const struct holders *holders,
				  const struct dev *dev,
				  const struct holder *last)
{
	const struct holder *end = holders->holder + holders->nr;
	const struct holder *next = last ? last + 1 : holders->holder;

	for (; next && next < end; next++)
		if (next->major == dev->major && next->minor == dev->minor)
			return next;
	return NULL;
}
