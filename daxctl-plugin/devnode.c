// SPDX-License-Identifier: GPL-2.0-only
/* Device nodes in /dev, see devnode.h. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "devnode.h"
#include "message.h"
#include "size.h"

/* The largest user and group that there can be: (uid_t)-1 is nobody at all. */
#define ID_LAST	(UINT32_MAX - 1)

static void node_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "/dev/%s", name);
}

static bool is_node_of(const struct dev *dev, const struct stat *st)
{
	return S_ISCHR(st->st_mode) &&
	       st->st_rdev == makedev(dev->major, dev->minor);
}

static void owner_text(uid_t uid, gid_t gid, char *text, size_t size)
{
	const struct passwd *user = uid ? getpwuid(uid) : NULL;
	const struct group *group = gid ? getgrgid(gid) : NULL;
	char number[2][16];

	*text = '\0';
	if (!uid && !gid)
		return;
	snprintf(number[0], sizeof(number[0]), "%u", uid);
	snprintf(number[1], sizeof(number[1]), "%u", gid);
	snprintf(text, size, "%.32s:%.32s",
		 user ? user->pw_name : uid ? number[0] : "root",
		 group ? group->gr_name : gid ? number[1] : "root");
}

void devnode_read(struct dev *dev)
{
	char path[DEV_NAME + 8];
	struct stat st;

	node_path(dev->name, path, sizeof(path));
	dev->owner[0] = '\0';
	dev->permissions = PERMISSIONS;
	if (lstat(path, &st)) {
		dev->node = NODE_MISSING;
	} else if (!is_node_of(dev, &st)) {
		dev->node = NODE_STRAY;
	} else {
		dev->node = NODE_FINE;
		dev->permissions = st.st_mode & 0777;
		owner_text(st.st_uid, st.st_gid, dev->owner,
			   sizeof(dev->owner));
	}
}

static const char *kind(mode_t mode)
{
	return S_ISREG(mode) ? "a regular file" : S_ISLNK(mode) ? "a link" :
	       S_ISDIR(mode) ? "a directory" : "another device";
}

int devnode_check_place(const char *name)
{
	char path[DEV_NAME + 8], size[SIZE_TEXT];
	struct stat st;

	node_path(name, path, sizeof(path));
	if (lstat(path, &st))
		return 0;
	return fail_as(STATUS_EXISTS,
		       "%s is %s of %s, in the place of the device: a program that was started before the device existed made it and may use it; end that, and remove the file",
		       path, kind(st.st_mode), size_text(st.st_size, size));
}

int devnode_check(const struct dev *dev)
{
	char path[DEV_NAME + 8];
	struct stat st;

	node_path(dev->name, path, sizeof(path));
	if (!lstat(path, &st) && is_node_of(dev, &st))
		return 0;
	if (errno == ENOENT)
		return fail("the kernel made no device node %s: is a devtmpfs mounted on /dev?",
			    path);
	return fail_as(STATUS_EXISTS,
		       "%s is not the device node of %s: remove what is there",
		       path, dev->name);
}

/* Names or numbers; what is not given stays what it is. */
static int owner_parse(const char *owner, uid_t *uid, gid_t *gid)
{
	char user[OWNER_NAME], *group;
	const struct passwd *pw;
	const struct group *gr;
	unsigned long id;

	*uid = -1;
	*gid = -1;
	if (strlen(owner) >= sizeof(user))
		return -EINVAL;
	strcpy(user, owner);
	group = strchr(user, ':');
	if (group)
		*group++ = '\0';
	if (*user) {
		pw = getpwnam(user);
		if (!pw && number_parse(user, ID_LAST, &id))
			return -ENOENT;
		*uid = pw ? pw->pw_uid : id;
	}
	if (group && *group) {
		gr = getgrnam(group);
		if (!gr && number_parse(group, ID_LAST, &id))
			return -ENOENT;
		*gid = gr ? gr->gr_gid : id;
	}
	return *uid == (uid_t)-1 && *gid == (gid_t)-1 ? -EINVAL : 0;
}

bool owner_valid(const char *owner)
{
	uid_t uid;
	gid_t gid;

	return !owner_parse(owner, &uid, &gid);
}

int devnode_own(const struct dev *dev)
{
	char path[DEV_NAME + 8], self[32];
	uid_t uid = 0;
	gid_t gid = 0;
	struct stat st;
	int fd, rc = 0;

	if (dev->owner[0] && owner_parse(dev->owner, &uid, &gid))
		return fail_as(STATUS_NOT_FOUND,
			       "%s: there is no \"%s\" on this machine to own it",
			       dev->name, dev->owner);
	if (uid == (uid_t)-1)
		uid = 0;
	if (gid == (gid_t)-1)
		gid = 0;
	node_path(dev->name, path, sizeof(path));
	/* By a descriptor: what was looked at is what is changed. */
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || !is_node_of(dev, &st)) {
		rc = fail("%s is not the device node of %s any more", path,
			  dev->name);
	} else if (st.st_uid != uid || st.st_gid != gid ||
		   (st.st_mode & 0777) != dev->permissions) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		/* Nobody gets at it while it changes hands. */
		if (chmod(self, 0) ||
		    fchownat(fd, "", uid, gid, AT_EMPTY_PATH) ||
		    chmod(self, dev->permissions))
			rc = fail("cannot change the owner of %s: %s", path,
				  strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

int devnode_make(const struct dev *dev)
{
	char path[DEV_NAME + 8];

	node_path(dev->name, path, sizeof(path));
	if (mknod(path, S_IFCHR | PERMISSIONS,
		  makedev(dev->major, dev->minor)))
		return -errno;
	return 0;
}

void devnode_remove(const struct dev *dev)
{
	char path[DEV_NAME + 8];
	struct stat st;

	node_path(dev->name, path, sizeof(path));
	if (dev->major && !lstat(path, &st) && is_node_of(dev, &st))
		unlink(path);
}
