// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of a file: created, allocated, mapped, a byte of each GiB touched,
 * unmapped, deleted. Prints what each third took, in microseconds.
 *
 * usage: dmemfs-life FILE GIB
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static long us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000L + ts.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	long start, allocated, touched;
	size_t len, at;
	char *p;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: dmemfs-life FILE GIB\n");
		return 2;
	}
	len = strtoul(argv[2], NULL, 0) << 30;
	start = us();
	fd = open(argv[1], O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		die(argv[1]);
	if (fallocate(fd, 0, 0, len))
		die("fallocate");
	allocated = us();
	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		die("mmap");
	for (at = 0; at < len; at += 1UL << 30)
		p[at] = 1;
	touched = us();
	if (munmap(p, len) || close(fd) || unlink(argv[1]))
		die(argv[1]);
	printf("%ld %ld %ld\n", allocated - start, touched - allocated,
	       us() - touched);
	return 0;
}
