/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices as "carve save" writes them and "carve restore" reads them: JSON. */
#ifndef CARVE_LAYOUT_H
#define CARVE_LAYOUT_H

#include "node.h"

/* What "save" writes. */
#define LAYOUT_VERSION	2

/* Bytes: some ten times what the largest number of devices takes. */
#define LAYOUT_MAX	(64 << 20)

/**
 * struct layout_dev - a saved device
 * @node: NUMA node
 * @region: its region
 * @dev: the device
 */
struct layout_dev {
	int node;
	int region;
	struct dev dev;
};

/**
 * struct layout - saved devices
 * @nr: number of @devs
 * @devs: in the order of the file
 */
struct layout {
	size_t nr;
	struct layout_dev *devs;
};

/**
 * layout_save() - write all devices that have memory
 * @nodes: the machine
 * @file: path, or "-" for stdout; either all of it is replaced or nothing. It keeps
 *        its mode and owner; a new one is for its owner only, since there are
 *        physical addresses in it.
 *
 * Return: 0, or negative after a complaint.
 */
int layout_save(const struct nodes *nodes, const char *file);

/**
 * layout_load() - read a file
 * @file: path, or "-" for stdin
 * @layout: set to the content; to be freed by layout_free(), also upon failure
 *
 * Whatever is in there makes sense by itself: numbers are in range and aligned,
 * no two devices share a name or memory, and nothing is there that is not known.
 *
 * Return: 0, or negative after a complaint.
 */
int layout_load(const char *file, struct layout *layout);

/**
 * layout_parse() - the same, from memory
 * @text: JSON, and a NUL behind it
 * @len: length of @text without that, in bytes
 * @layout: set to the content; to be freed by layout_free(), also upon failure
 * @why: set to what is wrong with @text
 * @size: of @why, in bytes
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int layout_parse(const char *text, size_t len, struct layout *layout, char *why,
		 size_t size);
void layout_free(struct layout *layout);

#endif /* CARVE_LAYOUT_H */
