// SPDX-License-Identifier: GPL-2.0-only
/*
 * The administrator: takes the memory away and gives it back, has it fail and be
 * repaired, and cuts the files of tenants.
 */
#include <dirent.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "soak.h"

/* Operations of tenants for one of the administrator's. */
#define PACE	300

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return good;
}

static void driver(const char *file, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/dax/drivers/dax_none/%s", file);
	if (!put(path, name))
		failed("%s > %s: %s", name, path, strerror(errno));
}

static void bind_device(const char *name)
{
	char path[64];

	driver("new_id", name);
	snprintf(path, sizeof(path), "/dev/%s", name);
	chmod(path, 0666);
}

static void unbind_device(const char *name)
{
	driver("unbind", name);
	driver("remove_id", name);
}

static void rebind(void)
{
	unbind_device(options.device_name);
	/* Whoever opens it from here on has nothing of the former binding. */
	atomic_fetch_add(&state->binding, 1);
	bind_device(options.device_name);
	atomic_fetch_add(&state->binds, 1);
}

static void mount_again(void)
{
	static const char *const sizes[] = { "4K", "4K", "2M" };
	char data[128];

	snprintf(data, sizeof(data), "dax=%s,pagesize=%s,mode=1777%s%s", options.mount_name,
		 sizes[at_random(3)], one_in(3) ? ",hugetlbfs" : "",
		 one_in(3) ? ",size=256M" : "");
	if (mount("dmem", options.mount, "dmemfs", 0, data)) {
		failed("mount -o %s: %s", data, strerror(errno));
		return;
	}
	atomic_fetch_add(&state->mount, 1);
	atomic_fetch_add(&state->mounts, 1);
}

static int open_files(void)
{
	int n = 0;

	for (int i = 0; i < TENANTS; i++)
		n += atomic_load(&state->processes[i].files);
	return n;
}

static void unmount(void)
{
	int rc;

	atomic_store(&state->leave, 1);
	while (open_files() && !atomic_load(&state->failed) && !atomic_load(&state->stop))
		usleep(1000);
	if (open_files())
		return;
	/* What a killed child or a ring held goes a moment later. */
	for (int i = 0; (rc = umount2(options.mount, 0)) && errno == EBUSY && i < 20000; i++)
		usleep(1000);
	if (rc)
		failed("umount: %s", strerror(errno));
}

static void remount(void)
{
	bool gone = one_in(3);

	/* The device first: tenants find SIGBUS and EIO. */
	if (gone)
		unbind_device(options.mount_name);
	unmount();
	if (atomic_load(&state->stop) || atomic_load(&state->failed)) {
		atomic_store(&state->leave, 0);
		return;
	}
	if (gone)
		bind_device(options.mount_name);
	mount_again();
	atomic_store(&state->leave, 0);
}

static void change_options(void)
{
	static const char *const data[] = { "size=64M", "size=300M", "nr_inodes=100",
					    "mpol=local", "mpol=bind:0", "mpol=interleave:0" };

	(void)!mount("dmem", options.mount, NULL, MS_REMOUNT, data[at_random(6)]);
}

/* A file of some tenant; -1 if it is gone. */
static int any_path(char *path, size_t len)
{
	if (one_in(TENANTS * NR_FILES + 1))
		snprintf(path, len, "%s/common", options.mount);
	else
		snprintf(path, len, "%s/%u-%u", options.mount,
			 (unsigned int)at_random(TENANTS), (unsigned int)at_random(NR_FILES));
	return open(path, O_RDWR | O_CLOEXEC);
}

static void cut(void)
{
	char path[128];
	int fd = any_path(path, sizeof(path));

	if (fd < 0)
		return;
	if (one_in(2))
		(void)!ftruncate(fd, at_random(64) * SZ_2M + at_random(2) * SZ_4K);
	else
		(void)!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 at_random(64) * SZ_2M, (1 + at_random(16)) * SZ_2M);
	if (one_in(16))
		unlink(path);
	close(fd);
}

static uint64_t address_of(const char *name)
{
	char path[128];
	uint64_t start = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s/mapping0/start", name);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%li", (long *)&start) != 1)
		failed("%s: no address", path);
	if (f)
		fclose(f);
	return start;
}

static void fail_page(void)
{
	char text[32];

	snprintf(text, sizeof(text), "%#lx",
		 address_of(one_in(2) ? options.device_name : options.mount_name) +
		 at_random(128) * SZ_2M + at_random(512) * SZ_4K);
	if (put("/sys/kernel/debug/pfn_special/inject", text))
		atomic_fetch_add(&state->errors, 1);
}

/* All that failed is repaired. */
static void repair(void)
{
	static char pages[65536];
	int fd = open("/sys/kernel/pfn_quarantine/pages", O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, pages, sizeof(pages) - 1);
	char *line, *rest = pages;

	close(fd);
	pages[len > 0 ? len : 0] = '\0';
	while ((line = strsep(&rest, "\n")) && *line)
		put("/sys/kernel/pfn_quarantine/clear", line);
}

static void read_directory(const char *path)
{
	static char buffer[65536];
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir))) {
		int fd = openat(dirfd(dir), entry->d_name,
				O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);

		if (fd >= 0 && entry->d_type == DT_REG)
			(void)!read(fd, buffer, sizeof(buffer));
		if (fd >= 0)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

static void look(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/dax/devices/%s",
		 one_in(2) ? options.device_name : options.mount_name);
	read_directory(path);
	read_directory("/sys/kernel/pfn_quarantine");
	read_directory(options.mount);
}

static void freeze(void)
{
	int fd = open(options.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!ioctl(fd, FIFREEZE, 0)) {
		usleep(at_random(3000));
		if (ioctl(fd, FITHAW, 0))
			failed("FITHAW: %s", strerror(errno));
	}
	close(fd);
}

static void tune(void)
{
	static const char *const leaves[] = { "1", "8", "64", "512" };
	static const char *const bytes[] = { "4096", "65536", "524288", "2097152" };

	put("/sys/module/pfn_special/parameters/fault_around_leaves", leaves[at_random(4)]);
	put("/sys/module/pfn_special/parameters/fault_around_bytes", bytes[at_random(4)]);
}

static void watch(void)
{
	for (int i = 0; i < TENANTS; i++) {
		static const char *const names[] = { "smaps", "numa_maps", "stack", "maps" };
		static char buffer[65536];
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "/proc/%d/%s", state->processes[i].pid,
			 names[at_random(4)]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		(void)!read(fd, buffer, sizeof(buffer));
		close(fd);
	}
}

static const struct op ops[] = {
	{ "admin-rebind", rebind, 6 },
	{ "admin-remount", remount, 1 },
	{ "admin-options", change_options, 4 },
	{ "admin-cut", cut, 30 },
	{ "admin-fail", fail_page, 6 },
	{ "admin-repair", repair, 2 },
	{ "admin-look", look, 3 },
	{ "admin-freeze", freeze, 1 },
	{ "admin-tune", tune, 2 },
	{ "admin-watch", watch, 2 },
};

void admin(void)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		sum += ops[i].weight;
	while (!atomic_load(&state->stop) && !atomic_load(&state->failed)) {
		unsigned int n = at_random(sum);
		const struct op *op = ops;

		if (atomic_load(&state->ops) / PACE <= atomic_load(&state->admin_ops)) {
			doing("admin-waiting");
			atomic_fetch_add(&state->processes[ADMIN].ops, 1);
			usleep(1000);
			continue;
		}
		while (n >= op->weight)
			n -= op++->weight;
		atomic_fetch_add(&state->admin_ops, 1);
		if (!wanted(op->name))
			continue;
		doing(op->name);
		op->run();
		atomic_fetch_add(&state->processes[ADMIN].ops, 1);
	}
	doing("ending");
}
