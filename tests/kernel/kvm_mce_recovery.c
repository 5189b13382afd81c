// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets guests of kvm_amd recover from machine checks, as those of kvm_intel may.
 *
 * QEMU emulates nested virtualization for AMD only, and there KVM takes
 * MCG_SER_P (software error recovery, SDM volume 3B, 16.3.1.1) from what guests
 * are told of their CPU, in svm_setup_mce(): a guest then panics at any
 * uncorrected error. With this module loaded, that function does nothing.
 */
#include <linux/ftrace.h>
#include <linux/module.h>

struct kvm_vcpu;

static noinline void setup_mce(struct kvm_vcpu *vcpu)
{
	barrier();
}

static void notrace redirect(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)setup_mce);
}

static struct ftrace_ops ops = {
	.func = redirect,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};

static int __init kvm_mce_recovery_init(void)
{
	char function[] = "svm_setup_mce";
	int rc = ftrace_set_filter(&ops, function, strlen(function), 0);

	if (!rc)
		rc = register_ftrace_function(&ops);
	if (rc)
		ftrace_free_filter(&ops);
	return rc;
}
module_init(kvm_mce_recovery_init);

static void __exit kvm_mce_recovery_exit(void)
{
	unregister_ftrace_function(&ops);
	ftrace_free_filter(&ops);
	synchronize_rcu_tasks();
}
module_exit(kvm_mce_recovery_exit);

MODULE_DESCRIPTION("Test aid: machine check recovery for guests of kvm_amd");
MODULE_SOFTDEP("pre: kvm_amd");
MODULE_LICENSE("GPL");
