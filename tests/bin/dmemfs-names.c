// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tools that look after files want of a file system beside POSIX: handles and
 * whiteouts. usage: dmemfs-names EMPTY-DIRECTORY;
 * root, the root directory of a mount.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tap.h"

static long must(long result, const char *what)
{
	if (result < 0)
		bail("%s", what);
	return result;
}
#define MUST(call)	must((call), #call)

static void make(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	MUST(fd);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("write %s", path);
	close(fd);
}

static bool holds(int fd, const char *text)
{
	char buf[64] = "";

	return pread(fd, buf, sizeof(buf) - 1, 0) == (ssize_t)strlen(text) &&
	       !strcmp(buf, text);
}

union handle {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

static bool handle_of(int dir, const char *path, union handle *h)
{
	int mount;

	memset(h, 0, sizeof(*h));
	h->handle.handle_bytes = MAX_HANDLE_SZ;
	return ok(!name_to_handle_at(dir, path, &h->handle, &mount, 0),
		  "there is a handle of %s", path);
}

static int by_handle(int here, union handle *h)
{
	return open_by_handle_at(here, &h->handle, O_RDONLY);
}

static void handles(void)
{
	union handle file, dir, gone;
	int here = open(".", O_RDONLY | O_DIRECTORY), fd;
	struct stat st, st2;

	make("f", "one");
	MUST(mkdir("d", 0755));
	make("d/g", "two");
	if (!handle_of(here, "f", &file) || !handle_of(here, "d", &dir))
		return;
	MUST(rename("f", "d/f"));
	fd = by_handle(here, &file);
	ok(fd >= 0 && holds(fd, "one"), "which finds the file wherever it has gone");
	close(fd);
	fd = by_handle(here, &dir);
	ok(fd >= 0 && !fstat(fd, &st) && !stat("d", &st2) && st.st_ino == st2.st_ino &&
	   !faccessat(fd, "g", R_OK, 0), "and the directory");
	close(fd);
	handle_of(here, "d/g", &gone);
	fd = open("d/g", O_RDONLY);
	MUST(unlink("d/g"));
	close(fd);
	ok(by_handle(here, &gone) < 0 && errno == ESTALE, "that of a file that is gone is stale");
	for (int i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d/%d", i);
		make(name, "other");
	}
	ok(by_handle(here, &gone) < 0 && errno == ESTALE, "and stays so");
	memset(gone.handle.f_handle, 0xff, gone.handle.handle_bytes);
	ok(by_handle(here, &gone) < 0 && errno == ESTALE, "so is one of no file");
	gone.handle.handle_bytes = 4;
	ok(by_handle(here, &gone) < 0 && errno == ESTALE, "or half of one");
	for (int i = 0; i < 100; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d/%d", i);
		MUST(unlink(name));
	}
	MUST(unlink("d/f"));
	MUST(rmdir("d"));
	close(here);
}

static bool is_whiteout(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

static long rename_to(const char *from, const char *to, unsigned int flags)
{
	return renameat2(AT_FDCWD, from, AT_FDCWD, to, flags);
}

static bool is_file(const char *path, const char *text)
{
	int fd = open(path, O_RDONLY);
	bool good = fd >= 0 && holds(fd, text);

	close(fd);
	return good;
}

/* What a union of directories has in place of what was deleted from below. */
static void whiteouts(void)
{
	struct stat before, after;

	MUST(mkdir("d", 0755));
	MUST(mknod("d/w", S_IFCHR, makedev(0, 0)));
	ok(is_whiteout("d/w"), "mknod() makes a whiteout");
	MUST(unlink("d/w"));
	make("f", "text");
	MUST(stat(".", &before));
	if (!ok(!rename_to("f", "d/f", RENAME_WHITEOUT), "RENAME_WHITEOUT moves a file"))
		return;
	ok(is_file("d/f", "text"), "which is there");
	ok(is_whiteout("f"), "and leaves a whiteout");
	ok(!access("d", X_OK) && !stat(".", &after) && after.st_nlink == before.st_nlink,
	   "that is no directory");
	make("g", "other");
	ok(rename_to("g", "d/f", RENAME_WHITEOUT | RENAME_NOREPLACE) && errno == EEXIST,
	   "not over another, if that is not wanted");
	ok(!rename_to("g", "d/f", RENAME_WHITEOUT), "but else");
	ok(is_file("d/f", "other") && is_whiteout("g"), "with the same result");
	MUST(mkdir("e", 0755));
	MUST(mkdir("e/sub", 0755));
	ok(rename_to("e", "d", RENAME_WHITEOUT) && errno == ENOTEMPTY && !access("e/sub", F_OK),
	   "what is refused leaves none");
	ok(!rename_to("e/sub", "d/sub", RENAME_WHITEOUT) && is_whiteout("e/sub"),
	   "a directory leaves one, too");
	ok(!stat("e", &after) && after.st_nlink == 2 && !stat("d", &after) &&
	   after.st_nlink == 3, "and takes its link along");
	ok(rename_to("d/sub", "x", RENAME_WHITEOUT | RENAME_EXCHANGE) && errno == EINVAL,
	   "there is none in an exchange");
	MUST(rmdir("d/sub"));
	MUST(unlink("e/sub"));
	MUST(rmdir("e"));
	MUST(unlink("d/f"));
	MUST(unlink("f"));
	MUST(unlink("g"));
	MUST(rmdir("d"));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: dmemfs-names EMPTY-DIRECTORY\n");
		return 2;
	}
	umask(022);
	MUST(chdir(argv[1]));
	handles();
	whiteouts();
	return done_testing();
}
