// SPDX-License-Identifier: GPL-2.0-only
/*
 * Owners in turn, for tests/owners.t: files are made on a dmemfs mount, found to read as
 * zeroes, filled, found to be as they were left, cut, and removed, and a device is bound
 * and unbound, kept or not, while clearing ahead is switched on and off at random.
 *
 *	owners ROUNDS SEED DIRECTORY DEVICE
 *
 * DEVICE is a name on the dax bus. Of each 4 KiB 16 words are written, in other places each
 * time, and all are looked at. Half of the owners touch few of their pages, so that
 * what is around those is cleared while they are in use, or after that; and half of the
 * files have whole granules from the beginning, of which few chunks may become clear then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

#define FILES		12
#define MOST_PAGES	2048UL
#define DEVICE_PAGES	16384UL
#define PAGE_WORDS	512
#define STEP		32
#define AHEAD		"/sys/module/pfn_special/parameters/ahead"
#define DRIVER		"/sys/bus/dax/drivers/dax_none/"

static uint64_t state;

/* xorshift64: G. Marsaglia, "Xorshift RNGs", 2003. */
static uint64_t below(uint64_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % n;
}

/* One in n. */
static int chance(uint64_t n)
{
	return !below(n);
}

static void pause_us(uint64_t most)
{
	struct timespec t = { .tv_nsec = below(most) * 1000 };

	nanosleep(&t, NULL);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("%s to %s: %s", text, path, strerror(errno));
	close(fd);
}

struct memory {
	uint64_t *words;
	void *base;	/* address space, some of which is what "words" are in */
	size_t room;
	unsigned long pages;
	uint64_t seed;	/* 0: reads as zeroes */
	unsigned int at;
	uint64_t few;	/* which pages were filled, not 0: one in 2 to the power of "rare" */
	unsigned int rare;
	int at_once;	/* a new file is given all of its memory before it is touched */
};

static void map(struct memory *m, const char *path, int flags)
{
	int fd = open(path, O_RDWR | flags, 0600);

	if (fd < 0)
		bail("%s: %s", path, strerror(errno));
	if (flags && ftruncate(fd, m->pages * 4096))
		bail("ftruncate: %s", strerror(errno));
	if (flags && m->at_once && fallocate(fd, 0, 0, m->pages * 4096))
		bail("fallocate: %s", strerror(errno));
	/* Who touches little does so by small leaves: nothing larger fits there. */
	m->room = m->pages * 4096 + (m->few ? 4ul << 20 : 0);
	m->base = mmap(NULL, m->room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (m->base == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	m->words = m->base;
	if (m->few)
		m->words = (void *)((((uintptr_t)m->base | ((2ul << 20) - 1)) + 1) | 65536);
	m->words = mmap(m->words, m->pages * 4096, PROT_READ | PROT_WRITE,
			MAP_SHARED | (m->few ? MAP_FIXED : 0), fd, 0);
	if (m->words == MAP_FAILED)
		bail("mmap of %s: %s", path, strerror(errno));
	close(fd);
}

static void unmap(struct memory *m)
{
	munmap(m->words, m->pages * 4096);
	munmap(m->base, m->room);
}

static int is_filled(const struct memory *m, unsigned long page)
{
	return !m->few || !((page + 1) * m->few * 0x9e3779b97f4a7c15 >>
			    (64 - m->rare));
}

static uint64_t value(const struct memory *m, unsigned long word)
{
	if (!m->seed || word % STEP != m->at || !is_filled(m, word / PAGE_WORDS))
		return 0;
	return m->seed * 0x9e3779b97f4a7c15 + word;
}

static void look_at_page(const struct memory *m, const char *what, unsigned long page)
{
	volatile uint64_t *words = m->words;
	unsigned long word = page * PAGE_WORDS;

	for (; word < (page + 1) * PAGE_WORDS; word++)
		if (words[word] != value(m, word))
			bail("%s: word %#lx is %#llx and not %#llx", what, word,
			     (unsigned long long)words[word],
			     (unsigned long long)value(m, word));
}

static void look_at(const struct memory *m, const char *what)
{
	unsigned long page;

	for (page = 0; page < m->pages; page++)
		look_at_page(m, what, page);
}

/* The other pages are not touched. */
static void look_at_filled(const struct memory *m, const char *what)
{
	unsigned long page;

	for (page = 0; page < m->pages; page++)
		if (is_filled(m, page))
			look_at_page(m, what, page);
}

static void fill(struct memory *m)
{
	volatile uint64_t *words = m->words;
	unsigned long page, word;

	m->seed = 1 + below(1ul << 40);
	for (page = 0; page < m->pages; page++) {
		if (!is_filled(m, page))
			continue;
		word = page * PAGE_WORDS + m->at;
		for (; word < (page + 1) * PAGE_WORDS; word += STEP)
			words[word] = value(m, word);
	}
}

static void come(struct memory *m, const char *path, int flags)
{
	m->at = below(STEP);
	m->few = chance(2) ? 0 : 1 + 2 * below(1ul << 40);
	m->rare = 5 + below(5);
	m->at_once = chance(2);
	map(m, path, flags);
	look_at_filled(m, "somebody else's data");
	fill(m);
	pause_us(2000);
	if (chance(2))
		look_at(m, "what was just written, or between");
	else
		look_at_filled(m, "what was just written");
}

static void leave(struct memory *m, const char *path)
{
	if (unlink(path))
		bail("unlink: %s", strerror(errno));
	m->pages = 0;
}

static void file_round(const char *directory, struct memory *files)
{
	unsigned int nr = below(FILES);
	struct memory *m = &files[nr];
	char path[256];

	snprintf(path, sizeof(path), "%s/%u", directory, nr);
	if (!m->pages) {
		/* Some begin and end within a granule. */
		m->pages = 1 + below(chance(4) ? 64 : MOST_PAGES);
		m->seed = 0;
		come(m, path, O_CREAT | O_EXCL);
		unmap(m);
		/* Some go while what is around their data is being cleared. */
		if (!chance(3))
			return;
		pause_us(2000);
		leave(m, path);
		return;
	}
	map(m, path, 0);
	if (chance(2))
		look_at_filled(m, "a file in use");
	else
		look_at(m, "all of a file in use");
	unmap(m);
	if (m->pages > 1 && chance(3)) {
		m->pages -= 1 + below(m->pages - 1);
		if (truncate(path, m->pages * 4096))
			bail("truncate: %s", strerror(errno));
		return;
	}
	leave(m, path);
}

static void device_round(const char *device, struct memory *m)
{
	char path[64];
	int keep = m->seed && chance(2);

	snprintf(path, sizeof(path), "/dev/%s", device);
	if (keep) {
		/* Else what was never cleared is kept as well. */
		map(m, path, 0);
		look_at(m, "a device before it is kept");
		unmap(m);
	}
	write_to(DRIVER "unbind", device);
	write_to(keep ? DRIVER "bind_preserve" : DRIVER "bind", device);
	pause_us(5000);
	m->pages = DEVICE_PAGES;
	if (keep) {
		map(m, path, 0);
		look_at(m, "a device that was kept");
	} else {
		m->seed = 0;
		come(m, path, 0);
	}
	unmap(m);
}

int main(int argc, char **argv)
{
	struct memory files[FILES] = { 0 }, device = { 0 };
	unsigned long rounds, i;

	if (argc != 5)
		bail("usage: owners ROUNDS SEED DIRECTORY DEVICE");
	rounds = strtoul(argv[1], NULL, 0);
	state = strtoull(argv[2], NULL, 0) * 2 + 1;
	for (i = 0; i < rounds; i++) {
		if (chance(8))
			write_to(AHEAD, chance(2) ? "N" : "Y");
		if (chance(20))
			device_round(argv[4], &device);
		else
			file_round(argv[3], files);
		if (chance(4))
			pause_us(3000);
	}
	printf("%lu rounds\n", i);
	return 0;
}
