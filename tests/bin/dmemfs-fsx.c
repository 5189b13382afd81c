// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on one file, each checked against a model in memory: the
 * file must always be what POSIX says, whatever way it is looked at. Several of
 * these at once share a pool, and none may see what another one wrote.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE	4096UL
#define RW	(PROT_READ | PROT_WRITE)

static const char *path;
static size_t max_size, size;	/* of the model, of the file */
static uint8_t *model;		/* zero from size on */
static uint64_t rng, seed, step;
static int fd;
static char last[128];

__attribute__((format(printf, 1, 2), noreturn))
static void differ(const char *fmt, ...)
{
	int error = errno;
	va_list ap;

	printf("%s: seed %llu, step %llu, %s: ", path, (unsigned long long)seed,
	       (unsigned long long)step, last);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(" (%s)\n", strerror(error));
	exit(1);
}

__attribute__((format(printf, 1, 2)))
static void doing(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
}

static uint64_t next_random(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

/* Below a limit; often small, often aligned to a page or to 2M. */
static size_t below(size_t limit)
{
	size_t n = limit ? next_random() % limit : 0;

	switch (next_random() % 6) {
	case 0:
		return n & ~(PAGE - 1);
	case 1:
		return n & ~((2UL << 20) - 1);
	case 2:
		return n % 70000;
	default:
		return n;
	}
}

static size_t length_from(size_t offset, size_t limit)
{
	size_t len = below(limit - offset + 1);

	return next_random() % 4 ? len % 200000 : len;
}

static void compare(const uint8_t *got, size_t offset, size_t len,
		    const char *how)
{
	size_t i;

	if (!memcmp(got, model + offset, len))
		return;
	for (i = 0; got[i] == model[offset + i]; i++)
		;
	differ("%s: at %#zx: %#x, wanted %#x; size %#zx", how, offset + i,
	       got[i], model[offset + i], size);
}

/* A pattern of our own, so that strangers' bytes are noticed. */
static void invent(uint8_t *p, size_t len)
{
	uint64_t x = next_random();

	for (size_t i = 0; i < len; i++, x = x * 6364136223846793005u + seed)
		p[i] = x >> 56 | 1;
}

static void grow(size_t end)
{
	if (end > size)
		size = end;
}

static void do_read(void)
{
	size_t offset = below(max_size), len = length_from(offset, max_size);
	size_t want = offset >= size ? 0 :
		      len < size - offset ? len : size - offset;
	uint8_t *buf = malloc(len + 1);
	ssize_t n;

	doing("read %#zx at %#zx", len, offset);
	n = pread(fd, buf, len, offset);
	if (n != (ssize_t)want)
		differ("got %zd bytes, wanted %zu", n, want);
	compare(buf, offset, want, "read");
	free(buf);
}

static void do_write(void)
{
	size_t offset = below(max_size), len = length_from(offset, max_size);

	doing("write %#zx at %#zx", len, offset);
	invent(model + offset, len);
	if (pwrite(fd, model + offset, len, offset) != (ssize_t)len)
		differ("write");
	if (len)
		grow(offset + len);
}

static uint8_t *map(size_t offset, size_t len, size_t *skip)
{
	uint8_t *p;

	*skip = offset % PAGE;
	p = mmap(NULL, len + *skip, RW, MAP_SHARED, fd, offset - *skip);
	if (p == MAP_FAILED)
		differ("mmap");
	return p;
}

static void do_map(int write)
{
	size_t offset = below(size), len = length_from(offset, size);
	size_t skip, end;
	uint8_t *p;

	if (!len)
		return;
	doing("map for %s %#zx at %#zx", write ? "writing" : "reading", len, offset);
	p = map(offset, len, &skip);
	if (write) {
		invent(model + offset, len);
		memcpy(p + skip, model + offset, len);
	} else {
		/* And to the end of the page: zeroes, if the file ends in it. */
		end = (offset + len + PAGE - 1) & ~(PAGE - 1);
		end = end < max_size ? end : max_size;
		compare(p + skip, offset, end - offset, "mapping");
	}
	munmap(p, len + skip);
}

static void do_truncate(void)
{
	size_t len = below(max_size);

	doing("truncate from %#zx to %#zx", size, len);
	if (ftruncate(fd, len))
		differ("ftruncate");
	if (len < size)
		memset(model + len, 0, size - len);
	size = len;
}

static void do_punch(void)
{
	size_t offset = below(max_size), len = length_from(offset, max_size);

	doing("punch %#zx at %#zx", len, offset);
	if (!len)
		return;
	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, len))
		differ("punch");
	memset(model + offset, 0, len);
}

static void do_allocate(void)
{
	size_t offset = below(max_size), len = length_from(offset, max_size);
	int keep = next_random() % 2 ? FALLOC_FL_KEEP_SIZE : 0;

	if (!len)
		return;
	doing("allocate %#zx at %#zx, %s size", len, offset, keep ? "keep" : "move");
	if (fallocate(fd, keep, offset, len))
		differ("fallocate");
	if (!keep)
		grow(offset + len);
}

static void do_copy(void)
{
	size_t from = below(size), len = length_from(from, size);
	size_t to = below(max_size - len + 1);
	loff_t in = from, out = to;
	ssize_t n;

	if (!len || (from < to + len && to < from + len))
		return;
	doing("copy %#zx from %#zx to %#zx", len, from, to);
	n = copy_file_range(fd, &in, fd, &out, len, 0);
	if (n <= 0)
		differ("copy_file_range: %zd", n);
	memmove(model + to, model + from, n);
	grow(to + n);
}

/* Holes must be zero, and data and holes must cover the file. */
static void do_seek(void)
{
	off_t data, hole, at = 0;

	doing("seek");
	while (at < (off_t)size) {
		data = lseek(fd, at, SEEK_DATA);
		if (data < 0 && errno != ENXIO)
			differ("SEEK_DATA at %#lx", at);
		if (data < 0)
			data = size;
		for (; at < data; at++)
			if (model[at])
				differ("there is no hole at %#lx", at);
		if (at >= (off_t)size)
			break;
		hole = lseek(fd, at, SEEK_HOLE);
		if (hole <= at)
			differ("no hole after %#lx, but %#lx", at, hole);
		at = hole;
	}
}

static void do_reopen(void)
{
	struct stat st;

	doing("reopen");
	close(fd);
	fd = open(path, next_random() % 2 ? O_RDWR : O_RDWR | O_DIRECT);
	if (fd < 0 || fstat(fd, &st))
		differ("open");
	if ((size_t)st.st_size != size)
		differ("size %#zx, wanted %#zx", (size_t)st.st_size, size);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double end, steps;

	if (argc != 6) {
		fprintf(stderr, "usage: dmemfs-fsx FILE MAX-SIZE SEED STEPS SECONDS\n"
			"Ends after STEPS or SECONDS, whichever comes first; 0 is for ever.\n");
		return 2;
	}
	path = argv[1];
	max_size = strtoull(argv[2], NULL, 0);
	seed = strtoull(argv[3], NULL, 0);
	rng = (seed + 1) * 0x9e3779b97f4a7c15;
	steps = atof(argv[4]);
	end = atof(argv[5]) + now();
	model = calloc(1, max_size + PAGE);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || !model)
		differ("open");
	for (step = 1; !steps || step <= steps; step++) {
		if (atof(argv[5]) && now() > end)
			break;
		switch (next_random() % 16) {
		case 0 ... 2:
			do_read();
			break;
		case 3 ... 5:
			do_write();
			break;
		case 6 ... 7:
			do_map(0);
			break;
		case 8 ... 9:
			do_map(1);
			break;
		case 10:
			do_truncate();
			break;
		case 11:
			do_punch();
			break;
		case 12:
			do_allocate();
			break;
		case 13:
			do_copy();
			break;
		case 14:
			if (next_random() % 8 == 0)
				do_seek();
			break;
		case 15:
			do_reopen();
			break;
		}
	}
	printf("%s: seed %llu: %llu steps\n", path, (unsigned long long)seed,
	       (unsigned long long)step - 1);
	unlink(path);
	return 0;
}
