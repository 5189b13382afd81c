// SPDX-License-Identifier: GPL-2.0-only
/*
 * The only program of a guest whose memory has an error: fills and verifies some
 * memory, lets a child own a page, says where that is and how the child ends, and
 * once a line comes on the console verifies its memory again and powers off.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096UL
#define SIZE	(192UL << 20)

static uint64_t pattern(uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15ull;
}

static int verify(const uint64_t *p)
{
	for (uint64_t i = 0; i < SIZE / sizeof(*p); i += 8)
		if (p[i] != pattern(i))
			return 0;
	return 1;
}

static void say(int good, const char *word)
{
	if (good)
		printf("guest: %s %lu MiB\n", word, SIZE >> 20);
	else
		printf("guest: FAILED: memory differs\n");
	fflush(stdout);
}

/*
 * Owns a page until that kills it, and leaves it alone meanwhile: KVM in 6.12 ends
 * a guest that touches a bad page before the guest's kernel has been told of it.
 */
static void own_page(void)
{
	uint64_t *page;
	uint64_t entry = 0;
	int fd;

	prctl(PR_SET_PDEATHSIG, 9);
	prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	fd = open("/proc/self/pagemap", O_RDONLY);
	if (page == MAP_FAILED ||
	    pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * 8) !=
	    sizeof(entry))
		_exit(1);
	/* Bits 0 to 54: the frame (Documentation/admin-guide/mm/pagemap.rst). */
	printf("guest: page at %#llx\n",
	       (unsigned long long)(entry & ((1ull << 55) - 1)) * PAGE);
	fflush(stdout);
	for (;;)
		pause();
}

static void await_line(pid_t child)
{
	struct pollfd in = { .fd = 0, .events = POLLIN };
	int status;

	while (poll(&in, 1, 100) != 1) {
		if (waitpid(child, &status, WNOHANG) != child)
			continue;
		printf("guest: the owner of the page ended by signal %d\n",
		       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
		fflush(stdout);
	}
}

int main(void)
{
	uint64_t *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	if (p == MAP_FAILED || mkdir("/proc", 0555) ||
	    mount("proc", "/proc", "proc", 0, NULL)) {
		printf("guest: FAILED: no memory or no /proc\n");
		return 1;
	}
	for (uint64_t i = 0; i < SIZE / sizeof(*p); i += 8)
		p[i] = pattern(i);
	say(verify(p), "verified");
	child = fork();
	if (!child)
		own_page();
	await_line(child);
	say(verify(p), "still has");
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
