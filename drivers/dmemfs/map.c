// SPDX-License-Identifier: GPL-2.0-only
/* Mappings of files. */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>

#include "extents.h"
#include "file.h"
#include "trace.h"

/* Extents that are looked at to choose an address. */
#define TRIES	64

#define dmemfs_warn(fmt, ...)						\
	pr_warn_ratelimited("dmemfs: %s[%d]: " fmt "\n", current->comm,	\
			    task_pid_nr(current), ##__VA_ARGS__)

static struct inode *vma_inode(const struct vm_area_struct *vma)
{
	return file_inode(vma->vm_file);
}

/* What the file has at a page offset; a hole gets memory. */
static int find_or_fill(struct inode *inode, pgoff_t pgoff,
			const struct vm_area_struct *vma,
			struct dmemfs_extent *ext)
{
	unsigned long unit = inode_pool(inode)->unit;
	struct dmemfs_policy policy;
	int rc;

	if (dmemfs_extents_find(inode, pgoff, ext))
		return 0;
	dmemfs_pool_policy(inode_pool(inode), vma, &policy);
	rc = dmemfs_extents_fill(inode, ALIGN_DOWN(pgoff, unit), unit, &policy);
	if (!rc && WARN_ON_ONCE(!dmemfs_extents_find(inode, pgoff, ext)))
		rc = -EIO;
	return rc;
}

static vm_fault_t fault_locked(struct inode *inode, struct vm_fault *vmf,
			       unsigned int order)
{
	struct pfn_special_extent run;
	struct dmemfs_extent ext;
	pgoff_t end = dmemfs_end(inode);
	int rc;

	if (vmf->pgoff >= end)
		return VM_FAULT_SIGBUS;
	rc = find_or_fill(inode, vmf->pgoff, vmf->vma, &ext);
	if (rc == -ENOMEM)
		return VM_FAULT_OOM;
	if (rc == -ENOSPC && dmemfs_bound_reached(&inode_pool(inode)->bound))
		dmemfs_warn("no extent left for a hole in %pD: memory is in too many pieces; allocate files at once, or remount with more nr_extents",
			    vmf->vma->vm_file);
	else if (rc == -ENOSPC &&
		 dmemfs_account_full(inode_pool(inode), dmemfs_i(inode)->account))
		dmemfs_warn("no memory left for a hole in %pD: the files there have all that the size of their directory allows",
			    vmf->vma->vm_file);
	else if (rc == -ENOSPC)
		dmemfs_warn("no memory left for a hole in %pD: allocate files with fallocate() before they are mapped",
			    vmf->vma->vm_file);
	if (rc)
		return VM_FAULT_SIGBUS;
	/* What was allocated beyond the end is not to be seen. */
	run = (struct pfn_special_extent) {
		.pgoff = ext.pgoff, .pfn = ext.pfn,
		.nr = min(ext.nr, end - ext.pgoff),
	};
	return pfn_special_fault_run(ext.range->ps, vmf, order, &run,
				     dmemfs_base(ext.range, ext.pfn));
}

static vm_fault_t dmemfs_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct inode *inode = vma_inode(vmf->vma);
	struct file *file = NULL;
	vm_fault_t ret;

	/* The lock that keeps the VMA, and so its file, may be dropped meanwhile. */
	if (fault_flag_allow_retry_first(vmf->flags))
		file = get_file(vmf->vma->vm_file);
	filemap_invalidate_lock_shared(inode->i_mapping);
	ret = fault_locked(inode, vmf, order);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	/* As the core does for tmpfs; whoever gets VM_FAULT_RETRY comes again. */
	if (ret == VM_FAULT_NOPAGE && vmf->flags & FAULT_FLAG_WRITE)
		file_update_time(vmf->vma->vm_file);
	trace_dmemfs_fault(inode, vmf, order, ret);
	if (file)
		fput(file);
	return ret;
}

static vm_fault_t dmemfs_fault(struct vm_fault *vmf)
{
	return dmemfs_huge_fault(vmf, 0);
}

static int dmemfs_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	pfn_special_split(vma, addr);
	return 0;
}

/* Memory comes in units that are aligned, whatever else is known of it. */
static unsigned long dmemfs_pagesize(struct vm_area_struct *vma)
{
	unsigned long size = inode_pool(vma_inode(vma))->unit << PAGE_SHIFT;

	if (IS_ALIGNED(vma->vm_start | vma->vm_end, size) &&
	    IS_ALIGNED(vma->vm_pgoff << PAGE_SHIFT, size))
		return size;
	return PAGE_SIZE;
}

static int access_locked(struct inode *inode, struct vm_area_struct *vma,
			 unsigned long addr, void *buf, int len, int write)
{
	pgoff_t pgoff = linear_page_index(vma, addr);
	struct dmemfs_extent ext;
	int rc;

	if (pgoff >= dmemfs_end(inode))
		return -EFAULT;
	if (write) {
		rc = find_or_fill(inode, pgoff, vma, &ext);
		if (rc)
			return rc;
	}
	return dmemfs_copy(inode, ((loff_t)pgoff << PAGE_SHIFT) +
			   offset_in_page(addr), buf, len, write);
}

/* ptrace and /proc/PID/mem: no more than the mapping itself would show. */
static int dmemfs_access(struct vm_area_struct *vma, unsigned long addr,
			 void *buf, int len, int write)
{
	struct inode *inode = vma_inode(vma);
	int done = 0, rc = 0;

	/* A debugger may override mprotect() but not the file's open mode. */
	if (len <= 0 || !(vma->vm_flags & (write ? VM_MAYWRITE : VM_MAYREAD)))
		return -EFAULT;
	len = min_t(unsigned long, len, vma->vm_end - addr);
	filemap_invalidate_lock_shared(inode->i_mapping);
	while (done < len) {
		int n = min_t(unsigned long, len - done,
			      PAGE_SIZE - offset_in_page(addr));

		rc = access_locked(inode, vma, addr, buf + done, n, write);
		if (rc)
			break;
		done += n;
		addr += n;
	}
	filemap_invalidate_unlock_shared(inode->i_mapping);
	if (write && done)
		file_update_time(vma->vm_file);
	return done ?: rc;
}

static const struct vm_operations_struct dmemfs_vm_ops = {
	.open = pfn_special_vma_open,
	.fault = dmemfs_fault,
	.huge_fault = dmemfs_huge_fault,
	.may_split = dmemfs_may_split,
	.mprotect = pfn_special_protect,
	.pagesize = dmemfs_pagesize,
	.access = dmemfs_access,
};

int dmemfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	int rc;

	if (dmemfs_unsealed(inode_pool(file_inode(file))))
		return -EBUSY;
	rc = pfn_special_mmap_run(vma);
	if (rc) {
		dmemfs_warn("%pD: a private mapping cannot be writable: use MAP_SHARED",
			    file);
		return rc;
	}
	file_accessed(file);
	vma->vm_ops = &dmemfs_vm_ops;
	return 0;
}

/* The extent that has most of a range, to choose the address by. */
static bool best_extent(struct inode *inode, pgoff_t pgoff, unsigned long nr,
			struct pfn_special_extent *best)
{
	pgoff_t at = pgoff, end = pgoff + nr;
	struct dmemfs_extent ext;
	unsigned int tries;

	best->nr = 0;
	for (tries = 0; tries < TRIES && at < end; tries++) {
		if (!dmemfs_extents_next(inode, at, &ext) || ext.pgoff >= end)
			break;
		at = ext.pgoff + ext.nr;
		if (ext.nr <= best->nr)
			continue;
		best->pgoff = ext.pgoff;
		best->pfn = ext.pfn;
		best->nr = ext.nr;
	}
	return best->nr;
}

unsigned long dmemfs_get_unmapped_area(struct file *file, unsigned long addr,
				       unsigned long len, unsigned long pgoff,
				       unsigned long flags)
{
	struct inode *inode = file_inode(file);
	struct pfn_special_extent best;
	unsigned long bytes = len;

	if (flags & MAP_FIXED)
		pfn_special_before_move(file);
	/*
	 * Memory that is still to come will be congruent to the file offset,
	 * if the pool has such.
	 */
	if (best_extent(inode, pgoff, len >> PAGE_SHIFT, &best))
		bytes = min(bytes, best.nr << PAGE_SHIFT);
	else
		best = (struct pfn_special_extent) {};
	if (bytes < PMD_SIZE)
		return mm_get_unmapped_area(file, addr, len, pgoff,
					    flags);
	return pfn_special_place(file, addr, len, pgoff, flags, &best,
				 bytes < PUD_SIZE ? PMD_SIZE : PUD_SIZE);
}
