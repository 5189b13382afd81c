// SPDX-License-Identifier: GPL-2.0-only
/* Making, changing, moving and undoing mappings. */
#include "table.h"

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE	0x08
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP	4
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ	22
#endif
#define SYS_MSEAL	462

static long map_again(struct area *a, long flags)
{
	uint8_t *p = mmap(NULL, a->len, RW, flags, a->fd, a->offset);

	if (p == MAP_FAILED)
		return -1;
	switch (try_write(p + SZ_4K + 512, 1)) {
	case 0:
		return 0;
	case SIGBUS:
		return say("0, SIGBUS at a touch");
	default:
		return say("0, SIGSEGV at a touch");
	}
}

/* What is private and read-only needs no copy, as long as it stays so. */
static long map_to_read(struct area *a, long prot)
{
	uint8_t *p = mmap(NULL, a->len, PROT_READ, MAP_PRIVATE, a->fd, a->offset);

	if (p == MAP_FAILED)
		return -1;
	if (*(uint64_t *)(p + 64) != *(uint64_t *)(a->p + 64))
		return say("0, other bytes");
	return prot ? mprotect(p, SZ_4K, prot) : 0;
}

/* Over the second page: a leaf is torn. */
static long map_over(struct area *a, long what)
{
	size_t at = what & 1 ? a->len / 2 : SZ_4K;
	uint8_t *p;

	if (what & 2)
		p = mmap(a->p + at, SZ_4K, RW, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else
		p = mmap(a->p + at, SZ_4K, RW, MAP_FIXED | MAP_SHARED, a->fd,
			 a->offset + at);
	if (p == MAP_FAILED)
		return -1;
	return try_write(p + 512, 1);
}

static long unmap(struct area *a, long where)
{
	size_t at[] = { 0, SZ_4K, a->len / 2, a->len - SZ_4K };

	return munmap(a->p + at[where], SZ_4K);
}

/* All of it, or the second page. */
#define PART	0x100

static uint8_t *start_of(struct area *a, long arg)
{
	return arg & PART ? a->page : a->p;
}

static size_t length_of(struct area *a, long arg)
{
	return arg & PART ? SZ_4K : a->len;
}

static long protect(struct area *a, long arg)
{
	return mprotect(start_of(a, arg), length_of(a, arg), arg & 0xff);
}

static long protect_and_back(struct area *a, long arg)
{
	if (protect(a, arg))
		return -1;
	return mprotect(start_of(a, arg), length_of(a, arg), RW);
}

static long protect_by_key(struct area *a, long arg)
{
	int pkey = pkey_alloc(0, arg & 1 ? PKEY_DISABLE_ACCESS : 0);
	long ret;

	if (pkey < 0)
		return say("no keys");
	ret = pkey_mprotect(start_of(a, arg), length_of(a, arg), RW, pkey);
	/* The other processor state of a signal handler would forget it. */
	pkey_set(pkey, 0);
	return ret;
}

#define TO_4K		1
#define TO_2M		2
#define TO_1G		4

static uint8_t *somewhere(long arg)
{
	uint8_t *p = mmap(NULL, 4 * SZ_1G, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	p = (uint8_t *)(((uintptr_t)p + SZ_1G - 1) & ~(SZ_1G - 1));
	if (arg & TO_4K)
		p += 3 * SZ_4K;
	if (arg & TO_2M)
		p += 3 * SZ_2M;
	return p;
}

static long move(struct area *a, long arg)
{
	uint64_t first = *(uint64_t *)(start_of(a, arg) + 64);
	uint8_t *q = mremap(start_of(a, arg), length_of(a, arg), length_of(a, arg),
			    MREMAP_MAYMOVE | MREMAP_FIXED, somewhere(arg));

	if (q == MAP_FAILED)
		return -1;
	if (try_read(q + 64))
		return say("0, a signal at the new place");
	if (*(uint64_t *)(q + 64) != first)
		return say("0, other bytes at the new place");
	return 0;
}

static long move_and_keep(struct area *a, long arg)
{
	uint8_t *q = mremap(start_of(a, arg), length_of(a, arg), length_of(a, arg),
			    MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);

	return q == MAP_FAILED ? -1 : 0;
}

static long duplicate(struct area *a, long arg)
{
	(void)arg;
	return mremap(a->p, 0, a->len, MREMAP_MAYMOVE, NULL) == MAP_FAILED ? -1 : 0;
}

static long resize(struct area *a, long arg)
{
	size_t len = arg > 0 ? 2 * a->len : a->len - SZ_4K;

	return mremap(a->p, a->len, len, arg > 1 ? MREMAP_MAYMOVE : 0) == MAP_FAILED ? -1 : 0;
}

static long remap_pages(struct area *a, long arg)
{
	size_t at = a->offset / SZ_4K + (arg & PART ? a->len / SZ_4K / 2 : 0);

	return syscall(SYS_remap_file_pages, start_of(a, arg), length_of(a, arg), 0, at, 0);
}

static long lock(struct area *a, long arg)
{
	return syscall(SYS_mlock2, start_of(a, arg), length_of(a, arg), arg & 1);
}

static long unlock(struct area *a, long arg)
{
	return munlock(start_of(a, arg), length_of(a, arg));
}

static long lock_all(struct area *a, long arg)
{
	(void)a;
	if (mlockall(arg))
		return -1;
	return munlockall();
}

static long sync_it(struct area *a, long arg)
{
	return msync(start_of(a, arg), length_of(a, arg), arg & 0xff);
}

static long in_core(struct area *a, long arg)
{
	static unsigned char vector[SZ_1G / SZ_4K];
	long in = 0;

	if (mincore(start_of(a, arg), length_of(a, arg), vector))
		return -1;
	for (size_t i = 0; i < length_of(a, arg) / SZ_4K; i++)
		in += vector[i] & 1;
	return say(in == (long)(length_of(a, arg) / SZ_4K) ? "all" : in ? "some" : "none");
}

static long seal(struct area *a, long arg)
{
	if (syscall(SYS_MSEAL, start_of(a, arg), length_of(a, arg), 0))
		return -1;
	if (!munmap(start_of(a, arg), length_of(a, arg)))
		return say("0, and can be unmapped");
	return 0;
}

static long fork_it(struct area *a, long arg)
{
	uint64_t first = *(uint64_t *)(a->p + 64);
	pid_t pid;

	(void)arg;
	pid = fork();
	if (!pid)
		_exit(try_read(a->p + 64) ? 1 : *(uint64_t *)(a->p + 64) != first);
	return exit_status(pid);
}

static const struct row rows[] = {
	{ "mmap(MAP_SHARED)", map_again, MAP_SHARED, ROW_WRITES },
	{ "mmap(MAP_SHARED_VALIDATE)", map_again, MAP_SHARED_VALIDATE, ROW_WRITES },
	{ "mmap(MAP_PRIVATE)", map_again, MAP_PRIVATE, 0 },
	{ "mmap(MAP_PRIVATE) with PROT_READ alone", map_to_read, 0, 0 },
	{ "mprotect(PROT_WRITE) of a page of that", map_to_read, RW, 0 },
	{ "mmap(MAP_SYNC)", map_again, MAP_SHARED_VALIDATE | MAP_SYNC, 0 },
	{ "mmap(MAP_DROPPABLE)", map_again, MAP_DROPPABLE, 0 },
	{ "mmap(MAP_POPULATE)", map_again, MAP_SHARED | MAP_POPULATE, ROW_WRITES },
	{ "mmap(MAP_POPULATE, MAP_NONBLOCK)", map_again,
	  MAP_SHARED | MAP_POPULATE | MAP_NONBLOCK, ROW_WRITES },
	{ "mmap(MAP_LOCKED)", map_again, MAP_SHARED | MAP_LOCKED, ROW_WRITES },
	{ "mmap(MAP_GROWSDOWN)", map_again, MAP_SHARED | MAP_GROWSDOWN, ROW_WRITES },
	{ "mmap(MAP_HUGETLB)", map_again, MAP_SHARED | MAP_HUGETLB, ROW_WRITES },
	{ "mmap(MAP_NORESERVE)", map_again, MAP_SHARED | MAP_NORESERVE, ROW_WRITES },
	{ "mmap(MAP_32BIT)", map_again, MAP_SHARED | MAP_32BIT, ROW_WRITES },
	{ "mmap(MAP_FIXED) of the same over a page", map_over, 0, ROW_WRITES },
	{ "mmap(MAP_FIXED) of the same over a page in the middle", map_over, 1, ROW_WRITES },
	{ "mmap(MAP_FIXED) of ordinary memory over a page", map_over, 2, ROW_WRITES },
	{ "munmap() of the first page", unmap, 0, ROW_CHANGES },
	{ "munmap() of the second page", unmap, 1, ROW_CHANGES },
	{ "munmap() of a page in the middle", unmap, 2, ROW_CHANGES },
	{ "munmap() of the last page", unmap, 3, ROW_CHANGES },
	{ "mprotect(PROT_READ)", protect_and_back, PROT_READ, 0 },
	{ "mprotect(PROT_NONE)", protect_and_back, PROT_NONE, 0 },
	{ "mprotect(PROT_EXEC)", protect_and_back, RW | PROT_EXEC, 0 },
	{ "mprotect(PROT_READ) of a page", protect_and_back, PROT_READ | PART, 0 },
	{ "mprotect(PROT_NONE) of a page", protect_and_back, PROT_NONE | PART, 0 },
	{ "mprotect(PROT_NONE) for good", protect, PROT_NONE, 0 },
	{ "mprotect(PROT_GROWSDOWN)", protect, RW | (PROT_GROWSDOWN & 0xff), 0 },
	{ "pkey_mprotect()", protect_by_key, 0, 0 },
	{ "pkey_mprotect() of a page", protect_by_key, PART, 0 },
	{ "pkey_mprotect() without access", protect_by_key, 1, 0 },
	{ "mremap(MREMAP_FIXED) to a multiple of 1G", move, TO_1G, 0 },
	{ "mremap(MREMAP_FIXED) to a multiple of 2M", move, TO_2M, 0 },
	{ "mremap(MREMAP_FIXED) to a multiple of 4K", move, TO_4K, 0 },
	{ "mremap(MREMAP_FIXED) of a page", move, TO_4K | PART, 0 },
	{ "mremap(MREMAP_DONTUNMAP)", move_and_keep, 0, 0 },
	{ "mremap() from length 0", duplicate, 0, 0 },
	{ "mremap() to a smaller size", resize, 0, ROW_CHANGES },
	{ "mremap() to a larger size", resize, 1, 0 },
	{ "mremap(MREMAP_MAYMOVE) to a larger size", resize, 2, 0 },
	{ "remap_file_pages()", remap_pages, 0, 0 },
	{ "remap_file_pages() of a page", remap_pages, PART, ROW_WRITES },
	{ "mlock()", lock, 0, 0 },
	{ "mlock2(MLOCK_ONFAULT)", lock, 1, 0 },
	{ "mlock() of a page", lock, PART, 0 },
	{ "munlock()", unlock, 0, 0 },
	{ "mlockall(MCL_CURRENT)", lock_all, MCL_CURRENT, 0 },
	{ "mlockall(MCL_CURRENT, MCL_ONFAULT)", lock_all, MCL_CURRENT | MCL_ONFAULT, 0 },
	{ "msync(MS_ASYNC)", sync_it, MS_ASYNC, 0 },
	{ "msync(MS_SYNC)", sync_it, MS_SYNC, 0 },
	{ "msync(MS_INVALIDATE)", sync_it, MS_INVALIDATE, 0 },
	{ "msync(MS_SYNC) of a page", sync_it, MS_SYNC | PART, 0 },
	{ "mincore()", in_core, 0, 0 },
	{ "mincore() of a page", in_core, PART, 0 },
	{ "mseal()", seal, 0, 0 },
	{ "mseal() of a page", seal, PART, 0 },
	{ "fork(), and the child reads", fork_it, 0, 0 },
};

const struct rows mapping_rows = { "Mappings", rows, ARRAY_SIZE(rows) };
