// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program may do with a mapping of a map-none device, whatever its align.
 * The device starts on a 1G boundary; it is at least 3G long.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)

static const char *device, *attributes;
static uint64_t size;
static int fd;

static uint64_t attribute(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", attributes, name);
	return read_number(path);
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static void *map(void *addr, size_t len, int prot, int flags, off_t offset)
{
	void *p = mmap(addr, len, prot, flags, fd, offset);

	if (p == MAP_FAILED)
		bail("mmap of %#zx at offset %#lx", len, offset);
	return p;
}

static uint8_t *map_shared(size_t len, off_t offset)
{
	return map(NULL, len, RW, MAP_SHARED, offset);
}

/* Address space of that length where every leaf size can be placed at will. */
static uint8_t *reserve(size_t len)
{
	uint8_t *p = mmap(NULL, len + SZ_1G, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		bail("mmap of address space");
	return (uint8_t *)(((uintptr_t)p + SZ_1G - 1) & ~(SZ_1G - 1));
}

static void write_all(uint8_t *p, size_t len, uint8_t seed)
{
	for (size_t i = 0; i < len; i += SZ_4K)
		p[i] = (i >> 12) * 31 + seed;
}

static size_t wrong(const uint8_t *p, size_t len, size_t first, uint8_t seed)
{
	size_t bad = 0;

	for (size_t i = 0; i < len; i += SZ_4K)
		bad += p[i] != (uint8_t)(((first + i) >> 12) * 31 + seed);
	return bad;
}

static void test_leaves(void)
{
	uint64_t g = attribute("leaves_1g"), m = attribute("leaves_2m");
	uint64_t k = attribute("leaves_4k");
	uint8_t *p, *space;
	long before;

	p = map_shared(SZ_1G, 0);
	is((uintptr_t)p % SZ_1G, 0, "1G of a device is placed for a 1G leaf");
	before = faults();
	write_all(p, SZ_1G, 1);
	is(faults() - before, 1, "touching it all takes one fault");
	is(attribute("leaves_1g") - g, 1, "and one 1G leaf");
	munmap(p, SZ_1G);

	p = map_shared(SZ_1G, 0);
	before = faults();
	is(try_read(p + 5 * SZ_4K), 0, "a read fault works");
	is(try_write(p + 7 * SZ_4K, 8), 0, "a write after it works");
	is(faults() - before, 1, "and takes no second fault");
	p[7 * SZ_4K] = 7 * 31 + 1;
	munmap(p, SZ_1G);

	p = map_shared(2 * SZ_2M, SZ_2M);
	write_all(p, 2 * SZ_2M, 2);
	is(attribute("leaves_2m") - m, 2, "4M take two 2M leaves");
	munmap(p, 2 * SZ_2M);

	/* 2M before a 1G boundary, 1G, and 8K after it. */
	g = attribute("leaves_1g");
	m = attribute("leaves_2m");
	k = attribute("leaves_4k");
	p = map_shared(SZ_2M + SZ_1G + 2 * SZ_4K, SZ_1G - SZ_2M);
	write_all(p, SZ_2M + SZ_1G + 2 * SZ_4K, 3);
	is(attribute("leaves_2m") - m, 1, "a 2M leaf before the 1G boundary");
	is(attribute("leaves_1g") - g, 1, "a 1G leaf after it");
	is(attribute("leaves_4k") - k, 2, "4K leaves for the rest");
	munmap(p, SZ_2M + SZ_1G + 2 * SZ_4K);

	space = reserve(2 * SZ_1G);
	g = attribute("leaves_1g");
	m = attribute("leaves_2m");
	k = attribute("leaves_4k");
	p = map(space + SZ_4K, SZ_1G, RW, MAP_SHARED | MAP_FIXED, 0);
	before = faults();
	write_all(p, SZ_1G, 4);
	before = faults() - before;
	ok(before <= (long)(SZ_1G / SZ_4K / 64),
	   "1G of 4K leaves takes %ld faults, at most 1/64 of its pages", before);
	is(attribute("leaves_4k") - k, SZ_1G / SZ_4K, "every page got its 4K leaf");
	is(attribute("leaves_1g") + attribute("leaves_2m") - g - m, 0,
	   "and no larger leaf was squeezed in");
	is(wrong(p, SZ_1G, 0, 4), 0, "all of it holds what was written");
	munmap(p, SZ_1G);

	p = map(space, SZ_1G, RW, MAP_SHARED | MAP_FIXED, 0);
	is(wrong(p, SZ_1G, 0, 4), 0, "and a 1G leaf shows the same bytes");
	munmap(p, SZ_1G);

	m = attribute("leaves_2m");
	k = attribute("leaves_4k");
	p = map_shared(SZ_1G, 0);
	if (madvise(p, SZ_1G, MADV_NOHUGEPAGE))
		bail("MADV_NOHUGEPAGE");
	before = faults();
	p[3 * SZ_2M] = 1;
	is(attribute("leaves_2m") - m, 8,
	   "MADV_NOHUGEPAGE does not cost 2M leaves, and one brings 7 around it");
	is(attribute("leaves_4k") - k, 0, "and none of 4K");
	write_all(p, 8 * SZ_2M, 5);
	is(faults() - before, 1, "16M of 2M leaves take one fault");
	munmap(p, SZ_1G);
	munmap(space - 0, 2 * SZ_1G);
}

static void is_refused(const char *name, void *p, int error)
{
	int got = errno;

	ok(p == MAP_FAILED && got == error, "%s is refused with %s", name,
	   strerrorname_np(error));
	if (p != MAP_FAILED)
		printf("# it was mapped\n");
	else if (got != error)
		printf("# got %s\n", strerrorname_np(got));
}

static void test_refusals(void)
{
	uint8_t *p;

	is_refused("a private mapping that is writable",
		   mmap(NULL, SZ_2M, RW, MAP_PRIVATE, fd, 0), EINVAL);
	is_refused("an offset past the end",
		   mmap(NULL, SZ_2M, RW, MAP_SHARED, fd, size), EINVAL);
	is_refused("an offset far past the end",
		   mmap(NULL, SZ_2M, RW, MAP_SHARED, fd, 1L << 60), EINVAL);
	is_refused("a length past the end",
		   mmap(NULL, SZ_2M + SZ_4K, RW, MAP_SHARED, fd, size - SZ_2M),
		   EINVAL);
	is_refused("MAP_SYNC",
		   mmap(NULL, SZ_2M, RW, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0),
		   EOPNOTSUPP);
	p = map_shared(SZ_2M, 0);
	is_refused("growing by mremap",
		   mremap(p, SZ_2M, 2 * SZ_2M, MREMAP_MAYMOVE), EFAULT);
	ok(madvise(p, SZ_2M, MADV_DONTNEED) && errno == EINVAL,
	   "MADV_DONTNEED is refused with EINVAL");
	munmap(p, SZ_2M);
}

static void test_fork(void)
{
	uint8_t *p = map_shared(SZ_1G + SZ_2M, 0);
	pid_t pid;

	write_all(p, SZ_1G + SZ_2M, 5);
	pid = fork();
	if (!pid) {
		if (wrong(p, SZ_1G + SZ_2M, 0, 5))
			_exit(1);
		p[SZ_1G] = 99;
		_exit(0);
	}
	is(exit_status(pid), 0, "a child sees what its parent wrote");
	is(p[SZ_1G], 99, "and the parent what the child wrote");

	/* Half of a 1G leaf is kept from the child. */
	write_all(p, SZ_1G, 6);
	if (madvise(p + SZ_1G / 2, SZ_1G / 2, MADV_DONTFORK))
		bail("MADV_DONTFORK");
	pid = fork();
	if (!pid) {
		catch_faults();
		if (wrong(p, SZ_1G / 2, 0, 6))
			_exit(1);
		_exit(try_read(p + SZ_1G / 2 + SZ_4K) == SIGSEGV ? 0 : 2);
	}
	is(exit_status(pid), 0, "MADV_DONTFORK keeps half of a 1G leaf from it");
	is(wrong(p, SZ_1G, 0, 6), 0, "and the parent has all of it");
	munmap(p, SZ_1G + SZ_2M);
}

static void test_mprotect(void)
{
	uint8_t *p = map_shared(SZ_1G, 0);
	long before;

	write_all(p, SZ_1G, 7);
	if (mprotect(p, SZ_1G, PROT_READ))
		bail("mprotect");
	is(try_write(p + SZ_4K, 0), SIGSEGV, "a read-only 1G leaf refuses writes");
	is(wrong(p, SZ_1G, 0, 7), 0, "and can be read");
	mprotect(p, SZ_1G, RW);
	is(try_write(p, 7), 0, "writable again, it takes writes");
	mprotect(p + SZ_2M, SZ_4K, PROT_NONE);
	is(try_read(p + SZ_2M), SIGSEGV, "4K of a 1G leaf can be closed");
	is(try_read(p + SZ_2M - 1) + try_read(p + SZ_2M + SZ_4K), 0,
	   "with its neighbours open");
	mprotect(p + SZ_2M, SZ_4K, RW);
	is(wrong(p, SZ_1G, 0, 7), 0, "and nothing is lost");
	munmap(p, SZ_1G);

	/* CONFIG_DEBUG_VM has something to say if it comes back as it was. */
	p = map_shared(SZ_1G, 0);
	is(try_read(p), 0, "a 1G leaf is there");
	mprotect(p, SZ_1G, PROT_NONE);
	is(try_read(p), SIGSEGV, "all of it can be closed");
	mprotect(p, SZ_1G, RW);
	before = faults();
	is(try_read(p + SZ_4K), 0, "and opened again");
	is(faults() - before, 1, "it was dropped, and comes back with a fault");
	is(wrong(p, SZ_1G, 0, 7), 0, "as it was");
	munmap(p, SZ_1G);
}

static void test_munmap(void)
{
	uint8_t *p = map_shared(SZ_1G, 0);

	write_all(p, SZ_1G, 8);
	munmap(p + SZ_2M, SZ_4K);
	is(try_read(p + SZ_2M), SIGSEGV, "4K can be unmapped out of a 1G leaf");
	is(wrong(p, SZ_2M, 0, 8) +
	   wrong(p + SZ_2M + SZ_4K, SZ_1G - SZ_2M - SZ_4K, SZ_2M + SZ_4K, 8), 0,
	   "and the rest is intact");
	munmap(p, SZ_1G);
}

static void test_mremap(void)
{
	uint8_t *space = reserve(4 * SZ_1G), *p, *q;

	p = map(space, SZ_1G, RW, MAP_SHARED | MAP_FIXED, 0);
	write_all(p, SZ_1G, 9);
	q = mremap(p, SZ_1G, SZ_1G, MREMAP_MAYMOVE | MREMAP_FIXED,
		   space + 2 * SZ_1G);
	ok(q == space + 2 * SZ_1G, "a 1G leaf can be moved");
	is(try_read(p), SIGSEGV, "it is gone from its old place");
	is(wrong(q, SZ_1G, 0, 9), 0, "and intact at the new one");

	p = mremap(q, SZ_1G, SZ_1G, MREMAP_MAYMOVE | MREMAP_FIXED,
		   space + SZ_2M);
	ok(p == space + SZ_2M, "a 1G leaf can be moved to a 2M boundary");
	is(try_read(q), SIGSEGV, "it is gone from its old place");
	is(wrong(p, SZ_1G, 0, 9), 0, "and intact at the new one");
	munmap(p, SZ_1G);

	p = map(space, SZ_1G, RW, MAP_SHARED | MAP_FIXED, 0);
	is(wrong(p, SZ_1G, 0, 9), 0, "mapped once more, it is the same");
	q = mremap(p + SZ_2M, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED,
		   space + 2 * SZ_1G + SZ_4K);
	ok(q == space + 2 * SZ_1G + SZ_4K, "2M of a 1G leaf can be moved away");
	is(try_read(p + SZ_2M), SIGSEGV, "it is gone from its old place");
	is(wrong(q, SZ_2M, SZ_2M, 9) + wrong(p, SZ_2M, 0, 9) +
	   wrong(p + 2 * SZ_2M, SZ_1G - 2 * SZ_2M, 2 * SZ_2M, 9), 0,
	   "and the parts and the rest are intact");
	munmap(space, 4 * SZ_1G);
}

static void test_mlock(void)
{
	uint8_t *p = map_shared(SZ_1G, 0);

	p[0] = 1;
	is(mlock(p, SZ_2M), 0, "mlock of a part works");
	is(munlock(p, SZ_2M), 0, "munlock works");
	is(mlockall(MCL_CURRENT), 0, "mlockall works");
	munlockall();
	munmap(p, SZ_1G);
}

static void test_debuggers(void)
{
	uint8_t *p = map_shared(SZ_2M, 0), *ro, buf[64], got[64];
	int mem = open("/proc/self/mem", O_RDWR), rofd;
	off_t at = (uintptr_t)p;
	pid_t pid;
	long word;

	memset(p, 0x5a, SZ_2M);
	is(pread(mem, got, 64, at + SZ_4K - 32), 64, "/proc/PID/mem can be read");
	is(got[0] + got[63], 2 * 0x5a, "and shows the memory");
	memset(buf, 0xa5, sizeof(buf));
	is(pwrite(mem, buf, 64, at + SZ_4K - 32), 64, "it can be written");
	is(memcmp(p + SZ_4K - 32, buf, 64), 0, "and changes the memory");

	rofd = open(device, O_RDONLY);
	ro = mmap(NULL, SZ_2M, PROT_READ, MAP_SHARED, rofd, 0);
	if (ro == MAP_FAILED)
		bail("read-only mapping");
	is(pread(mem, got, 1, (uintptr_t)ro), 1, "a read-only mapping can be read");
	ok(pwrite(mem, buf, 1, (uintptr_t)ro) < 0,
	   "but not written through /proc/PID/mem");
	is_refused("a writable mapping of a file open for reading",
		   mmap(NULL, SZ_2M, RW, MAP_SHARED, rofd, 0), EACCES);
	close(rofd);
	close(mem);

	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(p[16] == 0x77 ? 0 : 1);
	}
	waitpid(pid, NULL, 0);
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, p + 8, NULL);
	ok(!errno && (uint8_t)word == 0x5a, "ptrace can peek");
	is(ptrace(PTRACE_POKEDATA, pid, p + 16, (void *)0x7777777777777777), 0,
	   "ptrace can poke");
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	is(exit_status(pid), 0, "and the traced process sees it");
	munmap(ro, SZ_2M);
	munmap(p, SZ_2M);
}

static void test_gup(const char *disk)
{
	uint8_t *p = map_shared(SZ_2M, 0), *plain;
	struct iovec local, remote = { p, SZ_4K };
	int file = open(disk, O_RDWR | O_DIRECT);

	if (file < 0)
		bail("%s", disk);
	p[0] = 1;
	ok(pwrite(file, p, SZ_4K, 0) < 0 && errno == EFAULT,
	   "O_DIRECT from the memory gives EFAULT");
	ok(pread(file, p, SZ_4K, 0) < 0 && errno == EFAULT,
	   "O_DIRECT into it gives EFAULT");
	close(file);
	plain = malloc(SZ_4K);
	local = (struct iovec){ plain, SZ_4K };
	ok(process_vm_readv(getpid(), &local, 1, &remote, 1, 0) < 0 &&
	   errno == EFAULT, "process_vm_readv() gives EFAULT");

	file = open(disk, O_RDWR);
	is(pwrite(file, p, SZ_4K, 0), SZ_4K, "buffered writes from it work");
	is(pread(file, p + SZ_4K, SZ_4K, 0), SZ_4K, "buffered reads into it work");
	is(memcmp(p, p + SZ_4K, SZ_4K), 0, "and move the bytes");
	close(file);
	free(plain);
	munmap(p, SZ_2M);
}

static void read_all(const char *path)
{
	FILE *f = fopen(path, "r");

	if (!f)
		bail("%s", path);
	while (fgetc(f) != EOF)
		;
	fclose(f);
}

static void test_smaps(void)
{
	long before;
	uint8_t *p = map_shared(SZ_1G, 0);
	unsigned long start = 0, kb = 0;
	char line[512], flags[256] = "";
	bool inside = false;
	FILE *f;

	p[0] = 1;
	f = fopen("/proc/self/smaps", "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-", &start) == 1 && strchr(line, '-'))
			inside = start == (uintptr_t)p;
		if (!inside)
			continue;
		sscanf(line, "KernelPageSize: %lu kB", &kb);
		sscanf(line, "VmFlags: %255[^\n]", flags);
	}
	fclose(f);
	read_all("/proc/self/smaps_rollup");
	read_all("/proc/self/numa_maps");
	before = faults();
	is(try_read(p + SZ_1G - 1), 0, "after smaps and numa_maps it can be read");
	is(faults() - before, 0, "and reading them has cost no leaf");
	is(kb, SZ_1G >> 10, "smaps gives the leaf size as KernelPageSize");
	ok(strstr(flags, " pf ") && strstr(flags, " io ") &&
	   strstr(flags, " de ") && strstr(flags, " dd "),
	   "the mapping is PFNMAP, IO, DONTEXPAND, DONTDUMP: %s", flags);
	munmap(p, SZ_1G);
}

/* The kernel's own dump of our page table, where the kernel offers it. */
static void test_write_back(void)
{
	static const char dump[] = "/sys/kernel/debug/page_tables/current_user";
	uint8_t *space = reserve(2 * SZ_1G), *p, *q;
	unsigned long start, end;
	int leaves = 0, cached = 0;
	char line[256];
	FILE *f = fopen(dump, "r");

	if (!f)
		return;
	p = map(space, SZ_1G, RW, MAP_SHARED | MAP_FIXED, 0);
	q = map(space + SZ_1G + SZ_4K, SZ_2M, RW, MAP_SHARED | MAP_FIXED, SZ_2M);
	p[0] = 1;
	q[0] = 1;
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "0x%lx-0x%lx", &start, &end) != 2 ||
		    end <= (uintptr_t)p || start >= (uintptr_t)q + SZ_2M ||
		    !strstr(line, "USR"))
			continue;
		leaves++;
		cached += !strstr(line, "PCD") && !strstr(line, "PWT") &&
			  !strstr(line, "PAT");
		printf("# %s", line);
	}
	fclose(f);
	ok(leaves && leaves == cached, "every leaf is write-back in the page table");
	munmap(space, 2 * SZ_1G);
}

#define THREADS	64

static void *thread_faults(void *arg)
{
	uint8_t *p = arg;
	unsigned int seed = (uintptr_t)pthread_self() >> 12;

	for (int i = 0; i < 2000; i++)
		__atomic_fetch_add((uint32_t *)(p + (rand_r(&seed) % (SZ_1G / SZ_4K)) *
						SZ_4K), 1, __ATOMIC_RELAXED);
	return NULL;
}

static void test_threads(const char *name, size_t skew)
{
	uint8_t *space = reserve(2 * SZ_1G), *p;
	pthread_t threads[THREADS];
	uint64_t sum = 0;

	p = map(space + skew, SZ_1G, RW, MAP_SHARED | MAP_FIXED, 2 * SZ_1G);
	for (size_t i = 0; i < SZ_1G; i += SZ_4K)
		*(uint32_t *)(p + i) = 0;
	munmap(p, SZ_1G);
	p = map(space + skew, SZ_1G, RW, MAP_SHARED | MAP_FIXED, 2 * SZ_1G);
	for (int i = 0; i < THREADS; i++) {
		errno = pthread_create(&threads[i], NULL, thread_faults, p);
		if (errno)
			bail("pthread_create, %d", i);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < SZ_1G; i += SZ_4K)
		sum += *(uint32_t *)(p + i);
	is(sum, THREADS * 2000, name);
	munmap(space, 2 * SZ_1G);
}

static void test_soft_dirty(void)
{
	int refs = open("/proc/self/clear_refs", O_WRONLY);
	uint8_t *p;
	long before;

	if (refs < 0 || write(refs, "4", 1) != 1) {
		/* The kernel does not track soft-dirty pages. */
		close(refs);
		return;
	}
	p = map_shared(SZ_1G, 0);
	before = faults();
	p[0] = 1;
	p[SZ_2M] = 1;
	ok(faults() - before <= 1, "soft-dirty tracking costs no second fault");
	close(refs);
	munmap(p, SZ_1G);
}

/* Bytes of leaves as large as align, installed so far. */
static uint64_t leaves_of(size_t align)
{
	return attribute(align == SZ_1G ? "leaves_1g" : "leaves_2m");
}

/*
 * The parts that vhost-user backends map of a guest with a VGA card: its memory has
 * a hole from 640K to 768K.
 */
static void test_parts(size_t align)
{
	uint64_t before = leaves_of(align);
	size_t low = 0xa0000, hole = 0xc0000;
	uint8_t *p, *q;

	p = map_shared(low, 0);
	q = map_shared(2 * align - hole, hole);
	is(wrong(p, low, 0, 11) + wrong(q, 2 * align - hole, hole, 11), 0,
	   "parts that are not multiples of align can be mapped");
	is(leaves_of(align) - before, 1, "and have leaves of that size where one fits");
	munmap(p, low);
	munmap(q, 2 * align - hole);
}

/* align is what users are told, and binds nobody. */
static void test_align(size_t align)
{
	uint8_t *space = reserve(4 * SZ_1G), *p, *q;
	size_t half = align / 2;

	p = map_shared(2 * align, 0);
	write_all(p, 2 * align, 11);
	munmap(p, 2 * align);

	p = map_shared(align, half);
	is(wrong(p, align, half, 11), 0, "half of align is an offset");
	munmap(p, align);
	p = map(space + half, align, RW, MAP_SHARED | MAP_FIXED, 0);
	is(wrong(p, align, 0, 11), 0, "and an address");
	test_parts(align);
	munmap(space, 4 * SZ_1G);
	p = map(space + half + SZ_4K, align, RW, MAP_SHARED, 0);
	ok(p == space + half + SZ_4K, "and so is a hint");
	munmap(p, align);

	p = map_shared(2 * align, 0);
	p[align] = 11;
	is(munmap(p, half), 0, "half of it can be unmapped");
	is(mprotect(p + align, SZ_4K, PROT_READ), 0, "a page can be protected");
	is(try_write(p + align, 0), SIGSEGV, "and is");
	is(wrong(p + half, 2 * align - half, half, 11), 0, "and nothing else happens");
	q = mremap(p + align, half + SZ_4K, half + SZ_4K, MREMAP_MAYMOVE | MREMAP_FIXED,
		   space + SZ_4K);
	/* Its first page is a mapping of its own, and mremap() wants one. */
	ok(q == MAP_FAILED && errno == EFAULT, "two mappings cannot be moved at once");
	q = mremap(p + align + SZ_4K, half, half, MREMAP_MAYMOVE | MREMAP_FIXED,
		   space + SZ_2M);
	ok(q == space + SZ_2M, "half of it can be moved to any page");
	is(wrong(q, half, align + SZ_4K, 11) + wrong(p + half, half, half, 11), 0,
	   "and all is intact");
	is(try_read(p + align + SZ_4K), SIGSEGV, "and gone from the old place");
	munmap(q, half);
	munmap(p + half, 2 * align - half);
}

static const char usage[] =
	"usage: map-test DEVICE SYSFS-DIRECTORY DISK\n"
	"       map-test DEVICE SYSFS-DIRECTORY\n"
	"The latter tests only what the device's align has no say in.\n";

int main(int argc, char **argv)
{
	if (argc < 3 || argc > 4) {
		fputs(usage, stderr);
		return 2;
	}
	device = argv[1];
	attributes = argv[2];
	size = attribute("size");
	fd = open(device, O_RDWR);
	if (fd < 0)
		bail("%s", device);
	catch_faults();
	if (argc == 3) {
		test_align(attribute("align"));
		return done_testing();
	}

	test_leaves();
	test_refusals();
	test_fork();
	test_mprotect();
	test_munmap();
	test_mremap();
	test_mlock();
	test_debuggers();
	test_gup(argv[3]);
	test_smaps();
	test_write_back();
	test_soft_dirty();
	test_threads("64 threads fault the same 1G at once", 0);
	test_threads("64 threads fault the same 4K leaves at once", SZ_4K);
	return done_testing();
}
