// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel says about who uses a device, see holder.h. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "holder.h"
#include "sysfs.h"

static int add_claim(struct users *users, const char *text, size_t len)
{
	char **more = realloc(users->claims,
			      (users->nr_claims + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	users->claims = more;
	more[users->nr_claims] = strndup(text, len);
	return more[users->nr_claims++] ? 0 : -ENOMEM;
}

static int number(const char *text, unsigned long long *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno || *end != '\n' ? -EINVAL : 0;
}

/* What a newer kernel has more to say is a use, too: it is kept as a claim. */
int users_parse(const char *text, struct users *users)
{
	unsigned long long value;
	size_t len;
	int rc = 0;

	*users = (struct users){ 0 };
	for (; *text && !rc; text += len + 1) {
		len = strcspn(text, "\n");
		if (text[len] != '\n')
			return -EINVAL;
		if (!strncmp(text, "open ", 5)) {
			rc = number(text + 5, &value);
			users->open = value;
		} else if (!strncmp(text, "held ", 5)) {
			rc = number(text + 5, &value);
			users->held = value;
		} else if (!strncmp(text, "claim ", 6)) {
			rc = add_claim(users, text + 6, len - 6);
		} else {
			rc = add_claim(users, text, len);
		}
	}
	return rc;
}

void users_free(struct users *users)
{
	size_t i;

	for (i = 0; i < users->nr_claims; i++)
		free(users->claims[i]);
	free(users->claims);
	*users = (struct users){ 0 };
}

bool users_any(const struct users *users)
{
	return users->open || users->held || users->nr_claims;
}

bool claim_is_lent(const char *claim)
{
	return !strcmp(claim, "tmem");
}

bool users_in_the_way(const struct users *users)
{
	size_t i;

	for (i = 0; i < users->nr_claims; i++)
		if (!claim_is_lent(users->claims[i]))
			return true;
	return users->open || users->held;
}

/* device_dax and others do not tell: files and mappings are all that there can be. */
static int count_processes(const struct dev *dev, struct users *users)
{
	struct dev copy = *dev;
	struct node node = { .nr_devs = 1, .devs = &copy };
	const struct nodes nodes = { .nr = 1, .node = &node };
	const struct holder *holder = NULL;
	struct holders holders;

	if (holders_read(&nodes, &holders))
		return -EIO;
	while ((holder = holders_next(&holders, dev, holder)))
		users->open++;
	holders_free(&holders);
	return 0;
}

int users_read(const struct dev *dev, struct users *users)
{
	char *text;
	int rc;

	*users = (struct users){ 0 };
	if (dev->mode == MODE_MEM)
		return count_processes(dev, users);
	if (dev->mode != MODE_NONE)
		return 0;
	rc = sysfs_read(&text, "/sys/bus/dax/devices/%s/users", dev->name);
	if (rc)
		return rc;
	rc = users_parse(text, users);
	free(text);
	if (rc)
		users_free(users);
	return rc;
}

static bool find_mount(const char *file_name, const char *id, char *place,
		       size_t size)
{
	char *line = NULL, have[32], where[256];
	FILE *file = fopen(file_name, "re");
	bool found = false;
	size_t room = 0;

	while (file && !found && getline(&line, &room, file) > 0)
		if (sscanf(line, "%*s %*s %31s %*s %255s", have, where) == 2 &&
		    !strcmp(have, id)) {
			snprintf(place, size, "%s", where);
			found = true;
		}
	free(line);
	if (file)
		fclose(file);
	return found;
}

void claim_place(const char *claim, char *place, size_t size)
{
	const char *id = strrchr(claim, ' ');
	struct dirent *entry;
	char path[300];
	DIR *dir;

	*place = '\0';
	if (!id || find_mount("/proc/self/mountinfo", id + 1, place, size))
		return;
	/* In another mount namespace, or in none any more. */
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%s/mountinfo",
			 entry->d_name);
		if (find_mount(path, id + 1, place, size))
			break;
	}
	if (dir)
		closedir(dir);
}
