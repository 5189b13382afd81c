/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the measuring programs share. In a VM with --icount the time stamp counter
 * counts the instructions that the guest has executed, one each.
 */
#ifndef _BENCH_H
#define _BENCH_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

/* Each program says its name once. */
extern const char program[];

static inline uint64_t instructions(void)
{
	return __rdtsc();
}

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program, what, strerror(errno));
	exit(2);
}

/* The same without what other tasks executed; a call costs some hundred itself. */
static inline uint64_t thread_time(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts))
		die("clock_gettime");
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Bytes: a number that may end in K, M or G. */
static inline uint64_t bytes(const char *text)
{
	static const char suffixes[] = "KMG";
	unsigned int shift = 0;
	const char *suffix;
	uint64_t n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (end != text && *end) {
		suffix = strchr(suffixes, *end);
		if (suffix) {
			shift = 10 * (suffix - suffixes + 1);
			end++;
		}
	}
	if (end == text || *end || errno || n > UINT64_MAX >> shift) {
		fprintf(stderr, "%s: '%s' is not a size such as 64M\n", program,
			text);
		exit(2);
	}
	return n << shift;
}

static inline uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* One figure: a line that tests/bench/run collects. */
static inline void report(const char *figure, const char *peer,
			  const char *leaf, const char *size, uint64_t value)
{
	printf("bench %s %s %s %s %llu\n", figure, peer, leaf, size,
	       (unsigned long long)value);
	fflush(stdout);
}

#endif /* _BENCH_H */
