// SPDX-License-Identifier: GPL-2.0-only
/* Devices that come and go, see device.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bus.h"
#include "device.h"
#include "devnode.h"
#include "journal.h"
#include "label.h"
#include "message.h"
#include "sysfs.h"

/* Devices without memory that hold ids below one that is wanted. */
static struct filler {
	const struct node *node;
	int id;
} *fillers;
static size_t nr_fillers;

/* The last device that was made here: lower ids are taken, if nobody else deletes any. */
static const struct node *last_node;
static int last_id;

static bool exists(const struct node *node, int id)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/dax%d.%d", node->path, node->region,
		 id);
	return !access(path, F_OK);
}

/* Without memory and driver, such as the device 0 that each region has. */
static bool is_idle(const struct node *node, int id)
{
	unsigned long long size;
	char driver[DEV_NAME];

	sysfs_link(driver, sizeof(driver), "%s/dax%d.%d/driver", node->path,
		   node->region, id);
	return !*driver && !sysfs_number(&size, "%s/dax%d.%d/size", node->path,
					 node->region, id) && !size;
}

int device_delete(const struct node *node, int id)
{
	char name[DEV_NAME];

	last_node = NULL;
	snprintf(name, sizeof(name), "dax%d.%d", node->region, id);
	return sysfs_write(name, "%s/dax_region/delete", node->path);
}

void device_end(void)
{
	while (nr_fillers--)
		device_delete(fillers[nr_fillers].node, fillers[nr_fillers].id);
	free(fillers);
	fillers = NULL;
	nr_fillers = 0;
}

static bool take_filler(const struct node *node, int id)
{
	size_t i;

	for (i = 0; i < nr_fillers; i++)
		if (fillers[i].node == node && fillers[i].id == id) {
			fillers[i] = fillers[--nr_fillers];
			return true;
		}
	return false;
}

static int add_filler(const struct node *node, int id)
{
	struct filler *more = realloc(fillers, (nr_fillers + 1) * sizeof(*more));

	if (!more)
		return fail("out of memory");
	fillers = more;
	fillers[nr_fillers++] = (struct filler){ node, id };
	return 0;
}

/* The kernel picks the lowest free id, and so can we: what is in its place? */
static int check_place(const struct node *node, int id)
{
	char name[DEV_NAME];

	if (id == ID_ANY)
		id = last_node == node ? last_id : 0;
	while (exists(node, id))
		id++;
	snprintf(name, sizeof(name), "dax%d.%d", node->region, id);
	return devnode_check_place(name);
}

static int create_any(const struct node *node)
{
	int region, id, rc;
	char *text;

	if (check_place(node, ID_ANY))
		return -1;
	rc = sysfs_write("1", "%s/dax_region/create", node->path);
	if (!rc)
		rc = sysfs_read(&text, "%s/dax_region/create", node->path);
	if (rc)
		return fail_as(fail_errno(-rc), "node %d: cannot create a device: %s",
			       node->id, strerror(-rc));
	if (sscanf(text, "dax%d.%d", &region, &id) != 2)
		id = fail_as(STATUS_BUSY,
			     "node %d: a new device has gone: try again when others are done",
			     node->id);
	free(text);
	if (id >= 0) {
		last_node = node;
		last_id = id;
	}
	return id;
}

/* Lower ids that are free have to be taken first. */
static int create_as(const struct node *node, int want)
{
	int id;

	for (;;) {
		if (interrupted)
			return fail("interrupted");
		id = create_any(node);
		if (id < 0 || id == want)
			return id;
		if (id > want) {
			device_delete(node, id);
			return fail_as(STATUS_BUSY,
				       "dax%d.%d: the kernel does not give out this id now: try again when others are done",
				       node->region, want);
		}
		if (add_filler(node, id)) {
			device_delete(node, id);
			return -1;
		}
	}
}

static int get_id(const struct node *node, int want)
{
	if (want == ID_ANY && is_idle(node, 0))
		return 0;
	if (want > 0 && take_filler(node, want))
		return want;
	if (want != ID_ANY && exists(node, want)) {
		if (is_idle(node, want))
			return want;
		return fail_as(STATUS_EXISTS, "dax%d.%d exists already",
			       node->region, want);
	}
	if (journal_idle(node))
		return -1;
	return want == ID_ANY ? create_any(node) : create_as(node, want);
}

static int set_extent(const struct node *node, const char *name,
		      const struct plan_extent *ext)
{
	uint64_t start = ext->start, end = ext->start + ext->size - 1;
	char text[64];
	int rc;

	snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64, start, end);
	rc = sysfs_write(text, "%s/%s/mapping", node->path, name);
	if (rc == -ENOMEM)
		return fail_as(STATUS_BUSY,
			       "%s: [%#" PRIx64 "-%#" PRIx64 "] is not free any more: try again",
			       name, start, end);
	if (rc)
		return fail("%s: cannot get [%#" PRIx64 "-%#" PRIx64 "]: %s",
			    name, start, end, strerror(-rc));
	return 0;
}

int device_grow(const struct node *node, const struct dev *dev,
		const struct extents *mem)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < mem->nr && !rc; i++)
		rc = set_extent(node, dev->name, &mem->ext[i]);
	return rc;
}

/* The kernel ignores some of what it does not like: @dev is what was asked for. */
static int check_memory(const struct node *node, const struct dev *dev,
			const struct dev *got)
{
	size_t i;

	(void)node;
	for (i = 0; i < dev->mem.nr && i < got->mem.nr; i++)
		if (got->mem.ext[i].start != dev->mem.ext[i].start ||
		    got->mem.ext[i].size != dev->mem.ext[i].size)
			break;
	if (i == dev->mem.nr && i == got->mem.nr)
		return 0;
	return fail("%s: extent %zu is not what was asked for: the kernel has %zu extents, %" PRIu64 " bytes",
		    dev->name, i, got->mem.nr, got->size);
}

static int set_align(const struct node *node, const struct dev *dev,
		     uint64_t align)
{
	char text[32];
	int rc;

	snprintf(text, sizeof(text), "%" PRIu64, align);
	rc = sysfs_write(text, "%s/%s/align", node->path, dev->name);
	if (rc)
		return fail("%s: the kernel refuses an align of %s: %s",
			    dev->name, text, strerror(-rc));
	return 0;
}

/* Memory first, then the name that is bound to it, and to a driver last. */
static int set_up(const struct node *node, struct dev *dev, bool preserve)
{
	struct dev got = { .id = dev->id };
	int rc;

	strcpy(got.name, dev->name);
	rc = set_align(node, dev, dev->align);
	if (!rc)
		rc = device_grow(node, dev, &dev->mem);
	if (!rc && dev_read(node, &got))
		rc = fail_as(STATUS_BUSY, "%s has gone while it was set up: try again when others are done",
			     dev->name);
	if (!rc)
		rc = check_memory(node, dev, &got);
	dev->size = got.size;
	dev->major = got.major;
	dev->minor = got.minor;
	dev->identity = got.identity;
	free(got.mem.ext);
	if (!rc)
		rc = devnode_check(dev);
	if (!rc)
		rc = devnode_own(dev);
	if (!rc)
		rc = label_write(dev);
	if (!rc && interrupted)
		rc = fail("interrupted");
	return rc ? rc : bus_bind(node, dev, preserve);
}

int device_create(const struct node *node, struct dev *dev, bool preserve)
{
	int rc;

	dev->id = get_id(node, dev->id);
	if (dev->id < 0)
		return -1;
	snprintf(dev->name, sizeof(dev->name), "dax%d.%d", node->region,
		 dev->id);
	dev->birth = sysfs_inode("%s/%s", node->path, dev->name);
	rc = journal_create(dev);
	if (rc)
		return device_delete(node, dev->id), rc;
	say("%s: setting it up", dev->name);
	rc = set_up(node, dev, preserve);
	if (rc && device_destroy(node, dev))
		journal_stays();
	return rc;
}

int device_settle(const struct node *node, struct dev *dev, uint64_t size,
		  bool preserve)
{
	char text[32];
	int rc;

	snprintf(text, sizeof(text), "%" PRIu64, size);
	rc = sysfs_write(text, "%s/%s/size", node->path, dev->name);
	if (rc)
		return fail_as(fail_errno(-rc), "%s: cannot set its size to %s: %s",
			       dev->name, text, strerror(-rc));
	return bus_bind(node, dev, preserve);
}

/* Device 0 stays, so leave it as the kernel made it, for the next. */
static void reset(const struct node *node, const struct dev *dev)
{
	struct dev plain = *dev;

	set_align(node, dev, PLAN_GRANULE);
	plain.owner[0] = '\0';
	plain.permissions = PERMISSIONS;
	if (!devnode_check(&plain))
		devnode_own(&plain);
}

int device_destroy(const struct node *node, const struct dev *dev)
{
	int rc;

	rc = bus_unbind(node, dev);
	if (rc)
		return rc;
	label_remove(dev->name);
	rc = sysfs_write("0", "%s/%s/size", node->path, dev->name);
	if (!rc && dev->id) {
		rc = device_delete(node, dev->id);
		if (!rc)
			devnode_remove(dev);
	} else if (!rc) {
		reset(node, dev);
	}
	/* Somebody else was faster. */
	if (rc == -ENOENT || rc == -ENXIO)
		rc = 0;
	if (rc)
		return fail_as(fail_errno(-rc), "%s: cannot give its memory back: %s",
			       dev->name, strerror(-rc));
	return 0;
}
