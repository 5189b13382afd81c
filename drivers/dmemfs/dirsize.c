// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the files below a directory may have together: its attribute
 * trusted.dmemfs.size, such as "64G", which root sets while it is empty. Files are
 * born into the account of their directory, and nothing goes from one to another.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/xattr.h>

#include "extents.h"
#include "mount.h"

#define PREFIX	XATTR_TRUSTED_PREFIX "dmemfs."

#define refuse(rc, fmt, ...)						\
	(pr_warn_ratelimited("dmemfs: %s[%d]: " PREFIX "size " fmt "\n",	\
			     current->comm, task_pid_nr(current),	\
			     ##__VA_ARGS__), (rc))

/* Return: 0 and pages, or -EINVAL after a message. */
static int parse(const struct dmemfs_pool *pool, const void *value, size_t size,
		 unsigned long *limit)
{
	char text[24] = "";
	u64 bytes;

	/* With or without NUL, which some tools send along. */
	memcpy(text, value, min(size, sizeof(text) - 1));
	if (size >= sizeof(text) || dmemfs_parse_number(text, &bytes) ||
	    !bytes || bytes % ((u64)pool->unit << PAGE_SHIFT))
		return refuse(-EINVAL,
			      "\"%s\" is not possible: use a multiple of the page size %lu, such as 512M or 16G",
			      text, pool->unit << PAGE_SHIFT);
	*limit = bytes >> PAGE_SHIFT;
	return 0;
}

static int set_size(struct dentry *dentry, struct inode *dir, const void *value,
		    size_t size)
{
	struct dmemfs_inode *info = dmemfs_i(dir);
	unsigned long limit;
	int rc;

	rc = parse(info->pool, value, size, &limit);
	if (rc)
		return rc;
	if (info->has_account) {
		dmemfs_account_limit(info->pool, info->account, limit);
		return 0;
	}
	if (info->account)
		return refuse(-EINVAL,
			      "is not for %pd: a directory above it has one",
			      dentry);
	if (!simple_empty(dentry))
		return refuse(-ENOTEMPTY, "is not for %pd: set it while that is empty",
			      dentry);
	rc = dmemfs_account_open(info->pool, &info->account, limit);
	info->has_account = !rc;
	return rc;
}

static int remove_size(struct dentry *dentry, struct inode *dir)
{
	struct dmemfs_inode *info = dmemfs_i(dir);

	if (!info->has_account)
		return -ENODATA;
	if (!simple_empty(dentry))
		return -ENOTEMPTY;
	info->has_account = false;
	dmemfs_account_close(info->pool, &info->account);
	return 0;
}

static int set(const struct xattr_handler *handler, struct mnt_idmap *idmap,
	       struct dentry *dentry, struct inode *inode, const char *name,
	       const void *value, size_t size, int flags)
{
	bool has = dmemfs_i(inode)->has_account;
	int rc;

	if (!S_ISDIR(inode->i_mode) || strcmp(name, "size"))
		return -EOPNOTSUPP;
	if (value && flags & XATTR_CREATE && has)
		return -EEXIST;
	if (value && flags & XATTR_REPLACE && !has)
		return -ENODATA;
	/* The core has i_rwsem, so that nothing comes to be in it meanwhile. */
	rc = value ? set_size(dentry, inode, value, size) :
		     remove_size(dentry, inode);
	if (!rc)
		inode_set_ctime_current(inode);
	return rc;
}

static int get(const struct xattr_handler *handler, struct dentry *dentry,
	       struct inode *inode, const char *name, void *value, size_t size)
{
	struct dmemfs_inode *info = dmemfs_i(inode);
	u64 bytes = 0;
	char text[24];
	int len;

	if (!S_ISDIR(inode->i_mode) || strcmp(name, "size"))
		return -EOPNOTSUPP;
	mutex_lock(&info->pool->lock);
	if (info->has_account && info->account)
		bytes = (u64)info->account->nr_limit << PAGE_SHIFT;
	mutex_unlock(&info->pool->lock);
	if (!bytes)
		return -ENODATA;
	len = scnprintf(text, sizeof(text), "%llu", bytes);
	if (value && size < len)
		return -ERANGE;
	if (value)
		memcpy(value, text, len);
	return len;
}

const struct xattr_handler dmemfs_dirsize_handler = {
	.prefix = PREFIX,
	.get = get,
	.set = set,
};
