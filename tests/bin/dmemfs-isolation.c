// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process without privilege that has one file tries to reach anything else of
 * the device, while a neighbour keeps secrets in the same pool.
 *
 * usage: dmemfs-isolation DIRECTORY SIZE SECONDS
 * SIZE is what each of the two may have at most, in bytes; a multiple of 4M.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#define NOBODY	65534
#define RW	(PROT_READ | PROT_WRITE)
#define SECRET	0x5ec2e75ec2e75ec2ull

static size_t size;
static double deadline;
static int file, mem;
static uint8_t *view;
static __thread sigjmp_buf env;
static __thread volatile sig_atomic_t armed;
static volatile unsigned long seen, looks, faults, resizes;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void on_fault(int sig)
{
	if (!armed)
		_exit(128 + sig);
	siglongjmp(env, sig);
}

/* Look at a word; true if it could be read. */
static bool look(const volatile uint64_t *p, uint64_t *word)
{
	if (sigsetjmp(env, 1)) {
		armed = 0;
		faults++;
		return false;
	}
	armed = 1;
	*word = *p;
	armed = 0;
	return true;
}

static bool put(volatile uint64_t *p, uint64_t word)
{
	if (sigsetjmp(env, 1)) {
		armed = 0;
		faults++;
		return false;
	}
	armed = 1;
	*p = word;
	armed = 0;
	return true;
}

/* A page of our view, and of what may be behind it. */
static size_t any_page(unsigned int *rng, size_t limit)
{
	return (size_t)rand_r(rng) % (limit / SZ_4K) * SZ_4K;
}

static void judge(uint64_t word)
{
	looks++;
	if (word >> 16 == SECRET >> 16)
		seen++;
}

static void *reader(void *arg)
{
	unsigned int rng = (uintptr_t)arg;
	uint64_t word;

	while (now() < deadline)
		for (int i = 0; i < 256; i++)
			if (look((void *)(view + any_page(&rng, size)), &word))
				judge(word);
	return NULL;
}

static void *writer(void *arg)
{
	unsigned int rng = (uintptr_t)arg;

	while (now() < deadline)
		for (int i = 0; i < 64; i++)
			put((void *)(view + any_page(&rng, size)), rng);
	return NULL;
}

static void *resizer(void *arg)
{
	unsigned int rng = (uintptr_t)arg;

	while (now() < deadline) {
		size_t at = any_page(&rng, size);

		resizes++;
		switch (rand_r(&rng) % 4) {
		case 0:
			if (ftruncate(file, at))
				return (void *)1;
			break;
		case 1:
			if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				      at, size / 4))
				return (void *)1;
			break;
		case 2:
			madvise(view + at, size - at, MADV_REMOVE);
			break;
		}
		/* The neighbour may have all that is left. */
		if (ftruncate(file, size) ||
		    (fallocate(file, 0, 0, size) && errno != ENOSPC))
			return (void *)1;
	}
	return NULL;
}

/* Maps the file once more, moves and grows that, and looks behind it. */
static void *mover(void *arg)
{
	unsigned int rng = (uintptr_t)arg;
	uint64_t word;

	while (now() < deadline) {
		size_t at = any_page(&rng, size - SZ_2M);
		uint8_t *p = mmap(NULL, SZ_2M, RW, MAP_SHARED, file, at), *q;

		if (p == MAP_FAILED)
			return (void *)1;
		look((void *)p, &word);
		q = mremap(p, SZ_2M, 2 * size, MREMAP_MAYMOVE);
		if (q != MAP_FAILED)
			return (void *)2;
		q = mremap(p, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED,
			   p + 64 * SZ_1G);
		if (q != MAP_FAILED)
			p = q;
		for (size_t i = 0; i < SZ_2M; i += SZ_4K)
			if (look((void *)(p + i), &word))
				judge(word);
		munmap(p, SZ_2M);
	}
	return NULL;
}

/* As a debugger of itself. */
static void *debugger(void *arg)
{
	unsigned int rng = (uintptr_t)arg;
	uint64_t word;

	while (now() < deadline) {
		uint8_t *p = view + any_page(&rng, size);
		struct iovec to = { &word, sizeof(word) }, from = { p, sizeof(word) };

		if (pread(mem, &word, sizeof(word), (uintptr_t)p) == sizeof(word))
			judge(word);
		word = rng;
		if (pwrite(mem, &word, sizeof(word), (uintptr_t)p) < 0 && errno == EBADF)
			return (void *)1;
		if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof(word))
			judge(word);
		if (pread(file, &word, sizeof(word), p - view) == sizeof(word))
			judge(word);
	}
	return NULL;
}

static uint8_t *map_file(int prot, size_t len, off_t at)
{
	uint8_t *p = mmap(NULL, len, prot, MAP_SHARED, file, at);

	if (p == MAP_FAILED)
		bail("mmap");
	return p;
}

static void stale(void)
{
	uint8_t *p = map_file(RW, size, 0);
	uint64_t word;

	if (ftruncate(file, size) || !put((void *)p, 1))
		bail("no memory to begin with");
	ok(mremap(p, size, 2 * size, 0) == MAP_FAILED, "a mapping does not grow");
	ok(ftruncate(file, 0) == 0 && !look((void *)p, &word),
	   "after truncate() it gives SIGBUS");
	is(pread(mem, &word, 8, (uintptr_t)p), -1, "for /proc/PID/mem too");
	ok(ftruncate(file, size) == 0 && look((void *)p, &word) && !word,
	   "and zeroes when the file grows again");
	munmap(p, size);

	p = map_file(RW, SZ_2M, size);
	ok(!look((void *)p, &word), "there is nothing behind the end");
	is(pread(mem, &word, 8, (uintptr_t)p), -1, "for /proc/PID/mem neither");
	is(pwrite(mem, &word, 8, (uintptr_t)p), -1, "in any direction");
	munmap(p, SZ_2M);
	ok(mmap(NULL, SZ_4K, RW, MAP_SHARED, file, -SZ_4K) == MAP_FAILED,
	   "nor before the beginning");
}

static void read_only(const char *path)
{
	uint64_t word = 1;
	uint8_t *p;
	int fd = file;

	file = open(path, O_RDONLY);
	if (file < 0)
		bail("%s", path);
	p = map_file(PROT_READ, SZ_4K, 0);
	is(mprotect(p, SZ_4K, RW), -1, "a file open for reading is not written");
	is(pwrite(mem, &word, 8, (uintptr_t)p), -1, "not through /proc/PID/mem either");
	munmap(p, SZ_4K);
	close(file);
	file = fd;
}

static int attack(const char *path)
{
	void *(*const jobs[])(void *) = { reader, reader, writer, resizer, mover, debugger };
	const int n = sizeof(jobs) / sizeof(*jobs);
	pthread_t threads[n];
	void *result;
	bool good = true;

	if (setgid(NOBODY) || setuid(NOBODY))
		bail("setuid");
	signal(SIGBUS, on_fault);
	/* A process that changes its user may not look at itself otherwise. */
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
	mem = open("/proc/self/mem", O_RDWR);
	file = open(path, O_RDWR);
	if (file < 0)
		bail("%s", path);
	if (mem < 0)
		bail("/proc/self/mem");
	stale();
	read_only(path);
	view = map_file(RW, size, 0);
	for (int i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, jobs[i], (void *)(uintptr_t)(i + 1));
	for (int i = 0; i < n; i++) {
		pthread_join(threads[i], &result);
		if (result)
			printf("# job %d ended with %ld\n", i, (long)result);
		good &= !result;
	}
	ok(good, "all attempts were made");
	is(seen, 0, "no secret was seen");
	printf("# %lu words read, %lu SIGBUS, %lu changes of size\n", looks, faults,
	       resizes);
	ok(looks && faults && resizes, "though much was read and much was gone");
	return tap_failed != 0;
}

/* Keeps secrets, and finds them as it left them. */
static int neighbour(const char *path)
{
	unsigned int rng = 4711;

	for (unsigned long round = 1; now() < deadline; round++) {
		size_t len = any_page(&rng, size) + SZ_4K;
		uint64_t *p;

		file = open(path, O_RDWR | O_CREAT, 0600);
		if (file < 0)
			return 1;
		if (fallocate(file, 0, 0, len)) {
			if (errno != ENOSPC)
				return 2;
			ftruncate(file, 0) ? exit(3) : close(file);
			continue;
		}
		p = (uint64_t *)map_file(RW, len, 0);
		for (size_t i = 0; i < len / 8; i += SZ_4K / 8) {
			if (p[i])
				return 4;
			p[i] = (SECRET & ~0xffffull) | (round & 0xffff);
		}
		for (size_t i = 0; i < len / 8; i += SZ_4K / 8)
			if (p[i] != ((SECRET & ~0xffffull) | (round & 0xffff)))
				return 5;
		munmap(p, len);
		if (round % 2 ? ftruncate(file, 0) : unlink(path))
			return 6;
		close(file);
	}
	return 0;
}

int main(int argc, char **argv)
{
	char path[256];
	pid_t other;
	int status, rc;

	if (argc != 4) {
		fprintf(stderr, "usage: dmemfs-isolation DIRECTORY SIZE SECONDS\n");
		return 2;
	}
	size = strtoull(argv[2], NULL, 0);
	deadline = now() + atof(argv[3]);
	snprintf(path, sizeof(path), "%s/mine", argv[1]);
	file = open(path, O_RDWR | O_CREAT, 0600);
	if (file < 0 || fchown(file, NOBODY, NOBODY))
		bail("%s", path);
	close(file);
	other = fork();
	if (!other) {
		snprintf(path, sizeof(path), "%s/theirs", argv[1]);
		_exit(neighbour(path));
	}
	fflush(stdout);
	rc = attack(path);
	if (waitpid(other, &status, 0) != other)
		bail("waitpid");
	is(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), 0,
	   "the neighbour found its secrets as it left them");
	return done_testing() | rc;
}
