/* SPDX-License-Identifier: GPL-2.0-only */
/* Modules of the kernel's that have to be looked at: type1.c, nested.c. */
#ifndef _PFN_SPECIAL_MODULES_H
#define _PFN_SPECIAL_MODULES_H

#include <linux/kobject.h>
#include <linux/module.h>

/**
 * pfn_special_find_module() - another module, or a part of the kernel that could be one
 * @name: as under /sys/module
 *
 * Return: what is to be given to kobject_put(&->kobj), until when its memory stays;
 * ->mod is NULL if it is part of the kernel. NULL if there is none.
 */
static inline struct module_kobject *pfn_special_find_module(const char *name)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, name);

	return kobj ? container_of(kobj, struct module_kobject, kobj) : NULL;
}

#endif /* _PFN_SPECIAL_MODULES_H */
