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
 * report_node() - describe a node, its devices and who uses them
 * @node: the node
 * @holders: users of all devices
 * @human: numbers for people
 *
 * Return: an object, NULL without memory.
 */
struct json_object *report_node(const struct node *node,
				const struct holders *holders, bool human);

/**
 * report_print() - print an array, and free it
 * @array: the array; may be NULL, for want of memory
 *
 * Return: 0, or negative after a complaint.
 */
int report_print(struct json_object *array);

#endif /* CARVE_REPORT_H */
