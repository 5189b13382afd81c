// SPDX-License-Identifier: GPL-2.0-only
/* carve check: is all as it should be, and can it be put right? */
#include <stdio.h>
#include <string.h>

#include "carve.h"
#include "device.h"
#include "devnode.h"
#include "finding.h"
#include "journal.h"
#include "label.h"
#include "report.h"
#include "state.h"

/* What cannot hurt anybody: nobody uses what has no memory, or no node. */
static void repair(const struct nodes *nodes)
{
	unsigned int labels;
	size_t i, j;
	int rc;

	for (i = 0; i < nodes->nr; i++)
		for (j = 0; j < nodes->node[i].nr_devs; j++) {
			const struct dev *dev = &nodes->node[i].devs[j];

			if (!dev->size && dev->id && dev->mode == MODE_DISABLED) {
				rc = device_delete(&nodes->node[i], dev->id);
				caution("%s had no memory: %s", dev->name,
					rc ? strerror(-rc) : "deleted");
			} else if (dev->node == NODE_MISSING) {
				rc = devnode_make(dev);
				caution("/dev/%s was missing: %s", dev->name,
					rc ? strerror(-rc) : "made");
			}
		}
	labels = label_sweep(nodes);
	if (labels)
		caution("%u name%s of devices that are no more: forgotten",
			labels, labels == 1 ? "" : "s");
}

static int read_nodes(const struct carve_options *opt, struct nodes *nodes)
{
	int rc;

	if (opt->repair) {
		rc = nodes_try(nodes);
		if (rc || !nodes->nr)
			return rc;
		nodes_free(nodes);
		/* That is where what a killed command left is put right. */
		if (state_begin(nodes))
			return -1;
		repair(nodes);
		state_end();
		nodes_free(nodes);
	}
	return nodes_try(nodes);
}

/* Exit statuses are those of monitoring plugins: the worst level that was found. */
int cmd_check(const struct carve_options *opt, int argc, char **argv)
{
	struct findings findings = { 0 };
	struct nodes nodes = { 0 };
	enum level worst;
	int rc;

	if (argc) {
		fail_as(STATUS_BAD_INPUT,
			"\"%s\" is one argument too many: check takes options only",
			argv[0]);
		return LEVEL_UNKNOWN;
	}
	rc = read_nodes(opt, &nodes);
	if (rc) {
		fail("cannot read the dax regions below /sys: %s",
		     rc == -1 ? "see above" : strerror(-rc));
		nodes_free(&nodes);
		return LEVEL_UNKNOWN;
	}
	check_host(&nodes, &findings);
	if (journal_pending())
		found(&findings, LEVEL_WARNING, "killed",
		      "daxctl carve check --repair, or any command that changes something",
		      "a command is at work, or was killed half way");
	check_devices(&nodes, &findings);
	check_saved(&nodes, &findings);
	worst = findings_print(&findings, opt->json);
	findings_free(&findings);
	nodes_free(&nodes);
	return worst;
}
