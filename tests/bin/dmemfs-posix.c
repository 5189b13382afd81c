// SPDX-License-Identifier: GPL-2.0-only
/*
 * What POSIX says of files and directories, where it applies to a file system in
 * memory. usage: dmemfs-posix EMPTY-DIRECTORY; root, on a mount with strictatime.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#define NOBODY	65534

/* A call that must fail, and how. */
#define FAILS(call, error, name)					\
	do {								\
		errno = 0;						\
		long _r = (long)(call);					\
		int _e = errno;						\
		if (!ok(_r == -1 && _e == (error), "%s", name))		\
			printf("# returned %ld, %s\n", _r, strerror(_e)); \
	} while (0)

static void must(long result, const char *what)
{
	if (result < 0)
		bail("%s", what);
}
#define MUST(call)	must((call), #call)

static struct stat look(const char *path)
{
	struct stat st;

	MUST(lstat(path, &st));
	return st;
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static int make(const char *path, const char *text)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	MUST(fd);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("write %s", path);
	return fd;
}

static void touch(const char *path, const char *text)
{
	close(make(path, text));
}

static bool holds(const char *path, const char *text)
{
	char buf[64] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, n);
}

static int64_t ns(struct timespec t)
{
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void links(void)
{
	nlink_t before = look(".").st_nlink;

	MUST(mkdir("d", 0755));
	is(look("d").st_nlink, 2, "a new directory has two links");
	is(look(".").st_nlink, before + 1, "and gives one to its parent");
	MUST(rmdir("d"));
	is(look(".").st_nlink, before, "which loses it with rmdir");

	touch("a", "one");
	MUST(link("a", "b"));
	is(look("a").st_nlink, 2, "link() adds a link");
	is(look("a").st_ino, look("b").st_ino, "to the same file");
	MUST(unlink("a"));
	is(look("b").st_nlink, 1, "unlink() takes one away");
	ok(holds("b", "one"), "and the file is still there");
	FAILS(link("b", "b"), EEXIST, "link() does not replace");
	MUST(mkdir("d", 0755));
	FAILS(link("d", "e"), EPERM, "a directory has no further links");
	FAILS(link("absent", "e"), ENOENT, "nor has what does not exist");
	MUST(symlink("b", "s"));
	is(look("s").st_size, 1, "the size of a symbolic link is its length");
	ok(holds("s", "one"), "and it leads to its target");
	FAILS(open("s", O_RDONLY | O_NOFOLLOW), ELOOP, "unless that is not wanted");
	MUST(unlink("s"));
	ok(exists("b"), "unlink() does not follow it");
	MUST(unlink("b"));
	MUST(rmdir("d"));
}

static void unlinking(void)
{
	char c = 0;
	int fd;

	MUST(mkdir("d", 0755));
	touch("d/f", "x");
	FAILS(unlink("d"), EISDIR, "unlink() takes no directory");
	FAILS(rmdir("d"), ENOTEMPTY, "rmdir() only an empty one");
	FAILS(rmdir("d/f"), ENOTDIR, "and no file");
	FAILS(unlink("d/g"), ENOENT, "nothing can be removed twice");
	FAILS(rmdir("d/."), EINVAL, "rmdir() does not take \".\"");
	MUST(unlink("d/f"));
	fd = open("d", O_RDONLY | O_DIRECTORY);
	MUST(rmdir("d"));
	FAILS(openat(fd, "f", O_CREAT | O_RDWR, 0644), ENOENT,
	      "a removed directory takes no files");
	close(fd);

	fd = make("f", "still here");
	MUST(unlink("f"));
	struct stat st;

	MUST(fstat(fd, &st));
	is(st.st_nlink, 0, "an open file without a name has no link");
	ok(pread(fd, &c, 1, 0) == 1 && c == 's', "and can be read");
	ok(pwrite(fd, "S", 1, 0) == 1, "and written");
	close(fd);
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	MUST(fd);
	ok(write(fd, "tmp", 3) == 3, "O_TMPFILE makes a file without a name");
	MUST(linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH));
	ok(holds("named", "tmp"), "which may get one");
	close(fd);
	MUST(unlink("named"));
}

static void renaming(void)
{
	nlink_t here = look(".").st_nlink;
	int fd;

	touch("a", "a");
	fd = make("b", "b");
	MUST(rename("a", "b"));
	ok(holds("b", "a") && !exists("a"), "rename() replaces a file");
	struct stat st;

	MUST(fstat(fd, &st));
	is(st.st_nlink, 0, "which has lost its link");
	close(fd);
	MUST(link("b", "c"));
	MUST(rename("b", "c"));
	ok(exists("b") && exists("c"), "two names of one file: nothing happens");
	MUST(unlink("c"));

	MUST(mkdir("d", 0755));
	MUST(mkdir("e", 0755));
	MUST(mkdir("d/sub", 0755));
	FAILS(rename("d", "d/sub/x"), EINVAL, "no directory goes into itself");
	FAILS(rename("b", "d"), EISDIR, "a file does not replace a directory");
	FAILS(rename("d", "b"), ENOTDIR, "nor a directory a file");
	FAILS(rename("e", "d"), ENOTEMPTY, "only an empty directory is replaced");
	FAILS(rename("absent", "b"), ENOENT, "what is not there does not move");
	is(look("d").st_nlink, 3, "a subdirectory is a link to its parent");
	MUST(rename("d/sub", "e/sub"));
	ok(look("d").st_nlink == 2 && look("e").st_nlink == 3,
	   "and takes it along");
	MUST(rename("e", "d"));
	ok(exists("d/sub") && !exists("e"), "an empty directory is replaced");
	is(look(".").st_nlink, here + 1, "and its link with it");
	touch("f", "f");
	FAILS(renameat2(AT_FDCWD, "b", AT_FDCWD, "f", RENAME_NOREPLACE), EEXIST,
	      "RENAME_NOREPLACE replaces nothing");
	MUST(renameat2(AT_FDCWD, "b", AT_FDCWD, "f", RENAME_EXCHANGE));
	ok(holds("b", "f") && holds("f", "a"), "RENAME_EXCHANGE exchanges");
	MUST(rmdir("d/sub"));
	MUST(rmdir("d"));
	MUST(unlink("b"));
	MUST(unlink("f"));
}

/* Runs as nobody; its failures are exit statuses, its successes 0. */
static int as_nobody(int (*f)(void))
{
	int status;
	pid_t pid = fork();

	MUST(pid);
	if (!pid) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(100);
		_exit(f());
	}
	MUST(waitpid(pid, &status, 0));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static int denied(void)
{
	return (open("p/f", O_RDONLY) < 0 && errno == EACCES &&
		open("p/new", O_CREAT | O_RDWR, 0600) < 0 && errno == EACCES &&
		unlink("p/f") && errno == EACCES &&
		rename("p/f", "p/g") && errno == EACCES &&
		mkdir("p/d", 0700) && errno == EACCES &&
		chmod("p/f", 0777) && errno == EPERM &&
		chown("p/f", NOBODY, -1) && errno == EPERM &&
		truncate("p/f", 0) && errno == EACCES &&
		utimensat(AT_FDCWD, "p/f", NULL, 0) && errno == EACCES) ? 0 : 1;
}

static int granted(void)
{
	int fd = open("own/f", O_CREAT | O_RDWR, 0666);
	struct stat st;

	return (fd >= 0 && write(fd, "x", 1) == 1 && !fchmod(fd, 0600) &&
		!fstat(fd, &st) && st.st_uid == NOBODY && st.st_gid == NOBODY &&
		(st.st_mode & 07777) == 0600 && !mkdir("own/d", 0700)) ? 0 : 1;
}

static int sticky(void)
{
	return (unlink("t/root") && errno == EPERM &&
		rename("t/root", "t/x") && errno == EPERM) ? 0 : 1;
}

static int read_only(void)
{
	int fd = open("p/f", O_RDONLY);
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (fd < 0 || p == MAP_FAILED || open("p/f", O_RDWR) >= 0)
		return 1;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
	       MAP_FAILED && errno == EACCES && mprotect(p, 4096, PROT_WRITE) &&
	       errno == EACCES ? 0 : 2;
}

static int write_suid(void)
{
	int fd = open("p/f", O_WRONLY);

	return write(fd, "y", 1) == 1 ? 0 : 1;
}

static void permissions(void)
{
	MUST(mkdir("p", 0755));
	touch("p/f", "secret");
	MUST(chmod("p/f", 0600));
	is(as_nobody(denied), 0, "others are kept out");
	MUST(chmod("p/f", 0644));
	is(as_nobody(read_only), 0, "or may read and map it for reading only");
	MUST(mkdir("own", 0700));
	MUST(chown("own", NOBODY, NOBODY));
	is(as_nobody(granted), 0, "an owner may do all of that in his directory");
	MUST(mkdir("t", 0777));
	MUST(chmod("t", 01777));
	touch("t/root", "");
	is(as_nobody(sticky), 0, "a sticky directory guards each owner's files");
	MUST(chmod("p/f", 06777));
	is(as_nobody(write_suid), 0, "who may write, writes");
	is(look("p/f").st_mode & 07777, 0777, "writing takes away set-ID bits");
	MUST(chmod("p/f", 06777));
	MUST(chown("p/f", NOBODY, NOBODY));
	is(look("p/f").st_mode & 07777, 0777, "and so does chown()");
	MUST(chown("p", -1, NOBODY));
	MUST(chmod("p", 02755));
	MUST(mkdir("p/d", 0755));
	ok(look("p/d").st_gid == NOBODY && look("p/d").st_mode & 02000,
	   "a set-group-ID directory hands down its group");
	umask(027);
	touch("p/masked", "");
	is(look("p/masked").st_mode & 07777, 0640, "umask() counts");
	umask(022);
}

static void times_of(struct stat *st, const char *path)
{
	struct timespec pause = { .tv_nsec = 20000000 };

	/* The kernel's clock for this ticks every few milliseconds. */
	nanosleep(&pause, NULL);
	*st = look(path);
}

static void changes(const char *path, const struct stat *before, const char *which,
		    const char *name)
{
	struct stat after = look(path);
	bool a = ns(after.st_atim) != ns(before->st_atim);
	bool m = ns(after.st_mtim) != ns(before->st_mtim);
	bool c = ns(after.st_ctim) != ns(before->st_ctim);

	if (!ok(a == !!strchr(which, 'a') && m == !!strchr(which, 'm') &&
		c == !!strchr(which, 'c'), "%s", name))
		printf("# changed:%s%s%s, wanted: %s\n", a ? " a" : "",
		       m ? " m" : "", c ? " c" : "", which);
}

static void times(void)
{
	struct timespec exact[2] = { { 1, 123456789 }, { 2000000000, 987654321 } };
	struct stat st, dir;
	int fd = make("f", "text");
	char c;

	times_of(&st, "f");
	MUST(pread(fd, &c, 1, 0));
	changes("f", &st, "a", "read() changes the access time");
	times_of(&st, "f");
	MUST(pwrite(fd, "x", 1, 0));
	changes("f", &st, "mc", "write() those of modification and change");
	times_of(&st, "f");
	MUST(pwrite(fd, "x", 0, 0));
	changes("f", &st, "", "but not if it writes nothing");
	times_of(&st, "f");
	MUST(ftruncate(fd, 2));
	changes("f", &st, "mc", "ftruncate() both of them");
	times_of(&st, "f");
	MUST(truncate("f", 2));
	changes("f", &st, "mc", "even if the size is the same");
	times_of(&st, "f");
	MUST(fallocate(fd, 0, 0, 8192));
	changes("f", &st, "mc", "fallocate() both");
	times_of(&st, "f");
	MUST(fchmod(fd, 0600));
	changes("f", &st, "c", "chmod() that of change");
	times_of(&st, "f");
	times_of(&dir, ".");
	MUST(link("f", "g"));
	changes("f", &st, "c", "link() that of change");
	changes(".", &dir, "mc", "and those of the directory");
	times_of(&st, "f");
	times_of(&dir, ".");
	MUST(unlink("g"));
	changes("f", &st, "c", "unlink() does the same");
	changes(".", &dir, "mc", "to the directory too");
	times_of(&dir, ".");
	MUST(rename("f", "g"));
	changes(".", &dir, "mc", "rename() changes the directory");
	times_of(&dir, ".");
	MUST(mkdir("d", 0755));
	changes(".", &dir, "mc", "and so does mkdir()");
	times_of(&st, "g");
	MUST(utimensat(AT_FDCWD, "g", exact, 0));
	st = look("g");
	ok(ns(st.st_atim) == ns(exact[0]) && ns(st.st_mtim) == ns(exact[1]),
	   "times are exact to the nanosecond");
	times_of(&st, "g");
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		bail("mmap");
	changes("g", &st, "a", "mmap() changes the access time");
	close(fd);
	MUST(rmdir("d"));
	MUST(unlink("g"));
}

static void content(void)
{
	struct rlimit limit = { .rlim_cur = 4096, .rlim_max = RLIM_INFINITY };
	char buf[16] = "";
	struct stat st;
	int fd, fd2;

	FAILS(open("f", O_RDWR), ENOENT, "open() does not create");
	fd = make("f", "0123456789");
	FAILS(open("f", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST, "O_EXCL");
	fd2 = open("f", O_WRONLY | O_APPEND);
	ok(write(fd2, "ab", 2) == 2 && pread(fd, buf, 16, 0) == 12 &&
	   !memcmp(buf, "0123456789ab", 12), "O_APPEND writes to the end");
	FAILS(read(fd2, buf, 1), EBADF, "what was opened for writing is not read");
	close(fd2);
	MUST(ftruncate(fd, 3));
	MUST(ftruncate(fd, 6));
	memset(buf, 'x', sizeof(buf));
	ok(pread(fd, buf, 16, 0) == 6 && !memcmp(buf, "012\0\0\0", 6),
	   "what was cut off comes back as zero");
	is(pread(fd, buf, 16, 1000), 0, "nothing is read past the end");
	FAILS(ftruncate(fd, -1), EINVAL, "no negative size");
	FAILS(pread(fd, buf, 1, -1), EINVAL, "no negative offset");
	MUST(ftruncate(fd, LLONG_MAX & ~(SZ_1G - 1)));
	FAILS(ftruncate(fd, LLONG_MAX), EFBIG, "no size that would overflow");
	FAILS(pwrite(fd, "x", 1, LLONG_MAX & ~(SZ_1G - 1)), EFBIG, "nor offset");
	FAILS(fallocate(fd, 0, LLONG_MAX & ~(SZ_1G - 1), SZ_4K), EFBIG, "nor range");
	FAILS(fallocate(fd, 0, 0, LLONG_MAX & ~(SZ_1G - 1)), ENOSPC, "nor allocation");
	ok(pread(fd, buf, 1, LLONG_MAX & ~(SZ_1G - 1)) == 0 &&
	   pread(fd, buf, 1, (LLONG_MAX & ~(SZ_1G - 1)) - 1) == 1,
	   "the largest file is a hole");
	MUST(ftruncate(fd, 6));
	FAILS(lseek(fd, 0, 99), EINVAL, "no whence but the known ones");
	FAILS(fallocate(fd, 0, 0, 0), EINVAL, "no allocation of nothing");
	FAILS(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), EOPNOTSUPP,
	      "collapsing is not supported");
	fd2 = open("f", O_RDWR | O_TRUNC);
	MUST(fstat(fd2, &st));
	is(st.st_size, 0, "O_TRUNC empties the file");
	close(fd2);
	signal(SIGXFSZ, SIG_IGN);
	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	FAILS(pwrite(fd, "x", 1, 4096), EFBIG, "RLIMIT_FSIZE: write()");
	FAILS(ftruncate(fd, 4097), EFBIG, "RLIMIT_FSIZE: ftruncate()");
	FAILS(fallocate(fd, 0, 0, 8192), EFBIG, "RLIMIT_FSIZE: fallocate()");
	limit.rlim_cur = RLIM_INFINITY;
	MUST(setrlimit(RLIMIT_FSIZE, &limit));
	fd2 = open("f", O_RDWR);
	MUST(flock(fd, LOCK_EX));
	FAILS(flock(fd2, LOCK_EX | LOCK_NB), EWOULDBLOCK, "flock() excludes");
	ok(!fsync(fd) && !fdatasync(fd), "fsync() has nothing to do");
	close(fd2);
	close(fd);
	MUST(unlink("f"));
}

static void names(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "sock" };
	char name[257];
	int fd, n = 0, s;
	struct dirent *de;
	DIR *dir;

	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	FAILS(open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG, "256 bytes are no name");
	FAILS(mkdir(name, 0700), ENAMETOOLONG, "nor that of a directory");
	name[255] = '\0';
	touch(name, "long");
	ok(holds(name, "long"), "255 bytes are");
	MUST(rename(name, "short"));
	FAILS(openat(AT_FDCWD, "short/x", O_RDONLY), ENOTDIR, "a file is no directory");
	MUST(unlink("short"));
	touch("\xff\x01 \n", "");
	dir = opendir(".");
	while ((de = readdir(dir)))
		n += !strcmp(de->d_name, "\xff\x01 \n");
	closedir(dir);
	is(n, 1, "any bytes but / and NUL make a name, listed once");
	MUST(unlink("\xff\x01 \n"));
	MUST(mkfifo("fifo", 0600));
	fd = open("fifo", O_RDWR);
	ok(write(fd, "x", 1) == 1 && read(fd, name, 1) == 1, "a FIFO is one");
	close(fd);
	s = socket(AF_UNIX, SOCK_STREAM, 0);
	ok(!bind(s, (void *)&sun, sizeof(sun)) && S_ISSOCK(look("sock").st_mode),
	   "a socket has a name");
	close(s);
	MUST(unlink("sock"));
	MUST(unlink("fifo"));
}

/* When what is mapped counts as modified: as on tmpfs, at a write fault. */
static void mapped_times(size_t unit)
{
	int fd = make("f", "abc");
	uint8_t *p = mmap(NULL, unit, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	struct stat st;

	if (p == MAP_FAILED)
		bail("mmap");
	times_of(&st, "f");
	p[0] = 'x';
	changes("f", &st, "mc", "a store through a mapping changes the file's times");
	munmap(p, unit);
	p = mmap(NULL, unit, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		bail("mmap");
	times_of(&st, "f");
	is(try_read(p), 0, "a private mapping is read");
	changes("f", &st, "", "which changes none");
	munmap(p, unit);
	close(fd);
	MUST(unlink("f"));
}

/* What fallocate() put beyond the end goes with truncate() to the end, as on tmpfs. */
static void preallocated(size_t unit)
{
	int fd = make("f", "abc");
	blkcnt_t blocks = look("f").st_blocks;

	MUST(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4 * unit));
	is(look("f").st_blocks, 4 * unit / 512, "fallocate() beyond the end");
	MUST(ftruncate(fd, 3));
	is(look("f").st_blocks, blocks, "is undone by truncate() to the size that is");
	ok(holds("f", "abc"), "which loses nothing");
	close(fd);
	MUST(unlink("f"));
}

/* A direct write is complete or an error, for who does not look at its length. */
static void direct(size_t unit)
{
	size_t len = 3 * unit;
	struct statvfs fs;
	uint8_t *p;
	int fd;

	p = mmap(NULL, len, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fd = make("hog", "");
	MUST(statvfs(".", &fs));
	MUST(fallocate(fd, 0, 0, (fs.f_bavail - 2) * unit));
	close(fd);
	fd = open("f", O_RDWR | O_CREAT | O_DIRECT, 0600);
	MUST(fd);
	FAILS(write(fd, p, len), ENOSPC, "a direct write of more than there is");
	is(look("f").st_size + look("f").st_blocks, 0, "writes nothing");
	is(write(fd, p, 2 * unit), 2 * unit, "one of all there is is complete");
	close(fd);
	MUST(unlink("f"));
	MUST(unlink("hog"));
	munmap(p, len);
}

static int run(const char *path)
{
	pid_t pid = fork();

	if (!pid) {
		execl(path, path, NULL);
		_exit(errno);
	}
	return exit_status(pid);
}

static void programs(void)
{
	char buf[65536];
	ssize_t n;
	int in = open("/bin/true", O_RDONLY), fd = make("true", "");

	while ((n = read(in, buf, sizeof(buf))) > 0)
		MUST(write(fd, buf, n));
	close(in);
	MUST(fchmod(fd, 0755));
	close(fd);
	is(run("./true"), EACCES, "exec() of a program is refused in time");
	fd = make("script", "#!/bin/sh\nexit 42\n");
	MUST(fchmod(fd, 0755));
	close(fd);
	is(run("./script"), 42, "and a script runs");
	MUST(unlink("true"));
	MUST(unlink("script"));
}

static void mappings(size_t unit)
{
	int fd = make("f", "abc");
	uint8_t *p = mmap(NULL, 2 * unit, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		bail("mmap");
	catch_faults();
	FAILS(mmap(NULL, unit, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0), EINVAL,
	      "a private mapping that is writable is refused");
	FAILS(mmap(NULL, unit, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0),
	      EOPNOTSUPP, "MAP_SYNC is refused");
	ok(p[0] == 'a' && !p[3] && !p[4095], "after the end of the file come zeroes");
	is(try_read(p + unit), SIGBUS, "behind its last unit comes SIGBUS");
	MUST(ftruncate(fd, unit + 1));
	is(try_read(p + unit), 0, "until the file grows");
	p[unit] = 1;
	MUST(ftruncate(fd, unit));
	is(try_read(p + unit), SIGBUS, "and again when it shrinks");
	p[5] = 'x';
	MUST(ftruncate(fd, 4));
	MUST(ftruncate(fd, unit));
	is(p[5], 0, "what a mapping wrote behind the end does not come back");
	close(fd);
	MUST(unlink("f"));
	p[0] = 'z';
	is(p[0], 'z', "a mapping outlives the name");
	munmap(p, 2 * unit);
}

int main(int argc, char **argv)
{
	struct statvfs fs;

	if (argc != 2) {
		fprintf(stderr, "usage: dmemfs-posix EMPTY-DIRECTORY\n");
		return 2;
	}
	umask(022);
	MUST(chdir(argv[1]));
	MUST(statvfs(".", &fs));
	links();
	unlinking();
	renaming();
	permissions();
	times();
	content();
	names();
	mappings(fs.f_bsize);
	mapped_times(fs.f_bsize);
	preallocated(fs.f_bsize);
	direct(fs.f_bsize);
	programs();
	return done_testing();
}
