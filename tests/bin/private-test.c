// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private mappings of such memory: they show it, and nobody writes through them, not
 * even those who may write to what is read-only.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)
/* A leaf of each size. */
#define LEN	(SZ_1G + SZ_2M + SZ_4K)

static uint8_t *shared;

static uint8_t *map(int fd, int prot, int flags)
{
	uint8_t *p = mmap(NULL, LEN, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		bail("mmap of %#lx bytes", LEN);
	return p;
}

/* A byte of each page, by its number. */
static uint8_t value(size_t at)
{
	return (at >> 12) * 31 + 17;
}

static size_t wrong(const uint8_t *p, size_t from, size_t to)
{
	size_t bad = 0;

	for (size_t at = from; at < to; at += SZ_4K)
		bad += p[at] != value(at);
	return bad;
}

static void test_refusals(int fd, uint8_t *p)
{
	ok(mmap(NULL, LEN, RW, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EINVAL,
	   "a private mapping that is writable is refused with EINVAL");
	ok(mprotect(p, LEN, RW) && errno == EACCES,
	   "and becomes none later: EACCES");
	ok(mprotect(p + SZ_2M, SZ_4K, PROT_WRITE) && errno == EACCES, "nor does a page of it");
	ok(pkey_mprotect(p, LEN, RW, -1) && errno == EACCES, "nor by pkey_mprotect()");
	is(try_write(p, 0), SIGSEGV, "a store gives SIGSEGV");
	is(try_write(p + SZ_1G, 0), SIGSEGV, "at every leaf");
}

/* What a debugger gets past read-only private memory elsewhere: a copy is made. */
static void test_forced(uint8_t *p)
{
	struct iovec local, remote = { p, 1 };
	int mem = open("/proc/self/mem", O_RDWR);
	uint8_t byte = value(0) + 1;
	pid_t pid;

	is(pread(mem, &byte, 1, (uintptr_t)p), 1, "/proc/PID/mem can read it");
	is(byte, value(0), "and shows the memory");
	byte++;
	ok(pwrite(mem, &byte, 1, (uintptr_t)p) < 0, "but not write to it");
	close(mem);
	local = (struct iovec){ &byte, 1 };
	ok(process_vm_writev(getpid(), &local, 1, &remote, 1, 0) < 0 && errno == EFAULT,
	   "nor can process_vm_writev()");
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	errno = 0;
	ok((uint8_t)ptrace(PTRACE_PEEKDATA, pid, p + SZ_1G, NULL) == value(SZ_1G) && !errno,
	   "ptrace can peek");
	ok(ptrace(PTRACE_POKEDATA, pid, p + SZ_1G, (void *)0) < 0, "but not poke");
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	is(exit_status(pid), 0, "and the traced process goes on");
	is(wrong(shared, 0, LEN), 0, "the memory is as it was");
}

static void test_children(uint8_t *p)
{
	pid_t pid;

	/* fork() shall find nothing to copy, whatever madvise() does. */
	if (madvise(p, LEN, MADV_KEEPONFORK))
		bail("MADV_KEEPONFORK");
	pid = fork();
	if (!pid) {
		pid = fork();
		if (pid)
			_exit(exit_status(pid));
		if (wrong(p, 0, LEN))
			_exit(1);
		if (!mprotect(p, LEN, RW) || try_write(p, 0) != SIGSEGV)
			_exit(2);
		shared[1] = 0x55;
		_exit(p[1] == 0x55 ? 0 : 3);
	}
	is(exit_status(pid), 0, "a grandchild sees the memory, and may do no more");
	is(p[1], 0x55, "and what it writes elsewhere is seen here");
}

static void test_parts(uint8_t *p)
{
	uint8_t *q;

	is(mprotect(p + SZ_2M, SZ_4K, PROT_NONE), 0, "a page can be closed");
	is(try_read(p + SZ_2M), SIGSEGV, "and is");
	is(mprotect(p + SZ_2M, SZ_4K, PROT_READ), 0, "and opened again");
	munmap(p + 2 * SZ_2M, SZ_4K);
	q = mremap(p + 3 * SZ_2M, SZ_2M, SZ_2M, MREMAP_MAYMOVE | MREMAP_FIXED,
		   p + SZ_1G);
	ok(q == p + SZ_1G, "2M of a 1G leaf can be moved over others");
	is(wrong(p, 0, 2 * SZ_2M) + wrong(p, 2 * SZ_2M + SZ_4K, 3 * SZ_2M) +
	   wrong(p, 4 * SZ_2M, SZ_1G) + wrong(q - 3 * SZ_2M, 3 * SZ_2M, 4 * SZ_2M), 0,
	   "and every part shows what it did");
}

/* The memory of a file can go while it is mapped. */
static void test_truncated(int fd)
{
	uint8_t *p = map(fd, PROT_READ, MAP_PRIVATE);

	is(try_read(p), 0, "a private mapping of a file");
	if (ftruncate(fd, 0))
		bail("ftruncate");
	is(try_read(p), SIGBUS, "gives SIGBUS when the file is truncated");
	if (ftruncate(fd, LEN))
		bail("ftruncate");
	is(try_read(p), 0, "and shows what it has");
	is(p[0], 0, "as soon as it has it");
	munmap(p, LEN);
}

int main(int argc, char **argv)
{
	struct stat st;
	uint8_t *p;
	int fd, rofd;

	if (argc != 2) {
		fputs("usage: private-test FILE\n", stderr);
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	rofd = open(argv[1], O_RDONLY);
	if (fd < 0 || rofd < 0 || fstat(fd, &st))
		bail("%s", argv[1]);
	catch_faults();
	shared = map(fd, RW, MAP_SHARED);
	p = mmap(NULL, LEN, PROT_READ, MAP_PRIVATE, fd, 0);
	if (!ok(p != MAP_FAILED, "a private mapping can be read-only"))
		return done_testing();
	is(try_read(p), 0, "it can be read");
	for (size_t at = 0; at < LEN; at += SZ_4K)
		shared[at] = value(at);
	is(wrong(p, 0, LEN), 0, "and shows what others write, then and later");
	test_refusals(fd, p);
	test_forced(p);
	test_children(p);
	test_parts(p);
	munmap(p, LEN);

	p = map(rofd, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	is(wrong(p, 0, LEN), 0, "a file that was opened for reading can be mapped so");
	ok(mprotect(p, LEN, RW) && errno == EACCES, "and no other way either");
	munmap(p, LEN);
	if (S_ISREG(st.st_mode))
		test_truncated(fd);
	return done_testing();
}
