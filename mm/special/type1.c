// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own vfio_iommu_type1, which does not say what it maps (held.c). It has
 * followed page tables while it had a container. The container's reference to the
 * module is taken long before, and is seen by whoever has cleared an entry that it
 * followed, for the reasons that held.c gives. A container that appears later finds
 * nothing.
 */
#include <linux/export.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include "../pfn_special.h"
#include "modules.h"
#include "type1.h"

#define TYPE1	"vfio_iommu_type1"

/* The version of the module that drivers/vfio builds ends in this. */
#define HOLDS_PFNS	"+held"

static bool trust_vfio;
module_param(trust_vfio, bool, 0644);
MODULE_PARM_DESC(trust_vfio,
		 "reuse memory at once even if the kernel's own vfio_iommu_type1, which cannot be asked, may map it: whoever has VFIO devices is trusted");

static bool holds_pfns(const struct module *type1)
{
	return type1 && type1->version && strstr(type1->version, HOLDS_PFNS);
}

/**
 * pfn_special_type1_may_hold() - the same as pfn_special_may_be_held(), trusted or not
 *
 * Context: May sleep.
 */
bool pfn_special_type1_may_hold(void)
{
	struct module_kobject *type1 = pfn_special_find_module(TYPE1);
	bool may;

	if (!type1)
		return false;
	/* A cleared entry was seen before this, as in pfn_special_held_next(). */
	smp_mb();
	may = !holds_pfns(type1->mod) &&
	      (!type1->mod || module_refcount(type1->mod) > 0);
	kobject_put(&type1->kobj);
	return may;
}

/**
 * pfn_special_may_be_held() - may somebody map memory who cannot be asked?
 *
 * That is the kernel's own vfio_iommu_type1, or one of an earlier version of
 * drivers/vfio, while it has a container; if it is built in, always. Root can say
 * that such users are trusted, by the parameter trust_vfio: then never.
 *
 * Context: May sleep. The owner has called pfn_special_gone(): then a false
 * stays false for the memory that is gone.
 * Return: true if what was in page tables before may be in an IOMMU still.
 */
bool pfn_special_may_be_held(void)
{
	return !READ_ONCE(trust_vfio) && pfn_special_type1_may_hold();
}
EXPORT_SYMBOL_GPL(pfn_special_may_be_held);

static void look_at(const struct module *type1)
{
	if (!holds_pfns(type1))
		pr_notice_once("pfn_special: vfio_iommu_type1 is the kernel's own: mapping memory without struct page takes it 10 times as long and more, and what is given up while it has a container is used again only when it has none; install the one of drivers/vfio, see Documentation/vfio.md\n");
}

static int type1_arrives(struct notifier_block *nb, unsigned long state,
			 void *data)
{
	const struct module *mod = data;

	if (state == MODULE_STATE_COMING && !strcmp(mod->name, TYPE1))
		look_at(mod);
	return NOTIFY_OK;
}

static struct notifier_block type1_notifier = {
	.notifier_call = type1_arrives,
};

/**
 * pfn_special_type1_init() - tell the user once if VFIO is the kernel's own
 *
 * Return: 0 or the errno of register_module_notifier().
 */
int pfn_special_type1_init(void)
{
	struct module_kobject *type1;
	int rc;

	rc = register_module_notifier(&type1_notifier);
	if (rc)
		return rc;
	type1 = pfn_special_find_module(TYPE1);
	if (type1) {
		look_at(type1->mod);
		kobject_put(&type1->kobj);
	}
	return 0;
}

void pfn_special_type1_exit(void)
{
	unregister_module_notifier(&type1_notifier);
}
