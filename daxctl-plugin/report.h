/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON for people and scripts, with the words that daxctl's own commands use. */
#ifndef CARVE_REPORT_H
#define CARVE_REPORT_H

#include <stdbool.h>

#include "holder.h"
#include "node.h"

struct json_object;

/**
 * report_mode() - the words for who serves a device
 * @mode: who
 * @map: set to the value of "map", or NULL if there is none
 *
 * Return: the value of "mode".
 */
const char *report_mode(enum dev_mode mode, const char **map);

/**
 * report_dev() - describe a device
 * @dev: the device
 * @node: NUMA node that it is on
 * @human: numbers for people
 *
 * Return: an object, NULL without memory.
 */
struct json_object *report_dev(const struct dev *dev, int node, bool human);

/**
 * struct row - a device, and who uses it
 * @node: NUMA node that it is on
 * @dev: the device
 * @users: what the kernel says
 * @known: does it?
 * @holders: processes of all devices; may be NULL
 */
struct row {
	int node;
	const struct dev *dev;
	struct users users;
	bool known;
	const struct holders *holders;
};

/**
 * report_row() - describe a device and who uses it
 * @row: the device
 * @human: numbers for people
 *
 * Return: an object, NULL without memory.
 */
struct json_object *report_row(const struct row *row, bool human);

/**
 * report_node() - describe a node
 * @node: the node
 * @rows: devices of all nodes
 * @nr: number of @rows
 * @human: numbers for people
 *
 * Return: an object, NULL without memory.
 */
struct json_object *report_node(const struct node *node,
				const struct row *rows, size_t nr, bool human);

/**
 * report_print() - print an object, and free it
 * @obj: the object; may be NULL, for want of memory
 *
 * Return: 0, or negative after a complaint.
 */
int report_print(struct json_object *obj);

/**
 * report_ready() - can anything be written to stdout?
 *
 * To be asked before something is made that the user would not hear of.
 *
 * Return: 0, or negative after a complaint.
 */
int report_ready(void);

/**
 * report_flush() - see to it that all of it is written
 *
 * Return: 0, or negative after a complaint.
 */
int report_flush(void);

#endif /* CARVE_REPORT_H */
