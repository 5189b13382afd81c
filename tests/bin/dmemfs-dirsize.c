// SPDX-License-Identifier: GPL-2.0-only
/*
 * Directories that have a size of their own. usage: dmemfs-dirsize EMPTY-DIRECTORY;
 * root, on a mount of 512M at least, with pages of 2M at most. Or, to set one:
 * dmemfs-dirsize DIRECTORY SIZE.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tap.h"

#define NOBODY	65534
#define SIZE	"trusted.dmemfs.size"
#define M	(1UL << 20)

#define FAILS(call, error, name)					\
	do {								\
		errno = 0;						\
		long _r = (long)(call);					\
		int _e = errno;						\
		if (!ok(_r == -1 && _e == (error), "%s", name))		\
			printf("# returned %ld, %s\n", _r, strerror(_e)); \
	} while (0)

static long must(long result, const char *what)
{
	if (result < 0)
		bail("%s", what);
	return result;
}
#define MUST(call)	must((call), #call)

static int set(const char *dir, const char *size)
{
	return setxattr(dir, SIZE, size, strlen(size), 0);
}

static uint64_t get(const char *dir)
{
	char text[32] = "";

	return getxattr(dir, SIZE, text, sizeof(text) - 1) > 0 ? strtoull(text, NULL, 10) : 0;
}

static uint64_t avail(const char *dir)
{
	struct statvfs fs;

	MUST(statvfs(dir, &fs));
	return fs.f_bavail * fs.f_bsize;
}

static uint64_t total(const char *dir)
{
	struct statvfs fs;

	MUST(statvfs(dir, &fs));
	return fs.f_blocks * fs.f_bsize;
}

/* A file with memory; -1 and errno if there is none. */
static int make(const char *path, size_t bytes)
{
	int fd = MUST(open(path, O_RDWR | O_CREAT, 0600));

	if (!fallocate(fd, 0, 0, bytes))
		return fd;
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

static int as_nobody(void)
{
	pid_t pid = fork();

	if (!pid) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(100);
		if (!set("a", "128M") || errno != EPERM || !removexattr("a", SIZE) || errno != EPERM)
			_exit(1);
		_exit(0);
	}
	return exit_status(pid);
}

static void setting(void)
{
	uint64_t all = total(".");
	char name[64];

	MUST(mkdir("a", 0755));
	MUST(mkdir("b", 0755));
	is(get("a"), 0, "a directory has no size of its own");
	if (!ok(!set("a", "64M"), "it can have one"))
		exit(done_testing());
	is(get("a"), 64 * M, "which is what it was set to");
	is(total("a"), 64 * M, "df shows it");
	is(avail("a"), 64 * M, "all of it is free");
	is(total("."), all, "and of the file system as before");
	is(listxattr("a", name, sizeof(name)), 0, "those who copy attributes do not see it");
	is(as_nobody(), 0, "users cannot change it");
	FAILS(set("b", "0"), EINVAL, "not 0");
	FAILS(set("b", "x"), EINVAL, "no word");
	FAILS(set("b", "64M1"), EINVAL, "no more than a number");
	FAILS(set("b", ""), EINVAL, "nor less");
	FAILS(set("b", "-4M"), EINVAL, "nothing negative");
	FAILS(set("b", "4097"), EINVAL, "no part of a page");
	FAILS(set("b", "99999999999999999999999999999"), EINVAL, "nor anything huge");
	FAILS(setxattr("b", "trusted.dmemfs.other", "1", 1, 0), EOPNOTSUPP, "it has no other");
	FAILS(setxattr("a", SIZE, "8M", 2, XATTR_CREATE), EEXIST, "XATTR_CREATE");
	FAILS(setxattr("b", SIZE, "8M", 2, XATTR_REPLACE), ENODATA, "XATTR_REPLACE");
	MUST(mkdir("a/sub", 0755));
	FAILS(set("a/sub", "8M"), EINVAL, "not inside of one that has");
	is(total("a/sub"), 64 * M, "where df shows that of the other");
	close(make("b/f", 2 * M));
	FAILS(set("b", "8M"), ENOTEMPTY, "only a directory that is empty");
	FAILS(set("b/f", "8M"), EOPNOTSUPP, "and no file");
	is(get("b"), 0, "nothing of that has changed anything");
}

static void using(void)
{
	uint64_t all = avail(".");
	int f, g, h;
	uint8_t *p;

	f = make("a/f", 48 * M);
	ok(f >= 0, "files get memory");
	ok(make("a/sub/g", 18 * M) < 0 && errno == ENOSPC, "but not more than there is");
	is(avail("a"), 16 * M, "and nothing half-way");
	g = make("a/sub/g", 16 * M);
	ok(g >= 0, "as much as there is");
	is(avail("a/sub"), 0, "then nothing is left");
	is(avail("."), all - 64 * M, "but elsewhere");
	h = MUST(open("a/h", O_RDWR | O_CREAT, 0600));
	MUST(ftruncate(h, 4 * M));
	FAILS(pwrite(h, "x", 1, 0), ENOSPC, "write() gets ENOSPC");
	p = mmap(NULL, 4 * M, PROT_READ | PROT_WRITE, MAP_SHARED, h, 0);
	if (p == MAP_FAILED)
		bail("mmap");
	catch_faults();
	is(try_write(p, 1), SIGBUS, "a touch of a hole SIGBUS");
	MUST(fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8 * M, 2 * M));
	is(try_write(p, 1), 0, "until there is some again");
	MUST(fallocate(h, 0, 0, 2 * M));
	is(avail("a"), 0, "which that has then");
	MUST(ftruncate(f, 40 * M));
	is(avail("a"), 8 * M, "truncate() gives back");
	MUST(unlink("a/sub/g"));
	is(avail("a"), 8 * M, "a deleted file has its memory");
	close(g);
	is(avail("a"), 24 * M, "until it is closed");
	ok(!set("a", "32M"), "the size can be less than what is had");
	is(avail("a"), 0, "then nothing is left");
	FAILS(make("a/g", 2 * M), ENOSPC, "and nothing had");
	ok(!set("a", "48M") && avail("a") == 8 * M, "until it is more again");
	munmap(p, 4 * M);
	close(h);
	close(f);
	MUST(unlink("a/h"));
	MUST(unlink("a/g"));
}

static void moving(void)
{
	uint64_t left = avail("a");
	char path[64];
	int fd;

	FAILS(rename("a/f", "b/x"), EXDEV, "no file goes out");
	FAILS(rename("b/f", "a/x"), EXDEV, "or in");
	FAILS(rename("a/sub", "b/sub"), EXDEV, "nor a directory");
	FAILS(rename("b", "a/b"), EXDEV, "in either direction");
	FAILS(link("a/f", "b/x"), EXDEV, "nor by link()");
	FAILS(link("b/f", "a/x"), EXDEV, "in neither");
	FAILS(renameat2(AT_FDCWD, "a/f", AT_FDCWD, "b/f", RENAME_EXCHANGE), EXDEV,
	      "nor in exchange");
	FAILS(renameat2(AT_FDCWD, "a/f", AT_FDCWD, "b/x", RENAME_WHITEOUT), EXDEV,
	      "nor with a whiteout");
	fd = MUST(open("a", O_TMPFILE | O_RDWR, 0600));
	MUST(fallocate(fd, 0, 0, 2 * M));
	is(avail("a"), left - 2 * M, "a file without a name counts");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FAILS(linkat(AT_FDCWD, path, AT_FDCWD, "b/x", AT_SYMLINK_FOLLOW), EXDEV,
	      "and gets none elsewhere");
	ok(!linkat(AT_FDCWD, path, AT_FDCWD, "a/sub/x", AT_SYMLINK_FOLLOW), "but there");
	close(fd);
	ok(!rename("a/sub/x", "a/x") && !link("a/x", "a/sub/y"), "inside all is as ever");
	MUST(unlink("a/x"));
	is(avail("a"), left - 2 * M, "two names count once");
	MUST(unlink("a/sub/y"));
	is(avail("a"), left, "and none not at all");
	ok(!rename("a", "b/a") && avail("b/a") == left && get("b/a") == 48 * M,
	   "the directory itself goes where it likes, with its size");
	MUST(rename("b/a", "a"));
}

static void removing(void)
{
	uint64_t all;
	int fd;

	FAILS(removexattr("a", SIZE), ENOTEMPTY, "the size stays as long as there are files");
	FAILS(removexattr("b", SIZE), ENODATA, "what is not there does not go");
	MUST(rmdir("a/sub"));
	MUST(unlink("a/f"));
	MUST(unlink("b/f"));
	fd = MUST(open("a", O_TMPFILE | O_RDWR, 0600));
	MUST(fallocate(fd, 0, 0, 32 * M));
	ok(!removexattr("a", SIZE), "then it can go");
	ok(!get("a") && total("a") == total("."), "and is gone");
	FAILS(fallocate(fd, 0, 0, 50 * M), ENOSPC, "for all but those that were born there");
	close(fd);
	fd = make("a/f", 50 * M);
	ok(fd >= 0, "files have what there is");
	close(fd);
	MUST(unlink("a/f"));
	/* What counts outlives the directory. */
	all = avail(".");
	MUST(set("a", "8M"));
	fd = MUST(open("a", O_TMPFILE | O_RDWR, 0600));
	MUST(rmdir("a"));
	ok(!fallocate(fd, 0, 0, 8 * M) && fallocate(fd, 0, 0, 10 * M) && errno == ENOSPC,
	   "a directory that is gone has its size for its last file");
	close(fd);
	MUST(rmdir("b"));
	is(avail("."), all, "and all is free again");
}

int main(int argc, char **argv)
{
	if (argc == 3) {
		MUST(set(argv[1], argv[2]));
		return 0;
	}
	if (argc != 2) {
		fprintf(stderr, "usage: dmemfs-dirsize DIRECTORY [SIZE]\n");
		return 2;
	}
	MUST(chdir(argv[1]));
	setting();
	using();
	moving();
	removing();
	return done_testing();
}
