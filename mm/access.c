// SPDX-License-Identifier: GPL-2.0-only
/* Debuggers: ptrace and /proc/PID/mem, which cannot take a page reference. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "internal.h"

static int copy_part(struct pfn_special *ps, pgoff_t pgoff, unsigned int offset,
		     void *buf, unsigned int len, int write)
{
	struct pfn_special_extent run;
	int rc = 0;
	void *addr;

	if (!pfn_special_lookup(ps, pgoff, &run) ||
	    pfn_special_zero(ps, pgoff, 1))
		return -EFAULT;
	addr = memremap(PFN_PHYS(run.pfn + (pgoff - run.pgoff)), PAGE_SIZE,
			MEMREMAP_WB);
	if (!addr)
		return -ENOMEM;
	if (write)
		memcpy(addr + offset, buf, len);
	else if (copy_mc_to_kernel(buf, addr + offset, len))
		rc = -EIO;	/* the first to find a memory error */
	memunmap(addr);
	return rc;
}

/**
 * pfn_special_access() - vm_operations_struct.access for such memory
 * @ps: the memory
 * @vma: the mapping
 * @addr: user address in @vma
 * @buf: kernel buffer to fill or to read from
 * @len: bytes; what lies beyond @vma is left out
 * @write: write to the memory instead of reading it
 *
 * Whether a leaf is installed does not matter. The memory is mapped into the
 * kernel page by page, for the time of the copy.
 *
 * Context: mmap_lock of the target held for reading; may sleep.
 * Return: bytes copied, or -EFAULT if the mapping forbids the access or the
 * memory is gone or was hit by a memory error, -EIO if this access is the first to
 * find one, -ENOMEM.
 */
int pfn_special_access(struct pfn_special *ps, struct vm_area_struct *vma,
		       unsigned long addr, void *buf, int len, int write)
{
	int idx, done = 0, rc = -EFAULT;

	/* A debugger may override mprotect() but not the file's open mode. */
	if (len <= 0 || !(vma->vm_flags & (write ? VM_MAYWRITE : VM_MAYREAD)))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);

	idx = srcu_read_lock(&pfn_special_srcu);
	while (done < len && pfn_special_alive(ps)) {
		unsigned int offset = offset_in_page(addr);
		unsigned int n = min_t(unsigned long, len - done,
				       PAGE_SIZE - offset);

		rc = copy_part(ps, linear_page_index(vma, addr), offset, buf, n,
			       write);
		if (rc)
			break;
		done += n;
		addr += n;
		buf += n;
	}
	srcu_read_unlock(&pfn_special_srcu, idx);
	return done ?: rc;
}
EXPORT_SYMBOL_GPL(pfn_special_access);
