// SPDX-License-Identifier: GPL-2.0-only
/* /dev/daxN.M: open, mmap, fault. */
#include <linux/dax.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>

#include "dax/dax-private.h"
#include "none.h"
#include "pfn_special.h"

#define none_refuse(none, fmt, ...)					\
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

static int none_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	struct dax_none *none = vma_none(vma);

	if (!IS_ALIGNED(addr, none->align)) {
		none_refuse(none, "mappings divide only at multiples of %#lx, not at %#lx",
			    none->align, addr);
		return -EINVAL;
	}
	pfn_special_split(vma, addr);
	return 0;
}

static int none_check_address(struct dax_none *none, unsigned long addr,
			      unsigned long len, pgoff_t pgoff)
{
	if (IS_ALIGNED(addr | len | pgoff << PAGE_SHIFT, none->align))
		return 0;
	none_refuse(none, "address %#lx, length %#lx, offset %#lx: must be multiples of %#lx",
		    addr, len, pgoff << PAGE_SHIFT, none->align);
	return -EINVAL;
}

static int none_mremap(struct vm_area_struct *vma)
{
	return none_check_address(vma_none(vma), vma->vm_start,
				  vma->vm_end - vma->vm_start, vma->vm_pgoff);
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
	.fault = none_fault,
	.huge_fault = none_huge_fault,
	.may_split = none_may_split,
	.mremap = none_mremap,
	.pagesize = none_pagesize,
	.access = none_access,
};

static int none_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct dax_none *none = file->private_data;
	unsigned long len = vma->vm_end - vma->vm_start;
	int rc;

	rc = none_check_address(none, vma->vm_start, len, vma->vm_pgoff);
	if (rc)
		return rc;
	rc = pfn_special_mmap(none->ps, vma);
	if (!rc)
		vma->vm_ops = &none_vm_ops;
	else if (rc == -ENXIO)
		none_refuse(none, "unbound since the file was opened: open it again");
	else if (!(vma->vm_flags & VM_MAYSHARE))
		none_refuse(none, "a private mapping is not possible: use MAP_SHARED");
	else
		none_refuse(none, "offset %#lx, length %#lx: reaches past the end at %#lx",
			    vma->vm_pgoff << PAGE_SHIFT, len,
			    pfn_special_nr_pages(none->ps) << PAGE_SHIFT);
	return rc;
}

static unsigned long none_get_unmapped_area(struct file *file,
					    unsigned long addr,
					    unsigned long len, pgoff_t pgoff,
					    unsigned long flags)
{
	struct dax_none *none = file->private_data;

	if (flags & MAP_FIXED) {
		int rc = none_check_address(none, addr, len, pgoff);

		if (rc)
			return rc;
		pfn_special_before_move(file, addr, len, pgoff);
	}
	return pfn_special_get_unmapped_area(none->ps, file, addr, len, pgoff,
					     flags, none->align);
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
		none_refuse(none, "all of it belongs to a file system: unmount that first");
		dax_none_put(none);
		return rc;
	}
	file->private_data = none;
	/* One address_space for all who map the device, to find them by. */
	file->f_mapping = dax_inode(none->dev_dax->dax_dev)->i_mapping;
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
