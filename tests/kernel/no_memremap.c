// SPDX-License-Identifier: GPL-2.0-only
/* While this module is loaded, memremap() finds no room for any kernel mapping. */
#include <linux/ftrace.h>
#include <linux/io.h>
#include <linux/module.h>

static noinline void *refuse(resource_size_t offset, size_t size,
			     unsigned long flags)
{
	barrier();
	return NULL;
}

static void notrace redirect(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)refuse);
}

static struct ftrace_ops ops = {
	.func = redirect,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};

static int __init no_memremap_init(void)
{
	int rc = ftrace_set_filter_ip(&ops, (unsigned long)memremap, 0, 0);

	if (!rc)
		rc = register_ftrace_function(&ops);
	if (rc)
		ftrace_free_filter(&ops);
	return rc;
}
module_init(no_memremap_init);

static void __exit no_memremap_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
	synchronize_rcu_tasks();
}
module_exit(no_memremap_exit);

MODULE_DESCRIPTION("Test aid: no room for kernel mappings");
MODULE_LICENSE("GPL");
