// SPDX-License-Identifier: GPL-2.0-only
/* One process looks at the memory of another, or of itself. */
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include "table.h"

/* PAGEMAP_SCAN, which is newer than the headers. */
struct scan_region {
	uint64_t start, end, categories;
};

struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};

#define IOCTL_SCAN	_IOWR('f', 16, struct scan)
#define SCAN_WP		1
#define SCAN_CHECK	2
#define ALL_CATEGORIES	0xff

static long scan(struct area *a, long flags)
{
	struct scan_region regions[8];
	struct scan s = {
		.size = sizeof(s), .flags = flags, .start = (uintptr_t)a->p,
		.end = (uintptr_t)a->p + a->len, .vec = (uintptr_t)regions,
		.vec_len = 8, .return_mask = ALL_CATEGORIES,
		.category_anyof_mask = flags ? 0 : ALL_CATEGORIES,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY);
	long ret = ioctl(fd, IOCTL_SCAN, &s);

	if (ret < 0)
		return -1;
	return ret ? say("finds it") : say("finds nothing");
}

static long pagemap(struct area *a, long part)
{
	static uint64_t entries[512];
	size_t nr = part || a->len < SZ_2M ? 1 : 512;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (pread(fd, entries, nr * 8, (uintptr_t)a->page / SZ_4K * 8) < 0)
		return -1;
	return say(entries[0] >> 63 ? "present" : "not present");
}

/* Reads all of a file; what its line for the area says of @key. */
static long read_proc(struct area *a, const char *name, const char *key)
{
	unsigned long start = 0, end = 0;
	char line[1024], *got = NULL;
	FILE *f = fopen(name, "r");
	bool inside = false;

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx", &start, &end) == 2)
			inside = start <= (uintptr_t)a->p && (uintptr_t)a->p < end;
		if (inside && !strncmp(line, key, strlen(key)) && !got)
			got = strdup(line + strlen(key));
	}
	if (ferror(f)) {
		fclose(f);
		return -1;
	}
	fclose(f);
	if (!got)
		return 0;
	got[strcspn(got, "\n")] = '\0';
	return say("%s%s", key, got + (strspn(got, " ") ?: 1) - 1);
}

static const struct {
	const char *name, *key;
} proc_files[] = {
	{ "/proc/self/smaps", "Rss:" },
	{ "/proc/self/smaps_rollup", "" },
	{ "/proc/self/numa_maps", "" },
	{ "/proc/self/maps", "" },
	{ "/proc/self/smaps", "KernelPageSize:" },
};

static long read_file(struct area *a, long i)
{
	long ret = read_proc(a, proc_files[i].name, proc_files[i].key[0] ?
						    proc_files[i].key : "\1");

	return ret;
}

static long clear_refs(struct area *a, long what)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY);
	char digit = '0' + what;

	if (write(fd, &digit, 1) != 1)
		return -1;
	return try_write(a->page + 512, 1);
}

static long map_files(struct area *a, long arg)
{
	char path[80];
	int fd;

	(void)arg;
	snprintf(path, sizeof(path), "/proc/self/map_files/%lx-%lx", (uintptr_t)a->p,
		 (uintptr_t)a->p + a->len);
	fd = open(path, O_RDONLY);
	return fd < 0 ? -1 : 0;
}

static long proc_mem(struct area *a, long writing)
{
	int fd = open("/proc/self/mem", O_RDWR);
	off_t at = (uintptr_t)(a->page + SZ_4K - 256);
	char buf[128] = "";

	return writing ? pwrite(fd, buf, sizeof(buf), at) : pread(fd, buf, sizeof(buf), at);
}

static long vm_copy(struct area *a, long writing)
{
	static char buf[SZ_4K];
	struct iovec local = { buf, SZ_4K }, remote = { a->page, SZ_4K };

	return syscall(writing ? SYS_process_vm_writev : SYS_process_vm_readv, getpid(),
		       &local, 1UL, &remote, 1UL, 0UL);
}

/* The other way round: the local buffer is such memory. */
static long vm_copy_local(struct area *a, long writing)
{
	static char buf[SZ_4K];
	struct iovec local = { a->page, SZ_4K }, remote = { buf, SZ_4K };

	return syscall(writing ? SYS_process_vm_writev : SYS_process_vm_readv, getpid(),
		       &local, 1UL, &remote, 1UL, 0UL);
}

static void stop_here(struct area *a)
{
	(void)a;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
}

static long trace(struct area *a, long request)
{
	pid_t pid = child(stop_here, a);
	int error = 0;
	long ret;

	waitpid(pid, NULL, 0);
	errno = 0;
	ret = ptrace(request, pid, a->page + 512, (void *)0x77L);
	error = errno;
	kill(pid, SIGKILL);
	exit_status(pid);
	errno = error;
	return error ? -1 : request == PTRACE_POKEDATA ? ret : 0;
}

/* A process that was killed and cannot end yet: its memory is taken early. */
static long release(struct area *a, long arg)
{
	pid_t pid = child(stop_here, a);
	int fd = syscall(SYS_pidfd_open, pid, 0), status, error;
	long ret;

	(void)arg;
	waitpid(pid, NULL, 0);
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACEEXIT);
	kill(pid, SIGKILL);
	waitpid(pid, &status, __WALL);
	ret = syscall(SYS_process_mrelease, fd, 0);
	error = errno;
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	waitpid(pid, &status, __WALL);
	close(fd);
	errno = error;
	return ret;
}

static void dump_core(struct area *a)
{
	(void)a;
	signal(SIGABRT, SIG_DFL);
	abort();
}

/* What there is is written, to a file that vanishes. */
static long core(struct area *a, long filter)
{
	int fd = open("/proc/self/coredump_filter", O_WRONLY);

	dprintf(fd, "%#lx\n", filter);
	close(fd);
	return exit_status(child(dump_core, a)) == 128 + SIGABRT ? 0 : -1;
}

static const struct row rows[] = {
	{ "/proc/PID/maps", read_file, 3, 0 },
	{ "/proc/PID/smaps", read_file, 0, 0 },
	{ "/proc/PID/smaps, page size", read_file, 4, 0 },
	{ "/proc/PID/smaps_rollup", read_file, 1, 0 },
	{ "/proc/PID/numa_maps", read_file, 2, 0 },
	{ "/proc/PID/map_files", map_files, 0, 0 },
	{ "/proc/PID/pagemap", pagemap, 0, 0 },
	{ "/proc/PID/pagemap of a page", pagemap, 1, 0 },
	{ "PAGEMAP_SCAN", scan, 0, 0 },
	{ "PAGEMAP_SCAN (write-protect)", scan, SCAN_WP, 0 },
	{ "PAGEMAP_SCAN (write-protect, checked)", scan, SCAN_WP | SCAN_CHECK, 0 },
	{ "/proc/PID/clear_refs, all", clear_refs, 1, ROW_WRITES },
	{ "/proc/PID/clear_refs, anonymous", clear_refs, 2, ROW_WRITES },
	{ "/proc/PID/clear_refs, files", clear_refs, 3, ROW_WRITES },
	{ "/proc/PID/clear_refs, soft-dirty", clear_refs, 4, ROW_WRITES },
	{ "/proc/PID/clear_refs, peak", clear_refs, 5, ROW_WRITES },
	{ "/proc/PID/mem, read", proc_mem, 0, 0 },
	{ "/proc/PID/mem, write", proc_mem, 1, ROW_WRITES },
	{ "process_vm_readv() from it", vm_copy, 0, 0 },
	{ "process_vm_writev() to it", vm_copy, 1, ROW_WRITES },
	{ "process_vm_readv() into it", vm_copy_local, 0, ROW_WRITES },
	{ "process_vm_writev() out of it", vm_copy_local, 1, 0 },
	{ "ptrace(PTRACE_PEEKDATA)", trace, PTRACE_PEEKDATA, 0 },
	{ "ptrace(PTRACE_POKEDATA)", trace, PTRACE_POKEDATA, ROW_WRITES },
	{ "process_mrelease()", release, 0, 0 },
	{ "a core dump of everything", core, 0x1ff, 0 },
};

const struct rows proc_rows = { "Processes", rows, ARRAY_SIZE(rows) };
