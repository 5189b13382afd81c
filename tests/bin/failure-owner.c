// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is told of an error in memory that has changed hands.
 *
 * failure-owner DEVICE
 *
 * A process that wants to know of errors early maps a device. It is unbound and bound
 * anew, and a second such process maps it. The error is in the page that both have
 * mapped, and only the second owns it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "tap.h"

#define DRIVER	"/sys/bus/dax/drivers/dax_none/"
#define LENGTH	(16 * SZ_2M)
#define PAGE	(5 * SZ_2M + 7 * SZ_4K)

enum { NOT_TOLD = 10, TOLD, WRONG, MAPS_AGAIN };

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		bail("%s to %s", text, path);
	close(fd);
}

struct owner {
	pid_t pid;
	/* Its end is what the owner waits for. */
	int over;
};

static int live(const char *device, int ready, int over)
{
	struct timespec now = { 0 };
	siginfo_t info;
	sigset_t bus;
	uint8_t *p;
	char c = 0;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0))
		return 1;
	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	sigprocmask(SIG_BLOCK, &bus, NULL);
	fd = open(device, O_RDWR);
	p = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 2;
	p[PAGE] = 1;
	if (write(ready, &c, 1) != 1 || read(over, &c, 1) != 0)
		return 3;
	if (sigtimedwait(&bus, &info, &now) == SIGBUS)
		return info.si_code == BUS_MCEERR_AO &&
		       info.si_addr == p + PAGE ? TOLD : WRONG;
	if (mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED)
		return MAPS_AGAIN;
	return NOT_TOLD;
}

static struct owner new_owner(const char *device)
{
	struct owner owner;
	int ready[2], over[2];
	char c;

	if (pipe2(ready, O_CLOEXEC) || pipe2(over, O_CLOEXEC))
		bail("pipe");
	owner.pid = fork();
	if (!owner.pid) {
		close(ready[0]);
		close(over[1]);
		_exit(live(device, ready[1], over[0]));
	}
	close(ready[1]);
	close(over[0]);
	if (read(ready[0], &c, 1) != 1)
		bail("the owner ends with status %d", exit_status(owner.pid));
	close(ready[0]);
	owner.over = over[1];
	return owner;
}

static int end(struct owner *owner)
{
	close(owner->over);
	return exit_status(owner->pid);
}

int main(int argc, char **argv)
{
	char path[PATH_MAX], device[PATH_MAX], text[32];
	struct owner former, latter;

	if (argc != 2) {
		fprintf(stderr, "usage: failure-owner DEVICE\n");
		return 2;
	}
	snprintf(device, sizeof(device), "/dev/%s", argv[1]);
	former = new_owner(device);
	put(DRIVER "unbind", argv[1]);
	put(DRIVER "bind", argv[1]);
	latter = new_owner(device);
	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/mapping0/start",
		 argv[1]);
	snprintf(text, sizeof(text), "%#llx",
		 (unsigned long long)read_number(path) + PAGE);
	put("/sys/kernel/debug/pfn_special/inject", text);
	/* The latter first: it was forked with the former's pipe open. */
	is(end(&latter), TOLD, "the owner is told of an error in its memory");
	is(end(&former), NOT_TOLD, "a former owner is not, and maps nothing any more");
	put("/sys/kernel/pfn_quarantine/clear", text);
	return done_testing();
}
