// SPDX-License-Identifier: GPL-2.0-only
/* Calls on the file: its size, its memory, locks, handles and events. */
#include <linux/fs.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>

#include <linux/falloc.h>

#include "table.h"

#ifndef FIBMAP
#define FIBMAP	_IO(0x00, 1)
#endif

static long allocate(struct area *a, long mode)
{
	return fallocate(a->fd, mode, SZ_4K, SZ_4K);
}

/* All that the area shows. */
static long allocate_all(struct area *a, long mode)
{
	return fallocate(a->fd, mode, 0, a->len);
}

static long truncate_to(struct area *a, long pages)
{
	return ftruncate(a->fd, pages < 0 ? a->len + SZ_4K : pages * SZ_4K);
}

static long sync_file(struct area *a, long how)
{
	switch (how) {
	case 0:
		return fsync(a->fd);
	case 1:
		return fdatasync(a->fd);
	case 2:
		return syncfs(a->fd);
	default:
		return sync_file_range(a->fd, 0, a->len,
				       SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				       SYNC_FILE_RANGE_WAIT_AFTER);
	}
}

/* The file stays open elsewhere, and with it what is locked. */
static long lock_file(struct area *a, long how)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = SZ_4K };
	struct flock unlock = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	switch (how) {
	case 0:
		return flock(a->fd, LOCK_EX | LOCK_NB) ? -1 : flock(a->fd, LOCK_UN);
	case 1:
		return fcntl(a->fd, F_SETLK, &lock);
	case 2:
		return fcntl(a->fd, F_OFD_SETLK, &lock) ? -1 :
		       fcntl(a->fd, F_OFD_SETLK, &unlock);
	default:
		return fcntl(a->fd, F_SETLEASE, F_WRLCK) ? -1 :
		       fcntl(a->fd, F_SETLEASE, F_UNLCK);
	}
}

static long seals(struct area *a, long arg)
{
	(void)arg;
	return fcntl(a->fd, F_GET_SEALS) < 0 ? -1 : 0;
}

static union {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
} handle;

static long to_handle(struct area *a, long flags)
{
	int mount;

	handle.handle.handle_bytes = MAX_HANDLE_SZ;
	return name_to_handle_at(a->fd, "", &handle.handle, &mount, AT_EMPTY_PATH | flags);
}

static long by_handle(struct area *a, long flags)
{
	int fd;

	if (to_handle(a, flags))
		return -1;
	fd = open_by_handle_at(a->fd, &handle.handle, O_RDWR);
	return fd < 0 ? -1 : 0;
}

static long fanotify_it(struct area *a, long flags)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | flags, O_RDONLY);
	char path[64];

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", a->fd);
	if (fanotify_mark(fd, FAN_MARK_ADD, FAN_MODIFY | FAN_OPEN | FAN_CLOSE, AT_FDCWD, path))
		return -1;
	close(open(path, O_RDONLY));
	return 0;
}

static long inotify_it(struct area *a, long arg)
{
	int fd = inotify_init1(IN_CLOEXEC);
	char path[64];

	(void)arg;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", a->fd);
	return inotify_add_watch(fd, path, IN_ALL_EVENTS) < 0 ? -1 : 0;
}

static long ask(struct area *a, long request)
{
	uint64_t args[16] = { 0, a->len };

	return ioctl(a->fd, request, args);
}

static long clone_file(struct area *a, long request)
{
	struct file_clone_range range = { .src_fd = a->fd, .src_length = SZ_4K,
					  .dest_offset = 2 * SZ_4K };

	if (request == (long)FICLONE)
		return ioctl(a->fd, FICLONE, a->fd);
	return ioctl(a->fd, request, &range);
}

static long cache_stat(struct area *a, long arg)
{
	uint64_t range[2] = { 0, a->len }, stat[5];

	(void)arg;
	return syscall(451 /* cachestat */, a->fd, range, stat, 0);
}

static long swap_on(struct area *a, long arg)
{
	(void)arg;
	return swapon(a->path, 0);
}

static long attribute(struct area *a, long arg)
{
	(void)arg;
	return syscall(SYS_fsetxattr, a->fd, "user.a", "b", 1UL, 0);
}

static const struct row rows[] = {
	{ "fallocate()", allocate_all, 0, 0 },
	{ "fallocate(FALLOC_FL_KEEP_SIZE)", allocate_all, FALLOC_FL_KEEP_SIZE, 0 },
	{ "fallocate(FALLOC_FL_PUNCH_HOLE) of a page", allocate,
	  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, ROW_CHANGES },
	{ "fallocate(FALLOC_FL_PUNCH_HOLE)", allocate_all,
	  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, ROW_CHANGES },
	{ "fallocate(FALLOC_FL_COLLAPSE_RANGE)", allocate, FALLOC_FL_COLLAPSE_RANGE,
	  ROW_CHANGES },
	{ "fallocate(FALLOC_FL_ZERO_RANGE)", allocate, FALLOC_FL_ZERO_RANGE, ROW_CHANGES },
	{ "fallocate(FALLOC_FL_INSERT_RANGE)", allocate, FALLOC_FL_INSERT_RANGE, ROW_CHANGES },
	{ "fallocate(FALLOC_FL_UNSHARE_RANGE)", allocate, FALLOC_FL_UNSHARE_RANGE, ROW_CHANGES },
	{ "ftruncate() to 0", truncate_to, 0, ROW_CHANGES },
	{ "ftruncate() to a page", truncate_to, 1, ROW_CHANGES },
	{ "ftruncate() to a larger size", truncate_to, -1, 0 },
	{ "fsync()", sync_file, 0, 0 },
	{ "fdatasync()", sync_file, 1, 0 },
	{ "syncfs()", sync_file, 2, 0 },
	{ "sync_file_range()", sync_file, 3, 0 },
	{ "flock(LOCK_EX)", lock_file, 0, 0 },
	{ "fcntl(F_SETLK)", lock_file, 1, 0 },
	{ "fcntl(F_OFD_SETLK)", lock_file, 2, 0 },
	{ "fcntl(F_SETLEASE)", lock_file, 3, 0 },
	{ "fcntl(F_GET_SEALS)", seals, 0, 0 },
	{ "name_to_handle_at()", to_handle, 0, 0 },
	{ "name_to_handle_at(AT_HANDLE_FID)", to_handle, 0x200, 0 },
	{ "open_by_handle_at()", by_handle, 0, 0 },
	{ "fanotify_mark()", fanotify_it, 0, 0 },
	{ "fanotify_mark(), FAN_REPORT_FID", fanotify_it, 0x200, 0 },
	{ "inotify_add_watch()", inotify_it, 0, 0 },
	{ "ioctl(FIBMAP)", ask, FIBMAP, 0 },
	{ "ioctl(FS_IOC_FIEMAP)", ask, 0xc020660b, 0 },
	{ "ioctl(FS_IOC_GETFLAGS)", ask, FS_IOC_GETFLAGS, 0 },
	{ "ioctl(FICLONE)", clone_file, FICLONE, 0 },
	{ "ioctl(FICLONERANGE)", clone_file, FICLONERANGE, 0 },
	{ "cachestat()", cache_stat, 0, 0 },
	{ "fsetxattr()", attribute, 0, 0 },
	{ "swapon()", swap_on, 0, 0 },
};

const struct rows file_rows = { "Files", rows, ARRAY_SIZE(rows) };
