// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wants more memory than there is: writes pages of its own in random order and looks,
 * each time, whether a page still is what it was last made.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE	4096ul
#define WORDS	(PAGE / sizeof(uint64_t))

static uint64_t seed;

static uint64_t next_random(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Of a page in its nth version; 0 is what it has before it is touched. */
static uint64_t word(uint64_t page, uint32_t version, uint64_t i)
{
	return version ? ((page << 32 | version) + i) * 0x9e3779b97f4a7c15ull : 0;
}

static unsigned long check(const uint64_t *at, uint64_t page, uint32_t version)
{
	unsigned long i, bad = 0;

	for (i = 0; i < WORDS; i++)
		bad += at[i] != word(page, version, i);
	return bad;
}

static void fill(uint64_t *at, uint64_t page, uint32_t version)
{
	unsigned long i;

	for (i = 0; i < WORDS; i++)
		at[i] = word(page, version, i);
}

int main(int argc, char **argv)
{
	unsigned long nr, ops, bad = 0, i;
	uint32_t *versions;
	uint64_t *memory;

	if (argc != 4) {
		fprintf(stderr, "usage: hog MIB ACCESSES SEED\n");
		return 2;
	}
	nr = strtoul(argv[1], NULL, 0) << (20 - 12);
	ops = strtoul(argv[2], NULL, 0);
	seed = strtoul(argv[3], NULL, 0) * 7919 + 88172645463325252ull;
	memory = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	versions = calloc(nr, sizeof(*versions));
	if (memory == MAP_FAILED || !versions) {
		perror("hog");
		return 2;
	}
	madvise(memory, nr * PAGE, MADV_NOHUGEPAGE);
	for (i = 0; i < nr; i++)
		fill(memory + i * WORDS, i, ++versions[i]);
	for (i = 0; i < ops; i++) {
		uint64_t page = next_random() % nr;

		bad += check(memory + page * WORDS, page, versions[page]);
		fill(memory + page * WORDS, page, ++versions[page]);
	}
	for (i = 0; i < nr; i++)
		bad += check(memory + i * WORDS, i, versions[i]);
	printf("%lu pages, %lu accesses, %lu wrong words\n", nr, ops, bad);
	return bad != 0;
}
