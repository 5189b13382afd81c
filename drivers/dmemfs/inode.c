// SPDX-License-Identifier: GPL-2.0-only
/* Inodes, and directories, which exist in the dentry cache alone. */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/posix_acl.h>
#include <linux/random.h>
#include <linux/security.h>
#include <linux/slab.h>

#include "extents.h"
#include "file.h"
#include "mount.h"

static const struct address_space_operations dmemfs_aops = {
	.dirty_folio = noop_dirty_folio,
};

/**
 * dmemfs_count_inodes() - may there be so many more inodes, or what counts as such?
 * @sbi: the mount
 * @nr: how many
 *
 * Context: Takes dmemfs_sb.lock.
 * Return: 0, or -ENOSPC and none is counted.
 */
int dmemfs_count_inodes(struct dmemfs_sb *sbi, u64 nr)
{
	int rc = 0;

	spin_lock(&sbi->lock);
	/* There are never more than there may be. */
	if (nr <= sbi->options.nr_inodes - sbi->nr_inodes)
		sbi->nr_inodes += nr;
	else
		rc = -ENOSPC;
	spin_unlock(&sbi->lock);
	return rc;
}

/**
 * dmemfs_uncount_inodes() - so many are gone
 * @sbi: the mount
 * @nr: how many
 *
 * Context: Takes dmemfs_sb.lock.
 */
void dmemfs_uncount_inodes(struct dmemfs_sb *sbi, u64 nr)
{
	spin_lock(&sbi->lock);
	sbi->nr_inodes -= nr;
	spin_unlock(&sbi->lock);
}

static const struct inode_operations file_inode_operations = {
	.setattr = dmemfs_setattr,
	.getattr = dmemfs_getattr,
	.set_acl = dmemfs_set_acl,
	.listxattr = dmemfs_listxattr,
};

static void init_file(struct inode *inode)
{
	struct dmemfs_sb *sbi = dmemfs_sb(inode->i_sb);

	inode->i_op = &file_inode_operations;
	inode->i_fop = &dmemfs_file_operations;
	inode->i_mapping->a_ops = &dmemfs_aops;
	spin_lock(&sbi->lock);
	list_add_tail(&dmemfs_i(inode)->files, &sbi->files);
	spin_unlock(&sbi->lock);
}

static const struct inode_operations dmemfs_dir_inode_operations;

static const struct inode_operations symlink_inode_operations = {
	.get_link = simple_get_link,
	.listxattr = dmemfs_listxattr,
};

static const struct inode_operations special_inode_operations = {
	.setattr = dmemfs_setattr_acl,
	.set_acl = dmemfs_set_acl,
	.listxattr = dmemfs_listxattr,
};

/**
 * dmemfs_new_inode() - make an inode
 * @sb: the file system
 * @idmap: of the mount through which it is made
 * @dir: directory that it will be in, or NULL for the root
 * @mode: type and permissions
 * @dev: device number, if it is a device
 *
 * Return: the inode, or ERR_PTR of -ENOSPC if there are as many as there may be,
 * -ENOMEM.
 */
struct inode *dmemfs_new_inode(struct super_block *sb, struct mnt_idmap *idmap,
			       const struct inode *dir, umode_t mode, dev_t dev)
{
	struct inode *inode;
	int rc;

	rc = dmemfs_count_inodes(dmemfs_sb(sb), 1);
	if (rc)
		return ERR_PTR(rc);
	inode = new_inode(sb);
	if (!inode) {
		dmemfs_uncount_inodes(dmemfs_sb(sb), 1);
		return ERR_PTR(-ENOMEM);
	}
	inode->i_ino = get_next_ino();
	/* Numbers come round again; handles of what had one before are stale. */
	inode->i_generation = get_random_u32();
	inode_init_owner(idmap, inode, dir, mode);
	simple_inode_init_ts(inode);
	if (dir)
		dmemfs_i(inode)->account =
			dmemfs_account_get(inode_pool(inode),
					   &dmemfs_i(dir)->account);
	cache_no_acl(inode);
	switch (mode & S_IFMT) {
	case S_IFREG:
		init_file(inode);
		break;
	case S_IFDIR:
		inode->i_op = &dmemfs_dir_inode_operations;
		inode->i_fop = &simple_dir_operations;
		/* Its own "." is a link. */
		inc_nlink(inode);
		break;
	case S_IFLNK:
		inode->i_op = &symlink_inode_operations;
		break;
	default:
		inode->i_op = &special_inode_operations;
		init_special_inode(inode, mode, dev);
	}
	return inode;
}

/**
 * dmemfs_evict_inode() - the last user of an inode is gone
 * @inode: the inode
 */
void dmemfs_evict_inode(struct inode *inode)
{
	struct dmemfs_sb *sbi = dmemfs_sb(inode->i_sb);

	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (S_ISREG(inode->i_mode)) {
		spin_lock(&sbi->lock);
		list_del_init(&dmemfs_i(inode)->files);
		spin_unlock(&sbi->lock);
		dmemfs_extents_drop(inode);
	}
	dmemfs_account_put(inode_pool(inode), dmemfs_i(inode)->account);
	dmemfs_xattrs_exit(&dmemfs_i(inode)->xattrs);
	dmemfs_uncount_inodes(sbi, 1 + dmemfs_i(inode)->xattrs.charged);
}

/**
 * dmemfs_next_file() - walk the files of a mount
 * @sbi: the mount
 * @last: the file before, which is put; NULL for the first
 *
 * Context: May sleep; with no lock that giving up the last use of a file may want.
 * Return: the file, to be put by the next call or by the caller; NULL if there is none.
 */
struct inode *dmemfs_next_file(struct dmemfs_sb *sbi, struct inode *last)
{
	struct dmemfs_inode *info = last ? dmemfs_i(last) :
		list_entry(&sbi->files, struct dmemfs_inode, files);
	struct inode *inode = NULL;

	spin_lock(&sbi->lock);
	list_for_each_entry_continue(info, &sbi->files, files) {
		inode = igrab(&info->vfs);
		if (inode)
			break;
	}
	spin_unlock(&sbi->lock);
	/* It kept our place in the list. */
	iput(last);
	return inode;
}

/* A new inode that nobody knows yet, with what security modules want of it. */
static struct inode *secure_inode(struct mnt_idmap *idmap, struct inode *dir,
				  const struct qstr *name, umode_t mode,
				  dev_t dev)
{
	struct inode *inode = dmemfs_new_inode(dir->i_sb, idmap, dir, mode, dev);
	int rc;

	if (IS_ERR(inode))
		return inode;
	rc = dmemfs_inherit_acl(dir, inode);
	if (!rc)
		rc = security_inode_init_security(inode, dir, name, NULL, NULL);
	if (!rc || rc == -EOPNOTSUPP)
		return inode;
	iput(inode);
	return ERR_PTR(rc);
}

static void add_entry(struct inode *dir, struct dentry *dentry,
		      struct inode *inode)
{
	/* Nothing but this keeps it: there is no other copy. */
	d_make_persistent(dentry, inode);
	inode_set_mtime_to_ts(dir, inode_set_ctime_current(dir));
}

static int dmemfs_mknod(struct mnt_idmap *idmap, struct inode *dir,
			struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct inode *inode = secure_inode(idmap, dir, &dentry->d_name, mode,
					   dev);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	add_entry(dir, dentry, inode);
	return 0;
}

static int dmemfs_create(struct mnt_idmap *idmap, struct inode *dir,
			 struct dentry *dentry, umode_t mode)
{
	return dmemfs_mknod(idmap, dir, dentry, mode | S_IFREG, 0);
}

DEFINE_CREATE(create_op, dmemfs_create)

static struct dentry *dmemfs_mkdir(struct mnt_idmap *idmap, struct inode *dir,
				   struct dentry *dentry, umode_t mode)
{
	int rc = dmemfs_mknod(idmap, dir, dentry, mode | S_IFDIR, 0);

	if (!rc)
		inc_nlink(dir);
	return ERR_PTR(rc);
}

DEFINE_MKDIR(mkdir_op, dmemfs_mkdir)

static int dmemfs_symlink(struct mnt_idmap *idmap, struct inode *dir,
			  struct dentry *dentry, const char *target)
{
	char *copy = kstrdup(target, GFP_KERNEL_ACCOUNT);
	struct inode *inode;

	if (!copy)
		return -ENOMEM;
	inode = secure_inode(idmap, dir, &dentry->d_name, S_IFLNK | 0777, 0);
	if (IS_ERR(inode)) {
		kfree(copy);
		return PTR_ERR(inode);
	}
	inode->i_link = copy;
	inode->i_size = strlen(copy);
	add_entry(dir, dentry, inode);
	return 0;
}

static int dmemfs_tmpfile(struct mnt_idmap *idmap, struct inode *dir,
			  struct file *file, umode_t mode)
{
	struct inode *inode = secure_inode(idmap, dir,
					   &file_dentry(file)->d_name, mode, 0);

	if (IS_ERR(inode))
		return finish_open_simple(file, PTR_ERR(inode));
	d_tmpfile(file, inode);
	return finish_open_simple(file, 0);
}

/* Until a mount is sealed nobody but root gets to a file. */
static int dmemfs_dir_permission(struct mnt_idmap *idmap, struct inode *inode,
				 int mask)
{
	if (dmemfs_unsealed(inode_pool(inode)) && !capable(CAP_SYS_ADMIN))
		return -EBUSY;
	return generic_permission(idmap, inode, mask);
}

/*
 * Moves a file and leaves a whiteout, which tells of it to a union of directories
 * (overlayfs). The core moves the entry when this has returned; until then there are two
 * of that name, and who looks it up without a lock finds either.
 */
static int rename_whiteout(struct mnt_idmap *idmap, struct inode *old_dir,
			   struct dentry *old_dentry, struct inode *new_dir,
			   struct dentry *new_dentry, unsigned int flags)
{
	struct dentry *whiteout;
	struct inode *inode;
	int rc;

	whiteout = d_alloc(old_dentry->d_parent, &old_dentry->d_name);
	if (!whiteout)
		return -ENOMEM;
	inode = secure_inode(idmap, old_dir, &whiteout->d_name,
			     S_IFCHR | WHITEOUT_MODE, WHITEOUT_DEV);
	rc = PTR_ERR_OR_ZERO(inode);
	if (!rc) {
		rc = simple_rename(idmap, old_dir, old_dentry, new_dir,
				   new_dentry, flags);
		if (rc)
			iput(inode);
	}
	if (!rc) {
		add_entry(old_dir, whiteout, inode);
		if (d_unhashed(whiteout))
			d_rehash(whiteout);
	}
	dput(whiteout);
	return rc;
}

/* What a file has counts in one account, for as long as there is the file. */
static bool same_account(const struct inode *a, const struct inode *b)
{
	return dmemfs_i(a)->account == dmemfs_i(b)->account;
}

static int dmemfs_rename(struct mnt_idmap *idmap, struct inode *old_dir,
			 struct dentry *old_dentry, struct inode *new_dir,
			 struct dentry *new_dentry, unsigned int flags)
{
	if (!same_account(old_dir, new_dir))
		return -EXDEV;
	if (flags & RENAME_WHITEOUT)
		return rename_whiteout(idmap, old_dir, old_dentry, new_dir,
				       new_dentry, flags & ~RENAME_WHITEOUT);
	return simple_rename(idmap, old_dir, old_dentry, new_dir, new_dentry,
			     flags);
}

static int dmemfs_link(struct dentry *old_dentry, struct inode *dir,
		       struct dentry *dentry)
{
	if (!same_account(d_inode(old_dentry), dir))
		return -EXDEV;
	return simple_link(old_dentry, dir, dentry);
}

static const struct inode_operations dmemfs_dir_inode_operations = {
	.permission = dmemfs_dir_permission,
	.create = create_op,
	.lookup = simple_lookup,
	.link = dmemfs_link,
	.unlink = simple_unlink,
	.symlink = dmemfs_symlink,
	.mkdir = mkdir_op,
	.rmdir = simple_rmdir,
	.mknod = dmemfs_mknod,
	.rename = dmemfs_rename,
	.tmpfile = dmemfs_tmpfile,
	.setattr = dmemfs_setattr_acl,
	.set_acl = dmemfs_set_acl,
	.listxattr = dmemfs_listxattr,
};
