// SPDX-License-Identifier: GPL-2.0-only
/* Devices that come and go, see device.h. */
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include <daxctl/libdaxctl.h>

#include "carve.h"
#include "device.h"
#include "state.h"
#include "sysfs.h"

#define DRIVERS	"/sys/bus/dax/drivers"

/* device_dax takes every device it meets: how often to take one back from it. */
#define BIND_TRIES	3

static struct daxctl_dev *find(struct daxctl_ctx *ctx, const char *name)
{
	struct daxctl_region *region;
	struct daxctl_dev *dev;

	daxctl_region_foreach(ctx, region)
		daxctl_dev_foreach(region, dev)
			if (!strcmp(daxctl_dev_get_devname(dev), name))
				return dev;
	return NULL;
}

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
	char path[4096], *text;
	bool idle;

	snprintf(path, sizeof(path), "%s/dax%d.%d/driver", node->path,
		 node->region, id);
	if (!access(path, F_OK))
		return false;
	if (sysfs_read(&text, "%s/dax%d.%d/size", node->path, node->region, id))
		return false;
	idle = !strcmp(text, "0\n");
	free(text);
	return idle;
}

static void delete(const struct node *node, int id)
{
	char name[DEV_NAME];

	snprintf(name, sizeof(name), "dax%d.%d", node->region, id);
	sysfs_write(name, "%s/dax_region/delete", node->path);
}

/* The kernel picks the lowest free id. */
static int create_any(const struct node *node)
{
	int region, id, rc;
	char *text;

	rc = sysfs_write("1", "%s/dax_region/create", node->path);
	if (!rc)
		rc = sysfs_read(&text, "%s/dax_region/create", node->path);
	if (rc)
		return fail("node %d: cannot create a device: %s", node->id,
			    strerror(-rc));
	if (sscanf(text, "dax%d.%d", &region, &id) != 2)
		id = fail("node %d: a new device has gone: try again when others are done",
			  node->id);
	free(text);
	return id;
}

/* Lower ids that are free have to be taken, and are given back at once. */
static int create_as(const struct node *node, int want)
{
	int *fill = NULL, *more;
	int i, id = -1, nr = 0;

	for (;;) {
		id = create_any(node);
		if (id < 0 || id == want)
			break;
		more = id < want ? realloc(fill, (nr + 1) * sizeof(*fill)) :
				   NULL;
		if (!more) {
			delete(node, id);
			id = fail("dax%d.%d: the kernel does not give out this id",
				  node->region, want);
			break;
		}
		fill = more;
		fill[nr++] = id;
	}
	for (i = 0; i < nr; i++)
		delete(node, fill[i]);
	free(fill);
	return id;
}

static int get_id(const struct node *node, int want)
{
	if (want == ID_ANY)
		return is_idle(node, 0) ? 0 : create_any(node);
	if (!exists(node, want))
		return create_as(node, want);
	if (is_idle(node, want))
		return want;
	return fail("dax%d.%d exists already", node->region, want);
}

static int set_extent(const struct node *node, const struct dev *dev, size_t i)
{
	uint64_t start = dev->mem.ext[i].start;
	uint64_t end = start + dev->mem.ext[i].size - 1;
	char text[64];
	int rc;

	snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64, start, end);
	rc = sysfs_write(text, "%s/%s/mapping", node->path, dev->name);
	if (rc == -ENOMEM)
		return fail("%s: [%#" PRIx64 "-%#" PRIx64 "] is not free any more: try again",
			    dev->name, start, end);
	if (rc)
		return fail("%s: cannot get [%#" PRIx64 "-%#" PRIx64 "]: %s",
			    dev->name, start, end, strerror(-rc));
	return 0;
}

/* The kernel ignores some of what it does not like. */
static int check_extent(const struct node *node, const struct dev *dev,
			size_t i)
{
	static const char *const file[] = { "start", "end" };
	uint64_t want[] = {
		dev->mem.ext[i].start,
		dev->mem.ext[i].start + dev->mem.ext[i].size - 1,
	};
	int j, rc;

	for (j = 0; j < 2; j++) {
		unsigned long long got;
		char *text;

		rc = sysfs_read(&text, "%s/%s/mapping%zu/%s", node->path,
				dev->name, i, file[j]);
		if (rc)
			return fail("%s: the kernel did not make extent %zu: %s",
				    dev->name, i, strerror(-rc));
		got = strtoull(text, NULL, 0);
		free(text);
		if (got != want[j])
			return fail("%s: the %s of extent %zu is %#llx, where %#" PRIx64 " was asked for",
				    dev->name, file[j], i, got, want[j]);
	}
	return 0;
}

static int set_memory(const struct node *node, struct dev *dev)
{
	char text[32];
	size_t i;
	int rc;

	snprintf(text, sizeof(text), "%" PRIu64, dev->align);
	rc = sysfs_write(text, "%s/%s/align", node->path, dev->name);
	if (rc)
		return fail("%s: the kernel refuses an align of %s: %s",
			    dev->name, text, strerror(-rc));
	for (i = 0; i < dev->mem.nr && !rc; i++)
		rc = set_extent(node, dev, i);
	for (i = 0; i < dev->mem.nr && !rc; i++)
		rc = check_extent(node, dev, i);
	dev->size = extents_size(&dev->mem);
	return rc;
}

static int load_dax_none(void)
{
	char *const argv[] = { "modprobe", "dax_none", NULL };
	char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	int status = -1;
	pid_t pid;

	if (!access(DRIVERS "/dax_none", F_OK))
		return 0;
	if (!posix_spawn(&pid, "/sbin/modprobe", NULL, NULL, argv, envp))
		waitpid(pid, &status, 0);
	if (access(DRIVERS "/dax_none", F_OK))
		return fail("the module dax_none does not load: is it installed for this kernel?");
	return 0;
}

static const char *driver_name(enum dev_mode mode)
{
	return mode == MODE_NONE ? "dax_none" :
	       mode == MODE_RAM ? "kmem" : "device_dax";
}

static int try_bind(struct dev *dev)
{
	struct daxctl_ctx *ctx = carve_ctx();
	struct daxctl_dev *ddev;
	int rc;

	if (!ctx)
		return -ENOMEM;
	ddev = find(ctx, dev->name);
	if (!ddev) {
		daxctl_unref(ctx);
		return -ENODEV;
	}
	dev->major = daxctl_dev_get_major(ddev);
	dev->minor = daxctl_dev_get_minor(ddev);
	if (dev->mode == MODE_NONE)
		rc = daxctl_dev_enable_map_none(ddev);
	else if (dev->mode == MODE_RAM)
		rc = daxctl_dev_enable_ram(ddev);
	else
		rc = daxctl_dev_enable_devdax(ddev);
	if (!rc && dev->mode == MODE_MEM && daxctl_dev_is_map_none(ddev))
		rc = -EBUSY;
	if (!rc && dev->mode == MODE_RAM &&
	    !daxctl_dev_is_system_ram_capable(ddev))
		rc = -EBUSY;
	if (rc == -EBUSY)
		daxctl_dev_disable(ddev);
	daxctl_unref(ctx);
	return rc;
}

static int bind_driver(struct dev *dev)
{
	int tries, rc = -EBUSY;

	if (dev->mode == MODE_DISABLED)
		return 0;
	for (tries = 0; tries < BIND_TRIES && rc == -EBUSY; tries++)
		rc = try_bind(dev);
	if (rc == -ENOENT)
		return fail("%s: there is no module %s: is it installed for this kernel?",
			    dev->name, driver_name(dev->mode));
	if (rc == -ENODEV)
		return fail("%s has gone while it was set up: try again when others are done",
			    dev->name);
	if (rc)
		return fail("%s: the driver %s does not take it: %s; dmesg has the reason",
			    dev->name, driver_name(dev->mode), strerror(-rc));
	return 0;
}

static int set_up(const struct node *node, struct dev *dev, bool preserve)
{
	char drop[DEV_NAME + 1];
	int rc;

	rc = set_memory(node, dev);
	if (rc)
		return rc;
	if (interrupted)
		return fail("interrupted");
	if (preserve && dev->mode == MODE_NONE) {
		rc = load_dax_none();
		if (rc)
			return rc;
		rc = sysfs_write(dev->name, DRIVERS "/dax_none/preserve");
		if (rc)
			return fail("%s: cannot ask dax_none to keep the content: %s",
				    dev->name, strerror(-rc));
	}
	rc = bind_driver(dev);
	if (!rc && dev->label[0])
		rc = label_write(dev);
	if (rc && preserve) {
		snprintf(drop, sizeof(drop), "-%s", dev->name);
		sysfs_write(drop, DRIVERS "/dax_none/preserve");
	}
	return rc;
}

int device_create(const struct node *node, struct dev *dev, bool preserve)
{
	int rc;

	dev->id = get_id(node, dev->id);
	if (dev->id < 0)
		return -1;
	snprintf(dev->name, sizeof(dev->name), "dax%d.%d", node->region,
		 dev->id);
	label_remove(dev->name);
	say("%s: setting it up", dev->name);
	rc = set_up(node, dev, preserve);
	if (rc)
		device_destroy(node, dev);
	return rc;
}

static int unbind(const char *name)
{
	struct daxctl_ctx *ctx = carve_ctx();
	struct daxctl_memory *mem;
	struct daxctl_dev *dev;
	int rc = 0;

	if (!ctx)
		return -1;
	dev = find(ctx, name);
	if (dev && daxctl_dev_is_enabled(dev)) {
		/* kmem cannot let go of memory that is online. */
		mem = daxctl_dev_get_memory(dev);
		if (mem && daxctl_memory_is_online(mem) > 0 &&
		    daxctl_memory_offline(mem) < 0)
			rc = fail("%s: its memory is system RAM in use, and cannot be taken offline now",
				  name);
		if (!rc && daxctl_dev_disable(dev))
			rc = fail("%s: its driver does not let go of it", name);
	}
	daxctl_unref(ctx);
	return rc;
}

int device_destroy(const struct node *node, const struct dev *dev)
{
	char text[32];
	int rc;

	rc = unbind(dev->name);
	if (rc)
		return rc;
	rc = sysfs_write("0", "%s/%s/size", node->path, dev->name);
	if (!rc)
		rc = sysfs_write(dev->name, "%s/dax_region/delete", node->path);
	if (!dev->id && rc == -EBUSY) {
		/* It stays, so leave it as the kernel made it. */
		snprintf(text, sizeof(text), "%" PRIu64, PLAN_GRANULE);
		rc = sysfs_write(text, "%s/%s/align", node->path, dev->name);
	}
	label_remove(dev->name);
	/* Somebody else was faster. */
	if (rc == -ENOENT || rc == -ENXIO)
		rc = 0;
	if (rc)
		return fail("%s: cannot give its memory back: %s", dev->name,
			    strerror(-rc));
	return 0;
}
