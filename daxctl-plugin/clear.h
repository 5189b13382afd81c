/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of a device is still to be cleared, and how long that takes. */
#ifndef CARVE_CLEAR_H
#define CARVE_CLEAR_H

#include <stdbool.h>
#include <stdint.h>

#include "node.h"

/**
 * struct clear - what the kernel clears ahead of a device's users
 * @left: bytes that whoever touches them first still has to wait for
 * @seconds: until there are none, if the CPUs of the node have time; -1 if the kernel
 *           does not clear ahead
 * @kept: nothing is cleared: the device was bound to be as it was
 */
struct clear {
	uint64_t left;
	int64_t seconds;
	bool kept;
};

/**
 * clear_read() - how far the kernel has come
 * @dev: a device
 * @clear: set to that; all 0 for devices that the kernel does not clear
 */
void clear_read(const struct dev *dev, struct clear *clear);

/* Bytes of clear_text()'s text. */
#define CLEAR_TEXT	64

/**
 * clear_text() - "all", "kept", or what is left and when it will be ready
 * @clear: as from clear_read()
 * @text: set to that
 *
 * Return: @text.
 */
char *clear_text(const struct clear *clear, char text[CLEAR_TEXT]);

#endif /* CARVE_CLEAR_H */
