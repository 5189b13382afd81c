// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to make a file, give it memory, and delete it, in instructions.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

const char program[] = "files";

static const char usage[] =
	"usage: files PEER LEAF SIZE PATH\n"
	"Creates PATH, which must not exist, gives it SIZE by fallocate(), and deletes\n"
	"it, several times. Prints the figures file-create and file-delete, named after\n"
	"PEER and LEAF, which is the size of the file system's pages.\n";

#define ROUNDS	7

static uint64_t create(const char *path, uint64_t size, int *fd)
{
	uint64_t start = instructions();

	*fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (*fd < 0)
		die(path);
	if (fallocate(*fd, 0, 0, size))
		die("fallocate");
	return instructions() - start;
}

static uint64_t delete(const char *path, int fd)
{
	uint64_t start = instructions();

	if (unlink(path))
		die("unlink");
	if (close(fd))
		die("close");
	return instructions() - start;
}

int main(int argc, char **argv)
{
	uint64_t created = UINT64_MAX, deleted = UINT64_MAX, size;
	int fd, i;

	if (argc != 5) {
		fputs(usage, stderr);
		return 2;
	}
	size = bytes(argv[3]);
	for (i = 0; i < ROUNDS; i++) {
		created = least(created, create(argv[4], size, &fd));
		deleted = least(deleted, delete(argv[4], fd));
	}
	report("file-create", argv[1], argv[2], argv[3], created);
	report("file-delete", argv[1], argv[2], argv[3], deleted);
	return 0;
}
