// SPDX-License-Identifier: GPL-2.0-only
/* io_uring and AIO. */
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sys/uio.h>

#include "table.h"

struct ring {
	int fd;
	struct io_uring_params params;
	struct io_uring_sqe *sqes;
	uint8_t *rings;
};

static uint32_t *at(struct ring *ring, uint32_t offset)
{
	return (uint32_t *)(ring->rings + offset);
}

static bool make_ring(struct ring *ring)
{
	struct io_uring_params *p = &ring->params;
	size_t bytes;

	memset(p, 0, sizeof(*p));
	ring->fd = syscall(SYS_io_uring_setup, 4, p);
	if (ring->fd < 0)
		return false;
	bytes = p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	if (bytes < p->sq_off.array + p->sq_entries * 4)
		bytes = p->sq_off.array + p->sq_entries * 4;
	ring->rings = mmap(NULL, bytes, RW, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, p->sq_entries * sizeof(*ring->sqes), RW, MAP_SHARED, ring->fd,
			  IORING_OFF_SQES);
	return ring->rings != MAP_FAILED && ring->sqes != MAP_FAILED;
}

/* One operation, and its result. */
static long operate(struct ring *ring, const struct io_uring_sqe *sqe)
{
	struct io_uring_cqe *cqes = (void *)at(ring, ring->params.cq_off.cqes);
	uint32_t tail = *at(ring, ring->params.sq_off.tail);
	uint32_t head = *at(ring, ring->params.cq_off.head);
	int result;

	ring->sqes[tail & 3] = *sqe;
	at(ring, ring->params.sq_off.array)[tail & 3] = tail & 3;
	__atomic_store_n(at(ring, ring->params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1;
	result = cqes[head & (ring->params.cq_entries - 1)].res;
	__atomic_store_n(at(ring, ring->params.cq_off.head), head + 1, __ATOMIC_RELEASE);
	errno = -result;
	return result < 0 ? -1 : result;
}

static char buffer[SZ_4K] __attribute__((aligned(4096)));

static int other_file(void)
{
	int fd = memfd_create("other", MFD_CLOEXEC);

	if (fd < 0 || pwrite(fd, buffer, SZ_4K, 0) != SZ_4K)
		bail("memfd");
	return fd;
}

/* The buffer is the memory. */
static long on_memory(struct area *a, long opcode)
{
	struct iovec v = { a->page, SZ_4K };
	struct io_uring_sqe sqe = {
		.opcode = opcode, .fd = other_file(), .addr = (uintptr_t)a->page, .len = SZ_4K,
	};
	struct ring ring;

	if (!make_ring(&ring))
		return -1;
	if (opcode == IORING_OP_READV || opcode == IORING_OP_WRITEV) {
		sqe.addr = (uintptr_t)&v;
		sqe.len = 1;
	}
	return operate(&ring, &sqe);
}

/* The file is the memory's. */
static long on_file(struct area *a, long opcode)
{
	struct io_uring_sqe sqe = {
		.opcode = opcode, .fd = a->fd, .addr = (uintptr_t)buffer, .len = SZ_4K,
		.off = SZ_4K,
	};
	struct iovec v = { buffer, SZ_4K };
	struct ring ring;

	if (!make_ring(&ring))
		return -1;
	switch (opcode) {
	case IORING_OP_READ_FIXED:
	case IORING_OP_WRITE_FIXED:
		if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &v, 1))
			return -1;
		break;
	case IORING_OP_FALLOCATE:
		sqe.addr = SZ_4K;
		sqe.len = 1;	/* keep the size */
		break;
	case IORING_OP_FSYNC:
		sqe.addr = 0;
		sqe.len = 0;
		sqe.off = 0;
		break;
	case IORING_OP_FADVISE:
		sqe.addr = 0;
		sqe.fadvise_advice = POSIX_FADV_WILLNEED;
		break;
	case IORING_OP_MADVISE:
		sqe.addr = (uintptr_t)a->p;
		sqe.len = a->len < SZ_1G ? a->len : SZ_2M;
		sqe.fadvise_advice = MADV_COLD;
		sqe.off = 0;
		sqe.fd = -1;
		break;
	}
	return operate(&ring, &sqe);
}

static long fixed_buffers(struct area *a, long len)
{
	struct iovec v = { len ? a->page : a->p, len ? len : (long)a->len };
	struct ring ring;

	if (!make_ring(&ring))
		return -1;
	return syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &v, 1);
}

static long fixed_file(struct area *a, long arg)
{
	struct ring ring;

	(void)arg;
	if (!make_ring(&ring))
		return -1;
	return syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_FILES, &a->fd, 1);
}

static long buffer_ring(struct area *a, long arg)
{
	struct {
		uint64_t addr;
		uint32_t entries;
		uint16_t group, flags;
		uint64_t reserved[3];
	} reg = { .addr = (uintptr_t)a->page, .entries = 16 };
	struct ring ring;

	(void)arg;
	if (!make_ring(&ring))
		return -1;
	return syscall(SYS_io_uring_register, ring.fd, 22 /* IORING_REGISTER_PBUF_RING */,
		       &reg, 1);
}

/* The rings themselves are in the memory. */
static long ring_there(struct area *a, long arg)
{
	struct io_uring_params p = { .flags = 1 << 14 /* IORING_SETUP_NO_MMAP */ };
	int fd;

	(void)arg;
	p.sq_off.resv2 = (uintptr_t)a->page;
	p.cq_off.resv2 = (uintptr_t)a->page + SZ_4K;
	fd = syscall(SYS_io_uring_setup, 4, &p);
	return fd < 0 ? -1 : 0;
}

static long aio(struct area *a, long opcode)
{
	struct iocb cb = {
		.aio_lio_opcode = opcode & 0xff,
		.aio_fildes = opcode & 0x100 ? (unsigned int)a->fd : (unsigned int)other_file(),
		.aio_buf = opcode & 0x100 ? (uintptr_t)buffer : (uintptr_t)a->page,
		.aio_nbytes = SZ_4K, .aio_offset = opcode & 0x100 ? SZ_4K : 0,
	}, *cbs[] = { &cb };
	struct io_event event = {};
	aio_context_t context = 0;

	if ((opcode & 0xff) == IOCB_CMD_FSYNC || (opcode & 0xff) == IOCB_CMD_FDSYNC)
		cb.aio_buf = cb.aio_nbytes = cb.aio_offset = 0;
	if (syscall(SYS_io_setup, 4, &context))
		return -1;
	if (syscall(SYS_io_submit, context, 1L, cbs) != 1)
		return -1;
	/* Events are written into the memory as well. */
	if (syscall(SYS_io_getevents, context, 1L, 1L,
		    opcode & 0x200 ? (struct io_event *)(a->page + 512) : &event, NULL) != 1)
		return -1;
	if (opcode & 0x200)
		event = *(struct io_event *)(a->page + 512);
	errno = -event.res;
	return (long)event.res < 0 ? -1 : (long)event.res;
}

static const struct row rows[] = {
	{ "IORING_OP_READ into it", on_memory, IORING_OP_READ, ROW_WRITES },
	{ "IORING_OP_WRITE from it", on_memory, IORING_OP_WRITE, 0 },
	{ "IORING_OP_READV into it", on_memory, IORING_OP_READV, ROW_WRITES },
	{ "IORING_OP_WRITEV from it", on_memory, IORING_OP_WRITEV, 0 },
	{ "IORING_OP_READ of the file", on_file, IORING_OP_READ, 0 },
	{ "IORING_OP_WRITE to the file", on_file, IORING_OP_WRITE, ROW_WRITES },
	{ "IORING_OP_READ_FIXED of the file", on_file, IORING_OP_READ_FIXED, 0 },
	{ "IORING_OP_WRITE_FIXED to the file", on_file, IORING_OP_WRITE_FIXED, ROW_WRITES },
	{ "IORING_OP_FSYNC", on_file, IORING_OP_FSYNC, 0 },
	{ "IORING_OP_FALLOCATE", on_file, IORING_OP_FALLOCATE, 0 },
	{ "IORING_OP_FADVISE", on_file, IORING_OP_FADVISE, 0 },
	{ "IORING_OP_MADVISE (MADV_COLD)", on_file, IORING_OP_MADVISE, 0 },
	{ "IORING_REGISTER_BUFFERS of a page", fixed_buffers, SZ_4K, 0 },
	{ "IORING_REGISTER_BUFFERS of all", fixed_buffers, 0, 0 },
	{ "IORING_REGISTER_FILES", fixed_file, 0, 0 },
	{ "IORING_REGISTER_PBUF_RING", buffer_ring, 0, ROW_WRITES },
	{ "io_uring_setup(IORING_SETUP_NO_MMAP)", ring_there, 0, ROW_CHANGES },
	{ "AIO: read into it", aio, IOCB_CMD_PREAD, ROW_WRITES },
	{ "AIO: write from it", aio, IOCB_CMD_PWRITE, 0 },
	{ "AIO: read of the file", aio, IOCB_CMD_PREAD | 0x100, 0 },
	{ "AIO: write to the file", aio, IOCB_CMD_PWRITE | 0x100, ROW_WRITES },
	{ "AIO: fsync of the file", aio, IOCB_CMD_FSYNC | 0x100, 0 },
	{ "AIO: events into it", aio, IOCB_CMD_PWRITE | 0x200, ROW_WRITES },
};

const struct rows ring_rows = { "io_uring and AIO", rows, ARRAY_SIZE(rows) };
