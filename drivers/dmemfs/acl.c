// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSIX ACLs. The core keeps them with the inode, and there is no other copy; what it
 * has to be told is when they change.
 */
#include <linux/fs.h>
#include <linux/posix_acl.h>

#include "mount.h"

/* About as much memory as the inode itself; nobody counts these. */
#define MAX_ENTRIES	64

/* The inode gets a copy that its user's memory cgroup is charged with. */
static int keep(struct inode *inode, int type, struct posix_acl *acl)
{
	struct posix_acl *copy = NULL;

	if (acl) {
		copy = posix_acl_clone(acl, GFP_KERNEL_ACCOUNT);
		if (!copy)
			return -ENOMEM;
	}
	set_cached_acl(inode, type, copy);
	posix_acl_release(copy);
	return 0;
}

/**
 * dmemfs_set_acl() - inode_operations.set_acl
 * @idmap: of the mount
 * @dentry: of a file or directory
 * @acl: the list, or NULL for none
 * @type: ACL_TYPE_ACCESS, or ACL_TYPE_DEFAULT of a directory
 *
 * Return: 0; -ENOSPC for a list that is too long; -ENOMEM; -EINVAL.
 */
int dmemfs_set_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct posix_acl *acl, int type)
{
	struct inode *inode = d_inode(dentry);
	umode_t mode = inode->i_mode;
	int rc = 0;

	if (acl && acl->a_count > MAX_ENTRIES)
		return -ENOSPC;
	if (type == ACL_TYPE_ACCESS)
		rc = posix_acl_update_mode(idmap, inode, &mode, &acl);
	if (!rc)
		rc = keep(inode, type, acl);
	if (rc)
		return rc;
	inode->i_mode = mode;
	inode_set_ctime_current(inode);
	return 0;
}

/**
 * dmemfs_inherit_acl() - what a new inode has from its directory, or from umask()
 * @dir: the directory
 * @inode: the inode; nobody knows it yet
 *
 * Return: 0 or -ENOMEM.
 */
int dmemfs_inherit_acl(struct inode *dir, struct inode *inode)
{
	struct posix_acl *by_default, *acl;
	int rc;

	rc = posix_acl_create(dir, &inode->i_mode, &by_default, &acl);
	if (rc)
		return rc;
	rc = keep(inode, ACL_TYPE_ACCESS, acl);
	posix_acl_release(acl);
	/* The one of the directory itself, which costs nothing. */
	set_cached_acl(inode, ACL_TYPE_DEFAULT, by_default);
	posix_acl_release(by_default);
	return rc;
}

/* inode_operations.setattr of all but files and symbolic links */
int dmemfs_setattr_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		       struct iattr *attr)
{
	int rc = simple_setattr(idmap, dentry, attr);

	if (!rc && attr->ia_valid & ATTR_MODE)
		rc = posix_acl_chmod(idmap, dentry, d_inode(dentry)->i_mode);
	return rc;
}
