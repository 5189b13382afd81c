// SPDX-License-Identifier: GPL-2.0-only
/* Calls on addresses: what a program may do with its mappings, and more. */
#include <linux/futex.h>
#include <linux/mempolicy.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "soak.h"

static void *pointer(uint64_t at)
{
	return (void *)(WINDOW_AT + at);
}

/* A page and a length that stay within the window. */
static uint64_t some_range(uint64_t *len)
{
	uint64_t at = window_address();

	*len = window_length();
	if (at + *len > WINDOW)
		*len = WINDOW - at;
	return at;
}

/* The same for calls that may have anything, as numbers from outside have. */
static uint64_t wild_range(uint64_t *len)
{
	uint64_t at = some_range(len);

	if (one_in(16))
		at += at_random(SZ_4K);
	if (one_in(32))
		*len = at_random(4) ? at_random(SZ_2M) : ~0ul << at_random(60);
	return at;
}

static uint64_t map_length(void)
{
	switch (at_random(16)) {
	case 0:
		return SZ_4K;
	case 1:
		return (1 + at_random(1024)) * SZ_4K;
	case 2:
		return one_in(4) ? SZ_1G : 32 * SZ_2M;
	case 3:
	case 4:
		return SZ_2M + 2 * SZ_4K;
	default:
		return (1 + at_random(8)) * SZ_2M;
	}
}

static void map_object(void)
{
	static const uint64_t units[] = { SZ_4K, SZ_2M, SZ_2M, SZ_2M, SZ_1G };
	uint64_t unit = units[at_random(ARRAY_SIZE(units))], len, offset, at;
	struct object *object = any_object();
	int prot = one_in(4) ? PROT_READ : RW, flags = MAP_SHARED | MAP_FIXED;

	if (!object)
		return;
	at = window_address();
	len = map_length();
	/* Mostly whole 2M apart, for hot pages to meet. */
	offset = at_random(object->size / SZ_2M) * SZ_2M +
		 (one_in(4) ? at_random(512) * SZ_4K : 0);
	if (unit == SZ_1G && one_in(4))
		offset = 0;
	/* Congruent, so that leaves of that size can be. */
	at = (at & ~(unit - 1)) | (offset & (unit - 1));
	if (at + len > WINDOW)
		len = WINDOW - at;
	if (offset + len > object->size)
		len = object->size - offset;
	if (!len)
		return;
	if (one_in(16))
		flags |= MAP_POPULATE;
	if (one_in(16))
		flags |= MAP_LOCKED;
	if (mmap(pointer(at), len, prot, flags, object->fd, offset) == MAP_FAILED)
		window_clear(at, len);
	else
		window_map(at, len, object->owner, offset / SZ_4K);
}

/* Somewhere that the kernel chooses, and gone again. */
static void map_anywhere(void)
{
	struct object *object = any_object();
	uint64_t len = window_length(), offset;
	void *p;

	if (!object)
		return;
	offset = at_random(object->size / SZ_4K) * SZ_4K;
	p = mmap(NULL, len, RW, one_in(8) ? MAP_PRIVATE : MAP_SHARED, object->fd, offset);
	if (p == MAP_FAILED)
		return;
	mlock(p, len);
	munmap(p, len);
}

static void unmap(void)
{
	uint64_t len, at = some_range(&len);

	if (len > SZ_2M)
		len = SZ_2M;
	munmap(pointer(at), len);
	window_clear(at, len);
}

static void touch(void)
{
	uint64_t at = window_address();

	for (int i = at_random(4); i >= 0; i--, at += SZ_4K)
		if (at < WINDOW)
			one_in(2) ? window_read(at) : window_write(at);
}

static void protect(void)
{
	static const int prots[] = { PROT_NONE, PROT_READ, RW, RW, RW, RW, RW, RW | PROT_EXEC };
	uint64_t len, at = wild_range(&len);

	if (len <= WINDOW)
		mprotect(pointer(at), len, prots[at_random(ARRAY_SIZE(prots))]);
}

static void protect_by_key(void)
{
	static int key = -1;
	uint64_t len, at = some_range(&len);

	if (key < 0)
		key = pkey_alloc(0, 0);
	/* Not the window's own memory: nobody may use that. */
	pkey_mprotect(pointer(at), len, one_in(4) ? PROT_READ : RW, one_in(2) ? key : 0);
}

static void move(void)
{
	uint64_t len, from = some_range(&len), to = window_address();
	void *p;

	if (len == SZ_1G && from & (SZ_1G - 1))
		len = 3 * SZ_2M;

	if (one_in(2))
		to = (to & ~(SZ_2M - 1)) | (from & (SZ_2M - 1));
	if (to + len > WINDOW || (from < to + len && to < from + len))
		return;
	p = mremap(pointer(from), len, len, MREMAP_MAYMOVE | MREMAP_FIXED, pointer(to));
	if (p == MAP_FAILED)
		/* It may have unmapped the new place before it failed. */
		window_clear(to, len);
	else
		window_move(to, from, len);
}

/* In place: smaller, or with what such memory does not know. */
static void remap(void)
{
	uint64_t len, at = some_range(&len);

	switch (at_random(4)) {
	case 0:
		if (len > SZ_4K && mremap(pointer(at), len, len - SZ_4K, 0) != MAP_FAILED)
			window_clear(at + len - SZ_4K, SZ_4K);
		break;
	case 1:
		if (mremap(pointer(at), len, len, MREMAP_MAYMOVE | 4, NULL) != MAP_FAILED)
			/* Anonymous memory of the window, that is. */
			window_clear(at, len);
		break;
	case 2:
		if (at + len < WINDOW && mremap(pointer(at), 0, len, MREMAP_MAYMOVE) !=
					 MAP_FAILED)
			failed("mremap() has duplicated a mapping");
		break;
	default:
		if (!syscall(SYS_remap_file_pages, pointer(at), SZ_4K, 0, at_random(512), 0))
			window_clear(at, SZ_4K);
	}
}

static void advise(void)
{
	/* All but those that discard what other tests want to see. */
	static const int advice[] = { 0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
				      20, 21, 22, 24, 25, 102, 103, 100, 101, 77 };
	uint64_t len, at = wild_range(&len);

	madvise(pointer(at), len, advice[at_random(ARRAY_SIZE(advice))]);
}

static void advise_itself(void)
{
	static const int advice[] = { MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED, 25 };
	int fd = syscall(SYS_pidfd_open, getpid(), 0);
	struct iovec ranges[4];
	uint64_t len;

	for (int i = 0; i < 4; i++) {
		ranges[i].iov_base = pointer(wild_range(&len));
		ranges[i].iov_len = len;
	}
	syscall(SYS_process_madvise, fd, ranges, 4UL, advice[at_random(4)], 0U);
	close(fd);
}

static void policy(void)
{
	uint64_t len, at = some_range(&len);
	unsigned long nodes = 1;
	int mode = at_random(7);

	switch (at_random(5)) {
	case 0:
		syscall(SYS_set_mempolicy_home_node, pointer(at), len, 0UL, 0UL);
		break;
	case 1:
		syscall(SYS_get_mempolicy, &mode, NULL, 0UL, pointer(at),
			(long)(MPOL_F_ADDR | at_random(2)));
		break;
	default:
		syscall(SYS_mbind, pointer(at), len, mode,
			mode && mode != MPOL_LOCAL ? &nodes : NULL, 64UL,
			(long)at_random(4));
	}
}

/* The one that crashed kernels: by itself, so that it can be left out. */
static void policy_strict(void)
{
	uint64_t len, at = some_range(&len);
	unsigned long nodes = 1;

	window_read(at);
	syscall(SYS_mbind, pointer(at), len, MPOL_BIND, &nodes, 64UL,
		(long)(MPOL_MF_STRICT | at_random(4)));
}

static void move_pages(void)
{
	void *pages[8];
	int nodes[8] = { 0 }, status[8];

	for (int i = 0; i < 8; i++)
		pages[i] = pointer(window_address());
	syscall(SYS_move_pages, 0, 8UL, pages, one_in(2) ? nodes : NULL, status, 2);
}

static void lock(void)
{
	uint64_t len, at = wild_range(&len);

	if (one_in(2))
		syscall(SYS_mlock2, pointer(at), len, at_random(2));
	else
		munlock(pointer(at), len);
}

static void sync_it(void)
{
	static unsigned char vector[WINDOW / SZ_4K];
	uint64_t len, at = some_range(&len);

	if (one_in(2))
		msync(pointer(at), len, at_random(8));
	else
		mincore(pointer(at), len, vector);
}

/* In a child: reads and writes, and children of its own. */
static void look_around(int depth)
{
	for (int i = 0; i < 3; i++) {
		pid_t pid = -1;

		one_in(2) ? window_read(window_address()) : window_write(window_address());
		if (depth && one_in(3))
			pid = fork();
		if (!pid) {
			look_around(0);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

static void fork_it(void)
{
	pid_t pid = fork();

	if (!pid) {
		look_around(1);
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* A child that is being killed while it does something. */
static void fork_and_kill(void)
{
	pid_t pid = fork();
	int fd;

	if (!pid) {
		for (;;)
			window_write(window_address());
	}
	if (pid < 0)
		return;
	fd = syscall(SYS_pidfd_open, pid, 0);
	usleep(at_random(2000));
	kill(pid, SIGKILL);
	syscall(SYS_process_mrelease, fd, 0);
	waitpid(pid, NULL, 0);
	close(fd);
}

static void read_all(const char *path)
{
	static char buffer[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	/* A window with many mappings would take long. */
	for (int i = 0; fd >= 0 && i < 8 && read(fd, buffer, sizeof(buffer)) > 0; i++)
		;
	close(fd);
}

static void proc(void)
{
	static const char *const paths[] = {
		"/proc/self/smaps", "/proc/self/numa_maps", "/proc/self/maps",
		"/proc/self/smaps_rollup",
	};

	read_all(paths[at_random(ARRAY_SIZE(paths))]);
}

static void pagemap(void)
{
	static uint64_t entries[512], regions[64 * 3];
	uint64_t len, at = some_range(&len);
	struct {
		uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
		uint64_t inverted, mask, anyof, returned;
	} scan = {
		.size = sizeof(scan), .flags = at_random(4), .start = WINDOW_AT + at,
		.end = WINDOW_AT + at + len, .vec = (uintptr_t)regions, .vec_len = 64,
		.anyof = 0xff, .returned = 0xff,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (one_in(2))
		(void)!pread(fd, entries, sizeof(entries), (WINDOW_AT + at) / SZ_4K * 8);
	else
		ioctl(fd, _IOWR('f', 16, scan), &scan);
	close(fd);
}

static void clear_refs(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	char digit = '1' + at_random(5);

	(void)!write(fd, &digit, 1);
	close(fd);
}

/* Not where the tags are. */
static uint64_t beside_tag(void)
{
	return window_address() + 2048 + at_random(64) * 8;
}

static void proc_mem(void)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	char buffer[512] = { 0 };
	off_t at = WINDOW_AT + beside_tag();

	if (one_in(2))
		(void)!pread(fd, buffer, sizeof(buffer), at);
	else
		(void)!pwrite(fd, buffer, sizeof(buffer), at);
	close(fd);
}

static void vm_copy(void)
{
	char buffer[512] = { 0 };
	struct iovec local = { buffer, sizeof(buffer) };
	struct iovec remote = { pointer(beside_tag()), sizeof(buffer) };

	syscall(one_in(2) ? SYS_process_vm_readv : SYS_process_vm_writev, getpid(),
		&local, 1UL, &remote, 1UL, 0UL);
}

static void futex(void)
{
	static const int ops[] = { FUTEX_WAKE, FUTEX_LOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI,
				   FUTEX_WAIT, FUTEX_WAKE_OP, FUTEX_CMP_REQUEUE };
	int op = ops[at_random(ARRAY_SIZE(ops))];
	struct timespec soon = { 0, 1000 };

	syscall(SYS_futex, pointer(beside_tag()), op | (one_in(2) ? FUTEX_PRIVATE_FLAG : 0), 0,
		op == FUTEX_WAKE_OP || op == FUTEX_CMP_REQUEUE ? (void *)1 : &soon,
		pointer(beside_tag()), 0);
}

static void pipe_it(void)
{
	struct iovec v = { pointer(beside_tag()), 512 };
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return;
	switch (at_random(3)) {
	case 0:
		(void)!vmsplice(fds[1], &v, 1, SPLICE_F_NONBLOCK | SPLICE_F_GIFT);
		break;
	case 1:
		if (write(fds[1], v.iov_base, 512) > 0)
			(void)!read(fds[0], pointer(beside_tag()), 512);
		break;
	default:
		if (write(fds[1], v.iov_base, 512) > 0)
			(void)!vmsplice(fds[0], &v, 1, SPLICE_F_NONBLOCK);
	}
	close(fds[0]);
	close(fds[1]);
}

/* From a mapping of one file into another: zeroes or what is beside the tags. */
static void write_mapping(void)
{
	struct object *file = any_file();
	off_t at;

	if (!file)
		return;
	at = at_random(8192) * SZ_4K + 2048;
	if (one_in(2))
		(void)!pwrite(file->fd, pointer(window_address() + 2048), 1024, at);
	else
		(void)!pread(file->fd, pointer(window_address() + 2048), 1024, at);
}

static void fault_handler(void)
{
	struct uffdio_api api = { .api = UFFD_API, .features = at_random(1 << 16) };
	uint64_t len, at = some_range(&len);
	struct uffdio_register reg = {
		.range = { WINDOW_AT + at, len }, .mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK | 1 /* user mode only */);

	if (fd < 0)
		return;
	/* Its events would have to be read. */
	api.features &= ~0x1eul;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg))
		ioctl(fd, UFFDIO_UNREGISTER, &reg.range);
	close(fd);
}

static void ring(void)
{
	static int fd = -1;
	char params[120] = { 0 };
	uint64_t len, at = some_range(&len);
	struct iovec v = { pointer(at), len };

	if (fd < 0)
		fd = syscall(SYS_io_uring_setup, 4, params);
	if (!syscall(SYS_io_uring_register, fd, 0, &v, 1))
		syscall(SYS_io_uring_register, fd, 1, NULL, 0);
}

/*
 * A guest that does not run, and whose memory KVM maps ahead. A new one each time:
 * KVM of 6.12 maps ahead for ever (until a signal) after a change of slots.
 */
static void guest(void)
{
	static int kvm = -1;
	struct {
		uint32_t slot, flags;
		uint64_t gpa, size, address;
	} region;
	struct {
		uint64_t gpa, size, flags, padding[5];
	} range = { .gpa = 0 };
	uint64_t len, at, first[3];
	int vm, cpu, i;

	if (kvm < 0)
		kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = ioctl(kvm, 0xae01, 0);
	if (vm < 0)
		return;
	for (i = 0; i < 3; i++) {
		at = some_range(&len);
		region.slot = i;
		region.flags = at_random(4);
		region.gpa = first[i] = (uint64_t)i << 32 | (at & (SZ_1G - 1));
		region.size = len;
		region.address = WINDOW_AT + at;
		ioctl(vm, _IOW(0xae, 0x46, region), &region);
	}
	cpu = ioctl(vm, 0xae41, 0);
	for (i = 0; i < 3; i++) {
		range.gpa = first[i];
		range.size = 4 * SZ_2M;
		ioctl(cpu, _IOWR(0xae, 0xd5, range), &range);
		/* What it has mapped is taken from it. */
		if (one_in(2))
			window_clear(at, SZ_4K);
	}
	close(cpu);
	close(vm);
}

const struct op call_ops[] = {
	{ "map", map_object, 120 },
	{ "map-anywhere", map_anywhere, 20 },
	{ "touch", touch, 80 },
	{ "unmap", unmap, 20 },
	{ "protect", protect, 50 },
	{ "protect-by-key", protect_by_key, 15 },
	{ "move", move, 30 },
	{ "remap", remap, 25 },
	{ "advise", advise, 60 },
	{ "advise-itself", advise_itself, 12 },
	{ "policy", policy, 25 },
	{ "policy-strict", policy_strict, 6 },
	{ "move-pages", move_pages, 15 },
	{ "lock", lock, 25 },
	{ "sync", sync_it, 15 },
	{ "fork", fork_it, 2 },
	{ "fork-and-kill", fork_and_kill, 1 },
	{ "proc", proc, 3 },
	{ "pagemap", pagemap, 20 },
	{ "clear-refs", clear_refs, 1 },
	{ "proc-mem", proc_mem, 12 },
	{ "vm-copy", vm_copy, 15 },
	{ "futex", futex, 40 },
	{ "pipe", pipe_it, 20 },
	{ "write-mapping", write_mapping, 10 },
	{ "userfaultfd", fault_handler, 10 },
	{ "ring", ring, 12 },
	{ "guest", guest, 1 },
};

const size_t nr_call_ops = ARRAY_SIZE(call_ops);
