/* SPDX-License-Identifier: GPL-2.0-only */
/* Who uses a device: processes that have it open or mapped, and mounts. */
#ifndef CARVE_HOLDER_H
#define CARVE_HOLDER_H

#include <stddef.h>
#include <sys/types.h>

#include "node.h"

/**
 * struct holder - a user of a device
 * @major: of the device
 * @minor: of the device
 * @pid: of the process; 0 for a mount
 * @what: name of the process, or where it is mounted
 */
struct holder {
	unsigned int major;
	unsigned int minor;
	pid_t pid;
	char what[64];
};

/**
 * struct holders - users of all devices
 * @nr: number of @holder
 * @holder: each process once per device, by rising pid
 */
struct holders {
	size_t nr;
	struct holder *holder;
};

/**
 * holders_read() - look for the users of all dax devices
 * @nodes: the devices
 * @holders: set to their users; to be freed by holders_free(), also upon failure
 *
 * Sees what the caller may look at: all, for root.
 *
 * Return: 0, or negative after a complaint.
 */
int holders_read(const struct nodes *nodes, struct holders *holders);
void holders_free(struct holders *holders);

/**
 * holders_next() - go through the users of a device
 * @holders: users of all devices
 * @dev: the device
 * @last: what the last call returned, NULL at first
 *
 * Return: the next one, NULL at the end.
 */
const struct holder *holders_next(const struct holders *holders,
				  const struct dev *dev,
				  const struct holder *last);

#endif /* CARVE_HOLDER_H */
