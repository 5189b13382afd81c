// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses a dax device in every way at random, in several processes, until it is
 * killed. The device may go away at any time: SIGBUS only ends one round.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)

static const char *device;
static size_t size, align;
static unsigned int seed;

/* A random multiple of the alignment below @limit. */
static size_t at_random(size_t limit)
{
	return limit < align ? 0 :
	       (((size_t)rand_r(&seed) << 16 ^ rand_r(&seed)) %
		(limit / align)) * align;
}

static void touch(uint8_t *p, size_t len, int n)
{
	while (n--) {
		size_t i = ((size_t)rand_r(&seed) << 16 ^ rand_r(&seed)) % len;

		if (n & 1 ? try_read(p + i) : try_write(p + i, i))
			return;
	}
}

static void *thread(void *arg)
{
	uint8_t **range = arg;

	for (volatile uint8_t *p = range[0]; p < range[1]; p += align)
		if (access((const char *)p, F_OK))	/* faults in the kernel */
			continue;
	return NULL;
}

/*
 * Addresses for mremap() to go to. Without holes, or the C library puts the stack of
 * a thread into one, and keeps it for later.
 */
static uint8_t *reserve(uint8_t *space)
{
	space = mmap(space, 8 * SZ_1G, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
		     MAP_NORESERVE | (space ? MAP_FIXED : 0), -1, 0);
	if (space == MAP_FAILED)
		bail("address space");
	return space;
}

static void one_round(uint8_t *space)
{
	size_t offset = at_random(size), len = at_random(size - offset) + align;
	uint8_t *p, *q, *range[2], byte;
	int fd = open(device, O_RDWR), mem;
	pthread_t other;
	pid_t child;

	if (fd < 0) {
		usleep(1000);
		return;
	}
	p = mmap(rand_r(&seed) & 1 ? space + at_random(SZ_1G) : NULL, len, RW,
		 MAP_SHARED, fd, offset);
	close(fd);
	if (p == MAP_FAILED)
		return;
	touch(p, len, 20);
	switch (rand_r(&seed) % 8) {
	case 0:
		child = fork();
		if (!child) {
			touch(p, len, 20);
			_exit(0);
		}
		waitpid(child, NULL, 0);
		break;
	case 1:
		mprotect(p + at_random(len), align, PROT_READ);
		break;
	case 2:
		munmap(p + at_random(len), align);
		break;
	case 3:
		q = mremap(p, len, len, MREMAP_MAYMOVE | MREMAP_FIXED,
			   space + 4 * SZ_1G + at_random(SZ_1G));
		if (q != MAP_FAILED)
			p = q;
		break;
	case 4:
		madvise(p + at_random(len), align, MADV_DONTFORK);
		child = fork();
		if (!child)
			_exit(0);
		waitpid(child, NULL, 0);
		break;
	case 5:
		mem = open("/proc/self/mem", O_RDWR);
		if (pread(mem, &byte, 1, (off_t)(uintptr_t)p + at_random(len)) != 1)
			byte = 0;
		close(mem);
		break;
	case 6:
		mlock(p, len);
		break;
	case 7:
		range[0] = p;
		range[1] = p + (len < 64 * align ? len : 64 * align);
		if (pthread_create(&other, NULL, thread, range))
			break;
		touch(p, len, 20);
		pthread_join(other, NULL);
		break;
	}
	touch(p, len, 20);
	munmap(p, len);
}

int main(int argc, char **argv)
{
	pid_t first = getpid(), child = 1;
	uint8_t *space;
	int n;

	if (argc != 5) {
		fprintf(stderr, "usage: storm DEVICE SIZE ALIGN PROCESSES\n");
		return 2;
	}
	device = argv[1];
	size = strtoull(argv[2], NULL, 0);
	align = strtoull(argv[3], NULL, 0);
	n = atoi(argv[4]);
	catch_faults();
	/* Killing the first kills them all. */
	while (--n > 0 && (child = fork()))
		;
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != first)
			return 0;
	}
	seed = getpid();
	space = reserve(NULL);
	for (;;) {
		one_round(space);
		reserve(space);
	}
}
