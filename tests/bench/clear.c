// SPDX-License-Identifier: GPL-2.0-only
/*
 * How fast this machine clears memory: page by page, as clear_page() does; as
 * mm/special/zero.c does; and with the non-temporal stores of the FPU, which a kernel
 * cannot use without cost, as the limit. All in turn, so that what else the machine does
 * hits all of them; medians, and their ratios.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../../mm/special/clear.h"

#define SZ_4K	(4UL << 10)
#define SZ_2M	(2UL << 20)
#define SZ_1G	(1UL << 30)
#define ROUNDS	9

static bool has_erms(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 9 & 1;
}

static bool has_clzero(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000008, &a, &b, &c, &d) && b & 1;
}

static void by_words(void *p, size_t len)
{
	len /= 8;
	asm volatile("rep stosq" : "+D" (p), "+c" (len) : "a" (0) : "memory");
}

static void by_pages(char *p, size_t len)
{
	bool erms = has_erms();

	for (size_t i = 0; i < len; i += SZ_4K)
		erms ? clear_by_string(p + i, SZ_4K) : by_words(p + i, SZ_4K);
}

/* A granule at a time, as zero_window(). */
static void as_we_do(char *p, size_t len)
{
	bool lines = has_clzero(), erms = has_erms();

	for (size_t i = 0; i < len; i += SZ_2M) {
		if (lines)
			clear_by_lines(p + i, SZ_2M);
		else if (erms)
			clear_by_string(p + i, SZ_2M);
		else
			by_pages(p + i, SZ_2M);
	}
}

__attribute__((target("avx")))
static void past_caches(char *p, size_t len)
{
	__m256i zero = _mm256_setzero_si256();

	for (char *end = p + len; p < end; p += 128) {
		_mm256_stream_si256((__m256i *)p, zero);
		_mm256_stream_si256((__m256i *)(p + 32), zero);
		_mm256_stream_si256((__m256i *)(p + 64), zero);
		_mm256_stream_si256((__m256i *)(p + 96), zero);
	}
	_mm_sfence();
}

static double seconds(void (*clear)(char *, size_t), char *p, size_t len)
{
	struct timespec begin, end;

	memset(p, 0xa5, len);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	clear(p, len);
	clock_gettime(CLOCK_MONOTONIC, &end);
	/* A page here and there: all of it is for tests/unit/clear.c. */
	for (size_t i = 0; i < len; i += SZ_2M - SZ_4K)
		if (p[i]) {
			fprintf(stderr, "clear: byte %zu is not clear\n", i);
			exit(1);
		}
	return end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_cpu(void)
{
	unsigned int name[12] = { 0 };

	for (unsigned int i = 0; i < 3; i++)
		__get_cpuid(0x80000002 + i, &name[4 * i], &name[4 * i + 1],
			    &name[4 * i + 2], &name[4 * i + 3]);
	printf("%.48s:%s%s\n", (const char *)name, has_clzero() ? " clzero" : "",
	       has_erms() ? " erms" : "");
}

int main(void)
{
	static void (*const ways[])(char *, size_t) = { by_pages, as_we_do, past_caches };
	static const char *const names[] = {
		"page by page", "as zero.c does", "non-temporal stores",
	};
	double took[3][ROUNDS], median[3];
	char *p = mmap(NULL, 2 * SZ_1G, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int nr = __builtin_cpu_supports("avx") ? 3 : 2;

	if (p == MAP_FAILED) {
		perror("clear: 2 GiB of address space");
		return 1;
	}
	p = (char *)(((uintptr_t)p + SZ_1G - 1) & ~(SZ_1G - 1));
	madvise(p, SZ_1G, MADV_HUGEPAGE);
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < nr; i++)
			took[i][round] = seconds(ways[i], p, SZ_1G);
	print_cpu();
	for (int i = 0; i < nr; i++) {
		qsort(took[i], ROUNDS, sizeof(double), compare);
		median[i] = took[i][ROUNDS / 2];
		printf("%-20s %6.1f GB/s, %.2f of page by page\n", names[i],
		       SZ_1G / 1e9 / median[i], median[0] / median[i]);
	}
	if (nr > 2)
		printf("as zero.c does: %.2f of non-temporal stores\n", median[2] / median[1]);
	return 0;
}
