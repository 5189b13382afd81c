// SPDX-License-Identifier: GPL-2.0-only
/* Pages that memory errors have hit, see quarantine.h. */
#include <errno.h>
#include <stdlib.h>

#include "quarantine.h"
#include "sysfs.h"

/* What the region hands out is a multiple of this, whatever a device's align. */
#define UNIT	(2ULL << 20)

/* Lines of one address each, by rising address; see Documentation/ABI. */
static int parse(const char *text, struct extents *bad)
{
	uint64_t last = UINT64_MAX;

	while (*text) {
		unsigned long long start;
		char *stop;

		errno = 0;
		start = strtoull(text, &stop, 16);
		if (errno || stop == text || *stop != '\n')
			return -EINVAL;
		text = stop + 1;
		start -= start % UNIT;
		if (start == last)
			continue;
		last = start;
		if (extents_add(bad, start, UNIT))
			return -ENOMEM;
	}
	return 0;
}

int quarantine_read(struct extents *bad)
{
	char *text;
	int rc;

	*bad = (struct extents){ 0 };
	rc = sysfs_read(&text, "/sys/kernel/pfn_quarantine/pages");
	/* Without pfn_special there can be no map-none device to lose pages. */
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	rc = parse(text, bad);
	free(text);
	return rc;
}
