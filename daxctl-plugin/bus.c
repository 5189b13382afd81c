// SPDX-License-Identifier: GPL-2.0-only
/* Drivers of the dax bus, see bus.h. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include <daxctl/libdaxctl.h>

#include "bus.h"
#include "carve.h"
#include "sysfs.h"

#define DRIVERS	"/sys/bus/dax/drivers"

/* device_dax takes every device it meets: how often to take one back from it. */
#define BIND_TRIES	3

static const char *driver_name(enum dev_mode mode)
{
	return mode == MODE_NONE ? "dax_none" :
	       mode == MODE_RAM ? "kmem" : "device_dax";
}

int bus_load(enum dev_mode mode)
{
	const char *name = driver_name(mode);
	char *const argv[] = { "modprobe", (char *)name, NULL };
	char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };
	static enum dev_mode loaded = MODE_DISABLED;
	char path[128];
	int status = -1;
	pid_t pid;

	if (mode == loaded || mode == MODE_DISABLED)
		return 0;
	snprintf(path, sizeof(path), DRIVERS "/%s", name);
	if (!access(path, F_OK)) {
		loaded = mode;
		return 0;
	}
	if (!posix_spawn(&pid, "/sbin/modprobe", NULL, NULL, argv, envp))
		waitpid(pid, &status, 0);
	if (access(path, F_OK))
		return fail("the module %s does not load: is it installed for this kernel?",
			    name);
	return 0;
}

static bool is_bound_to(const struct node *node, const struct dev *dev,
			const char *name)
{
	char driver[DEV_NAME];

	sysfs_link(driver, sizeof(driver), "%s/%s/driver", node->path,
		   dev->name);
	return !strcmp(driver, name);
}

/* The driver forgets the name first, or it would take back the next of it. */
static int release(const struct node *node, const struct dev *dev)
{
	char driver[DEV_NAME];
	int rc;

	sysfs_link(driver, sizeof(driver), "%s/%s/driver", node->path,
		   dev->name);
	if (!*driver)
		return 0;
	rc = sysfs_write(dev->name, DRIVERS "/%s/remove_id", driver);
	if (!rc)
		rc = sysfs_write(dev->name, DRIVERS "/%s/unbind", driver);
	/* Somebody else was faster. */
	return rc == -ENODEV && is_bound_to(node, dev, "") ? 0 : rc;
}

static int try_none(const struct node *node, const struct dev *dev, bool preserve)
{
	int rc;

	if (preserve)
		return sysfs_write(dev->name, DRIVERS "/dax_none/bind_preserve");
	rc = sysfs_write(dev->name, DRIVERS "/dax_none/attach");
	/* A module that was loaded before these tools were installed: slower. */
	if (rc == -ENOENT) {
		rc = sysfs_write(dev->name, DRIVERS "/dax_none/new_id");
		/* That binds it, but does not tell why if it does not. */
		if (!rc && !is_bound_to(node, dev, "dax_none"))
			rc = sysfs_write(dev->name, DRIVERS "/dax_none/bind");
	}
	return rc;
}

static int try_mem(const struct node *node, const struct dev *dev)
{
	int rc = sysfs_write(dev->name, DRIVERS "/device_dax/bind");

	/* It takes what nobody else has; a kernel without kmem is different. */
	if (rc == -ENODEV && !is_bound_to(node, dev, "device_dax"))
		rc = sysfs_write(dev->name, DRIVERS "/device_dax/new_id");
	return rc;
}

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

/* Memory blocks are libdaxctl's business. */
static int try_ram(const struct dev *dev)
{
	struct daxctl_ctx *ctx = carve_ctx();
	struct daxctl_memory *mem;
	struct daxctl_dev *ddev;
	int rc = -ENODEV;

	if (!ctx)
		return -ENOMEM;
	ddev = find(ctx, dev->name);
	if (ddev)
		rc = daxctl_dev_enable_ram(ddev);
	mem = rc ? NULL : daxctl_dev_get_memory(ddev);
	if (mem && daxctl_memory_is_online(mem) <= 0 &&
	    daxctl_memory_online(mem) < 0)
		rc = -EIO;
	daxctl_unref(ctx);
	return rc;
}

int bus_bind(const struct node *node, struct dev *dev, bool preserve)
{
	const char *driver = driver_name(dev->mode);
	int tries, rc;

	rc = bus_load(dev->mode);
	if (rc || dev->mode == MODE_DISABLED)
		return rc;
	for (tries = 0; tries < BIND_TRIES; tries++) {
		rc = dev->mode == MODE_NONE ? try_none(node, dev, preserve) :
		     dev->mode == MODE_RAM ? try_ram(dev) : try_mem(node, dev);
		if (is_bound_to(node, dev, driver)) {
			snprintf(dev->driver, sizeof(dev->driver), "%s", driver);
			return 0;
		}
		if (is_bound_to(node, dev, ""))
			break;
		release(node, dev);
	}
	/* Or it would get hold of the next device of that name. */
	sysfs_write(dev->name, DRIVERS "/%s/remove_id", driver);
	if (preserve && rc == -ENOENT)
		return fail("%s: the module dax_none that is loaded cannot keep the content in one step: load the one that belongs to these tools",
			    dev->name);
	if (!dev->birth ||
	    sysfs_inode("%s/%s", node->path, dev->name) != dev->birth)
		return fail_as(STATUS_BUSY,
			       "%s has gone while it was set up: try again when others are done",
			       dev->name);
	return fail_as(rc == -EBUSY ? STATUS_BUSY : STATUS_FAILED,
		       "%s: the driver %s does not take it: %s; dmesg has the reason",
		       dev->name, driver, strerror(rc ? -rc : ENXIO));
}

/* kmem cannot let go of memory that is online. */
static int take_offline(const struct dev *dev)
{
	struct daxctl_ctx *ctx = carve_ctx();
	struct daxctl_memory *mem;
	struct daxctl_dev *ddev;
	int rc = 0;

	if (!ctx)
		return -1;
	ddev = find(ctx, dev->name);
	mem = ddev ? daxctl_dev_get_memory(ddev) : NULL;
	if (mem && daxctl_memory_is_online(mem) > 0 &&
	    daxctl_memory_offline(mem) < 0)
		rc = fail_as(STATUS_BUSY,
			     "%s: its memory is system RAM in use, and cannot be taken offline now",
			     dev->name);
	daxctl_unref(ctx);
	return rc;
}

int bus_unbind(const struct node *node, const struct dev *dev)
{
	int rc = 0;

	if (is_bound_to(node, dev, "kmem"))
		rc = take_offline(dev);
	if (rc)
		return rc;
	rc = release(node, dev);
	if (rc && rc != -ENOENT)
		return fail_as(fail_errno(-rc), "%s: its driver does not let go of it: %s",
			       dev->name, strerror(-rc));
	return 0;
}
