// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmemfs-layout restore: a mount again as it was. All is done where nobody sees it, and
 * ends with this process if that does not come to the end; the memory is then as before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../daxctl-plugin/file.h"
#include "../daxctl-plugin/message.h"
#include "../drivers/dmemfs/dmemfs_ioctl.h"
#include "commands.h"
#include "layout.h"
#include "mount.h"
#include "path.h"
#include "xattr.h"

static int cannot(const struct layout_entry *entry, const char *what)
{
	return fail_as(fail_errno(errno), "%s: cannot %s: %s", entry->path, what,
		       strerror(errno));
}

static int place(int root, int fd, const struct layout_entry *entry)
{
	static struct dmemfs_ioc_extent extents[DMEMFS_EXTENTS_MAX];
	struct dmemfs_ioc_extents args = {
		.extents = (uintptr_t)extents, .fd = fd,
	};
	size_t i = 0;

	while (i < entry->nr) {
		for (args.nr = 0; i < entry->nr && args.nr < DMEMFS_EXTENTS_MAX;
		     i++, args.nr++) {
			const struct layout_extent *ext = &entry->extents[i];

			extents[args.nr] = (struct dmemfs_ioc_extent){
				.file_offset = ext->offset,
				.dev_offset = ext->base,
				.length = ext->length,
				.device = ext->device,
				.flags = ext->unseen ? DMEMFS_EXTENT_UNSEEN : 0,
			};
		}
		if (ioctl(root, DMEMFS_IOC_PLACE, &args))
			return cannot(entry, "give it the memory that it had");
	}
	return 0;
}

static int make_file(int root, int dir, const char *name,
		     const struct layout_entry *entry)
{
	int fd, rc = 0;

	fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return cannot(entry, "make it");
	if (ftruncate(fd, entry->size))
		rc = cannot(entry, "make it as large as it was");
	if (!rc)
		rc = place(root, fd, entry);
	close(fd);
	return rc;
}

static int make_directory(int dir, const char *name,
			  const struct layout_entry *entry)
{
	int fd, rc;

	if (mkdirat(dir, name, 0700))
		return cannot(entry, "make it");
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cannot(entry, "open it");
	rc = xattr_limit(fd, entry);
	close(fd);
	return rc;
}

static int make(int root, const struct layout_entry *entry)
{
	const char *name;
	int dir, rc = 0;

	dir = path_parent(root, entry->path, &name);
	if (dir < 0)
		return cannot(entry, "open the directory that it is in");
	switch (entry->type) {
	case LAYOUT_DIRECTORY:
		rc = make_directory(dir, name, entry);
		break;
	case LAYOUT_FILE:
		rc = make_file(root, dir, name, entry);
		break;
	case LAYOUT_SYMLINK:
		if (symlinkat(entry->target, dir, name))
			rc = cannot(entry, "make it");
		break;
	default:
		if (linkat(root, entry->target, dir, name, 0))
			rc = cannot(entry, "make it");
	}
	close(dir);
	return rc;
}

/* The owner first: that takes bits from the mode, as an ACL does. */
static int own(int root, const struct layout_entry *entry)
{
	const struct timespec times[] = {
		{ entry->atime.sec, entry->atime.nsec },
		{ entry->mtime.sec, entry->mtime.nsec },
	};
	const char *name;
	int dir, rc = 0;

	dir = path_parent(root, entry->path, &name);
	if (dir < 0)
		return cannot(entry, "open the directory that it is in");
	if (fchownat(dir, name, entry->uid, entry->gid, AT_SYMLINK_NOFOLLOW))
		rc = cannot(entry, "give it to its owner");
	else if (xattr_restore(dir, name, entry))
		rc = -1;
	else if (entry->type != LAYOUT_SYMLINK &&
		 fchmodat(dir, name, entry->mode, 0))
		rc = cannot(entry, "set its mode");
	else if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW))
		rc = cannot(entry, "set its times");
	close(dir);
	return rc;
}

static int fill(int root, const struct layout *layout)
{
	size_t i;
	int rc;

	/* The root is there. */
	rc = xattr_limit(root, &layout->entries[0]);
	for (i = 1; i < layout->nr && !rc; i++) {
		rc = make(root, &layout->entries[i]);
		if (interrupted)
			rc = rc ? rc : fail("interrupted");
	}
	/* What is made in a directory changes its times. */
	for (i = layout->nr; i-- > 0 && !rc;)
		if (layout->entries[i].type != LAYOUT_LINK)
			rc = own(root, &layout->entries[i]);
	return rc;
}

static int restore(const struct layout *layout, int where, const char *mnt)
{
	const uint32_t no = 0;
	int mount, root, rc;

	mount = mount_create(layout);
	if (mount < 0)
		return -1;
	root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		rc = fail("cannot open what was mounted: %s", strerror(errno));
	else
		rc = fill(root, layout);
	if (!rc && ioctl(root, DMEMFS_IOC_SEAL))
		rc = fail_as(fail_errno(errno), "cannot clear what no file has: %s",
			     strerror(errno));
	if (!rc)
		rc = mount_show(mount, layout->flags, where, mnt);
	/* Up to here, it could all be done once more. */
	if (!rc && ioctl(root, DMEMFS_IOC_KEEP, &no))
		rc = fail("%s is mounted, but still kept: %s", mnt,
			  strerror(errno));
	if (root >= 0)
		close(root);
	close(mount);
	return rc;
}

static int load(const char *file, struct layout *layout)
{
	bool is_stdin = !strcmp(file, "-");
	char *text = NULL, why[256];
	size_t len = 0;
	int fd, rc;

	*layout = (struct layout){ 0 };
	fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	rc = fd < 0 ? -errno : file_read(fd, LAYOUT_MAX, &text, &len);
	if (fd >= 0 && !is_stdin)
		close(fd);
	if (rc) {
		free(text);
		return fail_as(fail_errno(-rc), "cannot read %s: %s", file,
			       strerror(-rc));
	}
	rc = layout_parse(text, len, layout, why, sizeof(why));
	free(text);
	if (rc == -ENOMEM)
		return fail("out of memory");
	if (rc)
		return fail_as(STATUS_BAD_INPUT, "%s: %s: nothing is mounted",
			       file, why);
	return 0;
}

int cmd_restore(const char *file, const char *mnt)
{
	struct layout layout;
	int where, rc;

	where = open(mnt, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (where < 0)
		return fail_as(fail_errno(errno), "cannot mount at %s: %s", mnt,
			       strerror(errno));
	rc = load(file, &layout);
	if (!rc)
		rc = restore(&layout, where, mnt);
	layout_free(&layout);
	close(where);
	return rc;
}
