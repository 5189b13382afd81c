// SPDX-License-Identifier: GPL-2.0-only
/* The memory that this machine has, see firmware.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "firmware.h"
#include "message.h"
#include "sysfs.h"

#define MEMMAP	"/sys/firmware/memmap"
#define SRAT	"/sys/firmware/acpi/tables/SRAT"

/* ACPI 6.5, 5.2.16: a header of 48 bytes, then structures of a type and a length. */
#define SRAT_HEADER	48
#define SRAT_MAX	(1 << 20)
enum { SRAT_CPU = 0, SRAT_MEMORY = 1, SRAT_X2APIC = 2, SRAT_INITIATOR = 5 };

static int map_by_start(const void *a, const void *b)
{
	const struct plan_extent *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* What memmap= changes is not in there: it is what the firmware said. */
static int read_memmap(struct extents *ram)
{
	unsigned long long start, end;
	struct dirent *entry;
	int rc = 0;
	char *type;
	DIR *dir;

	dir = opendir(MEMMAP);
	if (!dir)
		return -errno;
	while (!rc && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		rc = sysfs_read(&type, MEMMAP "/%s/type", entry->d_name);
		if (rc)
			break;
		rc = sysfs_number(&start, MEMMAP "/%s/start", entry->d_name);
		if (!rc)
			rc = sysfs_number(&end, MEMMAP "/%s/end", entry->d_name);
		if (!rc && !strcmp(type, "System RAM\n") && end > start)
			rc = extents_add(ram, start, end - start + 1);
		free(type);
	}
	closedir(dir);
	if (ram->nr)
		qsort(ram->ext, ram->nr, sizeof(*ram->ext), map_by_start);
	return rc;
}

static uint64_t number(const unsigned char *p, int bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | p[bytes];
	return n;
}

/* The kernel numbers domains as they come up: processors first, then memory. */
struct domains {
	int nr;
	uint32_t id[NODE_MAX + 1];
};

static int domain_node(struct domains *domains, uint32_t id)
{
	int i;

	for (i = 0; i < domains->nr; i++)
		if (domains->id[i] == id)
			return i;
	if (domains->nr > NODE_MAX)
		return -1;
	domains->id[domains->nr] = id;
	return domains->nr++;
}

/* Each pass looks at one kind of structure, as the kernel does. */
static void see_domain(struct domains *domains, const unsigned char *p,
		       unsigned int type, unsigned int len)
{
	if (type == SRAT_CPU && len >= 16 && number(p + 4, 4) & 1)
		domain_node(domains, p[2] | number(p + 9, 3) << 8);
	else if (type == SRAT_X2APIC && len >= 24 && number(p + 12, 4) & 1)
		domain_node(domains, number(p + 4, 4));
	else if (type == SRAT_INITIATOR && len >= 32 && number(p + 24, 4) & 1)
		domain_node(domains, number(p + 4, 4));
}

int firmware_parse_srat(const unsigned char *table, size_t len,
			struct ram **ranges)
{
	struct domains domains = { 0 };
	struct ram *more;
	size_t at, size;
	int nr = 0, pass;

	*ranges = NULL;
	if (len < SRAT_HEADER || memcmp(table, "SRAT", 4) ||
	    number(table + 4, 4) > len)
		return -EINVAL;
	len = number(table + 4, 4);
	for (pass = 0; pass < 2; pass++)
		for (at = SRAT_HEADER; at + 2 <= len; at += size) {
			const unsigned char *p = table + at;

			size = p[1];
			if (size < 2 || at + size > len)
				goto bad;
			if (!pass) {
				see_domain(&domains, p, p[0], size);
				continue;
			}
			if (p[0] != SRAT_MEMORY || size < 40 ||
			    !(number(p + 28, 4) & 1) || !number(p + 16, 8))
				continue;
			more = realloc(*ranges, (nr + 1) * sizeof(*more));
			if (!more) {
				free(*ranges);
				*ranges = NULL;
				return -ENOMEM;
			}
			*ranges = more;
			more[nr++] = (struct ram){
				.start = number(p + 8, 8),
				.size = number(p + 16, 8),
				.node = domain_node(&domains, number(p + 2, 4)),
			};
		}
	return nr;
bad:
	free(*ranges);
	*ranges = NULL;
	return -EINVAL;
}

static int read_srat(struct ram **ranges)
{
	unsigned char *table = malloc(SRAT_MAX);
	ssize_t len = 0, n;
	int fd, rc;

	*ranges = NULL;
	if (!table)
		return -ENOMEM;
	fd = open(SRAT, O_RDONLY | O_CLOEXEC);
	/* Without one there is one node. */
	if (fd < 0) {
		rc = errno == ENOENT ? 0 : -errno;
		free(table);
		return rc;
	}
	while (len < SRAT_MAX && (n = read(fd, table + len, SRAT_MAX - len)) > 0)
		len += n;
	close(fd);
	rc = firmware_parse_srat(table, len, ranges);
	free(table);
	return rc;
}

static int add(struct firmware *firmware, uint64_t start, uint64_t end, int node)
{
	struct ram *more;

	if (start >= end || node < 0)
		return 0;
	more = realloc(firmware->ram, (firmware->nr + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	firmware->ram = more;
	more[firmware->nr++] = (struct ram){ start, end - start, node };
	return 0;
}

static int ram_by_address(const void *a, const void *b)
{
	const struct ram *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Tables have overlaps within a node; between two of them it is anybody's guess. */
static int merge(struct firmware *firmware)
{
	size_t i, nr = 0;

	for (i = 0; i < firmware->nr; i++) {
		struct ram *last = nr ? &firmware->ram[nr - 1] : NULL;
		struct ram *ram = &firmware->ram[i];
		uint64_t end = ram->start + ram->size;

		if (!last || last->start + last->size <= ram->start) {
			firmware->ram[nr++] = *ram;
			continue;
		}
		if (last->node != ram->node)
			return -EINVAL;
		if (end > last->start + last->size)
			last->size = end - last->start;
	}
	firmware->nr = nr;
	return 0;
}

int firmware_divide(const struct extents *ram, const struct ram *ranges,
		    size_t nr, struct firmware *firmware)
{
	size_t i, j;
	int rc = 0;

	*firmware = (struct firmware){ 0 };
	for (i = 0; i < ram->nr && !rc; i++) {
		uint64_t start = ram->ext[i].start;
		uint64_t end = start + ram->ext[i].size;

		if (!nr)
			rc = add(firmware, start, end, 0);
		for (j = 0; j < nr && !rc; j++) {
			uint64_t first = ranges[j].start;
			uint64_t last = first + ranges[j].size;

			/* One that wraps around ends nowhere. */
			if (last < first)
				last = UINT64_MAX;
			rc = add(firmware, first > start ? first : start,
				 last < end ? last : end, ranges[j].node);
		}
	}
	if (firmware->nr)
		qsort(firmware->ram, firmware->nr, sizeof(*firmware->ram),
		      ram_by_address);
	return rc ? rc : merge(firmware);
}

int firmware_read(struct firmware *firmware)
{
	struct ram *ranges = NULL;
	struct extents ram = { 0 };
	int rc, nr = 0;

	*firmware = (struct firmware){ 0 };
	rc = read_memmap(&ram);
	if (!rc) {
		nr = read_srat(&ranges);
		rc = nr < 0 ? nr : firmware_divide(&ram, ranges, nr, firmware);
	}
	free(ranges);
	free(ram.ext);
	if (rc == -EACCES || rc == -EPERM)
		return fail_as(STATUS_DENIED,
			       "no permission to read the memory map: run this as root");
	if (rc == -EINVAL)
		return fail("the firmware's tables of memory contradict themselves: choose by hand what to reserve, see the admin guide");
	if (rc)
		return fail("cannot read the firmware's memory map below /sys/firmware: %s",
			    strerror(-rc));
	return 0;
}

void firmware_free(struct firmware *firmware)
{
	free(firmware->ram);
	*firmware = (struct firmware){ 0 };
}
