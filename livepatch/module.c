// SPDX-License-Identifier: GPL-2.0-only
/*
 * A livepatch for modules of ours: "build" makes functions.h, which has an array of
 * klp_func for each module, and the code that these refer to. A module is known by its
 * build ID, a hash of all that it consists of: what was made for one build of it would
 * crash another.
 */
#include <linux/elf.h>
#include <linux/kobject.h>
#include <linux/livepatch.h>
#include <linux/module.h>

#define BUILD_ID_SIZE	20

/* As the linker writes it (ld --build-id=sha1). */
struct build_id {
	struct elf64_note note;
	char name[4];
	u8 id[BUILD_ID_SIZE];
} __packed;

/* A module that is patched, and what it must be. */
struct patched {
	const char *name;
	u8 id[BUILD_ID_SIZE];
};

#define NT_GNU_BUILD_ID	3

#include "functions.h"

/*
 * Its section's address is in sysfs only, and not yet there when a module comes. Returns
 * NULL if the module has none.
 */
static const struct build_id *find_build_id(const struct module *mod)
{
	static const struct build_id header = {
		.note = { 4, BUILD_ID_SIZE, NT_GNU_BUILD_ID }, .name = "GNU",
	};
	const struct module_memory *mem = &mod->mem[MOD_RODATA];
	const void *end = mem->base + mem->size;
	const void *p;

	for (p = mem->base; p && end - p >= sizeof(header); p += __alignof__(struct elf64_note))
		if (!memcmp(p, &header, offsetof(struct build_id, id)))
			return p;
	return NULL;
}

static int check(const struct module *mod)
{
	const struct build_id *is = find_build_id(mod);
	const struct patched *p;

	for (p = patched; p < patched + ARRAY_SIZE(patched); p++) {
		if (strcmp(p->name, mod->name))
			continue;
		if (is && !memcmp(is->id, p->id, BUILD_ID_SIZE))
			return 0;
		pr_err("%s: this is for %s with build ID %*phN, but the one that is loaded has %*phN: make one for that, from its source\n",
		       THIS_MODULE->name, p->name, BUILD_ID_SIZE, p->id,
		       is ? BUILD_ID_SIZE : 0, is ? is->id : NULL);
		return -EINVAL;
	}
	return -EINVAL;
}

/* Of modules that come when the livepatch is there already, too. */
static int pre_patch(struct klp_object *object)
{
	return check(object->mod);
}

/*
 * Before the kernel looks for functions by name, and complains about names only. The
 * reference to its object keeps the module's memory.
 */
static int __init check_loaded(const char *name)
{
	struct kobject *kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, name);
	int rc;

	if (!kobj)
		return 0;
	rc = check(container_of(kobj, struct module_kobject, kobj)->mod);
	kobject_put(kobj);
	return rc;
}

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init livepatch_init(void)
{
	struct klp_object *object;
	int rc;

	for (object = objects; object->name; object++) {
		object->callbacks.pre_patch = pre_patch;
		rc = check_loaded(object->name);
		if (rc)
			return rc;
	}
	return klp_enable_patch(&patch);
}

/* Needed for the module to be removable; the kernel allows that once it is disabled. */
static void __exit livepatch_exit(void)
{
}

module_init(livepatch_init);
module_exit(livepatch_exit);
MODULE_DESCRIPTION("New code for modules that handle memory without struct page");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
