// SPDX-License-Identifier: GPL-2.0-only
/* userfaultfd: each way to register memory, and each ioctl on such memory. */
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>

#include "table.h"

#define FEATURE_WP_ASYNC	(1 << 15)
#define FEATURE_WP_UNPOPULATED	(1 << 13)
#define IOCTL_POISON		_IOWR(UFFDIO, 0x08, struct { uint64_t n[4]; })
#define IOCTL_MOVE		_IOWR(UFFDIO, 0x05, struct { uint64_t n[5]; })

static int handle(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, UFFDIO_API, &api)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int registered(struct area *a, uint64_t mode, uint64_t features)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)a->p, a->len }, .mode = mode,
	};
	int fd = handle(features);

	if (fd >= 0 && ioctl(fd, UFFDIO_REGISTER, &reg)) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static long register_it(struct area *a, long mode)
{
	return registered(a, mode, 0) < 0 ? -1 : 0;
}

/* What the kernel allows for memory of any kind, where it allows it. */
static long register_async(struct area *a, long protect)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)a->p, a->len },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int fd = registered(a, UFFDIO_REGISTER_MODE_WP,
			    FEATURE_WP_ASYNC | FEATURE_WP_UNPOPULATED);

	if (fd < 0)
		return -1;
	if (protect) {
		if (ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
			return -1;
		try_write(a->page + 512, 1);
		wp.mode = 0;
		if (ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
			return -1;
	}
	return ioctl(fd, UFFDIO_UNREGISTER, &wp.range);
}

/* Ioctls on memory that is not registered. */
static long call(struct area *a, long request)
{
	static uint8_t page[SZ_4K] __attribute__((aligned(4096)));
	uint64_t dst = (uintptr_t)a->page;
	uint64_t args[5] = { dst, (uintptr_t)page, SZ_4K };
	int fd = handle(0);

	if (fd < 0)
		return -1;
	if (request != (long)UFFDIO_COPY && request != (long)IOCTL_MOVE) {
		args[1] = SZ_4K;
		args[2] = 0;
	}
	return ioctl(fd, request, args);
}

/* From such memory into ordinary memory that is registered. */
static long copy_from(struct area *a, long request)
{
	uint8_t *p = mmap(NULL, SZ_4K, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register reg = {
		.range = { (uintptr_t)p, SZ_4K }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	uint64_t args[5] = { (uintptr_t)p, (uintptr_t)a->page, SZ_4K };
	int fd = handle(0);

	if (fd < 0 || ioctl(fd, UFFDIO_REGISTER, &reg))
		return -1;
	if (ioctl(fd, request, args))
		return -1;
	return memcmp(p, a->page, SZ_4K) ? say("0, other bytes") : 0;
}

static const struct row rows[] = {
	{ "UFFDIO_REGISTER (missing)", register_it, UFFDIO_REGISTER_MODE_MISSING, 0 },
	{ "UFFDIO_REGISTER (write-protect)", register_it, UFFDIO_REGISTER_MODE_WP, 0 },
	{ "UFFDIO_REGISTER (minor)", register_it, UFFDIO_REGISTER_MODE_MINOR, 0 },
	{ "UFFDIO_COPY into it", call, UFFDIO_COPY, 0 },
	{ "UFFDIO_ZEROPAGE", call, UFFDIO_ZEROPAGE, 0 },
	{ "UFFDIO_CONTINUE", call, UFFDIO_CONTINUE, 0 },
	{ "UFFDIO_WRITEPROTECT", call, UFFDIO_WRITEPROTECT, 0 },
	{ "UFFDIO_WAKE", call, UFFDIO_WAKE, 0 },
	{ "UFFDIO_UNREGISTER", call, UFFDIO_UNREGISTER, 0 },
	{ "UFFDIO_POISON", call, IOCTL_POISON, 0 },
	{ "UFFDIO_MOVE into it", call, IOCTL_MOVE, 0 },
	{ "UFFDIO_COPY from it", copy_from, UFFDIO_COPY, 0 },
	{ "UFFDIO_MOVE from it", copy_from, IOCTL_MOVE, 0 },
	/* Makes kernels warn that let it be registered: see mm/huge_memory.c. */
	{ "UFFDIO_REGISTER (write-protect), asynchronous", register_async, 0,
	  ROW_WRITES | ROW_LAST },
	{ "UFFDIO_WRITEPROTECT, asynchronous", register_async, 1, ROW_WRITES | ROW_LAST },
};

const struct rows userfault_rows = { "userfaultfd", rows, ARRAY_SIZE(rows) };
