// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has each allocation of an operation fail, one at a time, and the operation done
 * once more without that: it either fails with ENOMEM and leaves nothing behind that
 * is in the way of the next one, or does without. Wants CONFIG_FAULT_INJECTION; see
 * Documentation/fault-injection/fault-injection.rst for /proc/thread-self/fail-nth.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static const char usage[] =
	"usage: alloc-fail bind FILE-TO-BIND FILE-TO-UNBIND DEVICE\n"
	"       alloc-fail map|fork FILE OFFSET LENGTH\n"
	"       alloc-fail mount OPTIONS DIRECTORY\n"
	"       alloc-fail files DIRECTORY\n"
	"       alloc-fail poison FILE ADDRESS FILE-WITH-NUMBER\n";

/* More than any of the operations makes: a loop that never ends is an error. */
#define MOST	2000

static int fail_nth;
static char **args;
/* What the operation may fail with besides ENOMEM. */
static int also = ENOMEM;

static void inject(int nth)
{
	char number[16];
	int len = snprintf(number, sizeof(number), "%d", nth);

	if (pwrite(fail_nth, number, len, 0) != len)
		bail("fail-nth");
}

/* Whether the failure is still to come. Ends the injection. */
static bool was_injected(void)
{
	char number[16] = "";

	if (pread(fail_nth, number, sizeof(number) - 1, 0) <= 0)
		bail("fail-nth");
	inject(0);
	return atoi(number) == 0;
}

/* Each returns 0, or what the operation failed with. */
static int write_to(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY), error;

	if (fd < 0)
		return errno;
	error = write(fd, value, strlen(value)) < 0 ? errno : 0;
	close(fd);
	return error;
}

static int bind_device(void)
{
	return write_to(args[0], args[2]);
}

static int unbind_device(void)
{
	return write_to(args[1], args[2]);
}

static uint64_t length;
static uint8_t *area;
static int fd;

static int map_file(void)
{
	void *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       strtoull(args[1], NULL, 0));

	if (p == MAP_FAILED)
		return errno;
	area = p;
	return 0;
}

static int unmap_file(void)
{
	int error = munmap(area, length) ? errno : 0;

	if (!error)
		area = NULL;
	return error;
}

static int touch(void)
{
	for (uint64_t at = 0; at < length; at += length / 4)
		if (try_write(area + at, at >> 20))
			return ENOMEM;
	return 0;
}

/* Without leaves, so that they are to be made once more. */
static int forget(void)
{
	int error = unmap_file();

	return error ? error : map_file();
}

static int fork_child(void)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return errno;
	if (!child)
		_exit(area[0] != 0);
	return waitpid(child, &status, 0) == child && !status ? 0 : EIO;
}

/* A page of its own in the middle of a leaf, and back. */
static int split(void)
{
	return mprotect(area + length / 2, SZ_4K, PROT_READ) ? errno : 0;
}

static int join(void)
{
	return mprotect(area + length / 2, SZ_4K, PROT_READ | PROT_WRITE) ?
		errno : 0;
}

static int mount_it(void)
{
	return mount("dmem", args[1], "dmemfs", 0, args[0]) ? errno : 0;
}

static int unmount_it(void)
{
	return umount(args[1]) ? errno : 0;
}

/* Of the file "a": opened with FLAGS, then fallocate(). */
static int allocate(int flags, int mode, off_t offset, off_t size)
{
	int file = open("a", flags | O_RDWR, 0600), error;

	if (file < 0)
		return errno;
	error = fallocate(file, mode, offset, size) ? errno : 0;
	close(file);
	if (error && flags & O_CREAT && unlink("a"))
		return EIO;
	return error;
}

static int create(void)
{
	return allocate(O_CREAT | O_EXCL, 0, 0, 6 << 20);
}

static int punch(void)
{
	return allocate(0, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2 << 20,
			2 << 20);
}

static int fill(void)
{
	return allocate(0, 0, 0, 6 << 20);
}

/* Words so far apart are written and read: some in each page of the pool. */
#define STEP	(SZ_4K * 2)

/* So many bytes of the file are what whole() wrote. */
static bool holds(int file, off_t bytes)
{
	uint32_t word;

	for (off_t at = 0; at + 4 <= bytes; at += STEP)
		if (pread(file, &word, 4, at) != 4 || word != (uint32_t)at)
			return false;
	return true;
}

#define WHOLE	(6L << 20)
/* In the middle of a page of the pool, the rest of which is cleared. */
#define PART	((3L << 20) + 5000)

static int whole(void)
{
	int file = open("a", O_RDWR);
	uint32_t word;

	if (file < 0)
		return errno;
	for (off_t at = 0; at < WHOLE; at += STEP) {
		word = at;
		if (pwrite(file, &word, 4, at) != 4)
			return errno;
	}
	close(file);
	return 0;
}

/* What failed has changed nothing: looked at before the next try. */
static int shorten(void)
{
	static bool failed;
	int file = open("a", O_RDWR), error;

	if (file < 0)
		return errno;
	if (failed && !holds(file, WHOLE)) {
		close(file);
		return EIO;
	}
	error = ftruncate(file, PART) ? errno : 0;
	failed = error;
	close(file);
	return error;
}

static int lengthen(void)
{
	int file = open("a", O_RDWR);
	struct stat st;
	bool good;

	if (file < 0)
		return errno;
	good = !fstat(file, &st) && st.st_size == PART && holds(file, PART);
	close(file);
	return good ? whole() : EIO;
}

static int rename_it(void)
{
	return rename("a", "b") ? errno : 0;
}

static int rename_back(void)
{
	return rename("b", "a") ? errno : 0;
}

static int delete(void)
{
	return unlink("a") ? errno : 0;
}

static uint64_t recorded;

/* Each time the next page. */
static int poison(void)
{
	static uint64_t pages;
	char address[32];
	int error;

	snprintf(address, sizeof(address), "%#llx",
		 strtoull(args[1], NULL, 0) + pages++ * SZ_4K);
	error = write_to(args[0], address);
	recorded += !error;
	return error;
}

static int nothing(void)
{
	return 0;
}

static bool works(int error, const char *name, const char *when, int nth)
{
	if (!error)
		return true;
	ok(false, "%s, %s allocation %d", name, when, nth);
	printf("# %s\n", strerror(error));
	return false;
}

static void each(const char *name, int (*does)(void), int (*undoes)(void))
{
	int failed = 0, managed = 0;
	bool injected = true;

	for (int nth = 1; injected && nth < MOST; nth++) {
		int error;

		inject(nth);
		error = does();
		injected = was_injected();
		if (injected && (error == ENOMEM || error == also)) {
			failed++;
			if (!works(does(), name, "again after", nth))
				return;
		} else if (!works(error, name, "without", nth)) {
			return;
		} else if (injected) {
			managed++;
		}
		if (!works(undoes(), name, "undone after", nth))
			return;
	}
	ok(!injected && failed + managed > 0, "%s: each of %d allocations may fail",
	   name, failed + managed);
	printf("# %d times it failed, %d times it did without\n", failed, managed);
}

static void open_file(void)
{
	length = strtoull(args[2], NULL, 0);
	fd = open(args[0], O_RDWR);
	if (fd < 0 || length < SZ_4K)
		bail("%s", args[0]);
	catch_faults();
}

static void map(void)
{
	open_file();
	each("mmap", map_file, unmap_file);
	if (map_file())
		bail("mmap");
	each("fault", touch, forget);
	if (touch())
		bail("touch");
	each("mprotect of a page", split, join);
	each("munmap", unmap_file, map_file);
}

static void forks(void)
{
	open_file();
	if (map_file() || touch())
		bail("mmap and touch");
	each("fork", fork_child, nothing);
}

static void files(void)
{
	if (chdir(args[0]))
		bail("%s", args[0]);
	each("create and fallocate", create, delete);
	if (create())
		bail("create");
	each("punch", punch, fill);
	if (punch())
		bail("punch");
	each("fill the hole", fill, punch);
	each("rename", rename_it, rename_back);
	if (whole())
		bail("write");
	each("truncate", shorten, lengthen);
	each("unlink", delete, create);
	if (delete())
		bail("unlink");
}

int main(int argc, char **argv)
{
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_nth < 0)
		bail("/proc/thread-self/fail-nth");
	args = argv + 2;
	if (argc == 5 && !strcmp(argv[1], "bind")) {
		/* request_mem_region() does not tell a failure from a conflict. */
		also = EBUSY;
		each("bind", bind_device, unbind_device);
		also = ENOMEM;
		if (bind_device())
			bail("bind");
		each("unbind", unbind_device, bind_device);
		if (unbind_device())
			bail("unbind");
	} else if (argc == 5 && !strcmp(argv[1], "map")) {
		map();
	} else if (argc == 5 && !strcmp(argv[1], "fork")) {
		forks();
	} else if (argc == 4 && !strcmp(argv[1], "mount")) {
		each("mount", mount_it, unmount_it);
		if (mount_it())
			bail("mount");
		each("unmount", unmount_it, mount_it);
		if (unmount_it())
			bail("umount");
	} else if (argc == 3 && !strcmp(argv[1], "files")) {
		files();
	} else if (argc == 5 && !strcmp(argv[1], "poison")) {
		each("memory error", poison, nothing);
		is(read_number(args[2]), recorded, "as many pages are bad");
	} else {
		fputs(usage, stderr);
		return 2;
	}
	return done_testing();
}
