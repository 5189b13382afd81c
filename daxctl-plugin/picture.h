/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory of a node as a picture. */
#ifndef CARVE_PICTURE_H
#define CARVE_PICTURE_H

#include "node.h"

/**
 * picture_print() - draw a node's memory
 * @node: the node
 * @dev: draw the leaves of this device, and others as one; NULL: a letter for each
 *
 * Return: 0, or negative after a complaint.
 */
int picture_print(const struct node *node, const struct dev *dev);

/**
 * picture_cells() - a range as characters
 * @node: the node that it is on
 * @dev: as above
 * @start: physical address
 * @size: bytes
 * @cells: filled with @nr characters and a NUL: what most of each part of the range is
 * @nr: their number
 */
void picture_cells(const struct node *node, const struct dev *dev,
		   uint64_t start, uint64_t size, char *cells, unsigned int nr);

#endif /* CARVE_PICTURE_H */
