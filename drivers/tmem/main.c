// SPDX-License-Identifier: GPL-2.0-only
/* tmem.ko, from top to bottom. */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/suspend.h>

#include "core.h"
#include "quarantine/quarantine.h"

/* An image has no memory without struct page: after it was read, all there is void. */
static int power_changes(struct notifier_block *nb, unsigned long event,
			 void *data)
{
	int rc;

	switch (event) {
	case PM_HIBERNATION_PREPARE:
		rc = tmem_suspend();
		if (rc)
			pr_err("tmem: no hibernation, since pages could not be saved (%d): write to /sys/kernel/tmem/take\n",
			       rc);
		return notifier_from_errno(rc);
	case PM_POST_HIBERNATION:
		tmem_resume();
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block power_nb = {
	.notifier_call = power_changes,
};

static void lose_page(struct tmem_area *area, unsigned long pfn)
{
	struct tmem_page *page = &area->pages[pfn - area->pfn];
	struct tmem_pool *pool = tmem_pool_of(page);
	struct tmem_bucket *bucket;

	if (!pool)
		return;
	bucket = tmem_page_bucket(pool, page);
	spin_lock(&bucket->lock);
	if (tmem_page_is_in(pool, bucket, page)) {
		page->state |= TMEM_PAGE_BAD;
		tmem_page_lose(pool, bucket, page);
	}
	spin_unlock(&bucket->lock);
}

/*
 * A page was repaired, and will be wiped: what it held must not be found any more. It is
 * still in the record, so that nobody takes it who did not before; those have linked it
 * after the grace period.
 */
static int quarantine_changed(struct notifier_block *nb, unsigned long event,
			      void *data)
{
	unsigned long pfn = (unsigned long)data;
	struct tmem_area *area;
	unsigned int i;

	if (event != PFN_QUARANTINE_CLEARING)
		return NOTIFY_DONE;
	synchronize_rcu_expedited();
	rcu_read_lock();
	for (i = 0; i < TMEM_MAX_AREAS; i++) {
		area = rcu_dereference(tmem_areas[i]);
		if (area && pfn >= area->pfn && pfn - area->pfn < area->nr)
			lose_page(area, pfn);
	}
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block quarantine_nb = {
	.notifier_call = quarantine_changed,
	/* Before it is wiped. */
	.priority = 1,
};

static int __init tmem_init(void)
{
	int rc;

	tmem_pages_init();
	rc = tmem_take_init();
	if (rc)
		return rc;
	rc = tmem_devices_init();
	if (rc)
		goto err_take;
	rc = pfn_quarantine_register(&quarantine_nb);
	if (rc)
		goto err_devices;
	rc = register_pm_notifier(&power_nb);
	if (rc)
		goto err_quarantine;
	rc = tmem_sysfs_init();
	if (rc)
		goto err_power;
	return 0;

err_power:
	unregister_pm_notifier(&power_nb);
err_quarantine:
	pfn_quarantine_unregister(&quarantine_nb);
err_devices:
	tmem_devices_exit();
err_take:
	tmem_take_exit();
	return rc;
}
module_init(tmem_init);

static void __exit tmem_exit(void)
{
	tmem_sysfs_exit();
	unregister_pm_notifier(&power_nb);
	pfn_quarantine_unregister(&quarantine_nb);
	tmem_devices_exit();
	tmem_take_exit();
}
module_exit(tmem_exit);

MODULE_DESCRIPTION("Transcendent memory: memory of others, used by put and get");
MODULE_LICENSE("GPL");
