// SPDX-License-Identifier: GPL-2.0-only
/* /dev/daxN.M: open, mmap, fault. */
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>

#include "dax/dax-private.h"
#include "none.h"
#include "pfn_special.h"

#define none_warn(none, fmt, ...)					\
	dev_warn_ratelimited(&(none)->dev_dax->dev, "%s[%d]: " fmt "\n",	\
			     current->comm, task_pid_nr(current), ##__VA_ARGS__)

static struct dax_none *vma_none(const struct vm_area_struct *vma)
{
	return vma->vm_file->private_data;
}

static vm_fault_t none_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	return pfn_special_fault(vma_none(vmf->vma)->ps, vmf, order);
}

static vm_fault_t none_fault(struct vm_fault *vmf)
{
	return none_huge_fault(vmf, 0);
}

/* Anywhere: align is what users are told, and leaves are what fits. */
static int none_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	pfn_special_split(vma, addr);
	return 0;
}

static unsigned long none_pagesize(struct vm_area_struct *vma)
{
	return pfn_special_pagesize(vma_none(vma)->ps, vma);
}

static int none_access(struct vm_area_struct *vma, unsigned long addr,
		       void *buf, int len, int write)
{
	return pfn_special_access(vma_none(vma)->ps, vma, addr, buf, len,
				  write);
}

static const struct vm_operations_struct none_vm_ops = {
	.open = pfn_special_vma_open,
	.fault = none_fault,
	.huge_fault = none_huge_fault,
	.may_split = none_may_split,
	.mprotect = pfn_special_protect,
	.pagesize = none_pagesize,
	.access = none_access,
};

/* Tell of a mapping that gets smaller leaves than its address need cost it. */
static void none_tell_of_address(struct dax_none *none,
				 struct vm_area_struct *vma)
{
	unsigned long want, size;

	size = pfn_special_best_address(none->ps, vma->vm_pgoff,
					vma_pages(vma), &want);
	size = min(size, none->align);
	if (((vma->vm_start ^ want) & (size - 1)) >> PAGE_SHIFT)
		none_warn(none, "mapping at %#lx has no room for leaves of %#lx: use an address of %#lx modulo that",
			  vma->vm_start, size, want & (size - 1));
}

static int none_mmap(struct file *file, struct vm_area_struct *vma)
{
	bool writable_copy = !(vma->vm_flags & VM_MAYSHARE) &&
			     vma->vm_flags & VM_WRITE;
	struct dax_none *none = file->private_data;
	int rc = pfn_special_mmap(none->ps, vma);

	if (!rc) {
		vma->vm_ops = &none_vm_ops;
		none_tell_of_address(none, vma);
	} else if (rc == -ENXIO) {
		none_warn(none, "unbound since the file was opened: open it again");
	} else if (writable_copy) {
		none_warn(none, "a private mapping cannot be writable: use MAP_SHARED");
	} else {
		none_warn(none, "offset %#lx, length %#lx: reaches past the end at %#lx",
			  vma->vm_pgoff << PAGE_SHIFT,
			  vma->vm_end - vma->vm_start,
			  pfn_special_nr_pages(none->ps) << PAGE_SHIFT);
	}
	return rc;
}

static unsigned long none_get_unmapped_area(struct file *file,
					    unsigned long addr,
					    unsigned long len, pgoff_t pgoff,
					    unsigned long flags)
{
	struct dax_none *none = file->private_data;

	if (flags & MAP_FIXED)
		pfn_special_before_move(file);
	return pfn_special_get_unmapped_area(none->ps, file, addr, len, pgoff,
					     flags);
}

static int none_open(struct inode *inode, struct file *file)
{
	struct dax_none *none;
	int rc;

	/*
	 * By number, not by inode->i_cdev: that one lags behind when a file
	 * from an earlier binding is still open.
	 */
	rcu_read_lock();
	none = xa_load(&dax_none_devs, iminor(inode));
	if (none && !kref_get_unless_zero(&none->ref))
		none = NULL;
	rcu_read_unlock();
	if (!none) {
		pr_warn_ratelimited("dax_none: %s[%d]: /dev/%pD is not bound to dax_none now, but files from an earlier binding are still open: close them first\n",
				    current->comm, task_pid_nr(current), file);
		return -ENXIO;
	}
	rc = pfn_special_open(none->ps);
	if (rc) {
		if (rc == -EBUSY)
			none_warn(none, "all of it belongs to a file system: unmount that first");
		else if (rc != -EINTR)
			none_warn(none, "it is lent, and what is in it could not be saved (%d): see the log above, and write its name to /sys/kernel/tmem/take",
				  rc);
		dax_none_put(none);
		return rc;
	}
	file->private_data = none;
	/* One address_space for all who map this binding, to find them by. */
	file->f_mapping = none->inode->i_mapping;
	file->f_wb_err = filemap_sample_wb_err(file->f_mapping);
	return 0;
}

static int none_release(struct inode *inode, struct file *file)
{
	struct dax_none *none = file->private_data;

	pfn_special_close(none->ps);
	dax_none_put(none);
	return 0;
}

const struct file_operations dax_none_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.open = none_open,
	.release = none_release,
	.get_unmapped_area = none_get_unmapped_area,
	.mmap = none_mmap,
};
