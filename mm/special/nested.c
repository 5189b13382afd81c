// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests that run guests. While one of VMX does, KVM keeps some of its pages mapped in
 * the kernel and in the VMCS (kvm_vcpu_map(): APIC-access page, virtual-APIC page,
 * posted-interrupt descriptor). Pages that have a struct page it holds a reference of;
 * what has none it maps all the same, and no MMU notifier makes it look again. If the
 * owner takes such a page away, the guest goes on writing to it, whoever has it next.
 * KVM tells nobody, so all that is done here is to say so.
 *
 * From 6.13 on KVM maps nothing in that way, but for its parameter
 * allow_unsafe_mappings: without that, the guest's guest ends in an internal error of
 * KVM, and the guest stops. SVM maps a page only while it enters or leaves the guest's
 * guest.
 */
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/string.h>

#include "modules.h"
#include "nested.h"

/* Sets @value to a parameter of a module; false if it has none of that name. */
static bool get_bool(const struct module *mod, const char *name, bool *value)
{
	unsigned int i;

	for (i = 0; i < mod->num_kp; i++) {
		const struct kernel_param *kp = &mod->kp[i];

		if (strcmp(kp->name, name))
			continue;
		if (kp->ops == &param_ops_bool)
			*value = *(bool *)kp->arg;
		else if (kp->ops == &param_ops_int)
			*value = *(int *)kp->arg;
		else
			continue;
		return true;
	}
	return false;
}

static bool get_bool_of(const char *module, const char *name, bool *value)
{
	struct module_kobject *mk = pfn_special_find_module(module);
	bool found;

	if (!mk)
		return false;
	/* Built in, it has its parameters where they cannot be looked up. */
	found = mk->mod && get_bool(mk->mod, name, value);
	kobject_put(&mk->kobj);
	return found;
}

static bool is_set(const char *module, const char *name)
{
	bool value;

	return get_bool_of(module, name, &value) && value;
}

static void look(void)
{
	bool value;

	if (get_bool_of("kvm", "allow_unsafe_mappings", &value)) {
		if (value)
			pr_warn_once("pfn_special: kvm.allow_unsafe_mappings is Y: a guest that runs guests may go on using pages that were taken away from it, whoever has them next; load kvm without it if guests are not trusted, see Documentation/limits.md\n");
		else if (is_set("kvm_intel", "nested") || is_set("kvm_amd", "nested"))
			pr_notice_once("pfn_special: a guest that runs guests stops with a KVM internal error on this memory, unless kvm.allow_unsafe_mappings is Y; see Documentation/limits.md before that is set\n");
	} else if (get_bool_of("kvm_intel", "nested", &value) && value) {
		pr_warn_once("pfn_special: kvm_intel.nested is Y: a guest that runs guests may go on using pages that were taken away from it, whoever has them next; load kvm_intel with nested=0 if guests are not trusted, see Documentation/limits.md\n");
	}
}

/* Parameters are not set before a module is live. */
static int kvm_arrives(struct notifier_block *nb, unsigned long state,
		       void *data)
{
	const struct module *mod = data;

	if (state == MODULE_STATE_LIVE && str_has_prefix(mod->name, "kvm"))
		look();
	return NOTIFY_OK;
}

static struct notifier_block kvm_notifier = {
	.notifier_call = kvm_arrives,
};

/**
 * pfn_special_nested_init() - tell the user once if guests of guests are a danger
 *
 * Return: 0 or the errno of register_module_notifier().
 */
int pfn_special_nested_init(void)
{
	int rc = register_module_notifier(&kvm_notifier);

	if (!rc)
		look();
	return rc;
}

void pfn_special_nested_exit(void)
{
	unregister_module_notifier(&kvm_notifier);
}
