// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parts of the memory for owners who divide it: page offsets of a mapping and
 * page offsets of the memory are then different things.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "internal.h"

/* Is the run what the memory has at that page offset? */
static bool run_is_ours(const struct pfn_special *ps,
			const struct pfn_special_extent *run, pgoff_t base)
{
	struct pfn_special_extent ext;

	if (!pfn_special_extent_at(ps, base, &ext))
		return false;
	base -= ext.pgoff;
	return run->pfn == ext.pfn + base && run->nr <= ext.nr - base;
}

/**
 * pfn_special_fault_run() - serve a fault from a part of the memory
 * @ps: the memory
 * @vmf: the fault; its VMA was prepared by pfn_special_mmap_run()
 * @order: 0, PMD_ORDER or PUD_ORDER
 * @run: what the mapping shows around the fault: its own page offset, pfn, and
 *       length in pages; no leaf reaches beyond it
 * @base: page offset in @ps of the first page of @run
 *
 * Context: mmap_lock or the VMA lock held for reading, and whatever keeps @run
 * from being given to somebody else; may sleep.
 * Return: as pfn_special_fault(); leaves end before bad pages as there.
 */
vm_fault_t pfn_special_fault_run(struct pfn_special *ps, struct vm_fault *vmf,
				 unsigned int order,
				 const struct pfn_special_extent *run,
				 pgoff_t base)
{
	struct pfn_special_extent good = *run;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	int idx;

	if (WARN_ON_ONCE(!run_is_ours(ps, run, base)) ||
	    WARN_ON_ONCE(vmf->pgoff - run->pgoff >= run->nr))
		return ret;
	idx = srcu_read_lock(&pfn_special_srcu);
	if (pfn_special_alive(ps)) {
		if (pfn_special_avoid_bad(&good, run->pfn +
						 (vmf->pgoff - run->pgoff)))
			ret = VM_FAULT_HWPOISON;
		else
			ret = pfn_special_insert(ps, vmf, order, &good,
						 base + (good.pfn - run->pfn));
	}
	srcu_read_unlock(&pfn_special_srcu, idx);
	return ret;
}
EXPORT_SYMBOL_GPL(pfn_special_fault_run);

static int copy_granule(phys_addr_t phys, void *buf, size_t len, bool write)
{
	void *addr = memremap(phys, len, MEMREMAP_WB);
	int rc = 0;

	if (!addr)
		return -ENOMEM;
	if (write)
		memcpy(addr, buf, len);
	else if (copy_mc_to_kernel(buf, addr, len))
		rc = -EIO;
	memunmap(addr);
	return rc;
}

/**
 * pfn_special_copy() - copy bytes between the memory and a buffer
 * @ps: the memory
 * @offset: first byte in the memory
 * @buf: kernel buffer
 * @len: bytes
 * @write: copy to the memory instead of from it
 *
 * The kernel maps what it copies, at most 2 MiB at a time, and unmaps it again.
 *
 * Context: May sleep.
 * Return: 0; -EIO if the memory is gone or bad, -EINTR if the task is being
 * killed, -ENOMEM. How much was copied is then undefined.
 */
int pfn_special_copy(struct pfn_special *ps, u64 offset, void *buf, size_t len,
		     bool write)
{
	int idx, rc = 0;

	idx = srcu_read_lock(&pfn_special_srcu);
	while (len && !rc) {
		size_t n = min_t(u64, len, ALIGN(offset + 1, SZ_2M) - offset);
		pgoff_t pgoff = offset >> PAGE_SHIFT;
		struct pfn_special_extent run;

		if (!pfn_special_alive(ps) ||
		    !pfn_special_lookup(ps, pgoff, &run)) {
			rc = -EIO;
			break;
		}
		n = min_t(u64, n, ((u64)(run.pgoff + run.nr) << PAGE_SHIFT) -
				  offset);
		rc = pfn_special_zero(ps, pgoff, 1);
		if (!rc)
			rc = copy_granule(PFN_PHYS(run.pfn) + offset -
					  PFN_PHYS(run.pgoff), buf, n, write);
		offset += n;
		buf += n;
		len -= n;
	}
	srcu_read_unlock(&pfn_special_srcu, idx);
	return rc == -ENXIO ? -EIO : rc;
}
EXPORT_SYMBOL_GPL(pfn_special_copy);
