// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to map memory, touch it, and let go of it, in instructions. The
 * same code for all kinds of memory; how large its leaves are is decided by the
 * address, and for some by how the memory was prepared.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/memfd.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

const char program[] = "mapping";

static const char usage[] =
	"usage: mapping PEER LEAF SIZE PATH FIGURE...\n"
	"PEER names what is measured: hugetlbfs and memfd make their memory, as a\n"
	"memfd, and have \"-\" for PATH; nothing has that, too, and is for exit, fork and\n"
	"child without any mapping; all others map PATH. LEAF is 4K, 2M or 1G, at\n"
	"multiples of which a byte is touched. FIGUREs, each a line on stdout:\n"
	"  first     first touch, when nobody touched the memory before\n"
	"  populate  touch, when the memory has been touched by another mapping\n"
	"  unmap     munmap of what was touched\n"
	"  exit      the end of a process that has touched the memory\n"
	"  fork      fork of such a process\n"
	"  child     the same, and the child touches the memory\n"
	"  far       one touch in 8 leaves, or in 512 of 4K, as for populate\n"
	"  random    512 touches at random, as for populate\n"
	"  random-first  the same, as for first\n"
	"  read      from here on, touch by reading instead of writing\n";

/*
 * The least of several rounds is one that no timer tick disturbed, and that found
 * everything warm. What takes long has so many ticks that all rounds are the same.
 */
static int another_round(int i, uint64_t cost)
{
	return i < (cost < 500000 ? 200 : cost < 5000000 ? 40 : 7);
}

static struct bench {
	const char *peer;
	const char *leaf_name;
	const char *size_name;
	uint64_t leaf;
	uint64_t size;
	int fd;
	int reads;
} b;

/* Shared with children: when something began and ended. */
static struct stamp {
	volatile uint64_t start;
	volatile uint64_t end;
} *stamp;

/*
 * Where no larger leaf than the wanted can be, whatever the memory: the next leaf
 * after a boundary of 1G. Physical memory and file offsets start on such a
 * boundary.
 */
static uint8_t *wanted_address(void)
{
	uint64_t base = 64ull << 30;

	return (uint8_t *)(b.leaf < 1u << 30 ? base + b.leaf : base);
}

static uint8_t *map(void)
{
	uint8_t *p = mmap(wanted_address(), b.size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_FIXED_NOREPLACE, b.fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void unmap(uint8_t *p)
{
	if (munmap(p, b.size))
		die("munmap");
}

static void touch(volatile uint8_t *p)
{
	uint64_t i;

	if (b.reads)
		for (i = 0; i < b.size; i += b.leaf)
			(void)p[i];
	else
		for (i = 0; i < b.size; i += b.leaf)
			p[i] = 1;
}

/* Too far apart for one fault to serve two of them. */
static void touch_far(volatile uint8_t *p)
{
	uint64_t step = b.leaf < 2u << 20 ? 2u << 20 : 8 * b.leaf, i;

	for (i = 0; i < b.size; i += step)
		p[i] = 1;
}

static void touch_random(volatile uint8_t *p)
{
	uint64_t pages = b.size >> 12, state = 1;
	int i;

	for (i = 0; i < 512; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		p[((state >> 33) % pages) << 12] = 1;
	}
}

static uint64_t cost_of(void (*touches)(volatile uint8_t *), uint8_t *p)
{
	uint64_t start = instructions();

	touches(p);
	return instructions() - start;
}

static uint64_t first(void)
{
	uint8_t *p = map();
	uint64_t cost = cost_of(touch, p);

	unmap(p);
	return cost;
}

static uint64_t populate_with(void (*touches)(volatile uint8_t *))
{
	uint64_t cost = UINT64_MAX;
	int i;

	for (i = 0; another_round(i, cost); i++) {
		uint8_t *p = map();

		cost = least(cost, cost_of(touches, p));
		unmap(p);
	}
	return cost;
}

static uint64_t populate(void)
{
	return populate_with(touch);
}

static uint64_t far(void)
{
	return populate_with(touch_far);
}

static uint64_t random_touch(void)
{
	return populate_with(touch_random);
}

static uint64_t random_first(void)
{
	uint8_t *p = map();
	uint64_t cost = cost_of(touch_random, p);

	unmap(p);
	return cost;
}

static uint64_t unmapping(void)
{
	uint64_t cost = UINT64_MAX;
	int i;

	for (i = 0; another_round(i, cost); i++) {
		uint8_t *p = map();
		uint64_t start;

		touch(p);
		start = instructions();
		unmap(p);
		cost = least(cost, instructions() - start);
	}
	return cost;
}

static void reap(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child || status) {
		fprintf(stderr, "%s: a child ended with status %#x\n", program,
			status);
		exit(2);
	}
}

/*
 * Real time for this process, not for its children: no child, nor a kernel thread,
 * runs in the middle of what is measured.
 */
static void undisturbed(int on)
{
	struct sched_param param = { .sched_priority = on ? 1 : 0 };

	if (sched_setscheduler(0, on ? SCHED_FIFO | SCHED_RESET_ON_FORK :
			       SCHED_OTHER, &param))
		die("sched_setscheduler");
}

/* From the last instruction of a process to when its parent knows. */
static uint64_t exit_of(int maps)
{
	uint64_t cost = UINT64_MAX, end;
	int i;

	undisturbed(1);
	for (i = 0; another_round(i, cost); i++) {
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (!child) {
			if (maps)
				touch(map());
			stamp->start = instructions();
			_exit(0);
		}
		reap(child);
		end = instructions();
		cost = least(cost, end - stamp->start);
	}
	undisturbed(0);
	return cost;
}

/* The parent's fork, and with it what the child does to have the memory, too. */
static uint64_t fork_of(uint8_t *p, int touches)
{
	uint64_t cost = UINT64_MAX;
	int i;

	undisturbed(1);
	for (i = 0; another_round(i, cost); i++) {
		uint64_t start = instructions(), forked;
		pid_t child = fork();

		forked = instructions() - start;
		if (child < 0)
			die("fork");
		if (!child) {
			start = instructions();
			if (touches && p)
				touch(p);
			stamp->end = instructions();
			stamp->start = start;
			_exit(0);
		}
		reap(child);
		if (touches)
			forked += stamp->end - stamp->start;
		cost = least(cost, forked);
	}
	undisturbed(0);
	return cost;
}

/* What a process costs that has no such mapping is a figure of this peer. */
static int maps_nothing(void)
{
	return !strcmp(b.peer, "nothing");
}

static uint64_t exiting(void)
{
	return exit_of(!maps_nothing());
}

static uint64_t forking(int touches)
{
	uint64_t cost;
	uint8_t *p;

	if (maps_nothing())
		return fork_of(NULL, touches);
	p = map();
	touch(p);
	cost = fork_of(p, touches);
	unmap(p);
	return cost;
}

static uint64_t fork_alone(void)
{
	return forking(0);
}

static uint64_t fork_and_touch(void)
{
	return forking(1);
}

static const struct figure {
	const char *name;
	uint64_t (*measure)(void);
} figures[] = {
	{ "first", first },
	{ "populate", populate },
	{ "unmap", unmapping },
	{ "exit", exiting },
	{ "fork", fork_alone },
	{ "child", fork_and_touch },
	{ "far", far },
	{ "random", random_touch },
	{ "random-first", random_first },
};

#define NR_FIGURES	(sizeof(figures) / sizeof(figures[0]))

static void measure(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_FIGURES; i++) {
		if (strcmp(name, figures[i].name))
			continue;
		report(name, b.peer, b.leaf_name, b.size_name,
		       figures[i].measure());
		return;
	}
	fprintf(stderr, "%s: no such figure: %s\n%s", program, name, usage);
	exit(2);
}

static int make_memory(void)
{
	unsigned int flags = 0;
	int fd;

	if (!strncmp(b.peer, "hugetlbfs", strlen("hugetlbfs")))
		flags = MFD_HUGETLB |
			(b.leaf == 1u << 30 ? MFD_HUGE_1GB : MFD_HUGE_2MB);
	fd = memfd_create("bench", flags);
	if (fd < 0)
		die("memfd_create");
	if (ftruncate(fd, b.size))
		die("ftruncate");
	return fd;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 6) {
		fputs(usage, stderr);
		return 2;
	}
	b.peer = argv[1];
	b.leaf_name = argv[2];
	b.size_name = argv[3];
	b.leaf = bytes(b.leaf_name);
	b.size = bytes(b.size_name);
	if (!b.leaf || b.leaf & (b.leaf - 1) || !b.size || b.size % b.leaf) {
		fprintf(stderr, "%s: %s is no multiple of a leaf of %s\n",
			program, b.size_name, b.leaf_name);
		return 2;
	}
	stamp = mmap(NULL, sizeof(*stamp), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (stamp == MAP_FAILED)
		die("mmap");
	b.fd = strcmp(argv[4], "-") ? open(argv[4], O_RDWR) : make_memory();
	if (b.fd < 0)
		die(argv[4]);
	for (i = 5; i < argc; i++) {
		if (!strcmp(argv[i], "read"))
			b.reads = 1;
		else
			measure(argv[i]);
	}
	return 0;
}
