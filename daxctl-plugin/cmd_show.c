// SPDX-License-Identifier: GPL-2.0-only
/* carve show: a picture of the memory, or what to give to QEMU and libvirt. */
#include <inttypes.h>
#include <stdio.h>

#include "carve.h"
#include "picture.h"
#include "rows.h"
#include "size.h"

/* QEMU wants to be told; what has 1G leaves wants to be mapped by them. */
static const char *guest_align(const struct dev *dev)
{
	uint64_t leaves[3];

	plan_leaves(dev->mem.ext, dev->mem.nr, leaves);
	return leaves[2] || dev->align == PLAN_UNIT ? "1G" : "2M";
}

static void print_qemu(const struct dev *dev)
{
	char size[SIZE_TEXT];

	size_text(dev->size, size);
	printf("-m %s -object memory-backend-file,id=mem,size=%s,mem-path=/dev/%s,share=on,align=%s -machine memory-backend=mem\n",
	       size, size, dev->name, guest_align(dev));
}

static void print_libvirt(const struct dev *dev)
{
	char size[SIZE_TEXT];

	size_text(dev->size, size);
	printf("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
	       "  <memory unit='MiB'>%" PRIu64 "</memory>\n"
	       "  <qemu:commandline>\n"
	       "    <qemu:arg value='-object'/>\n"
	       "    <qemu:arg value='memory-backend-file,id=dax,size=%s,mem-path=/dev/%s,share=on,align=%s'/>\n"
	       "    <qemu:arg value='-machine'/>\n"
	       "    <qemu:arg value='memory-backend=dax'/>\n"
	       "  </qemu:commandline>\n"
	       "</domain>\n", dev->size >> 20, size, dev->name,
	       guest_align(dev));
}

static int check_guest(const struct dev *dev)
{
	if (dev->mode != MODE_NONE && dev->mode != MODE_MEM)
		return fail_as(STATUS_BAD_INPUT,
			       "%s cannot be a guest's memory: its driver is %s",
			       dev->name, *dev->driver ? dev->driver : "none");
	return 0;
}

static int show_dev(const struct carve_options *opt, const struct nodes *nodes,
		    const char *name)
{
	struct node *node;
	struct dev *dev;

	dev = select_dev(nodes, name, &node);
	if (!dev)
		return -1;
	if ((opt->qemu || opt->libvirt) && check_guest(dev))
		return -1;
	if (opt->qemu)
		print_qemu(dev);
	if (opt->libvirt)
		print_libvirt(dev);
	if (opt->qemu || opt->libvirt)
		return report_flush();
	return picture_print(node, dev);
}

static int show_all(const struct carve_options *opt, const struct nodes *nodes)
{
	struct select select;
	size_t i;
	int rc;

	rc = select_nodes(nodes, opt->node, &select);
	if (rc)
		return rc;
	for (i = 0; i < select.nr && !rc; i++)
		rc = picture_print(select.node[i], NULL);
	select_free(&select);
	return rc;
}

int cmd_show(const struct carve_options *opt, int argc, char **argv)
{
	struct nodes nodes;
	int rc;

	if (argc > 1)
		return fail_as(STATUS_BAD_INPUT,
			       "\"%s\" is one argument too many: show takes one device",
			       argv[1]);
	if ((opt->qemu || opt->libvirt) && !argc)
		return fail_as(STATUS_BAD_INPUT,
			       "show which device? --qemu and --libvirt are about one");
	rc = nodes_read(&nodes);
	if (!rc)
		rc = argc ? show_dev(opt, &nodes, argv[0]) :
			    show_all(opt, &nodes);
	nodes_free(&nodes);
	return rc;
}
