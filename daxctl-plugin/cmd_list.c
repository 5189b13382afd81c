// SPDX-License-Identifier: GPL-2.0-only
/* carve list: what there is, and who uses it. */
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "carve.h"
#include "rows.h"
#include "table.h"

static int print_nodes(const struct carve_options *opt,
		       const struct select *select, const struct rows *rows)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; array && i < select->nr; i++)
		json_object_array_add(array,
				      report_node(select->node[i], rows->row,
						  rows->nr, opt->human));
	return report_print(array);
}

/* On a terminal, and if nothing else was asked for: nodes, too. */
static int print_all(const struct carve_options *opt, const struct nodes *nodes,
		     const struct select *select, const struct rows *rows)
{
	if (!table_wanted(opt))
		return print_nodes(opt, select, rows);
	if (!opt->output && !opt->parsable && !opt->no_headings && !opt->node) {
		if (table_nodes(nodes))
			return -1;
		putchar('\n');
	}
	return rows_print(opt, rows);
}

/* Those that were asked for, in that order; @rows go on owning what they hold. */
static int print_some(const struct carve_options *opt, const struct nodes *nodes,
		      const struct rows *rows, int argc, char **argv)
{
	struct rows some = { .row = calloc(argc, sizeof(*some.row)) };
	struct node *node;
	struct dev *dev;
	size_t i;
	int rc = 0;

	if (!some.row)
		return fail("out of memory");
	for (; argc && !rc; argc--, argv++) {
		dev = select_dev(nodes, *argv, &node);
		if (!dev)
			rc = -1;
		for (i = 0; dev && i < rows->nr; i++)
			if (rows->row[i].dev == dev)
				some.row[some.nr++] = rows->row[i];
	}
	if (!rc)
		rc = rows_print(opt, &some);
	free(some.row);
	return rc;
}

int cmd_list(const struct carve_options *opt, int argc, char **argv)
{
	struct select select = { 0 };
	struct rows rows = { 0 };
	struct nodes nodes;
	int rc;

	rc = table_check(opt);
	if (rc)
		return rc;
	rc = nodes_read(&nodes);
	if (!rc)
		rc = select_nodes(&nodes, opt->node, &select);
	if (!rc)
		rc = rows_read(&nodes, &select, &rows);
	if (!rc && argc)
		rc = print_some(opt, &nodes, &rows, argc, argv);
	else if (!rc)
		rc = print_all(opt, &nodes, &select, &rows);
	rows_free(&rows);
	select_free(&select);
	nodes_free(&nodes);
	return rc;
}
