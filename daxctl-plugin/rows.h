/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices and who uses them, for whatever prints them. */
#ifndef CARVE_ROWS_H
#define CARVE_ROWS_H

#include "report.h"
#include "select.h"

struct carve_options;

/**
 * struct rows - devices, and who uses them
 * @nr: number of @row
 * @row: the devices
 * @holders: processes that have any of them
 */
struct rows {
	size_t nr;
	struct row *row;
	struct holders holders;
};

/**
 * rows_read() - all devices of some nodes
 * @nodes: the machine
 * @select: the nodes
 * @rows: set to their devices; to be freed by rows_free(), also upon failure
 *
 * Return: 0, or negative after a complaint.
 */
int rows_read(const struct nodes *nodes, const struct select *select,
	      struct rows *rows);

/**
 * rows_of() - devices that are new, or planned: nobody uses them
 * @devs: the devices
 * @node: the node of each
 * @nr: number of @devs
 * @rows: set to them; to be freed by rows_free(), also upon failure
 *
 * Return: 0, or negative after a complaint.
 */
int rows_of(const struct dev *devs, const int *node, size_t nr,
	    struct rows *rows);

/**
 * rows_print() - as a table, or as JSON
 * @opt: which
 * @rows: the devices
 *
 * Return: 0, or negative after a complaint.
 */
int rows_print(const struct carve_options *opt, const struct rows *rows);
void rows_free(struct rows *rows);

#endif /* CARVE_ROWS_H */
