// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps a part of a file, says by mbind() which nodes its memory shall come from,
 * and writes to each page of it.
 */
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	int mode;
} modes[] = {
	{ "bind", MPOL_BIND },
	{ "preferred", MPOL_PREFERRED },
	{ "interleave", MPOL_INTERLEAVE },
};

int main(int argc, char **argv)
{
	unsigned long length, mask;
	unsigned int i = 0;
	char *p;
	int fd;

	if (argc != 5) {
		fprintf(stderr, "usage: dmemfs-mbind FILE LENGTH bind|preferred|interleave NODE-MASK\n");
		return 2;
	}
	length = strtoul(argv[2], NULL, 0);
	mask = strtoul(argv[4], NULL, 0);
	while (i < sizeof(modes) / sizeof(*modes) && strcmp(argv[3], modes[i].name))
		i++;
	if (i == sizeof(modes) / sizeof(*modes)) {
		fprintf(stderr, "dmemfs-mbind: no such mode: %s\n", argv[3]);
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		perror(argv[1]);
		return 2;
	}
	if (syscall(SYS_mbind, p, length, modes[i].mode, &mask, 64UL, 0)) {
		perror("mbind");
		return 2;
	}
	for (unsigned long at = 0; at < length; at += 4096)
		p[at] = 1;
	return 0;
}
