// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory that bad pages are of: reserved for us or not, in use or not, and how
 * a page of it is wiped.
 */
#include <linux/export.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pfn.h>

#include "internal.h"

/*
 * What the firmware or memmap= set aside, and the dax bus makes devices of.
 */
static bool is_set_aside(unsigned long pfn)
{
	static const unsigned long kinds[] = {
		IORES_DESC_PERSISTENT_MEMORY,
		IORES_DESC_PERSISTENT_MEMORY_LEGACY,
		IORES_DESC_CXL,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (region_intersects(PFN_PHYS(pfn), PAGE_SIZE, IORESOURCE_MEM,
				      kinds[i]) == REGION_INTERSECTS)
			return true;
	return region_intersects_soft_reserve(PFN_PHYS(pfn), PAGE_SIZE) ==
	       REGION_INTERSECTS;
}

/**
 * pfn_quarantine_reserved() - may a page come into our hands?
 * @pfn: the page
 *
 * Such memory is ours even while no driver has it: an error there is to be known
 * when one gets it.
 *
 * Context: Any but interrupts.
 * Return: true if the page is in memory that was set aside and has no struct page.
 */
bool pfn_quarantine_reserved(unsigned long pfn)
{
	return !pfn_valid(pfn) && is_set_aside(pfn);
}
EXPORT_SYMBOL_GPL(pfn_quarantine_reserved);

/**
 * pfn_quarantine_wipe() - fill a page with zeroes
 * @pfn: the page; it has no struct page, and nobody but the caller has it
 *
 * What the page held is lost or cannot be trusted.
 *
 * Context: May sleep.
 * Return: 0, or -ENOMEM if there is no room for the kernel mapping.
 */
int pfn_quarantine_wipe(unsigned long pfn)
{
	void *addr = memremap(PFN_PHYS(pfn), PAGE_SIZE, MEMREMAP_WB);

	if (!addr)
		return -ENOMEM;
	clear_page(addr);
	memunmap(addr);
	return 0;
}
EXPORT_SYMBOL_GPL(pfn_quarantine_wipe);

/*
 * Wipe a page that no user of the record has. Nobody else may have it either, nor
 * get it meanwhile: it can be System RAM by now. A driver that asks for the memory
 * in these microseconds is refused (EBUSY).
 */
int pfn_quarantine_wipe_unbound(unsigned long pfn)
{
	int rc = -EBUSY;

	/* Never reserved: not ours to write to, and nothing of ours is in it. */
	if (!is_set_aside(pfn))
		return 0;
	if (request_mem_region(PFN_PHYS(pfn), PAGE_SIZE, "pfn_quarantine")) {
		if (pfn_quarantine_reserved(pfn))
			rc = pfn_quarantine_wipe(pfn);
		release_mem_region(PFN_PHYS(pfn), PAGE_SIZE);
	}
	if (rc == -EBUSY)
		pr_warn_ratelimited("pfn_quarantine: %#llx stays in the record, since it cannot be cleared: its memory is in use, see /proc/iomem; give it back, or bind it to dax_none, and clear it then\n",
				    (u64)PFN_PHYS(pfn));
	return rc;
}
