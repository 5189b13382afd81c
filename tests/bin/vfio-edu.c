// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user-space driver for QEMU's edu devices, on VFIO: maps memory into the
 * IOMMU and lets the devices do DMA there. Reads a command per line from stdin
 * and answers each with a line "ok [VALUE]" or "error WHAT: WHY".
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <linux/memfd.h>
#include <time.h>

#include "container.h"

static const char usage[] =
	"usage: vfio-edu BDF...\n"
	"BDF is an edu device that is bound to vfio-pci, such as 0000:00:04.0; they\n"
	"are numbered from 0. Commands, with numbers that may end in K, M or G:\n"
	"  open   SLOT PATH OFFSET LENGTH  map memory into this process; PATH may be\n"
	"                                  \"hugetlb\", a memfd with pages of 2M\n"
	"  close  SLOT                     close the file, keep the mapping\n"
	"  munmap SLOT                     remove the mapping\n"
	"  touch  SLOT STEP                write a byte in each STEP\n"
	"  fill   SLOT OFFSET LENGTH SEED  write a pattern\n"
	"  check  SLOT OFFSET LENGTH SEED  is the pattern there?\n"
	"  same   SLOT OFFSET LENGTH OTHER are two parts of it the same?\n"
	"  map    SLOT OFFSET LENGTH IOVA  map into the IOMMU; ok NANOSECONDS\n"
	"  unmap  IOVA LENGTH              ok NANOSECONDS\n"
	"  read   DEVICE IOVA LENGTH       DMA from memory into the device\n"
	"  write  DEVICE IOVA LENGTH       DMA from the device into memory\n"
	"  start  DEVICE IOVA LENGTH       like write, but do not wait\n"
	"  dirty  IOVA LENGTH              how many of its 4K pages does dirty tracking\n"
	"                                  report, while mapped and when unmapped?\n";

#define SLOTS	8
#define DEVICES	4
#define WORDS	6

static struct slot {
	int fd;
	uint8_t *mem;
	size_t len;
	uint64_t offset;
} slots[SLOTS];

static volatile uint8_t *bars[DEVICES];
static int nr_devices;

static void bad(const char *what, const char *why)
{
	printf("error %s: %s\n", what, why);
}

/* Answers by errno if rc is negative. */
static int failed(int rc, const char *what)
{
	if (rc < 0)
		bad(what, strerror(errno));
	return rc < 0;
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int number(const char *s, uint64_t *n)
{
	char *end;

	*n = strtoull(s, &end, 0);
	switch (*end) {
	case 'G':
		*n <<= 10;
		/* fallthrough */
	case 'M':
		*n <<= 10;
		/* fallthrough */
	case 'K':
		*n <<= 10;
		end++;
	}
	return end != s && !*end;
}

static void do_open(struct slot *slot, const char *path, uint64_t offset,
		    uint64_t len)
{
	int fd;
	void *mem;

	if (slot->mem)
		return bad("open", "the slot is in use");
	if (!strcmp(path, "hugetlb")) {
		fd = memfd_create("vfio-edu", MFD_HUGETLB | MFD_HUGE_2MB);
		if (fd >= 0 && ftruncate(fd, offset + len))
			return bad("ftruncate", strerror(errno));
	} else {
		fd = open(path, O_RDWR);
	}
	if (failed(fd, path))
		return;
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
	if (mem == MAP_FAILED) {
		bad("mmap", strerror(errno));
		close(fd);
		return;
	}
	*slot = (struct slot) {
		.fd = fd, .mem = mem, .len = len, .offset = offset,
	};
	printf("ok %p\n", mem);
}

static void do_munmap(struct slot *slot)
{
	if (failed(munmap(slot->mem, slot->len), "munmap"))
		return;
	slot->mem = NULL;
	printf("ok\n");
}

static void do_map(struct slot *slot, uint64_t offset, uint64_t len,
		   uint64_t iova)
{
	uint64_t t = nanoseconds();
	int rc = vfio_map(slot->mem + offset, len, iova);

	t = nanoseconds() - t;
	if (!failed(rc, "VFIO_IOMMU_MAP_DMA"))
		printf("ok %" PRIu64 "\n", t);
}

static void do_unmap(uint64_t iova, uint64_t len)
{
	uint64_t t = nanoseconds(), unmapped = len;
	int rc = vfio_unmap(iova, &unmapped);

	t = nanoseconds() - t;
	if (failed(rc, "VFIO_IOMMU_UNMAP_DMA"))
		return;
	if (unmapped == len)
		printf("ok %" PRIu64 "\n", t);
	else
		printf("error VFIO_IOMMU_UNMAP_DMA: %#" PRIx64 " bytes were unmapped\n",
		       unmapped);
}

static uint64_t count_bits(const uint64_t *words, size_t nr)
{
	uint64_t n = 0;

	while (nr--)
		n += __builtin_popcountll(words[nr]);
	return n;
}

static int dirty_while_mapped(uint64_t iova, uint64_t len, uint64_t *words,
			      size_t nr)
{
	struct {
		struct vfio_iommu_type1_dirty_bitmap head;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} dirty = {
		.head.argsz = sizeof(dirty),
		.head.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_START,
		.get = {
			.iova = iova, .size = len,
			.bitmap = {
				.pgsize = 4096, .size = nr * 8,
				.data = (void *)words,
			},
		},
	};

	if (failed(ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &dirty), "start"))
		return -1;
	dirty.head.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP;
	return -failed(ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &dirty),
		       "VFIO_IOMMU_DIRTY_PAGES");
}

static int dirty_when_unmapped(uint64_t iova, uint64_t len, uint64_t *words,
			       size_t nr)
{
	struct vfio_iommu_type1_dirty_bitmap stop = {
		.argsz = sizeof(stop),
		.flags = VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP,
	};
	struct {
		struct vfio_iommu_type1_dma_unmap unmap;
		struct vfio_bitmap bitmap;
	} last = {
		.unmap = {
			.argsz = sizeof(last),
			.flags = VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
			.iova = iova, .size = len,
		},
		.bitmap = {
			.pgsize = 4096, .size = nr * 8, .data = (void *)words,
		},
	};

	if (failed(ioctl(container, VFIO_IOMMU_UNMAP_DMA, &last),
		   "VFIO_IOMMU_UNMAP_DMA"))
		return -1;
	return -failed(ioctl(container, VFIO_IOMMU_DIRTY_PAGES, &stop), "stop");
}

static void do_dirty(uint64_t iova, uint64_t len)
{
	size_t nr = (len / 4096 + 63) / 64;
	uint64_t *words = calloc(nr, 8), mapped;

	if (!words)
		return bad("dirty", strerror(errno));
	if (!dirty_while_mapped(iova, len, words, nr)) {
		mapped = count_bits(words, nr);
		memset(words, 0, nr * 8);
		if (!dirty_when_unmapped(iova, len, words, nr))
			printf("ok %" PRIu64 " %" PRIu64 "\n", mapped,
			       count_bits(words, nr));
	}
	free(words);
}

static void do_dma(volatile uint8_t *bar, const char *verb, uint64_t iova,
		   uint64_t len)
{
	if (!len || len > EDU_MAX_LEN)
		return bad(verb, "the length must be from 1 to 2048");
	/* The last transfer may have been a "start". */
	if (edu_finish(bar))
		return bad(verb, "the device is still busy");
	edu_start(bar, *verb != 'r', iova, len);
	if (*verb != 's' && edu_finish(bar))
		return bad(verb, "the device does not finish");
	printf("ok\n");
}

static void do_check(struct slot *slot, uint64_t offset, uint64_t len,
		     uint64_t seed)
{
	volatile uint64_t *w = (uint64_t *)(slot->mem + offset);

	for (uint64_t i = 0; i < len / 8; i++) {
		uint64_t want = edu_pattern(slot->offset + offset + i * 8, seed);

		if (w[i] != want) {
			printf("error differs: at %#" PRIx64 ": %#" PRIx64 ", wanted %#" PRIx64 "\n",
			       offset + i * 8, w[i], want);
			return;
		}
	}
	printf("ok\n");
}

static void do_fill(struct slot *slot, uint64_t offset, uint64_t len,
		    uint64_t seed)
{
	volatile uint64_t *w = (uint64_t *)(slot->mem + offset);

	for (uint64_t i = 0; i < len / 8; i++)
		w[i] = edu_pattern(slot->offset + offset + i * 8, seed);
	printf("ok\n");
}

static void do_same(struct slot *slot, uint64_t offset, uint64_t len,
		    uint64_t other)
{
	if (other > slot->len || len > slot->len - other)
		bad("same", "outside of the slot");
	else if (memcmp(slot->mem + offset, slot->mem + other, len))
		bad("same", "they differ");
	else
		printf("ok\n");
}

static void on_slot(char **word, const uint64_t *n, int words)
{
	struct slot *slot = &slots[n[1]];

	if (!strcmp(*word, "open") && words == 5)
		return do_open(slot, word[2], n[3], n[4]);
	if (!strcmp(*word, "close") && words == 2) {
		if (!failed(close(slot->fd), "close"))
			printf("ok\n");
		return;
	}
	if (!slot->mem)
		return bad(*word, "there is no memory in this slot");
	if (!strcmp(*word, "munmap") && words == 2)
		return do_munmap(slot);
	if (!strcmp(*word, "touch") && words == 3 && n[2]) {
		for (uint64_t i = 0; i < slot->len; i += n[2])
			((volatile uint8_t *)slot->mem)[i] = 1;
		printf("ok\n");
		return;
	}
	if (words != 5 || n[2] > slot->len || n[3] > slot->len - n[2])
		return bad(*word, "not a command, or outside of the slot");
	if (!strcmp(*word, "map"))
		do_map(slot, n[2], n[3], n[4]);
	else if (!strcmp(*word, "same"))
		do_same(slot, n[2], n[3], n[4]);
	else if (!strcmp(*word, "fill"))
		do_fill(slot, n[2], n[3], n[4]);
	else if (!strcmp(*word, "check"))
		do_check(slot, n[2], n[3], n[4]);
	else
		bad(*word, "not a command");
}

static void command(char **word, int words)
{
	uint64_t n[WORDS] = { 0 };
	int i;

	for (i = 1; i < words; i++)
		if (!number(word[i], &n[i]) && !(i == 2 && !strcmp(*word, "open")))
			return bad(word[i], "not a number");

	if (!strcmp(*word, "unmap") && words == 3)
		return do_unmap(n[1], n[2]);
	if (!strcmp(*word, "dirty") && words == 3)
		return do_dirty(n[1], n[2]);
	if (!strcmp(*word, "read") || !strcmp(*word, "write") ||
	    !strcmp(*word, "start")) {
		if (words != 4 || n[1] >= (unsigned int)nr_devices)
			return bad(*word, "wants DEVICE IOVA LENGTH");
		return do_dma(bars[n[1]], *word, n[2], n[3]);
	}
	if (words < 2 || n[1] >= SLOTS)
		return bad(*word, "not a command, or no such slot");
	on_slot(word, n, words);
}

int main(int argc, char **argv)
{
	char line[512], *word[WORDS];

	if (argc < 2 || argc > DEVICES + 1 || *argv[1] == '-') {
		fputs(usage, stderr);
		return 2;
	}
	for (int i = 1; i < argc; i++)
		bars[nr_devices++] = vfio_open(argv[i]);

	setlinebuf(stdout);
	printf("ok\n");
	while (fgets(line, sizeof(line), stdin)) {
		int words = 0;

		for (char *s = strtok(line, " \n"); s; s = strtok(NULL, " \n"))
			if (words < WORDS)
				word[words++] = s;
		if (words)
			command(word, words);
	}
	return 0;
}
