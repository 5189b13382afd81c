/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables for people, and for scripts that do not speak JSON. */
#ifndef CARVE_TABLE_H
#define CARVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct carve_options;
struct nodes;
struct row;

/**
 * table_wanted() - is it a table that the user wants?
 * @opt: options: --output and --parsable ask for one, --json and --human for JSON;
 *       without any of them it is one on a terminal
 *
 * Return: whether.
 */
bool table_wanted(const struct carve_options *opt);

/**
 * table_check() - does --output make sense?
 * @opt: options
 *
 * Return: 0, or negative after a complaint.
 */
int table_check(const struct carve_options *opt);

/**
 * table_devs() - print devices
 * @opt: options
 * @rows: the devices
 * @nr: number of @rows
 *
 * Return: 0, or negative after a complaint.
 */
int table_devs(const struct carve_options *opt, const struct row *rows,
	       size_t nr);

/**
 * table_nodes() - print nodes, for people
 * @nodes: the machine
 *
 * Return: 0, or negative after a complaint.
 */
int table_nodes(const struct nodes *nodes);

#endif /* CARVE_TABLE_H */
