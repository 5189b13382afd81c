// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the kernel itself uses while nobody else wants it is mapped for as long as
 * that: to map each page for each use costs a dozen times what it takes to copy one.
 */
#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "../pfn_special.h"

/**
 * pfn_special_map() - map memory into the kernel
 * @ext: contiguous memory of which an owner with yield() has all
 *
 * Write-back, by the largest leaves that fit. Pages that memory errors have hit are
 * mapped too, and not to be touched.
 *
 * Context: May sleep. To be undone by pfn_special_unmap() before the memory is given up.
 * Return: where it is, or NULL if there is no room.
 */
void *pfn_special_map(const struct pfn_special_extent *ext)
{
	return memremap(PFN_PHYS(ext->pfn), PFN_PHYS(ext->nr), MEMREMAP_WB);
}
EXPORT_SYMBOL_GPL(pfn_special_map);

/**
 * pfn_special_unmap() - end pfn_special_map(), for good
 * @addrs: what it has returned; NULLs do no harm
 * @nr: how many they are
 *
 * When this returns no CPU can reach the memory through any of them: the core leaves
 * TLBs as they are when it unmaps, until it has enough to flush.
 *
 * Context: May sleep.
 */
void pfn_special_unmap(void **addrs, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (addrs[i])
			memunmap(addrs[i]);
	vm_unmap_aliases();
}
EXPORT_SYMBOL_GPL(pfn_special_unmap);
