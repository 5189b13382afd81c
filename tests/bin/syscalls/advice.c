// SPDX-License-Identifier: GPL-2.0-only
/* Advice about ranges of addresses and of files. */
#include <sys/prctl.h>
#include <sys/uio.h>

#include "table.h"

#define ADVICE_GUARD_INSTALL	102
#define ADVICE_GUARD_REMOVE	103
#define ADVICE_POPULATE_READ	22
#define ADVICE_POPULATE_WRITE	23
#define ADVICE_DONTNEED_LOCKED	24
#define ADVICE_COLLAPSE		25
#define ADVICE_SOFT_OFFLINE	101
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE	67
#endif

#define PART	0x1000

static uint8_t *start_of(struct area *a, long arg)
{
	return arg & PART ? a->page : a->p;
}

static size_t length_of(struct area *a, long arg)
{
	return arg & PART ? SZ_4K : a->len;
}

static long advise(struct area *a, long arg)
{
	return madvise(start_of(a, arg), length_of(a, arg), arg & ~PART);
}

static void wait_here(struct area *a)
{
	(void)a;
	pause();
}

/* To a child, which has the same mapping. */
static long advise_other(struct area *a, long arg)
{
	pid_t pid = child(wait_here, a);
	int fd = syscall(SYS_pidfd_open, pid, 0), error;
	struct iovec range = { start_of(a, arg), length_of(a, arg) };
	long ret = syscall(SYS_process_madvise, fd, &range, 1, arg & ~PART, 0);

	error = errno;
	kill(pid, SIGKILL);
	exit_status(pid);
	errno = error;
	return ret > 0 ? say("all") : ret;
}

static long advise_file(struct area *a, long arg)
{
	int error = posix_fadvise(a->fd, 0, a->len, arg);

	errno = error;
	return error ? -1 : 0;
}

static long read_ahead(struct area *a, long arg)
{
	(void)arg;
	return readahead(a->fd, 0, a->len);
}

static long merge(struct area *a, long arg)
{
	(void)a;
	return prctl(PR_SET_MEMORY_MERGE, arg, 0, 0, 0);
}

static long without_thp(struct area *a, long arg)
{
	(void)arg;
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		return -1;
	return try_read(a->page + 512);
}

#define WHOLE_AND_PART(name, advice, flags) \
	{ "madvise(" name ")", advise, advice, flags }, \
	{ "madvise(" name ") of a page", advise, (advice) | PART, flags }

static const struct row rows[] = {
	WHOLE_AND_PART("MADV_NORMAL", MADV_NORMAL, 0),
	WHOLE_AND_PART("MADV_RANDOM", MADV_RANDOM, 0),
	WHOLE_AND_PART("MADV_SEQUENTIAL", MADV_SEQUENTIAL, 0),
	WHOLE_AND_PART("MADV_WILLNEED", MADV_WILLNEED, 0),
	WHOLE_AND_PART("MADV_DONTNEED", MADV_DONTNEED, ROW_CHANGES),
	WHOLE_AND_PART("MADV_DONTNEED_LOCKED", ADVICE_DONTNEED_LOCKED, ROW_CHANGES),
	WHOLE_AND_PART("MADV_FREE", MADV_FREE, ROW_CHANGES),
	WHOLE_AND_PART("MADV_REMOVE", MADV_REMOVE, ROW_CHANGES),
	WHOLE_AND_PART("MADV_DONTFORK", MADV_DONTFORK, 0),
	WHOLE_AND_PART("MADV_DOFORK", MADV_DOFORK, 0),
	WHOLE_AND_PART("MADV_WIPEONFORK", MADV_WIPEONFORK, 0),
	WHOLE_AND_PART("MADV_KEEPONFORK", MADV_KEEPONFORK, 0),
	WHOLE_AND_PART("MADV_MERGEABLE", MADV_MERGEABLE, 0),
	WHOLE_AND_PART("MADV_UNMERGEABLE", MADV_UNMERGEABLE, 0),
	WHOLE_AND_PART("MADV_HUGEPAGE", MADV_HUGEPAGE, 0),
	WHOLE_AND_PART("MADV_NOHUGEPAGE", MADV_NOHUGEPAGE, 0),
	WHOLE_AND_PART("MADV_COLLAPSE", ADVICE_COLLAPSE, 0),
	WHOLE_AND_PART("MADV_DONTDUMP", MADV_DONTDUMP, 0),
	WHOLE_AND_PART("MADV_DODUMP", MADV_DODUMP, 0),
	WHOLE_AND_PART("MADV_COLD", MADV_COLD, 0),
	WHOLE_AND_PART("MADV_PAGEOUT", MADV_PAGEOUT, 0),
	WHOLE_AND_PART("MADV_POPULATE_READ", ADVICE_POPULATE_READ, 0),
	WHOLE_AND_PART("MADV_POPULATE_WRITE", ADVICE_POPULATE_WRITE, 0),
	WHOLE_AND_PART("MADV_GUARD_INSTALL", ADVICE_GUARD_INSTALL, 0),
	WHOLE_AND_PART("MADV_GUARD_REMOVE", ADVICE_GUARD_REMOVE, 0),
	{ "madvise(MADV_HWPOISON)", advise, MADV_HWPOISON, ROW_OURS },
	{ "madvise(MADV_HWPOISON) of a page", advise, MADV_HWPOISON | PART, ROW_OURS },
	{ "madvise(MADV_SOFT_OFFLINE)", advise, ADVICE_SOFT_OFFLINE, ROW_OURS },
	{ "madvise(MADV_SOFT_OFFLINE) of a page", advise, ADVICE_SOFT_OFFLINE | PART, ROW_OURS },
	{ "process_madvise(MADV_COLD)", advise_other, MADV_COLD, 0 },
	{ "process_madvise(MADV_PAGEOUT)", advise_other, MADV_PAGEOUT, 0 },
	{ "process_madvise(MADV_WILLNEED)", advise_other, MADV_WILLNEED, 0 },
	{ "process_madvise(MADV_COLLAPSE)", advise_other, ADVICE_COLLAPSE, 0 },
	{ "process_madvise(MADV_COLD) of a page", advise_other, MADV_COLD | PART, 0 },
	{ "process_madvise(MADV_DONTNEED)", advise_other, MADV_DONTNEED, 0 },
	{ "prctl(PR_SET_MEMORY_MERGE)", merge, 1, 0 },
	{ "prctl(PR_SET_THP_DISABLE)", without_thp, 1, 0 },
	{ "fadvise(POSIX_FADV_NORMAL)", advise_file, POSIX_FADV_NORMAL, 0 },
	{ "fadvise(POSIX_FADV_SEQUENTIAL)", advise_file, POSIX_FADV_SEQUENTIAL, 0 },
	{ "fadvise(POSIX_FADV_RANDOM)", advise_file, POSIX_FADV_RANDOM, 0 },
	{ "fadvise(POSIX_FADV_WILLNEED)", advise_file, POSIX_FADV_WILLNEED, 0 },
	{ "fadvise(POSIX_FADV_DONTNEED)", advise_file, POSIX_FADV_DONTNEED, 0 },
	{ "fadvise(POSIX_FADV_NOREUSE)", advise_file, POSIX_FADV_NOREUSE, 0 },
	{ "readahead()", read_ahead, 0, 0 },
};

const struct rows advice_rows = { "Advice", rows, ARRAY_SIZE(rows) };
