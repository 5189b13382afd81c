// SPDX-License-Identifier: GPL-2.0-only
/* carve list: what there is, and who uses it. */
#include <stddef.h>

#include <json-c/json.h>

#include "carve.h"
#include "report.h"
#include "select.h"

static int print(const struct carve_options *opt, const struct nodes *nodes,
		 const struct holders *holders)
{
	struct json_object *array;
	struct select select;
	size_t i;
	int rc;

	rc = select_nodes(nodes, opt->node, &select);
	if (rc)
		return rc;
	array = json_object_new_array();
	for (i = 0; array && i < select.nr; i++)
		json_object_array_add(array,
				      report_node(select.node[i], holders,
						  opt->human));
	select_free(&select);
	return report_print(array);
}

int cmd_list(const struct carve_options *opt, int argc, char **argv)
{
	struct holders holders = { 0 };
	struct nodes nodes;
	int rc;

	if (argc)
		return fail("\"%s\" is one argument too many: list takes options only",
			    argv[0]);
	rc = nodes_read(&nodes);
	if (!rc)
		rc = holders_read(&nodes, &holders);
	if (!rc)
		rc = print(opt, &nodes, &holders);
	holders_free(&holders);
	nodes_free(&nodes);
	return rc;
}
