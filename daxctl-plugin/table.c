// SPDX-License-Identifier: GPL-2.0-only
/* Tables, see table.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clear.h"
#include "message.h"
#include "options.h"
#include "report.h"
#include "size.h"
#include "table.h"
#include "text.h"

/* Bytes of a cell, and columns of a table. */
#define CELL	128
#define COLUMNS	24

#define DEFAULT	"device,name,node,size,map,leaves,users"

static void cell_size(uint64_t size, bool raw, char *cell)
{
	char text[SIZE_TEXT];

	if (raw)
		snprintf(cell, CELL, "%" PRIu64, size);
	else
		snprintf(cell, CELL, "%s", size_text(size, text));
}

static void col_device(const struct row *row, bool raw, char *cell)
{
	(void)raw;
	snprintf(cell, CELL, "%s", row->dev->name);
}

static void col_name(const struct row *row, bool raw, char *cell)
{
	(void)raw;
	snprintf(cell, CELL, "%s", row->dev->label);
}

static void col_node(const struct row *row, bool raw, char *cell)
{
	(void)raw;
	snprintf(cell, CELL, "%d", row->node);
}

static void col_size(const struct row *row, bool raw, char *cell)
{
	cell_size(row->dev->size, raw, cell);
}

static void col_align(const struct row *row, bool raw, char *cell)
{
	cell_size(row->dev->align, raw, cell);
}

static void col_map(const struct row *row, bool raw, char *cell)
{
	static const char *const text[] = {
		[MODE_DISABLED] = "disabled", [MODE_NONE] = "none",
		[MODE_MEM] = "mem", [MODE_RAM] = "system-ram",
	};

	(void)raw;
	snprintf(cell, CELL, "%s", text[row->dev->mode]);
}

/* "1G*31 2M*512": how many leaves of each size. */
static void col_leaves(const struct row *row, bool raw, char *cell)
{
	static const struct {
		const char *name;
		uint64_t size;
	} leaf[] = { { "4K", 4096 }, { "2M", PLAN_GRANULE }, { "1G", PLAN_UNIT } };
	uint64_t leaves[3];
	int i, len = 0;

	(void)raw;
	*cell = '\0';
	plan_leaves(row->dev->mem.ext, row->dev->mem.nr, leaves);
	for (i = 2; i >= 0; i--)
		if (leaves[i])
			len += snprintf(cell + len, CELL - len, "%s%s*%" PRIu64,
					len ? " " : "", leaf[i].name,
					leaves[i] / leaf[i].size);
}

static void col_extents(const struct row *row, bool raw, char *cell)
{
	(void)raw;
	snprintf(cell, CELL, "%zu", row->dev->mem.nr);
}

static void col_clear(const struct row *row, bool raw, char *cell)
{
	char text[CLEAR_TEXT];
	struct clear clear;

	*cell = '\0';
	if (row->dev->mode != MODE_NONE)
		return;
	clear_read(row->dev, &clear);
	if (!raw)
		snprintf(cell, CELL, "%s", clear_text(&clear, text));
	else if (!clear.kept)
		snprintf(cell, CELL, "%" PRIu64, row->dev->size - clear.left);
}

static void col_owner(const struct row *row, bool raw, char *cell)
{
	(void)raw;
	snprintf(cell, CELL, "%s", row->dev->owner[0] ? row->dev->owner :
							"root:root");
}

static void col_mode(const struct row *row, bool raw, char *cell)
{
	(void)raw;
	snprintf(cell, CELL, "%04o", row->dev->permissions);
}

/* Who, if /proc knows, or how many the kernel counts. */
static void col_users(const struct row *row, bool raw, char *cell)
{
	const struct holder *holder = NULL;
	int len = 0;
	size_t i;

	(void)raw;
	*cell = '\0';
	if (!row->known) {
		snprintf(cell, CELL, "?");
		return;
	}
	for (i = 0; i < row->users.nr_claims && len < CELL; i++)
		len += snprintf(cell + len, CELL - len, "%s%s", len ? "," : "",
				claim_is_lent(row->users.claims[i]) ?
				"lent" : row->users.claims[i]);
	while (row->holders && len < CELL &&
	       (holder = holders_next(row->holders, row->dev, holder)))
		len += snprintf(cell + len, CELL - len, "%s%s(%d)",
				len ? "," : "", holder->what, holder->pid);
	if (!len && row->users.open)
		len = snprintf(cell, CELL, "open(%lu)", row->users.open);
	if (!len && row->users.held)
		snprintf(cell, CELL, "vfio");
}

static const struct column {
	const char *name;
	void (*fill)(const struct row *row, bool raw, char *cell);
	bool right;
} columns[] = {
	{ "device", col_device, false }, { "name", col_name, false },
	{ "node", col_node, true }, { "size", col_size, true },
	{ "align", col_align, true }, { "map", col_map, false },
	{ "leaves", col_leaves, false }, { "extents", col_extents, true },
	{ "clear", col_clear, false }, { "owner", col_owner, false },
	{ "mode", col_mode, false }, { "users", col_users, false },
};

#define NR_COLUMNS	(sizeof(columns) / sizeof(*columns))

struct table {
	size_t nr_columns, nr_rows;
	const struct column *column[COLUMNS];
	bool headings, parsable;
	char *cells;	/* of CELL bytes, after text_clean() */
};

static char *cell_at(const struct table *table, size_t row, size_t column)
{
	return table->cells + (row * table->nr_columns + column) * CELL;
}

bool table_wanted(const struct carve_options *opt)
{
	if (opt->output || opt->parsable)
		return true;
	return !opt->json && !opt->human && isatty(STDOUT_FILENO);
}

static int no_such_column(const char *name, size_t len)
{
	char have[256] = "";
	size_t i, at = 0;

	for (i = 0; i < NR_COLUMNS; i++)
		at += snprintf(have + at, sizeof(have) - at, "%s%s",
			       i ? ", " : "", columns[i].name);
	return fail_as(STATUS_BAD_INPUT,
		       "there is no column \"%.*s\": --output can have %s",
		       (int)len, name, have);
}

static int choose(const struct carve_options *opt, struct table *table)
{
	const char *word = opt->output ? opt->output : DEFAULT;
	size_t i, len;

	for (;; word += len + 1) {
		len = strcspn(word, ",");
		for (i = 0; i < NR_COLUMNS; i++)
			if (strlen(columns[i].name) == len &&
			    !strncmp(columns[i].name, word, len))
				break;
		if (i == NR_COLUMNS)
			return no_such_column(word, len);
		if (table->nr_columns == COLUMNS)
			return fail_as(STATUS_BAD_INPUT,
				       "--output has more than %d columns",
				       COLUMNS);
		table->column[table->nr_columns++] = &columns[i];
		if (!word[len])
			return 0;
	}
}

int table_check(const struct carve_options *opt)
{
	struct table table = { 0 };

	if (opt->output && (opt->json || opt->human))
		return fail_as(STATUS_BAD_INPUT,
			       "--output is for tables: leave out --json and --human");
	return choose(opt, &table);
}

/* The last column is not padded. */
static void print_row(const struct table *table, size_t row, const int *width)
{
	size_t i;

	for (i = 0; i < table->nr_columns; i++) {
		const char *cell = cell_at(table, row, i);
		int pad = width[i] - (int)text_width(cell);
		bool last = i + 1 == table->nr_columns;

		if (table->parsable)
			printf("%s%s", cell, last ? "\n" : "\t");
		else if (table->column[i]->right)
			printf("%*s%s%s", pad, "", cell, last ? "\n" : "  ");
		else if (last)
			printf("%s\n", cell);
		else
			printf("%s%*s", cell, pad + 2, "");
	}
}

static void print(const struct table *table)
{
	int width[COLUMNS] = { 0 };
	size_t i, j;

	for (i = 0; i < table->nr_rows; i++)
		for (j = 0; j < table->nr_columns; j++) {
			int len = text_width(cell_at(table, i, j));

			if (len > width[j])
				width[j] = len;
		}
	for (i = 0; i < table->nr_rows; i++)
		print_row(table, i, width);
}

static void set_cell(char *cell, const char *text)
{
	char *clean = text_clean(text);

	snprintf(cell, CELL, "%s", clean ? clean : "?");
	free(clean);
}

static void heading(char *cell, const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		cell[i] = name[i] - 'a' + 'A';
	cell[i] = '\0';
}

int table_devs(const struct carve_options *opt, const struct row *rows,
	       size_t nr)
{
	struct table table = {
		.headings = !opt->no_headings,
		.parsable = opt->parsable,
	};
	char text[CELL];
	size_t i, j;

	if (choose(opt, &table))
		return -1;
	table.cells = calloc((nr + 1) * table.nr_columns, CELL);
	if (!table.cells)
		return fail("out of memory");
	for (j = 0; j < table.nr_columns && table.headings; j++)
		heading(cell_at(&table, 0, j), table.column[j]->name);
	table.nr_rows = table.headings;
	for (i = 0; i < nr; i++, table.nr_rows++)
		for (j = 0; j < table.nr_columns; j++) {
			table.column[j]->fill(&rows[i], opt->parsable, text);
			set_cell(cell_at(&table, table.nr_rows, j), text);
			/* Empty would be no column to awk. */
			if (!*cell_at(&table, table.nr_rows, j))
				set_cell(cell_at(&table, table.nr_rows, j), "-");
		}
	print(&table);
	free(table.cells);
	return report_flush();
}

int table_nodes(const struct nodes *nodes)
{
	char size[SIZE_TEXT], left[SIZE_TEXT], huge[SIZE_TEXT], any[SIZE_TEXT];
	size_t i, j, devs;

	printf("NODE  %10s  %10s  %10s  %10s  DEVICES\n", "SIZE", "FREE",
	       "RUN-1G", "RUN-2M");
	for (i = 0; i < nodes->nr; i++) {
		const struct node *node = &nodes->node[i];

		for (devs = j = 0; j < node->nr_devs; j++)
			devs += node->devs[j].size > 0;
		printf("%4d  %10s  %10s  %10s  %10s  %7zu\n", node->id,
		       size_text(extents_size(&node->mem), size),
		       size_text(extents_size(&node->free), left),
		       size_text(node_largest(node, PLAN_UNIT), huge),
		       size_text(node_largest(node, PLAN_GRANULE), any), devs);
	}
	return report_flush();
}
