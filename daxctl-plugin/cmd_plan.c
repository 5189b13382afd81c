// SPDX-License-Identifier: GPL-2.0-only
/* carve plan: what to reserve at boot, in the words of the boot loader. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "carve.h"
#include "report.h"
#include "reserve.h"
#include "select.h"
#include "size.h"

/* A start for what the host itself needs; see the admin guide. */
#define HOST_RESERVE	(UINT64_C(8) << 30)
#define HOST_PERCENT	2

/* "%" is soft reserved: from System RAM (type 1) to 0xefffffff. */
static char *arguments(const struct reserve *reserve)
{
	char size[SIZE_TEXT], start[SIZE_TEXT], *text = NULL;
	size_t i, len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (i = 0; i < reserve->nr; i++)
		fprintf(out, "memmap=%s%%%s-1+0xefffffff ",
			size_text(reserve->range[i].size, size),
			size_text(reserve->range[i].start, start));
	fputs("nokaslr", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static void print_node(const struct reserve_node *node)
{
	char ram[SIZE_TEXT], guests[SIZE_TEXT], over[SIZE_TEXT], host[SIZE_TEXT];

	printf("# node %d: %s; %lu guest%s of %s in all; %s reserved and not used; the host keeps %s\n",
	       node->node, size_text(node->ram >> 20 << 20, ram), node->count,
	       node->count == 1 ? "" : "s", size_text(node->guests, guests),
	       size_text(node->reserved - node->guests, over),
	       size_text((node->ram - node->reserved) >> 20 << 20, host));
}

/* To be read, or to be run as a script. */
static void print_script(const struct reserve *reserve, const char *text)
{
	bool systemd_boot = !access("/etc/kernel/cmdline", F_OK);
	bool kernelstub = !access("/etc/kernelstub", F_OK);
	size_t i;

	for (i = 0; i < reserve->nr_nodes; i++)
		print_node(&reserve->nodes[i]);
	if (kernelstub) {
		printf("kernelstub -a '%s'\n", text);
		return;
	}
	if (systemd_boot && access("/etc/default/grub", F_OK)) {
		printf("sed -i 's/$/ %s/' /etc/kernel/cmdline\n"
		       "kernel-install add \"$(uname -r)\" \"/boot/vmlinuz-$(uname -r)\"\n",
		       text);
		return;
	}
	printf("mkdir -p /etc/default/grub.d\n"
	       "cat >/etc/default/grub.d/dax-none.cfg <<'END'\n"
	       "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX %s\"\n"
	       "END\nupdate-grub\n", text);
	printf("# without GRUB: systemd-boot has this in /etc/kernel/cmdline, kernelstub takes it by -a:\n# %s\n",
	       text);
}

static int print_json(const struct reserve *reserve, const char *text)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *nodes = json_object_new_array();
	size_t i;

	if (!obj || !nodes) {
		json_object_put(obj);
		json_object_put(nodes);
		return fail("out of memory");
	}
	json_object_object_add(obj, "arguments", json_object_new_string(text));
	json_object_object_add(obj, "nodes", nodes);
	for (i = 0; i < reserve->nr_nodes; i++) {
		const struct reserve_node *node = &reserve->nodes[i];
		struct json_object *one = json_object_new_object();

		if (!one)
			break;
		json_object_object_add(one, "node", json_object_new_int(node->node));
		json_object_object_add(one, "size", json_size(node->ram, false));
		json_object_object_add(one, "guests",
				       json_object_new_int64(node->count));
		json_object_object_add(one, "guests_size",
				       json_size(node->guests, false));
		json_object_object_add(one, "reserved",
				       json_size(node->reserved, false));
		json_object_array_add(nodes, one);
	}
	return report_print(obj);
}

/* Only what is on the nodes that were asked for. */
static int choose(const char *list, struct firmware *firmware)
{
	struct nodes nodes = { 0 };
	struct select select;
	size_t i, j, nr = 0;
	int rc = 0;

	if (!list)
		return 0;
	nodes.node = calloc(firmware->nr + 1, sizeof(*nodes.node));
	if (!nodes.node)
		return fail("out of memory");
	for (i = 0; i < firmware->nr; i++)
		if (!nodes_find(&nodes, firmware->ram[i].node))
			nodes.node[nodes.nr++].id = firmware->ram[i].node;
	rc = select_nodes(&nodes, list, &select);
	for (i = 0; !rc && i < firmware->nr; i++)
		for (j = 0; j < select.nr; j++)
			if (select.node[j]->id == firmware->ram[i].node) {
				firmware->ram[nr++] = firmware->ram[i];
				break;
			}
	if (!rc) {
		firmware->nr = nr;
		select_free(&select);
	}
	free(nodes.node);
	return rc;
}

static int plan(const struct carve_options *opt, struct firmware *firmware,
		const struct guests *guests, size_t nr)
{
	uint64_t host, all = 0;
	char missing[SIZE_TEXT], keep[SIZE_TEXT];
	struct reserve reserve;
	char *text;
	size_t i;
	int rc;

	for (i = 0; i < firmware->nr; i++)
		all += firmware->ram[i].size;
	host = HOST_RESERVE + all / 100 * HOST_PERCENT;
	if (opt->host_reserve && size_parse(opt->host_reserve, &host))
		return fail_as(STATUS_BAD_INPUT,
			       "--host-reserve \"%s\" is not a size: give bytes, or a number and K, M, G or T",
			       opt->host_reserve);
	rc = choose(opt->node, firmware);
	if (rc)
		return rc;
	rc = reserve_make(firmware, guests, nr, host, &reserve);
	if (rc == -ENOSPC)
		rc = fail_as(STATUS_NO_ROOM,
			     "there is no room for guests of %s, as no node has as much left for them: the host keeps %s (--host-reserve), and what is below 4G is left alone",
			     size_text(reserve.missing, missing),
			     size_text(host >> 20 << 20, keep));
	else if (rc)
		rc = fail("out of memory");
	text = rc ? NULL : arguments(&reserve);
	if (!rc && !text)
		rc = fail("out of memory");
	if (!rc && opt->json) {
		rc = print_json(&reserve, text);
	} else if (!rc) {
		print_script(&reserve, text);
		rc = report_flush();
	}
	free(text);
	reserve_free(&reserve);
	return rc;
}

int cmd_plan(const struct carve_options *opt, int argc, char **argv)
{
	struct firmware firmware = { 0 };
	struct guests *guests = NULL;
	size_t nr;
	int rc;

	if (argc)
		return fail_as(STATUS_BAD_INPUT,
			       "\"%s\" is one argument too many: plan takes options only",
			       argv[0]);
	if (!opt->guests || guests_parse(opt->guests, &guests, &nr)) {
		free(guests);
		return fail_as(STATUS_BAD_INPUT,
			       "--guests \"%s\" is not what is to run: give COUNTxSIZE, such as 10x32G or 8x32G,2x64G, of multiples of 2M",
			       opt->guests ? opt->guests : "");
	}
	rc = firmware_read(&firmware);
	if (!rc)
		rc = plan(opt, &firmware, guests, nr);
	firmware_free(&firmware);
	free(guests);
	return rc;
}
