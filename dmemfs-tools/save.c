// SPDX-License-Identifier: GPL-2.0-only
/* dmemfs-layout save: what is in a mount. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
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

/* Before it is given up: those who use the files do not stop. */
#define TRIES	3

/**
 * struct walk - all that is in a mount
 * @root: its root directory
 * @layout: filled in
 * @links: files with several names that were found, struct name
 */
struct walk {
	int root;
	struct layout *layout;
	void *links;
};

/* The first name of a file. */
struct name {
	ino_t ino;
	char *path;
};

static int by_ino(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void free_name(void *node)
{
	struct name *name = node;

	free(name->path);
	free(name);
}

/* The name that a file was found by before; NULL if this is the first, or without memory. */
static const char *first_name(struct walk *walk, ino_t ino, const char *path)
{
	struct name *name = malloc(sizeof(*name)), **found;

	if (!name)
		return NULL;
	*name = (struct name){ .ino = ino, .path = strdup(path) };
	found = name->path ? tsearch(name, &walk->links, by_ino) : NULL;
	if (found && *found == name)
		return NULL;
	free_name(name);
	return found ? (*found)->path : NULL;
}

static void set_owner(struct layout_entry *entry, const struct stat *st)
{
	entry->mode = st->st_mode & 07777;
	entry->uid = st->st_uid;
	entry->gid = st->st_gid;
	entry->atime = (struct layout_time){ st->st_atim.tv_sec,
					     st->st_atim.tv_nsec };
	entry->mtime = (struct layout_time){ st->st_mtim.tv_sec,
					     st->st_mtim.tv_nsec };
}

static int add_extents(int root, int fd, struct layout_entry *entry)
{
	static struct dmemfs_ioc_extent extents[DMEMFS_EXTENTS_MAX];
	struct dmemfs_ioc_extents args = {
		.extents = (uintptr_t)extents, .fd = fd,
	};
	size_t i;

	do {
		args.nr = DMEMFS_EXTENTS_MAX;
		if (ioctl(root, DMEMFS_IOC_EXTENTS, &args))
			return fail_as(fail_errno(errno), "cannot find out what memory %s has: %s",
				       entry->path, strerror(errno));
		for (i = 0; i < args.nr; i++) {
			const struct layout_extent extent = {
				.offset = extents[i].file_offset,
				.length = extents[i].length,
				.device = extents[i].device,
				.base = extents[i].dev_offset,
				.unseen = extents[i].flags &
					  DMEMFS_EXTENT_UNSEEN,
			};

			if (layout_add_extent(entry, &extent))
				return fail("out of memory");
		}
	} while (args.nr);
	return 0;
}

/* A file that is gone by now is none. */
static int add_file(struct walk *walk, int dir, const char *name,
		    struct layout_entry *entry)
{
	struct stat st;
	int fd, rc;

	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	rc = fd < 0 || fstat(fd, &st) ? -1 : 0;
	if (rc) {
		rc = fail_as(fail_errno(errno), "cannot open %s: %s", entry->path,
			     strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		rc = fail_as(STATUS_BUSY, "%s is something else meanwhile: save when nobody changes files",
			     entry->path);
	} else {
		set_owner(entry, &st);
		entry->size = st.st_size;
		rc = add_extents(walk->root, fd, entry);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int add_symlink(int dir, const char *name, struct layout_entry *entry)
{
	char target[LAYOUT_PATH];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	if (n <= 0 || n == sizeof(target))
		return fail("cannot read the link %s: %s", entry->path,
			    n < 0 ? strerror(errno) : "it is too long");
	target[n] = '\0';
	entry->target = strdup(target);
	return entry->target ? 0 : fail("out of memory");
}

static int add(struct walk *walk, int dir, const char *name, const char *path)
{
	const char *first = NULL;
	struct layout_entry *entry;
	struct stat st;
	int rc;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return fail_as(fail_errno(errno), "cannot look at %s: %s", path,
			       strerror(errno));
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) {
		caution("%s is not saved: it is neither a file, nor a directory, nor a link",
			path);
		return 0;
	}
	if (S_ISREG(st.st_mode) && st.st_nlink > 1)
		first = first_name(walk, st.st_ino, path);
	entry = layout_add_entry(walk->layout, path);
	if (!entry)
		return fail("out of memory");
	set_owner(entry, &st);
	if (S_ISDIR(st.st_mode)) {
		entry->type = LAYOUT_DIRECTORY;
		return xattr_save(dir, name, entry);
	}
	if (S_ISLNK(st.st_mode)) {
		entry->type = LAYOUT_SYMLINK;
		return add_symlink(dir, name, entry) ? -1 :
		       xattr_save(dir, name, entry);
	}
	if (first) {
		entry->type = LAYOUT_LINK;
		entry->target = strdup(first);
		return entry->target ? 0 : fail("out of memory");
	}
	entry->type = LAYOUT_FILE;
	rc = add_file(walk, dir, name, entry);
	return rc ? rc : xattr_save(dir, name, entry);
}

/* What is in a directory; what it is called is read before anything is added. */
static int add_children(struct walk *walk, const char *parent)
{
	struct dirent **list;
	int dir, i, nr, rc = 0;
	char *path;

	dir = path_open(walk->root, parent);
	nr = dir < 0 ? -1 : scandirat(dir, ".", &list, NULL, alphasort);
	if (nr < 0) {
		rc = fail_as(fail_errno(errno), "cannot read the directory %s: %s",
			     parent, strerror(errno));
		nr = 0;
		list = NULL;
	}
	for (i = 0; i < nr; i++) {
		const char *name = list[i]->d_name;

		if (rc || !strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (asprintf(&path, "%s%s%s", strcmp(parent, ".") ? parent : "",
			     strcmp(parent, ".") ? "/" : "", name) < 0) {
			rc = fail("out of memory");
		} else {
			/* No program could name it either, and a user may make it. */
			if (strlen(path) < LAYOUT_PATH)
				rc = add(walk, dir, name, path);
			else
				caution("what is in %.60s... at a path of more than %d bytes is not saved",
					path, LAYOUT_PATH - 1);
			free(path);
		}
	}
	for (i = 0; i < nr; i++)
		free(list[i]);
	free(list);
	if (dir >= 0)
		close(dir);
	return rc;
}

/* Each directory that is found has its turn; none is kept open. */
static int walk(int root, struct layout *layout)
{
	struct walk walk = { .root = root, .layout = layout };
	char *path;
	size_t i;
	int rc;

	rc = add(&walk, root, ".", ".");
	for (i = 0; i < layout->nr && !rc; i++) {
		if (interrupted) {
			rc = fail("interrupted");
			break;
		}
		if (layout->entries[i].type != LAYOUT_DIRECTORY)
			continue;
		/* The entries may move. */
		path = strdup(layout->entries[i].path);
		rc = path ? add_children(&walk, path) : fail("out of memory");
		free(path);
	}
	tdestroy(walk.links, free_name);
	return rc;
}

static void tell_unowned(const struct layout *layout, uint64_t used)
{
	uint64_t sum = 0;
	size_t i, j;

	for (i = 0; i < layout->nr; i++)
		for (j = 0; j < layout->entries[i].nr; j++)
			sum += layout->entries[i].extents[j].length;
	if (sum < used)
		caution("%llu bytes are not saved: of files without a name, or withheld",
			(unsigned long long)(used - sum));
}

/*
 * Whatever it says of memory must still be true when all of it is known, and what was
 * renamed meanwhile may be there twice. Returns 1 if it is to be tried again.
 */
static int try_save(const char *mnt, int root, char **text)
{
	const uint32_t yes = 1;
	struct dmemfs_ioc_state state;
	struct layout layout = { 0 }, again;
	char why[256];
	int rc;

	if (ioctl(root, DMEMFS_IOC_KEEP, &yes))
		return fail_as(fail_errno(errno), "%s: cannot keep what it holds: %s",
			       mnt, strerror(errno));
	rc = mount_read(mnt, root, &layout);
	if (!rc)
		rc = walk(root, &layout);
	if (!rc && ioctl(root, DMEMFS_IOC_STATE, &state))
		rc = fail("%s: %s", mnt, strerror(errno));
	if (!rc && !(state.flags & DMEMFS_STATE_KEPT)) {
		rc = 1;
	} else if (!rc) {
		*text = layout_describe(&layout);
		if (!*text)
			rc = fail("out of memory");
	}
	if (!rc) {
		rc = layout_parse(*text, strlen(*text), &again, why, sizeof(why));
		layout_free(&again);
		if (rc)
			rc = fail("cannot save what could not be restored: %s",
				  why);
		else
			tell_unowned(&layout, state.used);
	}
	layout_free(&layout);
	return rc;
}

static int save(const char *mnt, int root, const char *file)
{
	char *text = NULL, *temp = NULL;
	int rc = 1, i;

	for (i = 0; i < TRIES && rc > 0; i++)
		rc = try_save(mnt, root, &text);
	if (rc > 0)
		rc = fail_as(STATUS_BUSY, "%s: its files are being changed, or touched for the first time: stop those who use them",
			     mnt);
	if (!rc && !strcmp(file, "-")) {
		rc = file_write(STDOUT_FILENO, text);
		if (rc)
			fail("cannot write: %s", strerror(errno));
	} else if (!rc) {
		temp = file_temp(file);
		rc = temp ? file_replace(text, file, temp) :
			    fail("out of memory");
	}
	free(temp);
	free(text);
	return rc;
}

/* The root of a mount, without what is mounted below it; negative after a complaint. */
static int open_root(const char *mnt)
{
	int tree = open_tree(AT_FDCWD, mnt, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct dmemfs_ioc_state state;
	int root;

	root = tree < 0 ? -1 : openat(tree, ".", O_RDONLY | O_DIRECTORY |
						 O_NOATIME | O_CLOEXEC);
	if (root < 0) {
		fail_as(fail_errno(errno), "cannot open %s: %s", mnt,
			strerror(errno));
	} else if (ioctl(root, DMEMFS_IOC_STATE, &state)) {
		if (errno == ENOTTY)
			fail_as(STATUS_BAD_INPUT, "%s is not the root of a mount of dmemfs",
				mnt);
		else
			fail_as(fail_errno(errno), "%s: %s", mnt, strerror(errno));
		close(root);
		root = -1;
	}
	if (tree >= 0)
		close(tree);
	return root;
}

static int forget(const char *mnt, int root)
{
	const uint32_t no = 0;

	if (ioctl(root, DMEMFS_IOC_KEEP, &no))
		return fail_as(fail_errno(errno), "%s: %s", mnt, strerror(errno));
	return 0;
}

int cmd_save(const char *mnt, const char *file)
{
	int root = open_root(mnt), rc;

	if (root < 0)
		return -1;
	rc = save(mnt, root, file);
	/* What nobody has a layout of is not worth keeping. */
	if (rc)
		forget(mnt, root);
	close(root);
	return rc;
}

int cmd_forget(const char *mnt)
{
	int root = open_root(mnt), rc;

	if (root < 0)
		return -1;
	rc = forget(mnt, root);
	close(root);
	return rc;
}
