// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors that the firmware reports (ACPI GHES, "firmware first"). 6.12 drops
 * those in memory without struct page before it gets to memory_failure(); but it
 * offers every memory error record to a chain first.
 */
#include <linux/cper.h>
#include <linux/kfifo.h>
#include <linux/mm.h>
#include <linux/notifier.h>
#include <linux/pfn.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <acpi/ghes.h>

#include "failure.h"
#include "sources.h"

#ifdef CONFIG_ACPI_APEI_GHES

/* The chain is called in atomic context. As many as memory_failure_queue(). */
static DEFINE_KFIFO(pending, unsigned long, 16);
static DEFINE_SPINLOCK(pending_lock);

static void handle_pending(struct work_struct *work)
{
	unsigned long pfn;

	while (kfifo_out_spinlocked(&pending, &pfn, 1, &pending_lock))
		pfn_special_memory_failure(pfn, 0);
}

static DECLARE_WORK(pending_work, handle_pending);

static int ghes_event(struct notifier_block *nb, unsigned long severity,
		      void *data)
{
	struct cper_sec_mem_err *err = data;
	unsigned long pfn;

	if (severity < GHES_SEV_RECOVERABLE ||
	    !(err->validation_bits & CPER_MEM_VALID_PA))
		return NOTIFY_DONE;
	pfn = PHYS_PFN(err->physical_addr);
	/* Memory with struct pages is the kernel's business, now and later. */
	if (pfn_valid(pfn))
		return NOTIFY_DONE;
	if (!kfifo_in_spinlocked(&pending, &pfn, 1, &pending_lock)) {
		pr_err_ratelimited("pfn_special: more memory errors from the firmware than can be queued: %#llx is not withdrawn; write it to /sys/kernel/pfn_quarantine/pages\n",
				   err->physical_addr);
		return NOTIFY_DONE;
	}
	schedule_work(&pending_work);
	return NOTIFY_OK;
}

static struct notifier_block ghes_nb = {
	.notifier_call = ghes_event,
};

void pfn_special_ghes_init(void)
{
	ghes_register_report_chain(&ghes_nb);
}

void pfn_special_ghes_exit(void)
{
	ghes_unregister_report_chain(&ghes_nb);
	flush_work(&pending_work);
}

#else

void pfn_special_ghes_init(void)
{
}

void pfn_special_ghes_exit(void)
{
}

#endif
