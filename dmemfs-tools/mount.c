// SPDX-License-Identifier: GPL-2.0-only
/* Mounts of dmemfs, see mount.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../daxctl-plugin/message.h"
#include "device.h"
#include "mount.h"

/* What /proc/self/mountinfo has of a mount; all of it in one line. */
struct line {
	char *text;
	const char *where;
	char *mount_options;
	const char *type;
	char *super_options;
};

/* A backslash and three octal digits stand for a character. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; to++) {
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to = (text[1] - '0') << 6 | (text[2] - '0') << 3 |
			      (text[3] - '0');
			text += 4;
		} else {
			*to = *text++;
		}
	}
	*to = '\0';
}

/* Fields in the order of proc(5). Returns whether there are as many. */
static bool split(char *text, struct line *line, unsigned int *dev_major,
		  unsigned int *dev_minor)
{
	char *fields[6], *rest = text;
	size_t i;

	text[strcspn(text, "\n")] = '\0';
	for (i = 0; i < 6; i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i])
			return false;
	}
	rest = rest ? strstr(rest, "- ") : NULL;
	if (!rest || sscanf(fields[2], "%u:%u", dev_major, dev_minor) != 2)
		return false;
	rest += 2;
	line->where = fields[4];
	line->mount_options = fields[5];
	line->type = strsep(&rest, " ");
	strsep(&rest, " ");
	line->super_options = rest;
	unescape(fields[4]);
	return line->super_options;
}

/* The mount of a device number; of several, the last one at that place, or any. */
static int find_line(const char *path, dev_t dev, struct line *found)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *where = realpath(path, NULL), *text = NULL;
	unsigned int dev_major, dev_minor;
	struct line line;
	size_t room = 0;

	*found = (struct line){ 0 };
	while (file && where && getline(&text, &room, file) > 0) {
		if (split(text, &line, &dev_major, &dev_minor) &&
		    makedev(dev_major, dev_minor) == dev &&
		    (!found->text || !strcmp(line.where, where))) {
			free(found->text);
			*found = line;
			found->text = text;
			text = NULL;
			room = 0;
		}
	}
	if (file)
		fclose(file);
	free(where);
	free(text);
	if (found->text && !strcmp(found->type, "dmemfs"))
		return 0;
	free(found->text);
	return fail_as(STATUS_BAD_INPUT, "%s is not a mount of dmemfs", path);
}

static void add_flags(struct layout *layout, char *options)
{
	char *name;
	size_t i;

	while ((name = strsep(&options, ",")))
		for (i = 0; i < LAYOUT_FLAGS; i++)
			if (!strcmp(name, layout_flag_names[i]))
				layout->flags |= 1U << i;
}

static int add_devices(struct layout *layout, char *names)
{
	char *name;

	while ((name = strsep(&names, ":"))) {
		if (layout->nr_devices == LAYOUT_DEVICES)
			return fail("it has more than %d devices", LAYOUT_DEVICES);
		if (device_read(name, &layout->devices[layout->nr_devices++]))
			return -1;
	}
	return 0;
}

static int add_option(struct layout *layout, char *option)
{
	const char *name;
	bool flag;
	char *value;

	value = strchr(option, '=');
	if (value)
		*value++ = '\0';
	if (!strcmp(option, "dax") && value) {
		unescape(value);
		return add_devices(layout, value);
	}
	name = layout_option_name(option, &flag);
	if (!name || flag != !value)
		return 0;
	if (layout_add_option(layout, name, value))
		return fail("out of memory");
	return 0;
}

/* Where the next option begins: a list of nodes has commas, too. */
static char *next_option(char *option)
{
	char *next = strchr(option, ',');

	while (next && strchr("0123456789", next[1]))
		next = strchr(next + 1, ',');
	if (next)
		*next++ = '\0';
	return next;
}

int mount_read(const char *path, int root, struct layout *layout)
{
	char *option, *next;
	struct line line;
	struct stat st;
	int rc = 0;

	if (fstat(root, &st))
		return fail("cannot look at %s: %s", path, strerror(errno));
	if (find_line(path, st.st_dev, &line))
		return -1;
	for (option = line.super_options; option && !rc; option = next) {
		next = next_option(option);
		/* All of it may be read-only, as well as one mount. */
		if (!strcmp(option, "ro"))
			layout->flags |= LAYOUT_RO;
		rc = add_option(layout, option);
	}
	add_flags(layout, line.mount_options);
	free(line.text);
	if (!rc && !layout->nr_devices)
		rc = fail("%s does not say which devices it has", path);
	return rc;
}

/* The kernel's reason, in as many messages as it likes; the last one counts. */
static int refused(int fs, int error)
{
	char why[512], text[512];
	ssize_t n;

	*why = '\0';
	while ((n = read(fs, text, sizeof(text) - 1)) > 0) {
		text[n] = '\0';
		text[strcspn(text, "\n")] = '\0';
		/* "e dmemfs: ..." */
		if (n > 2 && *text == 'e')
			strcpy(why, text + 2);
	}
	return fail_as(fail_errno(error), "cannot mount: %s",
		       *why ? why : strerror(error));
}

/* The names that the devices have now, as the option "dax" wants them. */
static char *find_devices(const struct layout *layout)
{
	char *names = NULL, *more, *name;
	size_t i;

	for (i = 0; i < layout->nr_devices; i++) {
		name = device_find(&layout->devices[i]);
		if (!name)
			break;
		if (asprintf(&more, "%s%s%s", names ? names : "",
			     names ? ":" : "", name) < 0)
			more = NULL;
		free(name);
		free(names);
		names = more;
		if (!names) {
			fail("out of memory");
			return NULL;
		}
	}
	if (i == layout->nr_devices)
		return names;
	free(names);
	return NULL;
}

static int configure(int fs, const struct layout *layout, const char *names)
{
	size_t i;

	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", "dmem", 0) ||
	    fsconfig(fs, FSCONFIG_SET_STRING, "dax", names, 0) ||
	    fsconfig(fs, FSCONFIG_SET_FLAG, "restore", NULL, 0))
		return -1;
	for (i = 0; i < layout->nr_options; i++) {
		const struct layout_option *option = &layout->options[i];

		if (fsconfig(fs, option->value ? FSCONFIG_SET_STRING :
						 FSCONFIG_SET_FLAG,
			     option->name, option->value, 0))
			return -1;
	}
	return fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

static unsigned int attributes(unsigned int flags)
{
	return (flags & LAYOUT_NOSUID ? MOUNT_ATTR_NOSUID : 0) |
	       (flags & LAYOUT_NODEV ? MOUNT_ATTR_NODEV : 0) |
	       (flags & LAYOUT_NOEXEC ? MOUNT_ATTR_NOEXEC : 0) |
	       (flags & LAYOUT_NOATIME ? MOUNT_ATTR_NOATIME : 0) |
	       (flags & LAYOUT_NODIRATIME ? MOUNT_ATTR_NODIRATIME : 0);
}

int mount_create(const struct layout *layout)
{
	char *names = find_devices(layout);
	int fs, mount = -1;

	if (!names)
		return -1;
	fs = fsopen("dmemfs", FSOPEN_CLOEXEC);
	if (fs < 0)
		fail_as(fail_errno(errno), "cannot mount dmemfs: %s%s",
			strerror(errno),
			errno == ENODEV ? ": load the module dmemfs" : "");
	else if (configure(fs, layout, names))
		refused(fs, errno);
	else if ((mount = fsmount(fs, FSMOUNT_CLOEXEC,
				  attributes(layout->flags))) < 0)
		fail_as(fail_errno(errno), "cannot mount dmemfs: %s",
			strerror(errno));
	if (fs >= 0)
		close(fs);
	free(names);
	return mount;
}

int mount_show(int mount, unsigned int flags, int where, const char *path)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if ((flags & LAYOUT_RO &&
	     mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr))) ||
	    move_mount(mount, "", where, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		return fail_as(fail_errno(errno), "cannot mount at %s: %s", path,
			       strerror(errno));
	return 0;
}
