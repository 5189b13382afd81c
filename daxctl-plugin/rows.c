// SPDX-License-Identifier: GPL-2.0-only
/* Devices and who uses them, for whatever prints them; see rows.h. */
#include <stdlib.h>

#include <json-c/json.h>

#include "message.h"
#include "options.h"
#include "rows.h"
#include "table.h"

static int add(struct rows *rows, int node, const struct dev *dev)
{
	struct row *row = &rows->row[rows->nr++];

	*row = (struct row){ .node = node, .dev = dev,
			     .holders = &rows->holders };
	/* What cannot be told is shown as such: that is no reason to show nothing. */
	row->known = !users_read(dev, &row->users);
	return row->known && row->users.open;
}

int rows_read(const struct nodes *nodes, const struct select *select,
	      struct rows *rows)
{
	size_t i, j, nr = 0;
	int used = 0;

	*rows = (struct rows){ 0 };
	for (i = 0; i < select->nr; i++)
		nr += select->node[i]->nr_devs;
	rows->row = calloc(nr + 1, sizeof(*rows->row));
	if (!rows->row)
		return fail("out of memory");
	for (i = 0; i < select->nr; i++) {
		const struct node *node = select->node[i];

		/* As in "daxctl list": an empty device 0 is of no interest. */
		for (j = 0; j < node->nr_devs; j++)
			if (node->devs[j].size || node->devs[j].id)
				used |= add(rows, node->id, &node->devs[j]);
	}
	/* Going through all processes costs more than all the rest. */
	return used ? holders_read(nodes, &rows->holders) : 0;
}

int rows_of(const struct dev *devs, const int *node, size_t nr,
	    struct rows *rows)
{
	size_t i;

	*rows = (struct rows){ 0 };
	rows->row = calloc(nr + 1, sizeof(*rows->row));
	if (!rows->row)
		return fail("out of memory");
	for (i = 0; i < nr; i++)
		rows->row[rows->nr++] = (struct row){
			.node = node[i], .dev = &devs[i], .known = true };
	return 0;
}

int rows_print(const struct carve_options *opt, const struct rows *rows)
{
	struct json_object *array;
	size_t i;

	if (table_wanted(opt))
		return table_devs(opt, rows->row, rows->nr);
	array = json_object_new_array();
	for (i = 0; array && i < rows->nr; i++)
		json_object_array_add(array, report_row(&rows->row[i],
							opt->human));
	return report_print(array);
}

void rows_free(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->nr; i++)
		users_free(&rows->row[i].users);
	free(rows->row);
	holders_free(&rows->holders);
	*rows = (struct rows){ 0 };
}
