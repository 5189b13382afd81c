/* SPDX-License-Identifier: GPL-2.0-only */
/* What files do for the VFS. */
#ifndef _DMEMFS_FILE_H
#define _DMEMFS_FILE_H

#include <linux/fs.h>

/* file.c */
extern const struct file_operations dmemfs_file_operations;
int dmemfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct iattr *attr);
int dmemfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		   struct kstat *stat, u32 request_mask, unsigned int flags);

/* map.c */
int dmemfs_mmap(struct file *file, struct vm_area_struct *vma);
unsigned long dmemfs_get_unmapped_area(struct file *file, unsigned long addr,
				       unsigned long len, unsigned long pgoff,
				       unsigned long flags);

#endif /* _DMEMFS_FILE_H */
