// SPDX-License-Identifier: GPL-2.0-only
/* Clearing memory now, see zero.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "message.h"
#include "size.h"
#include "zero.h"

/*
 * dax_none clears a leaf before it maps it. A window this small gets leaves of
 * 2M, so that there is progress to show, unless the device wants larger ones.
 */
#define WINDOW	(UINT64_C(64) << 20)

/* What is cleared for a page of a leaf that small: mm/special/partial.h. */
#define CHUNK	(UINT64_C(64) << 10)
#define PAGE	UINT64_C(4096)

struct progress {
	uint64_t done;
	uint64_t total;
	int percent;
};

static void show(struct progress *progress)
{
	static const char bar[] = "##################################################";
	int percent = progress->total ?
		      (int)(100.0 * progress->done / progress->total) : 100;
	char text[SIZE_TEXT];

	if (!isatty(STDERR_FILENO) || percent == progress->percent)
		return;
	progress->percent = percent;
	fprintf(stderr, "\rclearing %s [%-50.*s] %3d%%%s",
		size_text(progress->total, text), percent / 2, bar, percent,
		percent == 100 ? "\n" : "");
}

static sigjmp_buf bus_error;

static void on_bus_error(int sig)
{
	(void)sig;
	siglongjmp(bus_error, 1);
}

/*
 * A page of each CHUNK. One that has a memory error has neighbours that do not; where no
 * page of the window can be read the device has gone.
 */
static int touch(const volatile char *p, uint64_t len)
{
	volatile bool any = false;
	volatile uint64_t i = 0;

	if (sigsetjmp(bus_error, 1))
		i += PAGE;
	while (i < len) {
		(void)p[i];
		any = true;
		i = (i / CHUNK + 1) * CHUNK;
	}
	return any ? 0 : -EIO;
}

static int zero_one(const struct dev *dev, int fd, struct progress *progress)
{
	uint64_t window = dev->align > WINDOW ? dev->align : WINDOW;
	uint64_t offset, len;
	void *p;
	int rc;

	for (offset = 0; offset < dev->size; offset += len) {
		len = dev->size - offset < window ? dev->size - offset : window;
		if (interrupted)
			return fail("interrupted");
		p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, offset);
		if (p == MAP_FAILED)
			return fail("%s: cannot map offset %#" PRIx64 " to clear it: %s",
				    dev->name, offset, strerror(errno));
		rc = touch(p, len);
		munmap(p, len);
		if (rc)
			return fail("%s: nothing but bad memory, or the device has gone, at offset %#" PRIx64 " to %#" PRIx64,
				    dev->name, offset, offset + len - 1);
		progress->done += len;
		show(progress);
	}
	return 0;
}

int devices_zero(const struct dev *devs, size_t nr)
{
	const struct sigaction action = { .sa_handler = on_bus_error };
	struct progress progress = { .percent = -1 };
	char path[DEV_NAME + 8];
	int fd, rc = 0;
	size_t i;

	sigaction(SIGBUS, &action, NULL);
	for (i = 0; i < nr; i++)
		progress.total += devs[i].size;
	for (i = 0; i < nr && !rc; i++) {
		snprintf(path, sizeof(path), "/dev/%s", devs[i].name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return fail("cannot open %s to clear it: %s", path,
				    strerror(errno));
		rc = zero_one(&devs[i], fd, &progress);
		close(fd);
	}
	return rc;
}
