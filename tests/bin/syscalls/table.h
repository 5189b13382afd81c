/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every system call that takes an address, a range or a descriptor answers on
 * memory of each kind, with leaves of each size.
 *
 * A row is a call, and a cell of it one run: in a process of its own, with a new
 * mapping whose leaves are known to have the size that they should have, and bytes
 * in it that nobody else has written.
 */
#ifndef TABLE_H
#define TABLE_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tap.h"

#define RW		(PROT_READ | PROT_WRITE)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

enum kind { DEVICE, DMEMFS, HUGETLBFS, MEMFD, NR_KINDS };
enum size { LEAF_4K, LEAF_2M, LEAF_1G, NR_SIZES };

extern const char *const kind_names[NR_KINDS];
extern const char *const size_names[NR_SIZES];

/**
 * struct area - what one run of a call is given
 * @kind: of memory
 * @size: of leaves
 * @leaf: bytes of a leaf
 * @p: the mapping; all of its leaves are in the page table
 * @len: bytes of it
 * @page: the second page of it, for calls that change what they touch; on hugetlbfs
 *        too it is 4 KiB
 * @fd: the file, open for reading and writing
 * @offset: where in the file the mapping begins
 * @path: the file by name, "" if it has none
 */
struct area {
	enum kind kind;
	enum size size;
	size_t leaf;
	uint8_t *p;
	size_t len;
	uint8_t *page;
	int fd;
	off_t offset;
	const char *path;
};

/* A result that is neither errno nor a number: what @fmt says. */
#define TEXT	LONG_MIN

/**
 * struct row - a call
 * @name: as the table shows it
 * @run: makes the call: -1 and errno, or a value to be shown, or TEXT after say()
 * @arg: for @run
 * @flags: ROW_*
 */
struct row {
	const char *name;
	long (*run)(struct area *area, long arg);
	long arg;
	unsigned int flags;
};

/* The call may change the second page, or all of the area. */
#define ROW_WRITES	1
#define ROW_CHANGES	2
/* The call has crashed kernels: it comes last. */
#define ROW_LAST	4
/* Not on hugetlbfs and memfd: it would take their pages for good. */
#define ROW_OURS	8

struct rows {
	const char *title;
	const struct row *rows;
	size_t nr;
};

extern const struct rows advice_rows, file_rows, futex_rows, guest_rows, mapping_rows,
	policy_rows, proc_rows, ring_rows, transfer_rows, userfault_rows;

/* A word for TEXT, and what the name of an errno is. */
__attribute__((format(printf, 1, 2)))
long say(const char *fmt, ...);
const char *error_name(int error);

/* memory.c */
struct paths {
	const char *device, *sysfs[2], *dmemfs;
};

void memory_open(const struct paths *from);
bool memory_has(enum kind kind, enum size size);
bool memory_map(enum kind kind, enum size size, struct area *area);
bool memory_touch(struct area *area, char *problem, size_t len);
void memory_restore(enum kind kind, enum size size);

/* table.c */
bool table_run(const char *only, const char *without, bool verbose);
void table_print(FILE *f);
const char *table_result(const char *row, enum kind kind);
void limits_print(FILE *f);

/* A child that runs @body and ends; its pid. */
static inline pid_t child(void (*body)(struct area *), struct area *area)
{
	pid_t pid = fork();

	if (!pid) {
		body(area);
		_exit(0);
	}
	return pid;
}

#endif /* TABLE_H */
