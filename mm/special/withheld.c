// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical ranges that their last user has given up, and that somebody may map all
 * the same: VFIO, see held.c. They stay taken in /proc/iomem, so that nobody gets
 * them, until that is over. Nobody says when it is; so it is looked at, once a
 * second while there is something to look at, and whenever somebody wants a range.
 */
#include <linux/export.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "../pfn_special.h"
#include "withheld.h"

static LIST_HEAD(withheld);
/* Protects the list; held while its ranges are looked at and released. */
static DEFINE_MUTEX(withheld_lock);

static void look_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(look_work, look_again);

/**
 * pfn_special_taken_release() - give ranges to whoever wants them
 * @taken: the ranges, and what describes them, allocated by kmalloc() and
 *         kstrdup_const(); NULL does nothing
 *
 * Context: May sleep.
 */
void pfn_special_taken_release(struct pfn_special_taken *taken)
{
	unsigned int i;

	if (!taken)
		return;
	for (i = 0; i < taken->nr && taken->res[i]; i++)
		release_mem_region(taken->res[i]->start,
				   resource_size(taken->res[i]));
	kfree_const(taken->name);
	kfree(taken);
}
EXPORT_SYMBOL_GPL(pfn_special_taken_release);

/**
 * pfn_special_taken_is_held() - may somebody still map ranges?
 * @taken: the ranges; pfn_special_kill() has been called for their memory
 *
 * Context: May sleep.
 * Return: true if they must not be released. A false stays false.
 */
bool pfn_special_taken_is_held(const struct pfn_special_taken *taken)
{
	unsigned int i;

	if (pfn_special_may_be_held())
		return true;
	for (i = 0; i < taken->nr && taken->res[i]; i++)
		if (pfn_special_held(PHYS_PFN(taken->res[i]->start),
				     PHYS_PFN(resource_size(taken->res[i]))))
			return true;
	return false;
}
EXPORT_SYMBOL_GPL(pfn_special_taken_is_held);

/* Each of the list keeps this module: what is taken is not to be forgotten. */
static void release_unheld(void)
{
	struct pfn_special_taken *taken, *next;

	lockdep_assert_held(&withheld_lock);
	list_for_each_entry_safe(taken, next, &withheld, node) {
		if (pfn_special_taken_is_held(taken))
			continue;
		list_del(&taken->node);
		pr_info("pfn_special: memory of %s, which VFIO may have mapped, can be used again\n",
			taken->name);
		pfn_special_taken_release(taken);
		module_put(THIS_MODULE);
	}
}

/* Unloading waits for this to return, see pfn_special_withheld_exit(). */
static void look_again(struct work_struct *work)
{
	mutex_lock(&withheld_lock);
	release_unheld();
	if (!list_empty(&withheld))
		schedule_delayed_work(&look_work, HZ);
	mutex_unlock(&withheld_lock);
}

/**
 * pfn_special_withhold() - release ranges as soon as nobody can map them
 * @taken: the ranges; no longer the caller's
 *
 * Context: May sleep. The caller's module uses this one.
 */
void pfn_special_withhold(struct pfn_special_taken *taken)
{
	__module_get(THIS_MODULE);
	mutex_lock(&withheld_lock);
	list_add_tail(&taken->node, &withheld);
	mutex_unlock(&withheld_lock);
	schedule_delayed_work(&look_work, HZ);
}
EXPORT_SYMBOL_GPL(pfn_special_withhold);

/**
 * pfn_special_withheld_look() - release what can be released, now
 *
 * Context: May sleep; no references of modules to drop afterwards.
 */
void pfn_special_withheld_look(void)
{
	mutex_lock(&withheld_lock);
	release_unheld();
	mutex_unlock(&withheld_lock);
}
EXPORT_SYMBOL_GPL(pfn_special_withheld_look);

static int get_withheld_bytes(char *buffer, const struct kernel_param *param)
{
	struct pfn_special_taken *taken;
	u64 bytes = 0;
	unsigned int i;

	mutex_lock(&withheld_lock);
	list_for_each_entry(taken, &withheld, node)
		for (i = 0; i < taken->nr && taken->res[i]; i++)
			bytes += resource_size(taken->res[i]);
	mutex_unlock(&withheld_lock);
	return sysfs_emit(buffer, "%llu\n", bytes);
}

static const struct kernel_param_ops withheld_bytes_ops = {
	.get = get_withheld_bytes,
};
module_param_cb(withheld_bytes, &withheld_bytes_ops, NULL, 0444);
MODULE_PARM_DESC(withheld_bytes,
		 "memory that nobody gets since VFIO may map it (read only)");

void pfn_special_withheld_exit(void)
{
	/* The list is empty, or this module would not be unloaded. */
	cancel_delayed_work_sync(&look_work);
}
