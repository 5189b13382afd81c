// SPDX-License-Identifier: GPL-2.0-only
/* carve export: figures for monitoring, in the text format of Prometheus. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "carve.h"
#include "rows.h"
#include "sysfs.h"

static void head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP dax_none_%s %s\n# TYPE dax_none_%s %s\n", name,
		help, name, type);
}

static void node_line(FILE *out, const char *name, const struct node *node,
		      uint64_t value)
{
	fprintf(out, "dax_none_%s{node=\"%d\"} %" PRIu64 "\n", name, node->id,
		value);
}

static void export_nodes(FILE *out, const struct nodes *nodes)
{
	size_t i;

	head(out, "node_bytes", "gauge", "Reserved memory of a NUMA node.");
	for (i = 0; i < nodes->nr; i++)
		node_line(out, "node_bytes", &nodes->node[i],
			  extents_size(&nodes->node[i].mem));
	head(out, "node_free_bytes", "gauge", "What of it no device has.");
	for (i = 0; i < nodes->nr; i++)
		node_line(out, "node_free_bytes", &nodes->node[i],
			  extents_size(&nodes->node[i].free));
	head(out, "node_largest_free_bytes", "gauge",
	     "The largest free run that leaves of a size can map.");
	for (i = 0; i < nodes->nr; i++) {
		const struct node *node = &nodes->node[i];

		fprintf(out, "dax_none_node_largest_free_bytes{node=\"%d\",leaf=\"1G\"} %" PRIu64 "\n"
			"dax_none_node_largest_free_bytes{node=\"%d\",leaf=\"2M\"} %" PRIu64 "\n",
			node->id, node_largest(node, PLAN_UNIT), node->id,
			node_largest(node, PLAN_GRANULE));
	}
	/* Nobody has one twice: the bus adds up to this, or something is wrong. */
	head(out, "node_available_bytes", "gauge",
	     "What the kernel says no device has, bad memory included.");
	for (i = 0; i < nodes->nr; i++)
		node_line(out, "node_available_bytes", &nodes->node[i],
			  nodes->node[i].available);
}

static void dev_labels(FILE *out, const char *name, const struct row *row)
{
	fprintf(out, "dax_none_%s{device=\"%s\",name=\"%s\",node=\"%d\"", name,
		row->dev->name, row->dev->label, row->node);
}

/* An attribute that only a device bound to dax_none has. */
static void export_attribute(FILE *out, const struct rows *rows, const char *name,
			     const char *type, const char *help,
			     const char *attribute)
{
	unsigned long long value;
	size_t i;

	head(out, name, type, help);
	for (i = 0; i < rows->nr; i++) {
		if (rows->row[i].dev->mode != MODE_NONE ||
		    sysfs_number(&value, "/sys/bus/dax/devices/%s/%s",
				 rows->row[i].dev->name, attribute))
			continue;
		dev_labels(out, name, &rows->row[i]);
		fprintf(out, "} %llu\n", value);
	}
}

static void export_leaves(FILE *out, const struct rows *rows)
{
	static const struct {
		const char *leaf, *attribute;
	} leaves[] = { { "4K", "leaves_4k" }, { "2M", "leaves_2m" },
		       { "1G", "leaves_1g" } };
	unsigned long long value;
	size_t i, j;

	head(out, "device_leaves", "gauge", "Page table leaves that map a device.");
	for (i = 0; i < rows->nr; i++)
		for (j = 0; j < 3; j++) {
			if (rows->row[i].dev->mode != MODE_NONE ||
			    sysfs_number(&value, "/sys/bus/dax/devices/%s/%s",
					 rows->row[i].dev->name,
					 leaves[j].attribute))
				continue;
			dev_labels(out, "device_leaves", &rows->row[i]);
			fprintf(out, ",leaf=\"%s\"} %llu\n", leaves[j].leaf,
				value);
		}
}

static const char *map_text(enum dev_mode mode)
{
	return mode == MODE_NONE ? "none" : mode == MODE_MEM ? "mem" :
	       mode == MODE_RAM ? "system-ram" : "disabled";
}

static void export_devs(FILE *out, const struct rows *rows)
{
	size_t i;

	head(out, "device_bytes", "gauge", "Size of a device.");
	for (i = 0; i < rows->nr; i++) {
		dev_labels(out, "device_bytes", &rows->row[i]);
		fprintf(out, ",map=\"%s\"} %" PRIu64 "\n",
			map_text(rows->row[i].dev->mode), rows->row[i].dev->size);
	}
	head(out, "device_open_files", "gauge", "Open files of a device.");
	for (i = 0; i < rows->nr; i++)
		if (rows->row[i].known) {
			dev_labels(out, "device_open_files", &rows->row[i]);
			fprintf(out, "} %lu\n", rows->row[i].users.open);
		}
	head(out, "device_claims", "gauge", "File systems on a device.");
	for (i = 0; i < rows->nr; i++)
		if (rows->row[i].known) {
			dev_labels(out, "device_claims", &rows->row[i]);
			fprintf(out, "} %zu\n", rows->row[i].users.nr_claims);
		}
	head(out, "device_held_bytes", "gauge", "Memory that VFIO maps for devices.");
	for (i = 0; i < rows->nr; i++)
		if (rows->row[i].known) {
			dev_labels(out, "device_held_bytes", &rows->row[i]);
			fprintf(out, "} %" PRIu64 "\n", rows->row[i].users.held);
		}
	export_attribute(out, rows, "device_bad_pages", "gauge",
			 "Pages that memory errors hit.", "bad_pages");
	export_attribute(out, rows, "device_zeroed_bytes_total", "counter",
			 "Memory cleared by those who touched it first, since the device was bound.",
			 "zeroed_bytes");
	export_attribute(out, rows, "device_ahead_bytes_total", "counter",
			 "Memory cleared before anyone touched it.",
			 "ahead_bytes");
	export_attribute(out, rows, "device_unclear_bytes", "gauge",
			 "Memory that is still to be cleared.",
			 "unclear_bytes");
	export_leaves(out, rows);
}

static int export_to(FILE *out, const struct nodes *nodes)
{
	struct select select;
	struct rows rows = { 0 };
	int rc;

	rc = select_nodes(nodes, NULL, &select);
	if (rc)
		return rc;
	rc = rows_read(nodes, &select, &rows);
	if (!rc) {
		export_nodes(out, nodes);
		export_devs(out, &rows);
	}
	rows_free(&rows);
	select_free(&select);
	return rc;
}

/* The collector reads whatever ends in ".prom" whenever it likes: all or nothing. */
static int export_file(const char *file, const struct nodes *nodes)
{
	char *temp;
	FILE *out = NULL;
	int fd, rc = -1;

	if (asprintf(&temp, "%s.XXXXXX", file) < 0)
		return fail("out of memory");
	fd = mkostemp(temp, 0);
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (out) {
		rc = export_to(out, nodes);
		if (fchmod(fd, 0644) || fclose(out) || (!rc && rename(temp, file)))
			rc = -1;
	}
	if (rc) {
		rc = fail_as(fail_errno(errno), "cannot write %s: %s", file,
			     strerror(errno));
		if (fd >= 0)
			unlink(temp);
	}
	free(temp);
	return rc;
}

int cmd_export(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes;
	int rc;

	if (!opt->prometheus)
		return fail_as(STATUS_BAD_INPUT,
			       "export in which format? There is --prometheus");
	if (argc > 1)
		return fail_as(STATUS_BAD_INPUT,
			       "\"%s\" is one argument too many: export writes one file",
			       argv[1]);
	rc = nodes_read(&nodes);
	if (!rc && argc)
		rc = export_file(argv[0], &nodes);
	else if (!rc)
		rc = export_to(stdout, &nodes) ? -1 : report_flush();
	nodes_free(&nodes);
	return rc;
}
