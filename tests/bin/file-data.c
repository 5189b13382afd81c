// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a file has memory, by SEEK_DATA, and whether what is new there is zero.
 *
 * file-data FILE		prints "START END" of each piece, in bytes
 * file-data FILE zero OLD	OLD is what the first form printed before: all that
 *				the file has got since is zero; prints how much
 * Exit status 1 if something is not zero.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STEP	(2L << 20)

static bool is_old(FILE *old, off_t at)
{
	long start, end;

	rewind(old);
	while (fscanf(old, "%ld %ld", &start, &end) == 2)
		if (at >= start && at < end)
			return true;
	return false;
}

/* Bytes of new data between two offsets, or -1 if some of it is not zero. */
static long check(int fd, FILE *old, off_t at, off_t end)
{
	static char buf[STEP];
	long new = 0;

	for (; at < end; at += STEP) {
		ssize_t len = end - at < STEP ? end - at : STEP;

		if (is_old(old, at))
			continue;
		if (pread(fd, buf, len, at) != len)
			return -1;
		if (buf[0] || memcmp(buf, buf + 1, len - 1))
			return -1;
		new += len;
	}
	return new;
}

int main(int argc, char **argv)
{
	off_t data, hole = 0;
	FILE *old = NULL;
	long n, new = 0;
	int fd;

	if (argc != 2 && !(argc == 4 && !strcmp(argv[2], "zero"))) {
		fprintf(stderr, "usage: file-data FILE [zero OLD]\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (argc == 4)
		old = fopen(argv[3], "r");
	if (fd < 0 || (argc == 4 && !old)) {
		perror("file-data");
		return 2;
	}
	while ((data = lseek(fd, hole, SEEK_DATA)) >= 0) {
		hole = lseek(fd, data, SEEK_HOLE);
		if (!old) {
			printf("%ld %ld\n", (long)data, (long)hole);
			continue;
		}
		n = check(fd, old, data, hole);
		if (n < 0) {
			printf("not zero, between %ld and %ld\n", (long)data, (long)hole);
			return 1;
		}
		new += n;
	}
	if (old)
		printf("%ld\n", new);
	return errno == ENXIO ? 0 : 2;
}
