// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only program of a guest that edu devices are assigned to: a driver for
 * them, which does DMA into the guest's RAM by physical address. Takes a command
 * per line from the console:
 *
 *	dma SEED [FROM [TO]]	for each device, let it copy a pattern between two
 *			pages whose physical addresses are in [FROM, TO); it is
 *			what dax-mem expects in a file that begins at FROM
 *	read ADDRESS [FROM]	let the first device copy 2 KiB from there, and
 *			print the seed of the pattern that is there, or "none"
 *	off		power off
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "../bin/edu.h"

#define PAGE	4096UL
#define DEVICES	4

static volatile uint8_t *bars[DEVICES];

/* Physical address of a touched page, or 0. */
static uint64_t physical(const volatile void *page)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * 8) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry >> 63 ? (entry & ((1ull << 55) - 1)) * PAGE : 0;
}

/* A locked page in [from, to), by looking at most of the guest's memory. */
static volatile uint64_t *get_page(uint64_t from, uint64_t to, uint64_t *phys)
{
	volatile uint8_t *mem;
	struct sysinfo info;
	size_t len;

	sysinfo(&info);
	len = info.freeram / 4 * 3 / PAGE * PAGE;
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		return NULL;
	for (size_t i = 0; i < len; i += PAGE) {
		mem[i] = 1;
		*phys = physical(mem + i);
		if (*phys < from || *phys >= to)
			continue;
		munmap((void *)mem, i);
		munmap((void *)(mem + i + PAGE), len - i - PAGE);
		mlock((void *)(mem + i), PAGE);
		*phys = physical(mem + i);
		return (volatile uint64_t *)(mem + i);
	}
	munmap((void *)mem, len);
	return NULL;
}

static const char *enable(const char *dir, int n)
{
	char path[300];
	uint16_t command;
	int fd;

	snprintf(path, sizeof(path), "%s/enable", dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		return "cannot be enabled";
	close(fd);
	/* Bus mastering */
	snprintf(path, sizeof(path), "%s/config", dir);
	fd = open(path, O_RDWR);
	if (pread(fd, &command, sizeof(command), 4) != sizeof(command))
		return "config space cannot be read";
	command |= 4;
	if (pwrite(fd, &command, sizeof(command), 4) != sizeof(command))
		return "config space cannot be written";
	close(fd);

	snprintf(path, sizeof(path), "%s/resource0", dir);
	fd = open(path, O_RDWR | O_SYNC);
	bars[n] = mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);
	close(fd);
	return bars[n] == MAP_FAILED ? "bar 0 cannot be mapped" : NULL;
}

static int is_edu(const char *dir)
{
	char path[300];
	uint32_t id = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/config", dir);
	fd = open(path, O_RDONLY);
	if (pread(fd, &id, sizeof(id), 0) != sizeof(id))
		id = 0;
	close(fd);
	return id == EDU_ID;
}

/* Looks for the devices anew, since they come and go. */
static int find_devices(void)
{
	const char *error;
	glob_t dirs;
	int n = 0;

	for (int i = 0; i < DEVICES; i++) {
		if (bars[i])
			munmap((void *)bars[i], EDU_BAR_SIZE);
		bars[i] = NULL;
	}
	if (glob("/sys/bus/pci/devices/*", 0, NULL, &dirs))
		return 0;
	for (size_t i = 0; i < dirs.gl_pathc && n < DEVICES; i++) {
		if (!is_edu(dirs.gl_pathv[i]))
			continue;
		error = enable(dirs.gl_pathv[i], n);
		if (error) {
			printf("guest: FAILED: %s %s\n", dirs.gl_pathv[i], error);
			n = 0;
			break;
		}
		n++;
	}
	globfree(&dirs);
	return n;
}

static void dma(uint64_t seed, uint64_t from, uint64_t to)
{
	volatile uint64_t *src, *dst;
	uint64_t src_phys = 0, dst_phys = 0;
	unsigned int i, differs = 0;
	int devices = find_devices();

	if (!devices) {
		printf("guest: FAILED: no edu device\n");
		return;
	}
	for (int n = 0; n < devices; n++) {
		src = get_page(from, to, &src_phys);
		dst = get_page(from, to, &dst_phys);
		if (!src || !dst) {
			printf("guest: FAILED: no free page from %#" PRIx64 " to %#" PRIx64 "\n",
			       from, to);
			return;
		}
		for (i = 0; i < EDU_MAX_LEN / 8; i++)
			src[i] = edu_pattern(dst_phys - from + i * 8, seed);
		edu_start(bars[n], 0, src_phys, EDU_MAX_LEN);
		if (edu_finish(bars[n]))
			differs++;
		edu_start(bars[n], 1, dst_phys, EDU_MAX_LEN);
		if (edu_finish(bars[n]))
			differs++;
		for (i = 0; i < EDU_MAX_LEN / 8; i++)
			differs += dst[i] != src[i];
		if (differs)
			printf("guest: FAILED: %u words differ\n", differs);
		else
			printf("guest: device %d wrote %#" PRIx64 " %u\n", n,
			       dst_phys, EDU_MAX_LEN);
		munmap((void *)src, PAGE);
		/* The other page keeps its content for the host to see. */
	}
	printf("guest: done %d\n", devices);
}

static void read_phys(uint64_t phys, uint64_t from)
{
	uint64_t buf_phys = 0, seed, i;
	volatile uint64_t *buf = get_page(0, UINT64_MAX, &buf_phys);

	if (!buf || !find_devices()) {
		printf("guest: FAILED: no memory or no device\n");
		return;
	}
	edu_start(bars[0], 0, phys, EDU_MAX_LEN);
	if (edu_finish(bars[0]))
		printf("guest: FAILED: the device does not finish\n");
	edu_start(bars[0], 1, buf_phys, EDU_MAX_LEN);
	if (edu_finish(bars[0]))
		printf("guest: FAILED: the device does not finish\n");
	for (seed = 1; seed < 100; seed++) {
		for (i = 0; i < EDU_MAX_LEN / 8; i++)
			if (buf[i] != edu_pattern(phys - from + i * 8, seed))
				break;
		if (i == EDU_MAX_LEN / 8)
			break;
	}
	if (seed < 100)
		printf("guest: read seed %" PRIu64 "\n", seed);
	else
		printf("guest: read none\n");
}

int main(void)
{
	uint64_t n, from, to;
	char line[128];

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		printf("guest: FAILED: mount: %s\n", strerror(errno));
	setlinebuf(stdout);
	printf("guest: ready\n");
	while (fgets(line, sizeof(line), stdin)) {
		from = 0;
		to = UINT64_MAX;
		if (sscanf(line, "dma %" SCNi64 " %" SCNi64 " %" SCNi64,
			   &n, &from, &to) >= 1)
			dma(n, from, to);
		else if (sscanf(line, "read %" SCNi64 " %" SCNi64, &n, &from) >= 1)
			read_phys(n, from);
		else if (!strncmp(line, "off", 3))
			reboot(RB_POWER_OFF);
		else
			printf("guest: FAILED: what is %s", line);
	}
	return 1;
}
