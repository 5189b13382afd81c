// SPDX-License-Identifier: GPL-2.0-only
/*
 * What tools that look after files want of a file system beside POSIX: handles,
 * whiteouts, and mounts that show other owners. usage: dmemfs-names EMPTY-DIRECTORY;
 * root, the root directory of a mount.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tap.h"

/* Whom a mount shows for uid and gid 0, and how many after that. */
#define SHOWN	100000
#define NR	1000

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

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	MUST(fd);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("write %s", path);
	close(fd);
}

/* A user namespace in which what is here 0 to NR is SHOWN and after that. */
static int shown_namespace(void)
{
	int ready[2], done[2], fd;
	char path[64], map[64];
	pid_t pid;
	char c;

	MUST(pipe(ready));
	MUST(pipe(done));
	pid = fork();
	MUST(pid);
	if (!pid) {
		close(done[1]);
		if (unshare(CLONE_NEWUSER))
			_exit(1);
		c = 'r';
		if (write(ready[1], &c, 1) == 1 && read(done[0], &c, 1) < 0)
			_exit(2);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		bail("no user namespace");
	snprintf(map, sizeof(map), "0 %d %d\n", SHOWN, NR);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	put(path, map);
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	put(path, map);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	fd = open(path, O_RDONLY);
	MUST(fd);
	close(done[1]);
	is(exit_status(pid), 0, "a user namespace");
	close(ready[0]);
	close(done[0]);
	return fd;
}

static int as_shown(int tree)
{
	int status;
	pid_t pid = fork();

	MUST(pid);
	if (!pid) {
		struct stat st;
		int fd;

		if (setgid(SHOWN + 5) || setuid(SHOWN + 5))
			_exit(100);
		fd = openat(tree, "own/f", O_CREAT | O_RDWR, 0600);
		if (fd < 0 || fstat(fd, &st) || st.st_uid != SHOWN + 5 ||
		    st.st_gid != SHOWN + 5)
			_exit(1);
		if (mkdirat(tree, "own/d", 0700) || symlinkat("f", tree, "own/s"))
			_exit(2);
		if (fchmod(fd, 0640) || ftruncate(fd, 5) || write(fd, "x", 1) != 1)
			_exit(3);
		fd = openat(tree, "own", O_TMPFILE | O_RDWR, 0600);
		if (fd < 0 || fstat(fd, &st) || st.st_uid != SHOWN + 5)
			_exit(4);
		if (openat(tree, "roots", O_RDONLY) >= 0 || errno != EACCES)
			_exit(5);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* As container managers do it: the owners of all files shifted, by the mount alone. */
static void other_owners(const char *dir)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP };
	struct stat st;
	int tree;

	make("roots", "secret");
	MUST(chmod("roots", 0600));
	MUST(mkdir("own", 0700));
	MUST(chown("own", 5, 5));
	attr.userns_fd = shown_namespace();
	tree = MUST(syscall(SYS_open_tree, AT_FDCWD, dir, OPEN_TREE_CLONE));
	if (ok(!syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)),
	       "a mount may show other owners")) {
		ok(!fstatat(tree, "roots", &st, 0) && st.st_uid == SHOWN && st.st_gid == SHOWN,
		   "than files have");
		is(as_shown(tree), 0, "who may do what the owner may");
		ok(!stat("own/f", &st) && st.st_uid == 5 && st.st_gid == 5 && !stat("own/d", &st) &&
		   st.st_uid == 5 && !lstat("own/s", &st) && st.st_uid == 5,
		   "and what is made belongs to the owner");
		ok(!fchownat(tree, "own/f", SHOWN + 7, SHOWN + 7, 0) && !stat("own/f", &st) &&
		   st.st_uid == 7 && st.st_gid == 7, "chown() means those who are shown");
		ok(openat(tree, "new", O_CREAT | O_RDWR, 0600) < 0 && errno == EOVERFLOW,
		   "who is not shown at all makes nothing there");
		unlink("own/f");
		unlink("own/s");
		rmdir("own/d");
	}
	close(tree);
	close(attr.userns_fd);
	MUST(rmdir("own"));
	MUST(unlink("roots"));
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
	other_owners(argv[1]);
	return done_testing();
}
