// SPDX-License-Identifier: GPL-2.0-only
/*
 * What has to be known of VFIO, which takes no notice of us: is it in use, and
 * is it the kernel's own?
 */
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include "none.h"

#define TYPE1	"vfio_iommu_type1"

/* The version of the module that drivers/vfio builds ends in this. */
#define FOLLOWS_LEAVES	"+leaves"

static void look_at_type1(const struct module *type1)
{
	if (type1 && type1->version && strstr(type1->version, FOLLOWS_LEAVES))
		return;
	pr_notice_once("dax_none: vfio_iommu_type1 is the kernel's own: mapping map-none memory takes it 10 times as long and more, and it does not hold the files that it has mapped; install the one of drivers/vfio, see Documentation/vfio.md\n");
}

static int type1_arrives(struct notifier_block *nb, unsigned long state,
			 void *data)
{
	const struct module *mod = data;

	if (state == MODULE_STATE_COMING && !strcmp(mod->name, TYPE1))
		look_at_type1(mod);
	return NOTIFY_OK;
}

static struct notifier_block type1_notifier = {
	.notifier_call = type1_arrives,
};

/*
 * The type1 driver under /sys/module; its memory stays as long as its kobject.
 * NULL if it is not loaded; ->mod is NULL if it is part of the kernel.
 */
static struct module_kobject *get_type1(void)
{
	struct kobject *kobj;

	kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, TYPE1);
	return kobj ? container_of(kobj, struct module_kobject, kobj) : NULL;
}

/**
 * dax_none_vfio_in_use() - may VFIO have mapped anything into an IOMMU?
 *
 * A container holds the type1 driver for as long as it has mappings. Call this
 * after pfn_special_kill(): VFIO cannot map what is gone, so a false stays
 * false for the memory in question.
 *
 * Context: May sleep.
 * Return: true if there is a container with the type1 driver.
 */
bool dax_none_vfio_in_use(void)
{
	struct module_kobject *type1 = get_type1();
	bool in_use;

	if (!type1)
		return false;
	in_use = !type1->mod || module_refcount(type1->mod) > 0;
	kobject_put(&type1->kobj);
	return in_use;
}

/**
 * dax_none_vfio_init() - tell the user once if VFIO is the kernel's own
 *
 * Return: 0 or the errno of register_module_notifier().
 */
int dax_none_vfio_init(void)
{
	struct module_kobject *type1;
	int rc;

	rc = register_module_notifier(&type1_notifier);
	if (rc)
		return rc;
	type1 = get_type1();
	if (type1) {
		look_at_type1(type1->mod);
		kobject_put(&type1->kobj);
	}
	return 0;
}

/**
 * dax_none_vfio_exit() - undo dax_none_vfio_init()
 */
void dax_none_vfio_exit(void)
{
	unregister_module_notifier(&type1_notifier);
}
