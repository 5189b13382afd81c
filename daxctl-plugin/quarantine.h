/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that memory errors have hit: nothing new is to be made of them. */
#ifndef CARVE_QUARANTINE_H
#define CARVE_QUARANTINE_H

#include "node.h"

/**
 * quarantine_read() - find out which memory not to plan with
 * @bad: filled with the 2 MiB around each bad page, by rising address; nothing
 *       if the kernel has no record. To be freed, also upon failure.
 *
 * Return: 0, or a negative errno.
 */
int quarantine_read(struct extents *bad);

#endif /* CARVE_QUARANTINE_H */
