// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles of files: for name_to_handle_at(), open_by_handle_at() and the NFS server.
 * They are good for as long as the inode is there, and the mount.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/exportfs.h>
#include <linux/fs.h>
#include <linux/spinlock.h>

#include "mount.h"

struct wanted {
	u64 ino;
	u32 generation;
};

static int matches(struct inode *inode, void *data)
{
	const struct wanted *wanted = data;

	return inode->i_ino == wanted->ino &&
	       inode->i_generation == wanted->generation;
}

/* Others need not be found, and creating a file costs less without. */
static void make_findable(struct inode *inode)
{
	struct dmemfs_sb *sbi = dmemfs_sb(inode->i_sb);

	spin_lock(&sbi->lock);
	if (inode_unhashed(inode))
		insert_inode_hash(inode);
	spin_unlock(&sbi->lock);
}

static int encode(struct inode *inode, __u32 *fh, int *max_len,
		  struct inode *parent)
{
	make_findable(inode);
	if (parent)
		make_findable(parent);
	return generic_encode_ino32_fh(inode, fh, max_len, parent);
}

static struct inode *find(struct super_block *sb, u64 ino, u32 generation)
{
	struct wanted wanted = { .ino = ino, .generation = generation };
	struct inode *inode = ilookup5(sb, ino, matches, &wanted);

	return inode ?: ERR_PTR(-ESTALE);
}

static struct dentry *to_dentry(struct super_block *sb, struct fid *fid,
				int fh_len, int fh_type)
{
	return generic_fh_to_dentry(sb, fid, fh_len, fh_type, find);
}

static struct dentry *to_parent(struct super_block *sb, struct fid *fid,
				int fh_len, int fh_type)
{
	return generic_fh_to_parent(sb, fid, fh_len, fh_type, find);
}

/* Directories are in the dentry cache for as long as they are: no ->get_parent. */
const struct export_operations dmemfs_export_operations = {
	.encode_fh = encode,
	.fh_to_dentry = to_dentry,
	.fh_to_parent = to_parent,
};
