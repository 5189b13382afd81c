// SPDX-License-Identifier: GPL-2.0-only
/*
 * Uses a dax device from shell tests: maps a part of it and fills, checks or
 * touches that part, or holds it until a signal comes.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char usage[] =
	"usage: dax-mem fill  DEVICE OFFSET LENGTH SEED    write a pattern\n"
	"       dax-mem check DEVICE OFFSET LENGTH SEED    verify it\n"
	"       dax-mem zero  DEVICE OFFSET LENGTH         verify that all is zero\n"
	"       dax-mem touch DEVICE OFFSET LENGTH STEP    write a byte in each STEP\n"
	"       dax-mem read  DEVICE OFFSET LENGTH STEP    read a byte in each STEP\n"
	"       dax-mem hold  DEVICE OFFSET LENGTH         touch, print \"ready\", then\n"
	"                     touch again upon SIGUSR1; exit 7 if that gives SIGBUS\n"
	"Numbers may end in K, M or G. Exit status 1 for a difference, 2 for errors.\n";

#define WINDOW	(2ull << 20)

static void die(const char *what)
{
	fprintf(stderr, "dax-mem: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t number(const char *s)
{
	char *end;
	uint64_t n = strtoull(s, &end, 0);

	switch (*end) {
	case 'G':
		n <<= 10;
		/* fallthrough */
	case 'M':
		n <<= 10;
		/* fallthrough */
	case 'K':
		n <<= 10;
		end++;
	}
	if (*end || end == s) {
		fprintf(stderr, "dax-mem: '%s' is not a number\n%s", s, usage);
		exit(2);
	}
	return n;
}

/* A value that depends on the place and the seed, and is never 0. */
static uint64_t pattern(uint64_t offset, uint64_t seed)
{
	return (offset + 1) * 0x9e3779b97f4a7c15ull ^ seed * 0xc2b2ae3d27d4eb4full;
}

static void on_bus(int sig)
{
	(void)sig;
	_exit(7);
}

static void on_usr1(int sig)
{
	(void)sig;
}

static void hold(volatile uint8_t *p)
{
	sigset_t set, old;

	signal(SIGBUS, on_bus);
	signal(SIGUSR1, on_usr1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &old);
	*p = 1;
	printf("ready\n");
	fflush(stdout);
	sigdelset(&old, SIGUSR1);
	sigsuspend(&old);
	*p = 2;
}

int main(int argc, char **argv)
{
	uint64_t offset, len, arg = 0, skew = 0, i;
	volatile uint64_t *w;
	volatile uint8_t *b;
	int fd, differs = 0;
	const char *verb;
	uint8_t sum = 0;

	if (argc < 5 || argc > 6) {
		fputs(usage, stderr);
		return 2;
	}
	verb = argv[1];
	offset = number(argv[3]);
	len = number(argv[4]);
	if (argc == 6)
		arg = number(argv[5]);

	fd = open(argv[2], O_RDWR);
	if (fd < 0)
		die(argv[2]);
	/* Less than a page: in the 2M around it, which files of any kind can map. */
	if (len < 4096)
		skew = offset & (WINDOW - 1);
	b = mmap(NULL, len < 4096 ? WINDOW : len, PROT_READ | PROT_WRITE,
		 MAP_SHARED, fd, offset - skew);
	if (b == MAP_FAILED)
		die("mmap");
	b += skew;
	w = (volatile uint64_t *)b;

	if (!strcmp(verb, "fill")) {
		for (i = 0; i < len / 8; i++)
			w[i] = pattern(offset + i * 8, arg);
	} else if (!strcmp(verb, "check") || !strcmp(verb, "zero")) {
		for (i = 0; i < len / 8 && !differs; i++) {
			uint64_t want = *verb == 'z' ? 0 :
					pattern(offset + i * 8, arg);

			if (w[i] != want) {
				printf("at %#llx: %#llx, wanted %#llx\n",
				       (unsigned long long)(offset + i * 8),
				       (unsigned long long)w[i],
				       (unsigned long long)want);
				differs = 1;
			}
		}
	} else if (!strcmp(verb, "touch") && arg) {
		for (i = 0; i < len; i += arg)
			b[i] = 1;
	} else if (!strcmp(verb, "read") && arg) {
		for (i = 0; i < len; i += arg)
			sum |= b[i];
		printf("%u\n", sum);
	} else if (!strcmp(verb, "hold")) {
		hold(b);
	} else {
		fputs(usage, stderr);
		return 2;
	}
	return differs;
}
