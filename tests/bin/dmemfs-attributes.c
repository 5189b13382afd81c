// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended attributes and POSIX ACLs. usage: dmemfs-attributes EMPTY-DIRECTORY LEFT;
 * root, on a mount that has room for LEFT more inodes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tap.h"

#define NOBODY		65534
#define ACCESS		"system.posix_acl_access"
#define DEFAULT		"system.posix_acl_default"

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

static void make(const char *path)
{
	close(MUST(open(path, O_WRONLY | O_CREAT | O_EXCL, 0666)));
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	MUST(lstat(path, &st));
	return st.st_mode & 07777;
}

static bool holds(const char *path, const char *name, const char *value)
{
	char buf[64] = "";
	ssize_t n = lgetxattr(path, name, buf, sizeof(buf));

	return n == (ssize_t)strlen(value) && !memcmp(buf, value, n);
}

static uint64_t left(void)
{
	struct statvfs fs;

	MUST(statvfs(".", &fs));
	return fs.f_ffree;
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

static int sees_no_trusted(void)
{
	char buf[256];
	ssize_t n = listxattr("f", buf, sizeof(buf));

	if (n < 0 || memmem(buf, n, "trusted.", 8) || !memmem(buf, n, "user.a", 7))
		return 1;
	if (getxattr("f", "trusted.t", buf, sizeof(buf)) >= 0 || errno != ENODATA)
		return 2;
	if (!setxattr("f", "user.a", "x", 1, 0) || errno != EACCES)
		return 3;
	return setxattr("f", "security.s", "x", 1, 0) && errno == EPERM ? 0 : 4;
}

static void values(void)
{
	char buf[256];
	ssize_t n;

	make("f");
	MUST(mkdir("d", 0755));
	MUST(symlink("f", "s"));
	MUST(mkfifo("p", 0600));
	is(listxattr("f", NULL, 0), 0, "a new file has no attributes");
	FAILS(getxattr("f", "user.a", buf, 1), ENODATA, "not even one");
	if (!ok(!setxattr("f", "user.a", "one", 3, 0), "it can have one"))
		return;
	ok(holds("f", "user.a", "one"), "which is what it was set to");
	is(getxattr("f", "user.a", NULL, 0), 3, "as is its size");
	FAILS(getxattr("f", "user.a", buf, 2), ERANGE, "that has to be known");
	FAILS(setxattr("f", "user.a", "two", 3, XATTR_CREATE), EEXIST, "XATTR_CREATE");
	FAILS(setxattr("f", "user.b", "two", 3, XATTR_REPLACE), ENODATA, "XATTR_REPLACE");
	ok(!setxattr("f", "user.a", "longer", 6, XATTR_REPLACE) && holds("f", "user.a", "longer"),
	   "it can be replaced");
	ok(!setxattr("f", "user.empty", NULL, 0, 0) && !getxattr("f", "user.empty", buf, 1),
	   "one may be empty");
	ok(!setxattr("f", "trusted.t", "t", 1, 0) && !setxattr("f", "security.s", "s", 1, 0),
	   "root can set those that are trusted, and of security modules");
	n = listxattr("f", buf, sizeof(buf));
	ok(n == 7 + 11 + 10 + 11 && memmem(buf, n, "user.a", 7) && memmem(buf, n, "user.empty", 11) &&
	   memmem(buf, n, "trusted.t", 10) && memmem(buf, n, "security.s", 11),
	   "all are listed");
	is(listxattr("f", NULL, 0), n, "the list has the size that it has");
	FAILS(listxattr("f", buf, n - 1), ERANGE, "and needs it");
	is(as_nobody(sees_no_trusted), 0, "others see and set what they may");
	ok(!lsetxattr("s", "trusted.t", "link", 4, 0) && holds("s", "trusted.t", "link") &&
	   !setxattr("p", "trusted.t", "fifo", 4, 0) && holds("p", "trusted.t", "fifo") &&
	   !setxattr("d", "user.d", "dir", 3, 0) && holds("d", "user.d", "dir"),
	   "links, pipes and directories have some, too");
	FAILS(lsetxattr("s", "user.u", "x", 1, 0), EPERM, "but users not of links");
	FAILS(setxattr("f", "other.o", "x", 1, 0), EOPNOTSUPP, "there are no other kinds");
	FAILS(setxattr("f", "user.", "x", 1, 0), EINVAL, "and none without a name");
	ok(!rename("f", "g") && holds("g", "user.a", "longer"), "they go where the file goes");
	ok(!removexattr("g", "user.a"), "one can be removed");
	FAILS(removexattr("g", "user.a"), ENODATA, "once");
	MUST(unlink("g"));
	MUST(unlink("s"));
	MUST(unlink("p"));
	MUST(rmdir("d"));
}

/* What users make the kernel keep is bounded by nr_inodes, and for each file. */
static void bounds(uint64_t room)
{
	static char value[XATTR_SIZE_MAX];
	char name[XATTR_NAME_MAX + 1];
	uint64_t before;
	int i, n;

	make("f");
	before = left();
	if (setxattr("f", "user.big", value, sizeof(value), 0)) {
		ok(false, "the largest value");
		return;
	}
	ok(before - left() >= 64 && before - left() <= 65, "a KiB of attributes counts as an inode");
	MUST(setxattr("f", "user.big", value, 1, 0));
	is(before - left(), 1, "as long as it is there");
	MUST(removexattr("f", "user.big"));
	is(left(), before, "and no longer");
	for (i = 0; ; i++) {
		snprintf(name, sizeof(name), "user.%d", i);
		if (setxattr("f", name, value, sizeof(value), 0))
			break;
	}
	is(errno, ENOSPC, "there is an end to it");
	ok((uint64_t)i >= room / 65 - 1 && (uint64_t)i <= room / 64,
	   "when there are as many inodes as there may be");
	ok(!unlink("f") && left() == before + 1, "all of it comes back with the file");

	/* Names of 255 bytes: 256 of them are what listxattr() can return. */
	make("f");
	memset(name, 'n', sizeof(name));
	memcpy(name, "user.", 5);
	name[sizeof(name) - 1] = '\0';
	for (n = 0; n < 1000; n++) {
		snprintf(name + 5, sizeof(name) - 5, "%0*d", (int)sizeof(name) - 6, n);
		if (setxattr("f", name, "", 0, 0))
			break;
	}
	is(errno, ENOSPC, "no more names than can be listed");
	is(n, XATTR_LIST_MAX / 256, "but as many");
	is(listxattr("f", NULL, 0), XATTR_LIST_MAX, "which are");
	MUST(unlink("f"));
	is(left(), before + 1, "they come back, too");
}

/* An ACL as the system call has it: version 2, then tag, permissions, id. */
struct acl {
	uint32_t version;
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} entry[100];
};

enum { USER_OBJ = 1, USER = 2, GROUP_OBJ = 4, GROUP = 8, MASK = 0x10, OTHER = 0x20 };

static size_t acl_of(struct acl *acl, int named, int perm)
{
	int n = 0;

	memset(acl, 0, sizeof(*acl));
	acl->version = 2;
#define ADD(t, p, i)	(acl->entry[n].tag = (t), acl->entry[n].perm = (p), acl->entry[n++].id = (i))
	ADD(USER_OBJ, 6, -1U);
	for (int i = 0; i < named; i++)
		ADD(USER, perm, NOBODY - named + 1 + i);
	ADD(GROUP_OBJ, 0, -1U);
	ADD(MASK, 7, -1U);
	ADD(OTHER, 0, -1U);
	return 4 + n * 8;
}

static int reads(void)
{
	int fd = open("f", O_RDONLY);

	if (fd < 0)
		return errno == EACCES ? 1 : 2;
	return open("f", O_WRONLY) < 0 && errno == EACCES ? 0 : 3;
}

static int reads_made(void)
{
	return open("d/f", O_RDONLY) >= 0 && open("d/sub/f", O_RDONLY) >= 0 ? 0 : 1;
}

static void lists(void)
{
	char names[256];
	struct acl acl;
	size_t n;

	make("f");
	MUST(chmod("f", 0600));
	is(as_nobody(reads), 1, "others are kept out");
	n = acl_of(&acl, 1, 4);
	if (!ok(!setxattr("f", ACCESS, &acl, n, 0), "unless an ACL"))
		return;
	is(as_nobody(reads), 0, "lets one in, as far as it says");
	is(mode_of("f"), 0670, "the group's bits show the mask");
	is(getxattr("f", ACCESS, NULL, 0), n, "the ACL is there");
	ok(listxattr("f", names, sizeof(names)) == sizeof(ACCESS) && !strcmp(names, ACCESS),
	   "and listed");
	MUST(chmod("f", 0600));
	is(as_nobody(reads), 1, "chmod() sets the mask");
	MUST(chmod("f", 0640));
	is(as_nobody(reads), 0, "and sets it back");
	FAILS(setxattr("f", DEFAULT, &acl, n, 0), EACCES, "a file has no default ACL");
	n = acl_of(&acl, 80, 4);
	FAILS(setxattr("f", ACCESS, &acl, n, 0), ENOSPC, "there is an end to their length");
	is(as_nobody(reads), 0, "and nothing has changed");
	n = acl_of(&acl, 60, 4);
	ok(!setxattr("f", ACCESS, &acl, n, 0), "that most people do not reach");
	MUST(removexattr("f", ACCESS));
	is(as_nobody(reads), 1, "without it all is as before");
	MUST(unlink("f"));

	MUST(mkdir("d", 0777));
	n = acl_of(&acl, 1, 7);
	acl.entry[0].perm = 7;
	MUST(setxattr("d", DEFAULT, &acl, n, 0));
	MUST(setxattr("d", ACCESS, &acl, n, 0));
	MUST(chmod("d", 0777));
	umask(077);
	MUST(mkdir("d/sub", 0777));
	close(MUST(open("d/f", O_WRONLY | O_CREAT, 0666)));
	close(MUST(open("d/sub/f", O_WRONLY | O_CREAT, 0666)));
	is(as_nobody(reads_made), 0, "a default ACL is inherited, without regard to umask()");
	is(mode_of("d/f"), 0660, "what is asked for is an upper bound");
	ok(getxattr("d/sub", DEFAULT, NULL, 0) == (ssize_t)n && getxattr("d/f", DEFAULT, NULL, 0) < 0,
	   "directories pass it on");
	MUST(unlink("d/f"));
	MUST(unlink("d/sub/f"));
	MUST(rmdir("d/sub"));
	MUST(rmdir("d"));
	make("f");
	is(mode_of("f"), 0600, "and where there is none, umask() counts");
	umask(022);
	MUST(unlink("f"));
	MUST(mkfifo("p", 0666));
	is(mode_of("p"), 0644, "for all kinds of files");
	n = acl_of(&acl, 1, 4);
	ok(!setxattr("p", ACCESS, &acl, n, 0) && mode_of("p") == 0670 && !chmod("p", 0600) &&
	   mode_of("p") == 0600, "which may have an ACL");
	MUST(unlink("p"));
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: dmemfs-attributes EMPTY-DIRECTORY LEFT\n");
		return 2;
	}
	umask(022);
	MUST(chdir(argv[1]));
	values();
	bounds(strtoull(argv[2], NULL, 0));
	lists();
	return done_testing();
}
