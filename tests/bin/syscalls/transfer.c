// SPDX-License-Identifier: GPL-2.0-only
/* Moving bytes between the memory, its file, pipes, sockets and other files. */
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "table.h"

/* A file in ordinary memory, and one that goes around the cache. */
static int other_file(void)
{
	int fd = memfd_create("other", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, SZ_2M))
		bail("memfd");
	return fd;
}

/* A disk: what O_DIRECT is for. */
static int disk(void)
{
	int fd = open("/dev/ram0", O_RDWR | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		bail("/dev/ram0");
	return fd;
}

static long buffered_write(struct area *a, long arg)
{
	(void)arg;
	return pwrite(other_file(), a->page, SZ_4K, 0);
}

static long buffered_read(struct area *a, long arg)
{
	(void)arg;
	return pread(other_file(), a->page, SZ_4K, 0);
}

static long direct_write(struct area *a, long arg)
{
	(void)arg;
	return pwrite(disk(), a->page, SZ_4K, 0);
}

static long direct_read(struct area *a, long arg)
{
	(void)arg;
	return pread(disk(), a->page, SZ_4K, 0);
}

static char buffer[2 * SZ_4K] __attribute__((aligned(4096)));

static long file_read(struct area *a, long arg)
{
	return arg ? pread(a->fd, a->page, SZ_4K, SZ_4K) : pread(a->fd, buffer, SZ_4K, SZ_4K);
}

static long file_write(struct area *a, long arg)
{
	return arg ? pwrite(a->fd, a->page, SZ_4K, SZ_4K) :
		     pwrite(a->fd, buffer, SZ_4K, SZ_4K);
}

static long file_vectors(struct area *a, long flags)
{
	struct iovec v[2] = { { buffer, SZ_4K / 2 }, { buffer + SZ_4K, SZ_4K / 2 } };

	return preadv2(a->fd, v, 2, SZ_4K, flags);
}

static long file_direct(struct area *a, long writing)
{
	int fd = open(a->path, O_RDWR | O_DIRECT | O_CLOEXEC);

	if (fd < 0)
		return -1;
	return writing ? pwrite(fd, buffer, SZ_4K, SZ_4K) : pread(fd, buffer, SZ_4K, SZ_4K);
}

static long seek(struct area *a, long whence)
{
	return lseek(a->fd, 0, whence) < 0 ? -1 : 0;
}

static long to_pipe(struct area *a, long flags)
{
	struct iovec v = { a->page, SZ_4K };
	int fds[2];

	if (pipe(fds))
		return -1;
	return vmsplice(fds[1], &v, 1, flags);
}

static long from_pipe(struct area *a, long arg)
{
	struct iovec v = { a->page, SZ_4K };
	int fds[2];

	(void)arg;
	if (pipe(fds) || write(fds[1], buffer, SZ_4K) != SZ_4K)
		return -1;
	return vmsplice(fds[0], &v, 1, 0);
}

static long file_to_pipe(struct area *a, long arg)
{
	off_t at = SZ_4K;
	int fds[2];

	(void)arg;
	return pipe(fds) ? -1 : splice(a->fd, &at, fds[1], NULL, SZ_4K, 0);
}

static long pipe_to_file(struct area *a, long arg)
{
	off_t at = SZ_4K;
	int fds[2];

	(void)arg;
	if (pipe(fds) || write(fds[1], buffer, SZ_4K) != SZ_4K)
		return -1;
	return splice(fds[0], NULL, a->fd, &at, SZ_4K, 0);
}

static long send_file(struct area *a, long to_it)
{
	off_t at = SZ_4K;
	int other = other_file();

	if (!to_it)
		return sendfile(other, a->fd, &at, SZ_4K);
	if (lseek(a->fd, SZ_4K, SEEK_SET) < 0)
		return -1;
	return sendfile(a->fd, other, &at, SZ_4K);
}

static long copy_range(struct area *a, long to_it)
{
	off_t from = 0, to = SZ_4K;

	if (to_it)
		return copy_file_range(a->fd, &from, a->fd, &to, SZ_4K, 0);
	return copy_file_range(a->fd, &from, other_file(), &to, SZ_4K, 0);
}

static long socket_send(struct area *a, long flags)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		return -1;
	return send(fds[0], a->page, SZ_4K, flags);
}

static long socket_receive(struct area *a, long flags)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) ||
	    send(fds[0], buffer, SZ_4K, 0) != SZ_4K)
		return -1;
	return recv(fds[1], a->page, SZ_4K, flags);
}

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY	60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY	0x4000000
#endif

static long zero_copy(struct area *a, long arg)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

	(void)arg;
	if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		return -1;
	return sendto(fd, a->page, 1024, MSG_ZEROCOPY, (void *)&to, sizeof(to));
}

/* AF_XDP's memory. */
struct xdp_memory {
	uint64_t addr, len;
	uint32_t chunk_size, headroom, flags, pad;
};

static long xdp(struct area *a, long arg)
{
	struct xdp_memory memory = {
		.addr = (uintptr_t)a->page, .len = SZ_4K, .chunk_size = SZ_4K,
	};
	int fd = socket(44 /* AF_XDP */, SOCK_RAW, 0);

	(void)arg;
	if (fd < 0)
		return -1;
	return setsockopt(fd, 283 /* SOL_XDP */, 4 /* XDP_UMEM_REG */, &memory,
			  sizeof(memory));
}

static const struct row rows[] = {
	{ "write() from it to another file", buffered_write, 0, 0 },
	{ "read() into it from another file", buffered_read, 0, ROW_WRITES },
	{ "write() from it with O_DIRECT", direct_write, 0, 0 },
	{ "read() into it with O_DIRECT", direct_read, 0, ROW_WRITES },
	{ "read() of the file", file_read, 0, 0 },
	{ "read() of the file into a mapping of it", file_read, 1, ROW_WRITES },
	{ "write() to the file", file_write, 0, ROW_WRITES },
	{ "write() to the file from a mapping of it", file_write, 1, ROW_WRITES },
	{ "preadv2(RWF_NOWAIT)", file_vectors, RWF_NOWAIT, 0 },
	{ "preadv2(RWF_HIPRI)", file_vectors, RWF_HIPRI, 0 },
	{ "read() of the file with O_DIRECT", file_direct, 0, 0 },
	{ "write() to the file with O_DIRECT", file_direct, 1, ROW_WRITES },
	{ "lseek(SEEK_DATA)", seek, SEEK_DATA, 0 },
	{ "lseek(SEEK_HOLE)", seek, SEEK_HOLE, 0 },
	{ "vmsplice() from it", to_pipe, 0, 0 },
	{ "vmsplice(SPLICE_F_GIFT) from it", to_pipe, SPLICE_F_GIFT, 0 },
	{ "vmsplice() into it", from_pipe, 0, ROW_WRITES },
	{ "splice() from the file", file_to_pipe, 0, 0 },
	{ "splice() to the file", pipe_to_file, 0, ROW_WRITES },
	{ "sendfile() from the file", send_file, 0, 0 },
	{ "sendfile() to the file", send_file, 1, ROW_WRITES },
	{ "copy_file_range() from the file", copy_range, 0, 0 },
	{ "copy_file_range() within the file", copy_range, 1, ROW_WRITES },
	{ "send() from it", socket_send, 0, 0 },
	{ "recv() into it", socket_receive, 0, ROW_WRITES },
	{ "send(MSG_ZEROCOPY) from it", zero_copy, 0, 0 },
	{ "AF_XDP's XDP_UMEM_REG", xdp, 0, 0 },
};

const struct rows transfer_rows = { "Transfers", rows, ARRAY_SIZE(rows) };
