// SPDX-License-Identifier: GPL-2.0-only
/* A tenant's files: each of its own, and one that all tenants share. */
#include <linux/falloc.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "soak.h"

#define MOST		(96 * SZ_2M)

struct object files[NR_FILES + 1];
static uint32_t entered;

static void path_of(unsigned int i, char *path, size_t len)
{
	if (i == NR_FILES)
		snprintf(path, len, "%s/common", options.mount);
	else
		snprintf(path, len, "%s/%u-%u", options.mount, self, i);
}

static void close_one(struct object *file)
{
	if (!file->owner)
		return;
	close(file->fd);
	file->owner = 0;
	atomic_fetch_sub(&state->processes[self].files, 1);
}

/* A new file, and a new owner, whose bytes nobody else has written. */
static void create(unsigned int i)
{
	struct object *file = &files[i];
	char path[128];

	path_of(i, path, sizeof(path));
	close_one(file);
	if (i < NR_FILES)
		unlink(path);
	/* Counted before it exists: the administrator waits for the count. */
	atomic_fetch_add(&state->processes[self].files, 1);
	file->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (i < NR_FILES ? O_EXCL : 0), 0666);
	if (file->fd < 0) {
		atomic_fetch_sub(&state->processes[self].files, 1);
		return;
	}
	file->size = MOST;
	file->owner = i < NR_FILES ? atomic_fetch_add(&state->next_owner, 1) & 0x3fffff :
				     OWNER_COMMON | entered;
	if (i < NR_FILES || !one_in(4))
		(void)!ftruncate(file->fd, one_in(4) ? at_random(MOST / SZ_4K) * SZ_4K : MOST);
}

void files_enter(void)
{
	uint32_t mount = atomic_load(&state->mount);

	if (entered == mount)
		return;
	entered = mount;
	for (unsigned int i = 0; i <= NR_FILES; i++)
		create(i);
}

/* Nothing keeps the mount. */
void files_leave(void)
{
	window_forget(0);
	for (unsigned int i = 0; i <= NR_FILES; i++)
		close_one(&files[i]);
	entered = 0;
}

struct object *any_file(void)
{
	struct object *file = &files[at_random(NR_FILES + 1)];

	return file->owner ? file : NULL;
}

static uint64_t page_of(const struct object *file)
{
	(void)file;
	return hot_page(MOST / SZ_4K);
}

static void read_file(void)
{
	struct object *file = any_file();
	uint64_t page, values[2 * 512];
	ssize_t got;

	if (!file)
		return;
	page = page_of(file);
	got = pread(file->fd, values, sizeof(values), page * SZ_4K);
	if (got >= 8)
		check_tag(values[0], file->owner, page, "pread()");
	if (got >= (ssize_t)SZ_4K + 8)
		check_tag(values[512], file->owner, page + 1, "pread()");
}

static void write_file(void)
{
	struct object *file = any_file();
	uint64_t page, values[2 * 512] = { 0 };
	ssize_t done;

	if (!file)
		return;
	page = page_of(file);
	values[0] = tag_of(file->owner, page);
	values[512] = tag_of(file->owner, page + 1);
	done = pwrite(file->fd, values, one_in(2) ? SZ_4K : 2 * SZ_4K, page * SZ_4K);
	if (done < 0 && errno != ENOSPC && errno != EIO && errno != ENOMEM)
		failed("write(): %s", strerror(errno));
}

static void allocate(void)
{
	struct object *file = any_file();

	if (file)
		(void)!fallocate(file->fd, one_in(2) ? FALLOC_FL_KEEP_SIZE : 0,
				 page_of(file) * SZ_4K + (one_in(8) ? 777 : 0), window_length());
}

static void punch(void)
{
	struct object *file = any_file();

	if (file)
		(void)!fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				 page_of(file) * SZ_4K, window_length());
}

static void truncate_it(void)
{
	struct object *file = any_file();

	if (file)
		(void)!ftruncate(file->fd, one_in(3) ? page_of(file) * SZ_4K : one_in(8) ? 0 : MOST);
}

static void anew(void)
{
	create(at_random(NR_FILES + 1));
}

static void rename_it(void)
{
	unsigned int i = at_random(NR_FILES);
	char from[128], to[136];

	path_of(i, from, sizeof(from));
	snprintf(to, sizeof(to), "%s.moved", from);
	if (!rename(from, to))
		(void)!rename(to, from);
}

static void look(void)
{
	struct object *file = any_file();
	struct stat st;

	if (!file)
		return;
	fstat(file->fd, &st);
	lseek(file->fd, page_of(file) * SZ_4K, one_in(2) ? SEEK_DATA : SEEK_HOLE);
	(void)!fsync(file->fd);
}

static void lock(void)
{
	struct object *file = any_file();

	if (!file)
		return;
	if (!flock(file->fd, LOCK_EX | LOCK_NB))
		flock(file->fd, LOCK_UN);
	if (!fcntl(file->fd, F_SETLEASE, F_WRLCK))
		fcntl(file->fd, F_SETLEASE, F_UNLCK);
}

/* Within a file it would put tags where they do not belong. */
static void send_file(void)
{
	struct object *file = any_file();
	off_t at;
	int fds[2];

	if (!file || pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return;
	at = page_of(file) * SZ_4K;
	if (one_in(2))
		(void)!sendfile(fds[1], file->fd, &at, SZ_4K);
	else
		(void)!splice(file->fd, &at, fds[1], NULL, SZ_4K, SPLICE_F_NONBLOCK);
	close(fds[0]);
	close(fds[1]);
}

const struct op file_ops[] = {
	{ "file-read", read_file, 60 },
	{ "file-write", write_file, 20 },
	{ "file-allocate", allocate, 30 },
	{ "file-punch", punch, 25 },
	{ "file-truncate", truncate_it, 12 },
	{ "file-anew", anew, 8 },
	{ "file-rename", rename_it, 8 },
	{ "file-look", look, 12 },
	{ "file-lock", lock, 6 },
	{ "file-send", send_file, 8 },
};

const size_t nr_file_ops = ARRAY_SIZE(file_ops);
