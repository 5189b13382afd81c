// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets each memory allocation of binding, mapping and touching a device fail in
 * turn (/proc/thread-self/fail-nth) and looks at what is left afterwards.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

static const char *dax;

/* Write to an attribute of the driver; 0 or an errno. */
static int driver(const char *attribute)
{
	char path[PATH_MAX];
	int fd, rc;

	snprintf(path, sizeof(path), "/sys/bus/dax/drivers/dax_none/%s",
		 attribute);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return errno;
	rc = write(fd, dax, strlen(dax)) < 0 ? errno : 0;
	close(fd);
	return rc;
}

static bool bound(void)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/dax/drivers/dax_none/%s", dax);
	return !access(path, F_OK);
}

static bool in_iomem(void)
{
	char line[256], wanted[64];
	bool found = false;
	FILE *f = fopen("/proc/iomem", "r");

	snprintf(wanted, sizeof(wanted), " : %s\n", dax);
	while (f && fgets(line, sizeof(line), f))
		found |= strstr(line, wanted) != NULL;
	fclose(f);
	return found;
}

static void fail_nth(int n)
{
	char text[16];
	int fd = open("/proc/thread-self/fail-nth", O_RDWR);

	snprintf(text, sizeof(text), "%d", n);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		bail("fail-nth");
	close(fd);
}

/* Did the failure happen? If not, there were fewer allocations than that. */
static bool has_failed(void)
{
	char text[16] = "";
	int fd = open("/proc/thread-self/fail-nth", O_RDWR);
	bool failed = read(fd, text, sizeof(text) - 1) > 0 && atoi(text) == 0;

	if (write(fd, "0", 1) != 1)
		bail("fail-nth");
	close(fd);
	return failed;
}

static void test_bind(void)
{
	int n, left = 0, failed = 0;

	for (n = 1; n < 1000; n++) {
		bool injected;

		fail_nth(n);
		driver("new_id");
		injected = has_failed();
		if (bound()) {
			driver("unbind");
		} else {
			failed++;
			left += in_iomem();
		}
		driver("remove_id");
		if (!injected)
			break;
	}
	ok(n > 10 && n < 1000, "each of %d allocations of a bind failed once", n - 1);
	ok(failed > 5, "%d of them let the bind fail", failed);
	is(left, 0, "a failed bind leaves nothing in /proc/iomem");
	driver("new_id");
	ok(bound(), "and the next one succeeds");
}

static void test_fault(const char *path, size_t skew)
{
	int fd = open(path, O_RDWR), n, wrong = 0;
	uint8_t *space = mmap(NULL, 8 * SZ_2M, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	space = (uint8_t *)(((uintptr_t)space + SZ_2M - 1) & ~(SZ_2M - 1)) + skew;
	for (n = 1; n < 1000; n++) {
		bool injected;
		uint8_t *p;
		int sig = 0;

		driver("unbind");
		driver("remove_id");
		driver("new_id");
		close(fd);
		fd = open(path, O_RDWR);
		fail_nth(n);
		p = mmap(space, SZ_2M, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, fd, SZ_2M);
		if (p != MAP_FAILED)
			sig = try_write(p + SZ_4K, n);
		injected = has_failed();
		if (p == MAP_FAILED)
			wrong += errno != ENOMEM;
		else if (!sig)
			wrong += p[SZ_4K] != (uint8_t)n || p[0];
		munmap(space, SZ_2M);
		if (!injected)
			break;
	}
	ok(n > 3 && n < 1000, "each of %d allocations of a mapping failed once",
	   n - 1);
	is(wrong, 0, "and all that could be mapped was right");
	close(fd);
}

int main(int argc, char **argv)
{
	char path[PATH_MAX];

	if (argc != 2) {
		fprintf(stderr, "usage: fail-test daxN.M\n");
		return 2;
	}
	dax = argv[1];
	snprintf(path, sizeof(path), "/dev/%s", dax);
	catch_faults();
	test_bind();
	test_fault(path, 0);
	test_fault(path, SZ_4K);
	return done_testing();
}
