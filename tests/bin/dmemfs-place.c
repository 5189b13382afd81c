// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctls of a dmemfs mount's root directory, given what makes no sense: it is refused,
 * and nothing is placed. As told, in a mount that is not sealed, or in one that is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../drivers/dmemfs/dmemfs_ioctl.h"
#include "tap.h"

#define PAGE	4096ULL

static const char usage[] =
	"usage: dmemfs-place unsealed MNT DEVICE-BYTES\n"
	"       dmemfs-place sealed MNT\n"
	"The mount has one device, pages of 4K, and a file \"kept\" if it is sealed.\n";

static int root;

static int try(unsigned long cmd, void *arg)
{
	return ioctl(root, cmd, arg) ? -errno : 0;
}

static int place(int fd, const struct dmemfs_ioc_extent *extents, unsigned int nr)
{
	struct dmemfs_ioc_extents args = {
		.extents = (uintptr_t)extents, .nr = nr, .fd = fd,
	};

	return try(DMEMFS_IOC_PLACE, &args);
}

static int place_one(int fd, uint64_t file_offset, uint64_t dev_offset,
		     uint64_t length, uint32_t device, uint32_t flags)
{
	const struct dmemfs_ioc_extent extent = {
		.file_offset = file_offset, .dev_offset = dev_offset,
		.length = length, .device = device, .flags = flags,
	};

	return place(fd, &extent, 1);
}

static int make(const char *name)
{
	int fd = openat(root, name, O_RDWR | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		bail("%s", name);
	return fd;
}

static uint64_t used(void)
{
	struct dmemfs_ioc_state state;

	if (try(DMEMFS_IOC_STATE, &state))
		bail("%s", "DMEMFS_IOC_STATE");
	return state.used;
}

/* What the state of a child is worth that is nobody, with what it has open. */
static int as_nobody(int (*act)(void))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(120);
		_exit(-act());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		bail("%s", "fork");
	return -WEXITSTATUS(status);
}

static int nobody_state(void)
{
	struct dmemfs_ioc_state state;

	return try(DMEMFS_IOC_STATE, &state);
}

static int nobody_seals(void)
{
	return try(DMEMFS_IOC_SEAL, NULL);
}

static int nobody_looks(void)
{
	return openat(root, "one", O_RDONLY) < 0 ? -errno : 0;
}

static int nobody_makes(void)
{
	return openat(root, "new", O_RDWR | O_CREAT, 0600) < 0 ? -errno : 0;
}

static void test_nonsense(int fd, uint64_t bytes)
{
	const struct dmemfs_ioc_extent back[] = {
		{ .file_offset = PAGE, .dev_offset = PAGE, .length = PAGE },
		{ .file_offset = 0, .dev_offset = 0, .length = PAGE },
	}, twice[] = {
		{ .file_offset = 0, .dev_offset = 0, .length = 2 * PAGE },
		{ .file_offset = 2 * PAGE, .dev_offset = PAGE, .length = PAGE },
	};
	struct dmemfs_ioc_extents args = { .nr = 1, .fd = fd, .extents = 1 };
	int tmp = open("/run", O_TMPFILE | O_RDWR, 0600);
	int readonly = openat(root, "one", O_RDONLY);

	ok(place_one(fd, 0, 0, 0, 0, 0) == -EINVAL, "no length");
	ok(place_one(fd, 0, 0, PAGE / 2, 0, 0) == -EINVAL, "half a page");
	ok(place_one(fd, 1, 0, PAGE, 0, 0) == -EINVAL, "an offset inside of a page");
	ok(place_one(fd, 0, 512, PAGE, 0, 0) == -EINVAL, "a place inside of a page");
	ok(place_one(fd, 0, 0, PAGE, 1, 0) == -EINVAL, "no such device");
	ok(place_one(fd, 0, 0, PAGE, UINT32_MAX, 0) == -EINVAL, "by far");
	ok(place_one(fd, 0, 0, PAGE, 0, 2) == -EINVAL, "no such flag");
	ok(place_one(fd, 0, bytes, PAGE, 0, 0) == -EINVAL, "behind the device");
	ok(place_one(fd, 0, bytes - PAGE, 2 * PAGE, 0, 0) == -EINVAL, "half behind it");
	ok(place_one(fd, 0, -PAGE, 2 * PAGE, 0, 0) == -EINVAL, "around the end of numbers");
	ok(place_one(fd, 0, PAGE, -PAGE, 0, 0) == -EINVAL, "a length around it");
	ok(place_one(fd, -PAGE, 0, 2 * PAGE, 0, 0) == -EINVAL, "in the file, too");
	ok(place_one(fd, INT64_MAX - PAGE + 1, 0, PAGE, 0, 0) == -EINVAL,
	   "behind what a file can have");
	ok(place(fd, back, 2) == -EINVAL, "not by rising offset");
	ok(place(fd, twice, 2) == -EEXIST, "the same memory twice");
	ok(place(fd, back, 0) == -EINVAL, "none");
	ok(place(fd, back, DMEMFS_EXTENTS_MAX + 1) == -EINVAL, "too many");
	ok(try(DMEMFS_IOC_PLACE, &args) == -EFAULT, "from nowhere");
	ok(try(DMEMFS_IOC_PLACE, NULL) == -EFAULT, "nothing from nowhere");
	ok(place_one(-1, 0, 0, PAGE, 0, 0) == -EBADF, "no file");
	ok(place_one(root, 0, 0, PAGE, 0, 0) == -EINVAL, "a directory");
	ok(place_one(tmp, 0, 0, PAGE, 0, 0) == -EINVAL, "a file of another mount");
	ok(place_one(readonly, 0, 0, PAGE, 0, 0) == -EBADF, "opened for reading");
	close(tmp);
	close(readonly);
}

static void test_unsealed(uint64_t bytes)
{
	const uint32_t yes = 1;
	struct dmemfs_ioc_extents args = { .nr = 1 };
	struct dmemfs_ioc_extent extent;
	struct stat st;
	char byte = 1;
	int fd;

	fd = make("one");
	test_nonsense(fd, bytes);
	ok(!fstat(fd, &st) && !st.st_blocks && !used(), "nothing is placed");

	ok(!place_one(fd, 0, 0, 4 * PAGE, 0, 0), "root places memory");
	ok(place_one(fd, 2 * PAGE, 64 * PAGE, PAGE, 0, 0) == -EEXIST,
	   "the file has some there");
	ok(place_one(fd, 8 * PAGE, 3 * PAGE, 2 * PAGE, 0, 0) == -EEXIST,
	   "the memory is its own");
	ok(used() == 4 * PAGE, "which changes nothing");
	args.fd = fd;
	args.extents = (uintptr_t)&extent;
	ok(try(DMEMFS_IOC_EXTENTS, &args) == -EBUSY, "extents are not to be had yet");
	ok(try(DMEMFS_IOC_KEEP, (void *)&yes) == -EBUSY, "nor is it kept");
	ok(pread(fd, &byte, 1, 0) < 0 && errno == EBUSY, "nobody reads");
	ok(pwrite(fd, &byte, 1, 0) < 0 && errno == EBUSY, "nobody writes");
	ok(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED &&
	   errno == EBUSY, "nobody maps");
	ok(posix_fallocate(fd, 0, 8 * PAGE) == EBUSY, "nobody allocates");
	ok(ftruncate(fd, 0) && errno == EBUSY, "nobody cuts");
	ok(as_nobody(nobody_state) == -EPERM, "others cannot ask");
	ok(as_nobody(nobody_seals) == -EPERM, "nor seal");
	ok(as_nobody(nobody_looks) == -EBUSY, "nor open");
	ok(as_nobody(nobody_makes) == -EBUSY, "nor make files");
	ok(used() == 4 * PAGE, "all is as placed");
	close(fd);
}

static void test_sealed(void)
{
	struct dmemfs_ioc_extent extents[8];
	struct dmemfs_ioc_extents args = {
		.extents = (uintptr_t)extents, .nr = 8,
	};
	uint32_t word = 2;
	int fd, dir;

	fd = openat(root, "kept", O_RDWR);
	if (fd < 0)
		bail("%s", "kept");
	args.fd = fd;
	ok(place_one(fd, 1 << 30, 0, PAGE, 0, 0) == -EBUSY, "nothing is placed");
	ok(try(DMEMFS_IOC_SEAL, NULL) == -EBUSY, "nor is it sealed again");
	ok(!try(DMEMFS_IOC_EXTENTS, &args) && args.nr, "extents can be had");
	ok(try(DMEMFS_IOC_KEEP, &word) == -EINVAL, "it is kept or not");
	args.nr = 0;
	ok(try(DMEMFS_IOC_EXTENTS, &args) == -EINVAL, "no room for extents");
	args.nr = 8;
	args.file_offset = 1;
	ok(try(DMEMFS_IOC_EXTENTS, &args) == -EINVAL, "from inside of a page");
	args.file_offset = INT64_MAX & ~(PAGE - 1);
	ok(try(DMEMFS_IOC_EXTENTS, &args) == -EINVAL, "from behind any file");
	args.file_offset = 1ULL << 40;
	ok(!try(DMEMFS_IOC_EXTENTS, &args) && !args.nr, "from behind this one");
	args.file_offset = 0;
	args.nr = 8;
	args.extents = 1;
	ok(try(DMEMFS_IOC_EXTENTS, &args) == -EFAULT, "to nowhere");
	ok(try(_IO(0xDE, 99), NULL) == -ENOTTY, "no such call");
	if (mkdirat(root, "sub", 0700))
		bail("%s", "sub");
	dir = openat(root, "sub", O_RDONLY | O_DIRECTORY);
	ok(ioctl(dir, DMEMFS_IOC_SEAL) && errno == ENOTTY, "not a root directory");
	ok(ioctl(fd, DMEMFS_IOC_SEAL) && errno == ENOTTY, "nor is this");
	ok(as_nobody(nobody_state) == -EPERM, "others cannot ask");
	close(dir);
	unlinkat(root, "sub", AT_REMOVEDIR);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs(usage, stderr);
		return 2;
	}
	root = open(argv[2], O_RDONLY | O_DIRECTORY);
	if (root < 0)
		bail("%s", argv[2]);
	if (argc == 4 && !strcmp(argv[1], "unsealed"))
		test_unsealed(strtoull(argv[3], NULL, 0));
	else if (argc == 3 && !strcmp(argv[1], "sealed"))
		test_sealed();
	else
		return 2;
	return done_testing();
}
