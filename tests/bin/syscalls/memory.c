// SPDX-License-Identifier: GPL-2.0-only
/* The memory of each kind, and mappings of it with leaves of each size. */
#include <linux/memfd.h>
#include <sys/stat.h>

#include "table.h"

const char *const kind_names[NR_KINDS] = {
	"device", "dmemfs", "hugetlbfs", "memfd",
};

const char *const size_names[NR_SIZES] = { "4K", "2M", "1G" };

static const size_t leaf_bytes[NR_SIZES] = { SZ_4K, SZ_2M, SZ_1G };
static const size_t lengths[NR_SIZES] = { 8 * SZ_4K, 2 * SZ_2M, SZ_1G };
/* Of the device; each file begins with its area. */
static const off_t offsets[NR_SIZES] = { SZ_1G + 8 * SZ_2M + 8 * SZ_4K, SZ_1G, 0 };

static struct {
	int fd;
	char path[64];
} files[NR_KINDS][NR_SIZES];

static struct paths paths;

static off_t offset_of(enum kind kind, enum size size)
{
	return kind == DEVICE ? offsets[size] : 0;
}

static void open_one(enum kind kind, enum size size)
{
	static const unsigned int hugetlb[NR_SIZES] = {
		0, MFD_HUGETLB | MFD_HUGE_2MB, MFD_HUGETLB | MFD_HUGE_1GB,
	};
	char *path = files[kind][size].path;
	int fd;

	switch (kind) {
	case DEVICE:
		strcpy(path, paths.device);
		fd = open(path, O_RDWR | O_CLOEXEC);
		break;
	case DMEMFS:
		snprintf(path, sizeof(files[0][0].path), "%s/%s", paths.dmemfs,
			 size_names[size]);
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		break;
	case HUGETLBFS:
		fd = memfd_create("hugetlb", hugetlb[size] | MFD_CLOEXEC);
		snprintf(path, sizeof(files[0][0].path), "/proc/self/fd/%d", fd);
		break;
	default:
		fd = memfd_create("memfd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		snprintf(path, sizeof(files[0][0].path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0)
		bail("%s %s", kind_names[kind], size_names[size]);
	files[kind][size].fd = fd;
	memory_restore(kind, size);
}

/**
 * memory_open() - have memory of all kinds
 * @from: where they are
 */
void memory_open(const struct paths *from)
{
	paths = *from;
	/* The largest first, so that it finds a place for its leaf. */
	for (int size = NR_SIZES; size-- > 0;) {
		for (int kind = 0; kind < NR_KINDS; kind++) {
			files[kind][size].fd = -1;
			if ((kind == HUGETLBFS && size == LEAF_4K) ||
			    (kind == MEMFD && size != LEAF_4K))
				continue;
			open_one(kind, size);
		}
	}
}

bool memory_has(enum kind kind, enum size size)
{
	return files[kind][size].fd >= 0;
}

/* A file has again what a call may have taken from it. */
void memory_restore(enum kind kind, enum size size)
{
	int fd = files[kind][size].fd;

	if (kind == DEVICE)
		return;
	if (ftruncate(fd, lengths[size]) || fallocate(fd, 0, 0, lengths[size]))
		bail("%s %s has no memory", kind_names[kind], size_names[size]);
}

/* Address space where the leaves can be, and no larger ones. */
static uint8_t *place(enum size size)
{
	uint8_t *p = mmap(NULL, 3 * SZ_1G, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		bail("address space");
	p = (uint8_t *)(((uintptr_t)p + SZ_1G - 1) & ~(SZ_1G - 1));
	if (size == LEAF_1G)
		return p;
	/* 4K: not congruent to the memory by 2M. */
	return size == LEAF_2M ? p + 4 * SZ_2M : p + SZ_4K;
}

bool memory_map(enum kind kind, enum size size, struct area *area)
{
	*area = (struct area) {
		.kind = kind, .size = size, .leaf = leaf_bytes[size],
		.len = lengths[size], .fd = files[kind][size].fd,
		.offset = offset_of(kind, size), .path = files[kind][size].path,
	};
	area->p = mmap(place(size), area->len, RW, MAP_SHARED | MAP_FIXED, area->fd,
		       area->offset);
	area->page = area->p + SZ_4K;
	return area->p != MAP_FAILED;
}

static void count_leaves(enum kind kind, uint64_t leaves[NR_SIZES])
{
	static const char *const names[NR_SIZES] = { "leaves_4k", "leaves_2m", "leaves_1g" };
	char path[PATH_MAX];

	for (int size = 0; size < NR_SIZES; size++) {
		snprintf(path, sizeof(path), "%s/%s", paths.sysfs[kind], names[size]);
		leaves[size] = read_number(path);
	}
}

/* Touches all of an area, and looks which leaves that brought. */
bool memory_touch(struct area *area, char *problem, size_t len)
{
	uint64_t before[NR_SIZES], after[NR_SIZES];
	bool ours = area->kind == DEVICE || area->kind == DMEMFS;

	if (ours)
		count_leaves(area->kind, before);
	for (size_t i = 0; i < area->len; i += area->leaf) {
		if (try_write(area->p + i, 0)) {
			snprintf(problem, len, "cannot be touched at %#zx", i);
			return false;
		}
	}
	if (!ours)
		return true;
	count_leaves(area->kind, after);
	for (int size = 0; size < NR_SIZES; size++) {
		uint64_t wanted = size == (int)area->size ? area->len / area->leaf : 0;

		if (after[size] - before[size] == wanted)
			continue;
		snprintf(problem, len, "%llu leaves of %s instead of %llu",
			 (unsigned long long)(after[size] - before[size]),
			 size_names[size], (unsigned long long)wanted);
		return false;
	}
	return true;
}
