// SPDX-License-Identifier: GPL-2.0-only
/*
 * All who report a memory error to the kernel call memory_failure(): the machine
 * check handler, the GHES and CXL code, hard_offline_page. For a page without
 * struct page it gives up. ftrace sends its callers here instead, the way live
 * patches replace a function; what is not ours goes on to the original.
 */
#include <linux/atomic.h>
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>

#include "failure.h"
#include "sources.h"

#if defined(CONFIG_MEMORY_FAILURE) && defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS)

/* Calls that were sent here and have not returned; unloading waits for them. */
static atomic_t inside = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(nobody_inside);

/*
 * Takes the place of memory_failure(). The call of the original is no tail call,
 * or it would seem to come from our own caller and be sent here again.
 */
static noinline int redirected_memory_failure(unsigned long pfn, int flags)
{
	int rc = -ENOENT;

	/* Without recovery the original panics, as it was told to. */
	if (pfn_special_recovery())
		rc = pfn_special_memory_failure(pfn, flags);
	if (rc == -ENOENT)
		rc = memory_failure(pfn, flags);
	if (atomic_dec_and_test(&inside))
		wake_up_all(&nobody_inside);
	return rc;
}

static void notrace redirect(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (within_module(parent_ip, THIS_MODULE))
		return;
	atomic_inc(&inside);
	ftrace_regs_set_instruction_pointer(fregs,
					    (unsigned long)redirected_memory_failure);
}

static struct ftrace_ops redirect_ops = {
	.func = redirect,
	/*
	 * PERMANENT: kernel.ftrace_enabled=0 is refused while this is in place,
	 * or it would silently take the protection away.
	 */
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT |
		 FTRACE_OPS_FL_RECURSION,
};

static bool redirecting;

/**
 * pfn_special_redirect_init() - take over memory_failure()
 *
 * Return: 0, or an errno after a message if that is not possible.
 */
int pfn_special_redirect_init(void)
{
	int rc = ftrace_set_filter_ip(&redirect_ops,
				      (unsigned long)memory_failure, 0, 0);

	if (!rc)
		rc = register_ftrace_function(&redirect_ops);
	if (rc) {
		ftrace_free_filter(&redirect_ops);
		pr_warn("pfn_special: memory_failure() cannot be redirected (%d): is kernel.ftrace_enabled 0, or the function live-patched? Whoever consumes a memory error is killed without an address until the module is loaded anew\n",
			rc);
		return rc;
	}
	redirecting = true;
	return 0;
}

void pfn_special_redirect_exit(void)
{
	if (!redirecting)
		return;
	unregister_ftrace_function(&redirect_ops);
	ftrace_free_filter(&redirect_ops);
	/* Those who came in before are counted; then their last instructions. */
	wait_event(nobody_inside, !atomic_read(&inside));
	synchronize_rcu_tasks();
	redirecting = false;
}

#else

int pfn_special_redirect_init(void)
{
	pr_warn("pfn_special: this kernel has no memory_failure() that can be redirected (CONFIG_MEMORY_FAILURE, CONFIG_DYNAMIC_FTRACE_WITH_ARGS): whoever consumes a memory error is killed without an address\n");
	return -EOPNOTSUPP;
}

void pfn_special_redirect_exit(void)
{
}

#endif
