// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does an IOMMU get memory that was taken away while VFIO was mapping it?
 *
 * vfio-race TAKE MEMORY ROUNDS BDF
 *
 * In each round a process touches 2M of memory, and a thread of it called "racer"
 * has VFIO map them for an edu device. Meanwhile the memory is taken away, and if
 * that succeeds its next owner writes a secret all over it. If VFIO has mapped
 * something then, the device copies from there and to there, and both owners look
 * at what they have.
 *
 * While VFIO maps it, whoever comes next gets nothing.
 *
 * TAKE		how the memory is taken away
 *   punch	MEMORY is a directory on dmemfs with room for two files of 2M and
 *		nothing else. A hole is punched; the next owner is another file
 *   truncate	the same, but the file is truncated
 *   unbind	MEMORY is a device bound to dax_none, such as dax0.0. It is unbound; the
 *		next owner is whoever binds it and opens it
 *
 * The window is short: see tests/kernel/delay.c, and "racer" above.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <time.h>

#include "container.h"
#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define DRIVER	"/sys/bus/dax/drivers/dax_none/"
#define SECRET	0x5ec7e7005ec7e700
#define MINE	0x0151de000151de00
#define OTHER	0x0744e2000744e200
/* Where the device finds what is fought for, and what is the racer's all the time. */
#define IOVA	(4UL << 30)
#define OWN	(8UL << 30)

static const char *take, *memory;
static bool is_device;
static volatile uint8_t *bar;
static int fd = -1, own_fd = -1;
static uint64_t *map, *own;

/* How far the round is. */
static _Atomic bool begun, done;
static int map_errno;
static _Atomic unsigned int lasts = 1000;

/* Rounds in which that happened. */
static unsigned int mapped, taken, refused, stolen, overwritten, both;

static unsigned long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000UL + now.tv_nsec / 1000;
}

static void fill(uint64_t *mem, uint64_t value)
{
	for (size_t i = 0; i < SZ_2M / 8; i++)
		mem[i] = value;
}

static int open_at(const char *name, int flags)
{
	char path[256];
	int file;

	snprintf(path, sizeof(path), "%s/%s", memory, name);
	file = open(path, O_RDWR | flags, 0600);
	if (file < 0)
		bail("%s", path);
	return file;
}

static int open_device(void)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "/dev/%s", memory);
	file = open(path, O_RDWR);
	if (file < 0)
		bail("%s", path);
	return file;
}

static uint64_t *map_2m(int file)
{
	void *mem = mmap(NULL, SZ_2M, RW, MAP_SHARED, file, 0);

	if (mem == MAP_FAILED)
		bail("mmap");
	return mem;
}

/* Sysfs wants it in one piece. */
static int put(const char *path, const char *text)
{
	ssize_t len = strlen(text);
	int file = open(path, O_WRONLY), rc;

	if (file < 0)
		bail("%s", path);
	rc = write(file, text, len) == len ? 0 : -1;
	close(file);
	return rc;
}

static void *racer(void *arg)
{
	unsigned long start = now_us();

	prctl(PR_SET_NAME, "racer");
	begun = true;
	map_errno = vfio_map(map, SZ_2M, IOVA) ? errno : 0;
	lasts = now_us() - start;
	done = true;
	return arg;
}

/* True if the memory is not the racer's any more. */
static bool take_away(void)
{
	int rc;

	if (is_device)
		return !put(DRIVER "unbind", memory);
	if (!strcmp(take, "punch"))
		rc = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			       SZ_2M);
	else
		rc = ftruncate(fd, 0);
	if (rc)
		bail("%s", take);
	return true;
}

/* The next owner's memory, or NULL if there is none for him. */
static uint64_t *next_owner(int *file)
{
	uint64_t *mem;

	if (is_device) {
		if (put(DRIVER "bind", memory))
			return NULL;
		*file = open_device();
	} else {
		*file = open_at("secret", O_CREAT);
		if (fallocate(*file, 0, 0, SZ_2M)) {
			if (errno != ENOSPC)
				bail("fallocate");
			close(*file);
			return NULL;
		}
	}
	mem = map_2m(*file);
	fill(mem, SECRET);
	return mem;
}

static void dma(int to_ram, uint64_t iova)
{
	edu_start(bar, to_ram, iova, EDU_MAX_LEN);
	if (edu_finish(bar))
		bail("the device does not finish");
}

/* What is mapped at IOVA is not to be what the next owner has. */
static void probe(const uint64_t *secret)
{
	bool reads, writes = false;

	fill(own, OTHER);
	dma(0, IOVA);
	dma(1, OWN);
	reads = *own == SECRET;
	fill(own, OTHER);
	dma(0, OWN);
	dma(1, IOVA);
	for (size_t i = 0; i < SZ_2M / 8; i++)
		writes |= secret[i] != SECRET;
	stolen += reads;
	overwritten += writes;
}

/* The racer has memory with data of his own. */
static void prepare(void)
{
	if (is_device) {
		fd = open_device();
	} else {
		if (ftruncate(fd, SZ_2M))
			bail("ftruncate");
		if (fallocate(fd, 0, 0, SZ_2M))
			bail("fallocate");
	}
	map = map_2m(fd);
	fill(map, MINE);
}

static void race_once(unsigned int *seed)
{
	uint64_t *secret = NULL, len = SZ_2M;
	pthread_t thread;
	unsigned int wait;
	int file = -1;
	bool is_taken;

	prepare();
	begun = false;
	done = false;
	/* From before it begins until after it has ended */
	wait = rand_r(seed) % (lasts + lasts / 4 + 1);
	if (pthread_create(&thread, NULL, racer, NULL))
		bail("pthread_create");
	while (!begun)
		;
	usleep(wait);
	is_taken = take_away();
	if (is_taken)
		secret = next_owner(&file);
	pthread_join(thread, NULL);
	mapped += !map_errno;
	taken += is_taken;
	refused += !secret;
	/* The hole may have been filled before the next owner came. */
	if (!map_errno && secret) {
		both++;
		probe(secret);
	}
	if (!map_errno && (vfio_unmap(IOVA, &len) || len != SZ_2M))
		bail("VFIO_IOMMU_UNMAP_DMA");
	munmap(map, SZ_2M);
	if (secret) {
		munmap(secret, SZ_2M);
		close(file);
	}
	if (is_device) {
		close(fd);
		/* It is nobody's now, and has to be there for the next round. */
		if (!secret && put(DRIVER "bind", memory))
			bail("%s cannot be bound, though nobody has it", memory);
	} else if (is_taken) {
		unlinkat(AT_FDCWD, "secret", 0);
	}
}

int main(int argc, char **argv)
{
	unsigned int rounds, seed = 1;

	if (argc != 5) {
		fprintf(stderr, "usage: vfio-race TAKE MEMORY ROUNDS BDF\n");
		return 2;
	}
	take = argv[1];
	memory = argv[2];
	rounds = strtoul(argv[3], NULL, 0);
	is_device = !strcmp(take, "unbind");
	bar = vfio_open(argv[4]);
	if (is_device) {
		own_fd = memfd_create("own", 0);
		if (own_fd < 0 || ftruncate(own_fd, SZ_2M))
			bail("memfd");
	} else {
		if (chdir(memory))
			bail("%s", memory);
		fd = open_at("file", O_CREAT);
		own_fd = open_at("own", O_CREAT);
		if (fallocate(own_fd, 0, 0, SZ_2M))
			bail("fallocate");
	}
	own = map_2m(own_fd);
	fill(own, OTHER);
	if (vfio_map(own, SZ_2M, OWN))
		bail("VFIO_IOMMU_MAP_DMA");

	for (unsigned int i = 0; i < rounds; i++)
		race_once(&seed);
	printf("# %u rounds: VFIO mapped it in %u, it was taken in %u, and withheld in %u\n",
	       rounds, mapped, taken, refused);
	ok(mapped && mapped < rounds && refused && refused < rounds,
	   "map against %s: either can win", take);
	ok(!both, "map against %s: both do so in no round, of %u in %u", take, rounds,
	   both);
	ok(!stolen, "map against %s: no device reads the next owner's memory, of %u rounds in %u",
	   take, rounds, stolen);
	ok(!overwritten, "map against %s: nor writes to it, of %u rounds in %u", take,
	   rounds, overwritten);
	return done_testing();
}
