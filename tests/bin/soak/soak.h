/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random use of a device and of files, by tenants who do not trust each other, while
 * an administrator takes the memory away, gives it back, truncates, and has pages fail.
 *
 * What everybody writes says whose memory it is and which page of it. A byte that says
 * something else, or that can be read where nothing is mapped, is a failure; so is a
 * call that does not come back. What the kernel says of itself is for who started it.
 */
#ifndef SOAK_H
#define SOAK_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SZ_4K		(4UL << 10)
#define SZ_2M		(2UL << 20)
#define SZ_1G		(1UL << 30)
#define RW		(PROT_READ | PROT_WRITE)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof(*(a)))

#define TENANTS		4
#define ADMIN		TENANTS
#define NR_PROCESSES	(TENANTS + 1)
#define NR_FILES	3
#define MOST_OPS	64

/* The address space in which everything happens, and where it is. */
#define WINDOW		(3 * SZ_1G)
#define WINDOW_AT	0x600000000000UL

/* Owners: of bindings, of the file that all tenants share, of other files. */
#define OWNER_DEVICE	0x800000u
#define OWNER_COMMON	0x400000u

struct process {
	_Atomic uint64_t ops;
	_Atomic(const char *) doing;
	_Atomic pid_t pid;
	/* Files of the file system that it has open. */
	_Atomic int files;
};

/* Shared by all processes. */
struct state {
	uint64_t limit;
	_Atomic uint64_t ops, admin_ops;
	_Atomic int stop, failed;
	/* Binding of the device, and mount; both count up. */
	_Atomic uint32_t binding, mount;
	/* Whoever has files of the mount is to close them. */
	_Atomic int leave;
	_Atomic uint32_t next_owner;
	/* So that a run shows that it did something. */
	_Atomic uint64_t reads, tags, writes, signals, misses, binds, mounts, errors;
	/* What each of the tenants' operations took: calls first, then files. */
	struct {
		_Atomic uint64_t times, ns;
	} costs[MOST_OPS];
	struct process processes[NR_PROCESSES];
};

struct options {
	unsigned int seed;
	const char *device, *device_name, *mount, *mount_name;
	const char *only, *without;
	bool verbose, costs;
};

extern struct state *state;
extern struct options options;
extern unsigned int self;

/* main.c */
__attribute__((format(printf, 1, 2)))
void failed(const char *fmt, ...);
bool wanted(const char *name);
void doing(const char *name);
uint64_t at_random(uint64_t limit);
bool one_in(unsigned int n);

/* window.c: what is mapped where. */
void window_open(void);
void window_map(uint64_t at, uint64_t len, uint32_t owner, uint64_t pgoff);
void window_move(uint64_t to, uint64_t from, uint64_t len);
void window_clear(uint64_t at, uint64_t len);
void window_forget(uint32_t owner_mask);
uint64_t window_address(void);
uint64_t hot_page(uint64_t limit);
uint64_t window_length(void);
int window_read(uint64_t at);
int window_write(uint64_t at);
uint64_t tag_of(uint32_t owner, uint64_t pgoff);
void check_tag(uint64_t value, uint32_t owner, uint64_t pgoff, const char *how);

/* tenant.c, calls.c, files.c, admin.c */
struct op {
	const char *name;
	void (*run)(void);
	unsigned int weight;
};

extern const struct op call_ops[], file_ops[];
extern const size_t nr_call_ops, nr_file_ops;

struct object {
	int fd;
	uint32_t owner;
	/* Bytes that can be mapped, more or less. */
	uint64_t size;
};

extern struct object device, files[NR_FILES + 1];

struct object *any_object(void);
struct object *any_file(void);
void files_leave(void);
void files_enter(void);
void tenant(void);
void admin(void);

#endif /* SOAK_H */
