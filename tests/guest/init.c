// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only program of a test guest: fills most of the guest's memory with a
 * pattern, verifies it, says so, and powers off when it is told to.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/sysinfo.h>
#include <unistd.h>

/* What the kernel may still want while the rest is in use. */
#define SPARE	(96UL << 20)

static uint64_t pattern(uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15ull;
}

static const char *work(uint64_t *mib)
{
	struct sysinfo info;
	uint64_t *p, n;

	sysinfo(&info);
	if (info.freeram < 2 * SPARE)
		return "too little memory";
	n = ((info.freeram - SPARE) & ~((1UL << 20) - 1)) / sizeof(*p);
	*mib = n * sizeof(*p) >> 20;
	p = mmap(NULL, n * sizeof(*p), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return "mmap failed";
	/* Every cache line, and all of a page in 64. */
	for (uint64_t i = 0; i < n; i += (i >> 9) % 64 ? 8 : 1)
		p[i] = pattern(i);
	for (uint64_t i = 0; i < n; i += (i >> 9) % 64 ? 8 : 1)
		if (p[i] != pattern(i))
			return "memory differs";
	return NULL;
}

int main(void)
{
	uint64_t mib = 0;
	const char *error = work(&mib);

	if (error)
		printf("guest: FAILED: %s\n", error);
	else
		printf("guest: verified %llu MiB\n", (unsigned long long)mib);
	fflush(stdout);
	getchar();
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
