// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies between the memory and kernel buffers: for debuggers (ptrace and
 * /proc/PID/mem), which cannot take a page reference, and for read() and write() of
 * owners who have files.
 */
#include <linux/export.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "special.h"

/*
 * The kernel maps what it copies and unmaps it again. If this is the first to find
 * a memory error, it is handled like all others, by whoever memory_failure() is.
 */
static int copy_pages(unsigned long pfn, size_t offset, void *buf, size_t len,
		      bool write)
{
	size_t left = 0;
	void *addr;

	pfn += offset >> PAGE_SHIFT;
	offset = offset_in_page(offset);
	addr = memremap(PFN_PHYS(pfn) + offset, len, MEMREMAP_WB);
	if (!addr)
		return -ENOMEM;
	if (write)
		memcpy(addr, buf, len);
	else
		left = copy_mc_to_kernel(buf, addr, len);
	memunmap(addr);
	if (!left)
		return 0;
	memory_failure_queue(pfn + ((offset + len - left) >> PAGE_SHIFT), 0);
	return -EIO;
}

static int copy_part(struct pfn_special *ps, pgoff_t pgoff, unsigned int offset,
		     void *buf, unsigned int len, int write)
{
	struct pfn_special_extent run;

	if (!pfn_special_lookup(ps, pgoff, &run) ||
	    pfn_special_zero(ps, pgoff, 1))
		return -EFAULT;
	return copy_pages(run.pfn + (pgoff - run.pgoff), offset, buf, len,
			  write);
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
	int done = 0, rc = -EFAULT;

	/* A debugger may override mprotect() but not the file's open mode. */
	if (len <= 0 || !(vma->vm_flags & (write ? VM_MAYWRITE : VM_MAYREAD)))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);

	if (!pfn_special_enter(ps))
		return -EFAULT;
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
	pfn_special_leave(ps);
	return done ?: rc;
}
EXPORT_SYMBOL_GPL(pfn_special_access);

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
	int rc = 0;

	if (!pfn_special_enter(ps))
		return -EIO;
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
		rc = pfn_special_zero(ps, pgoff,
				      DIV_ROUND_UP(offset_in_page(offset) + n,
						   PAGE_SIZE));
		if (!rc)
			rc = copy_pages(run.pfn, offset - PFN_PHYS(run.pgoff),
					buf, n, write);
		offset += n;
		buf += n;
		len -= n;
	}
	pfn_special_leave(ps);
	return rc == -ENXIO ? -EIO : rc;
}
EXPORT_SYMBOL_GPL(pfn_special_copy);
