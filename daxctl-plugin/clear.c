// SPDX-License-Identifier: GPL-2.0-only
/* How much is still to be cleared, see clear.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "clear.h"
#include "size.h"
#include "sysfs.h"

#define PARAMETERS	"/sys/module/pfn_special/parameters"

static int64_t seconds(uint64_t left)
{
	unsigned long long limit;
	char *enabled;
	int64_t result;

	if (sysfs_read(&enabled, PARAMETERS "/ahead"))
		return -1;
	if (*enabled != 'Y' ||
	    sysfs_number(&limit, PARAMETERS "/ahead_bytes_per_second")) {
		result = -1;
	} else {
		/* Nobody knows without a limit: as with the default one. */
		if (!limit)
			limit = UINT64_C(4) << 30;
		result = left / limit + !!(left % limit);
	}
	free(enabled);
	return result;
}

void clear_read(const struct dev *dev, struct clear *clear)
{
	unsigned long long left, kept;

	*clear = (struct clear){ 0 };
	if (!sysfs_number(&kept, "/sys/bus/dax/devices/%s/preserve", dev->name))
		clear->kept = kept;
	if (sysfs_number(&left, "/sys/bus/dax/devices/%s/unclear_bytes",
			 dev->name) || !left)
		return;
	clear->left = left;
	clear->seconds = seconds(left);
}

char *clear_text(const struct clear *clear, char text[CLEAR_TEXT])
{
	char size[SIZE_TEXT];

	if (clear->kept)
		snprintf(text, CLEAR_TEXT, "kept");
	else if (!clear->left)
		snprintf(text, CLEAR_TEXT, "all");
	else if (clear->seconds < 0)
		snprintf(text, CLEAR_TEXT, "all but %s",
			 size_text(clear->left, size));
	else
		snprintf(text, CLEAR_TEXT, "all but %s, ready in %" PRId64 " s",
			 size_text(clear->left, size), clear->seconds);
	return text;
}
