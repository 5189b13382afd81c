// SPDX-License-Identifier: GPL-2.0-only
/*
 * error-storm inject FILE START PAGES COUNT SEED: writes COUNT addresses of random
 * pages from START on to FILE, which reports an error there, whoever has the memory.
 * Prints "N new, M known".
 *
 * error-storm touch DEVICE PAGES: writes to each page of a device. Prints
 * "N written, M lost"; lost are those that gave SIGBUS as a bad page does.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

static int inject(char **argv)
{
	uint64_t start = strtoull(argv[1], NULL, 0);
	unsigned long pages = strtoul(argv[2], NULL, 0);
	unsigned long count = strtoul(argv[3], NULL, 0);
	unsigned int seed = strtoul(argv[4], NULL, 0);
	unsigned long new = 0, known = 0;
	int fd = open(argv[0], O_WRONLY);

	if (fd < 0)
		bail("%s", argv[0]);
	while (new + known < count) {
		unsigned long page = ((unsigned long)rand_r(&seed) << 16 ^
				      rand_r(&seed)) % pages;
		char text[32];
		int len = snprintf(text, sizeof(text), "%#llx\n",
				   (unsigned long long)start + page * SZ_4K);

		if (write(fd, text, len) == len)
			new++;
		else if (errno == EHWPOISON)
			known++;
		else
			bail("%s: page %lu", argv[0], page);
	}
	printf("%lu new, %lu known\n", new, known);
	return 0;
}

static int touch(char **argv)
{
	unsigned long pages = strtoul(argv[1], NULL, 0), written = 0, lost = 0;
	int fd = open(argv[0], O_RDWR);
	uint8_t *p = mmap(NULL, pages * SZ_4K, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	if (fd < 0 || p == MAP_FAILED)
		bail("%s", argv[0]);
	catch_faults();
	for (unsigned long i = 0; i < pages; i++) {
		if (!try_write(p + i * SZ_4K, 1))
			written++;
		else if (fault_info.si_signo == SIGBUS &&
			 fault_info.si_code == BUS_MCEERR_AR &&
			 fault_info.si_addr == p + i * SZ_4K)
			lost++;
		else
			bail("page %lu: signal %d, code %d", i,
			     fault_info.si_signo, fault_info.si_code);
	}
	printf("%lu written, %lu lost\n", written, lost);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 7 && !strcmp(argv[1], "inject"))
		return inject(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "touch"))
		return touch(argv + 2);
	fprintf(stderr, "usage: error-storm inject FILE START PAGES COUNT SEED\n"
		"       error-storm touch DEVICE PAGES\n");
	return 2;
}
