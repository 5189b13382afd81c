// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a first touch takes: some threads touch different parts of one leaf of 1G of a
 * device at once, and the time until the last of them goes on is printed, in nanoseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define SZ_1G		(1UL << 30)
#define MOST_THREADS	16

static pthread_barrier_t start;

static void *touch(void *p)
{
	pthread_barrier_wait(&start);
	*(volatile char *)p = 1;
	return NULL;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

int main(int argc, char **argv)
{
	int nr = argc == 3 ? atoi(argv[2]) : 0, fd, rc;
	pthread_t threads[MOST_THREADS];
	uint64_t begin;
	char *p;

	if (nr < 1 || nr > MOST_THREADS) {
		fprintf(stderr, "usage: first-touch DEVICE THREADS (1 to %d)\n",
			MOST_THREADS);
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	p = fd < 0 ? MAP_FAILED : mmap(NULL, SZ_1G, PROT_READ | PROT_WRITE,
				       MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		fprintf(stderr, "first-touch: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	pthread_barrier_init(&start, NULL, nr + 1);
	for (int i = 0; i < nr; i++) {
		rc = pthread_create(&threads[i], NULL, touch, p + SZ_1G / nr * i);
		if (rc) {
			fprintf(stderr, "first-touch: pthread_create: %s\n",
				strerror(rc));
			return 2;
		}
	}
	begin = now_ns();
	pthread_barrier_wait(&start);
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	printf("%llu\n", (unsigned long long)(now_ns() - begin));
	return 0;
}
