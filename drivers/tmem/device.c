// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that are lent: claimed through pfn_special, mapped, and given back to whoever
 * wants them, or when an operator says so.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "core.h"
#include "trace.h"

/* Protects the list; see core.h. */
static DEFINE_MUTEX(admin_lock);
static LIST_HEAD(devices);
/* Who gives devices up for others, and what those wait for. */
static struct workqueue_struct *yielders;
static DECLARE_WAIT_QUEUE_HEAD(yielded);
/* No memory is used, until tmem_resume(). With tmem_take_lock held. */
static bool suspended;

/* Nothing is mapped any more, and nobody uses the areas. */
static void retire(struct tmem_device *dev)
{
	unsigned int i;

	lockdep_assert_held(&tmem_take_lock);
	for (i = 0; i < dev->nr; i++)
		tmem_area_del(dev->areas[i]);
	/* For eviction, which may look at pages of an area that it found before. */
	synchronize_rcu_expedited();
	pfn_special_unmap(dev->addrs, dev->nr);
	memset(dev->addrs, 0, dev->nr * sizeof(*dev->addrs));
	dev->yielded = true;
}

/* Give all of it up, unless that was done. */
static int give_up(struct tmem_device *dev, bool dying, bool wanted)
{
	struct tmem_taken taken = { };
	int rc;

	lockdep_assert_held(&tmem_take_lock);
	if (dev->yielded)
		return 0;
	/* Nothing has been mapped yet, and will not be. */
	if (!dev->opened) {
		dev->yielded = true;
		return 0;
	}
	/* Before hibernation nothing is in it, so that this cannot fail then. */
	rc = tmem_drain(dev->areas, dev->nr, dying || suspended, &taken);
	trace_tmem_take(dev->name, wanted, taken.saved, taken.dropped,
			taken.lost, rc);
	if (taken.lost)
		pr_err_ratelimited("tmem: %s: %lu pages were lost as it was taken back: memory errors had hit them%s\n",
				   dev->name, taken.lost,
				   dying ? ", or they could not be written" : "");
	if (rc && rc != -EINTR)
		pr_warn_ratelimited("tmem: %s: stays lent, since pages that are in it could not be written (%d): see the log of the disk behind; or have it unbound, which loses them\n",
				    dev->name, rc);
	if (!rc)
		retire(dev);
	return rc;
}

void tmem_device_free(struct tmem_device *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr; i++)
		tmem_area_free(dev->areas[i]);
	kfree(dev->areas);
	kfree(dev->addrs);
	kfree(dev);
}

/* It was given up: nothing is left of it. */
static void forget(struct tmem_device *dev)
{
	lockdep_assert_held(&admin_lock);
	pfn_special_unclaim(dev->ps, &dev->owner);
	/* Somebody who was killed may have asked for it. */
	cancel_work_sync(&dev->yield_work);
	list_del(&dev->node);
	kobject_del(&dev->kobj);
	kobject_put(&dev->kobj);
}

static void forget_yielded(void)
{
	struct tmem_device *dev, *next;

	lockdep_assert_held(&admin_lock);
	list_for_each_entry_safe(dev, next, &devices, node)
		if (READ_ONCE(dev->yielded))
			forget(dev);
}

static void reap(struct work_struct *work);
static DECLARE_DELAYED_WORK(reap_work, reap);

static void reap(struct work_struct *work)
{
	/* Whoever has it may be about to take a device for long. */
	if (!mutex_trylock(&admin_lock)) {
		schedule_delayed_work(&reap_work, HZ / 10);
		return;
	}
	forget_yielded();
	mutex_unlock(&admin_lock);
}

static void yield_by_worker(struct work_struct *work)
{
	struct tmem_device *dev =
		container_of(work, struct tmem_device, yield_work);
	int rc;

	tmem_take_begin();
	rc = give_up(dev, false, true);
	tmem_take_end();
	if (!rc)
		schedule_delayed_work(&reap_work, 0);
	WRITE_ONCE(dev->yield_rc, rc);
	wake_up_all(&yielded);
}

/*
 * Somebody wants it. He may be short of CPU time, or may do I/O slowly only, which others
 * who wait for the lock are not to feel: a worker does it. If he is killed it does so
 * all the same. Who unbinds the device is an operator.
 */
static int yield_device(struct pfn_special_owner *owner, bool dying)
{
	struct tmem_device *dev = container_of(owner, struct tmem_device, owner);
	int rc;

	if (dying) {
		tmem_take_begin();
		rc = give_up(dev, true, true);
		tmem_take_end();
		schedule_delayed_work(&reap_work, 0);
		return rc;
	}
	WRITE_ONCE(dev->yield_rc, 1);
	queue_work(yielders, &dev->yield_work);
	if (wait_event_killable(yielded, READ_ONCE(dev->yield_rc) <= 0))
		return -EINTR;
	return READ_ONCE(dev->yield_rc);
}

static unsigned int count_extents(struct pfn_special *ps)
{
	struct pfn_special_extent ext;
	unsigned int nr = 0;
	pgoff_t pgoff;

	for (pgoff = 0; pfn_special_extent_at(ps, pgoff, &ext);
	     pgoff = ext.pgoff + ext.nr)
		nr++;
	return nr;
}

/* What is kept for it, but no mapping yet. */
static int alloc_areas(struct tmem_device *dev)
{
	unsigned int nr = count_extents(dev->ps);
	struct pfn_special_extent ext;
	struct tmem_area *area;
	pgoff_t pgoff;

	if (nr > TMEM_MAX_AREAS) {
		pr_warn("tmem: %s: consists of %u extents, more than %d\n",
			dev->name, nr, TMEM_MAX_AREAS);
		return -E2BIG;
	}
	dev->areas = kcalloc(nr, sizeof(*dev->areas), GFP_KERNEL);
	dev->addrs = kcalloc(nr, sizeof(*dev->addrs), GFP_KERNEL);
	if (!dev->areas || !dev->addrs)
		return -ENOMEM;
	for (pgoff = 0; dev->nr < nr; pgoff = ext.pgoff + ext.nr) {
		if (!pfn_special_extent_at(dev->ps, pgoff, &ext))
			return -ENXIO;
		area = tmem_area_alloc(&ext, pfn_special_node(dev->ps));
		if (!area)
			return -ENOMEM;
		dev->areas[dev->nr++] = area;
		dev->nr_pages += ext.nr;
	}
	return 0;
}

static int map_areas(struct tmem_device *dev)
{
	struct pfn_special_extent ext = { };
	unsigned int i;
	int rc = 0;

	for (i = 0; i < dev->nr && !rc; i++) {
		struct tmem_area *area = dev->areas[i];

		ext.pfn = area->pfn;
		ext.nr = area->nr;
		area->addr = pfn_special_map(&ext);
		dev->addrs[i] = area->addr;
		if (!area->addr)
			rc = -ENOMEM;
		else
			rc = tmem_area_add(area);
	}
	return rc;
}

/* From now on it is used, unless somebody has asked for it meanwhile. */
static int open_device(struct tmem_device *dev)
{
	int rc;

	tmem_take_begin();
	rc = dev->yielded || suspended ? -EBUSY : 0;
	if (!rc) {
		dev->opened = true;
		rc = map_areas(dev);
		if (!rc)
			tmem_reopen(dev->areas, dev->nr);
		else
			retire(dev);
	}
	tmem_take_end();
	return rc;
}

static int claim(struct tmem_device *dev)
{
	struct pfn_special *ps = pfn_special_claim(dev->name, &dev->owner,
						   PFN_SPECIAL_NOZERO);

	if (!IS_ERR(ps)) {
		dev->ps = ps;
		return 0;
	}
	switch (PTR_ERR(ps)) {
	case -ENODEV:
		pr_warn("tmem: no device %s is bound to dax_none: see daxctl reconfigure-device --map=none\n",
			dev->name);
		break;
	case -EBUSY:
		pr_warn("tmem: %s is open, mounted or lent already, or VFIO may map it\n",
			dev->name);
		break;
	case -EPERM:
		pr_warn("tmem: %s preserves what it holds: bind it again\n",
			dev->name);
		break;
	}
	return PTR_ERR(ps);
}

static int lend(struct tmem_device *dev)
{
	int rc;

	rc = claim(dev);
	if (rc)
		goto err_free;
	rc = alloc_areas(dev);
	if (rc)
		goto err_claim;
	rc = open_device(dev);
	if (rc)
		goto err_claim;
	rc = tmem_sysfs_add_device(dev);
	if (rc)
		goto err_open;
	list_add_tail(&dev->node, &devices);
	trace_tmem_lend(dev->name, dev->nr_pages);
	return 0;

err_open:
	tmem_take_begin();
	/* Somebody may have used it already. */
	if (give_up(dev, false, false))
		give_up(dev, true, false);
	tmem_take_end();
	pfn_special_unclaim(dev->ps, &dev->owner);
	cancel_work_sync(&dev->yield_work);
	kobject_put(&dev->kobj);
	return rc;

err_claim:
	pfn_special_unclaim(dev->ps, &dev->owner);
	cancel_work_sync(&dev->yield_work);
err_free:
	tmem_device_free(dev);
	return rc;
}

/**
 * tmem_lend() - use a device until somebody wants it
 * @name: a dax device that is bound to dax_none, and idle
 *
 * Context: May sleep.
 * Return: 0; -ENODEV if there is none of that name, -EBUSY if it is in use or lent, or
 * somebody has asked for it meanwhile, or before hibernation, -EPERM if it preserves its
 * content, -E2BIG, -ENOSPC if it has too many extents, -EINVAL, -ENOMEM.
 */
int tmem_lend(const char *name)
{
	struct tmem_device *dev;
	int rc;

	if (!*name || strlen(name) >= TMEM_NAME_LEN)
		return -EINVAL;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	strscpy(dev->name, name);
	dev->owner.name = "tmem";
	dev->owner.yield = yield_device;
	INIT_WORK(&dev->yield_work, yield_by_worker);
	if (mutex_lock_killable(&admin_lock)) {
		kfree(dev);
		return -EINTR;
	}
	forget_yielded();
	rc = lend(dev);
	mutex_unlock(&admin_lock);
	return rc;
}

static int take(struct tmem_device *dev)
{
	int rc;

	lockdep_assert_held(&admin_lock);
	tmem_take_begin();
	rc = give_up(dev, false, false);
	tmem_take_end();
	if (!rc)
		forget(dev);
	return rc;
}

static struct tmem_device *find(const char *name)
{
	struct tmem_device *dev;

	list_for_each_entry(dev, &devices, node)
		if (!strcmp(dev->name, name))
			return dev;
	return NULL;
}

/**
 * tmem_take() - end tmem_lend()
 * @name: the device
 *
 * Context: May sleep, until what is in it is elsewhere.
 * Return: 0; -ENODEV if it is not lent; -EINTR if the task is being killed, or the error
 * of what could not be saved: then it stays lent.
 */
int tmem_take(const char *name)
{
	struct tmem_device *dev;
	int rc;

	if (mutex_lock_killable(&admin_lock))
		return -EINTR;
	forget_yielded();
	dev = find(name);
	rc = dev ? take(dev) : -ENODEV;
	mutex_unlock(&admin_lock);
	return rc;
}

unsigned long tmem_device_bad(const struct tmem_device *dev)
{
	unsigned long nr = 0;
	unsigned int i;

	for (i = 0; i < dev->nr; i++)
		nr += atomic_long_read(&dev->areas[i]->nr_bad);
	return nr;
}

unsigned long tmem_device_used(const struct tmem_device *dev)
{
	unsigned long nr = 0;
	unsigned int i;

	if (READ_ONCE(dev->yielded))
		return 0;
	for (i = 0; i < dev->nr; i++)
		nr += tmem_area_used_pages(dev->areas[i]);
	return nr;
}

static struct tmem_device *least_used(void)
{
	unsigned long used, least = ULONG_MAX;
	struct tmem_device *dev, *found = NULL;

	list_for_each_entry(dev, &devices, node) {
		used = tmem_device_used(dev);
		if (used < least) {
			least = used;
			found = dev;
		}
	}
	return found;
}

/**
 * tmem_take_bytes() - give back some memory
 * @bytes: how much at least; in whole devices, and of those with the least in them
 *
 * Context: May sleep, until what is in them is elsewhere.
 * Return: 0; -ENOSPC if so much is not lent, and nothing was done; or as from tmem_take(),
 * where what was given back is so.
 */
int tmem_take_bytes(u64 bytes)
{
	struct tmem_device *dev;
	u64 lent = 0, taken = 0;
	int rc = 0;

	if (mutex_lock_killable(&admin_lock))
		return -EINTR;
	forget_yielded();
	list_for_each_entry(dev, &devices, node)
		lent += (u64)dev->nr_pages << PAGE_SHIFT;
	if (bytes > lent)
		rc = -ENOSPC;
	while (!rc && taken < bytes) {
		u64 its;

		dev = least_used();
		its = (u64)dev->nr_pages << PAGE_SHIFT;
		rc = take(dev);
		if (!rc)
			taken += its;
	}
	mutex_unlock(&admin_lock);
	return rc;
}

/* The module goes, and there are no pools. */
void tmem_take_all(void)
{
	mutex_lock(&admin_lock);
	while (!list_empty(&devices)) {
		struct tmem_device *dev =
			list_first_entry(&devices, struct tmem_device, node);

		tmem_take_begin();
		give_up(dev, true, false);
		tmem_take_end();
		forget(dev);
	}
	mutex_unlock(&admin_lock);
	cancel_delayed_work_sync(&reap_work);
}

/**
 * tmem_suspend() - use no memory that an image of this machine would not have
 *
 * Context: May sleep, until what was in it is elsewhere.
 * Return: 0, to be balanced by tmem_resume(); or the error of what could not be saved:
 * then all is as before.
 */
int tmem_suspend(void)
{
	struct tmem_taken taken = { };
	struct tmem_device *dev;
	int rc = 0;

	mutex_lock(&admin_lock);
	tmem_take_begin();
	list_for_each_entry(dev, &devices, node) {
		if (!dev->yielded)
			rc = tmem_drain(dev->areas, dev->nr, false, &taken);
		if (rc)
			break;
	}
	if (rc)
		list_for_each_entry(dev, &devices, node)
			if (!dev->yielded)
				tmem_reopen(dev->areas, dev->nr);
	suspended = !rc;
	tmem_take_end();
	mutex_unlock(&admin_lock);
	return rc;
}

/* End tmem_suspend(), if it succeeded. */
void tmem_resume(void)
{
	struct tmem_device *dev;

	mutex_lock(&admin_lock);
	tmem_take_begin();
	if (suspended)
		list_for_each_entry(dev, &devices, node)
			if (!dev->yielded)
				tmem_reopen(dev->areas, dev->nr);
	suspended = false;
	tmem_take_end();
	mutex_unlock(&admin_lock);
}

int tmem_devices_init(void)
{
	/* Not WQ_MEM_RECLAIM: unmapping waits for workers of the core who are not. */
	yielders = alloc_workqueue("tmem", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return yielders ? 0 : -ENOMEM;
}

void tmem_devices_exit(void)
{
	destroy_workqueue(yielders);
}
