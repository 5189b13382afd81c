// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machine checks, where memory_failure() cannot be redirected: the kernel logs
 * each of them and offers it to a chain of decoders. That is enough to withdraw
 * the page and to tell processes early; the task that consumed the error is
 * killed by the kernel, without an address.
 */
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/pfn.h>
#include <asm/mce.h>

#include "failure.h"
#include "sources.h"

static int decode_mce(struct notifier_block *nb, unsigned long val, void *data)
{
	struct mce *mce = data;

	if (!mce || !(mce->status & MCI_STATUS_UC) || !mce_usable_address(mce))
		return NOTIFY_DONE;
	if (pfn_special_memory_failure(PHYS_PFN(mce->addr & MCI_ADDR_PHYSADDR),
				       0) == -ENOENT)
		return NOTIFY_DONE;
	mce->kflags |= MCE_HANDLED_UC;
	return NOTIFY_OK;
}

static struct notifier_block mce_nb = {
	.notifier_call = decode_mce,
	/* Right behind the kernel's own handling of such errors. */
	.priority = MCE_PRIO_UC,
};

static bool registered;

void pfn_special_mce_init(void)
{
	if (!IS_ENABLED(CONFIG_X86_MCE))
		return;
	mce_register_decode_chain(&mce_nb);
	registered = true;
}

void pfn_special_mce_exit(void)
{
	if (registered)
		mce_unregister_decode_chain(&mce_nb);
	registered = false;
}
