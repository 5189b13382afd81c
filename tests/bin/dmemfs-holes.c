// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a file costly: punches a hole of one unit into each second unit of it, or
 * allocates each second unit of a sparse one, until that is refused.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: dmemfs-holes punch|allocate FILE UNIT NUMBER\n"
	"prints how many were made, and if it is less, why: NUMBER [ERRNO-NAME]\n";

int main(int argc, char **argv)
{
	int mode = FALLOC_FL_KEEP_SIZE, fd;
	long long unit, number, i;

	if (argc != 5) {
		fputs(usage, stderr);
		return 2;
	}
	unit = atoll(argv[3]);
	number = atoll(argv[4]);
	if (!strcmp(argv[1], "punch"))
		mode |= FALLOC_FL_PUNCH_HOLE;
	fd = open(argv[2], O_RDWR);
	if (fd < 0) {
		perror(argv[2]);
		return 1;
	}
	for (i = 0; i < number; i++)
		if (fallocate(fd, mode, (2 * i + 1) * unit, unit))
			break;
	if (i < number)
		printf("%lld %s\n", i, strerrorname_np(errno));
	else
		printf("%lld\n", i);
	return 0;
}
