// SPDX-License-Identifier: GPL-2.0-only
/*
 * A memory error in ordinary RAM: what a process that owns the page sees of it,
 * one line for each thing, the same whenever the kernel does the same.
 *
 * ram-error COMMAND: it raises the error at the physical address $ADDRESS.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tap.h"

static uint64_t physical(const void *p)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;

	if (pread(fd, &entry, 8, (uintptr_t)p / SZ_4K * 8) != 8 ||
	    !(entry >> 63))
		bail("pagemap");
	close(fd);
	/* Bits 0 to 54, Documentation/admin-guide/mm/pagemap.rst */
	return (entry & ((1ULL << 55) - 1)) * SZ_4K;
}

static long corrupted_kib(void)
{
	FILE *f = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "HardwareCorrupted: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static void print_signal(const char *what, const uint8_t *base)
{
	printf("%s: code %d at byte %ld of the page, lsb %d\n", what,
	       fault_info.si_code, (long)((uint8_t *)fault_info.si_addr - base),
	       fault_info.si_addr_lsb);
}

int main(int argc, char **argv)
{
	static const char *const policies[] = { "late", "early" };
	char address[32];

	if (argc != 2) {
		fprintf(stderr, "usage: ram-error COMMAND\n");
		return 2;
	}
	catch_faults();
	for (int early = 0; early < 2; early++) {
		uint8_t *p = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		long before = corrupted_kib();
		volatile int status = 0;
		int sig;

		prctl(PR_MCE_KILL, PR_MCE_KILL_SET,
		      early ? PR_MCE_KILL_EARLY : PR_MCE_KILL_LATE, 0, 0);
		memset(p, 1, SZ_4K);
		snprintf(address, sizeof(address), "%#llx",
			 (unsigned long long)physical(p));
		setenv("ADDRESS", address, 1);
		sig = sigsetjmp(fault_env, 1);
		if (!sig) {
			fault_armed = 1;
			status = system(argv[1]);
			for (int i = 0; i < 40 && corrupted_kib() == before; i++)
				usleep(50000);
			usleep(100000);
		}
		fault_armed = 0;
		printf("%s: command: %d, corrupted: %ld KiB more\n",
		       policies[early], status, corrupted_kib() - before);
		if (sig)
			print_signal("told", p);
		if (try_read(p + 9))
			print_signal("touched", p);
	}
	return 0;
}
