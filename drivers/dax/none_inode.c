// SPDX-License-Identifier: GPL-2.0-only
/*
 * An inode for each binding, for the sake of its address_space: all mappings of a
 * binding are found there, and of no other one. The inode of the dax device would
 * not do: it outlives bindings, so that the mappings of former owners stay in it,
 * and newer kernels take large leaves of its kind (S_DAX) for folios.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>

#include "none.h"

/* "none" */
#define DAX_NONE_MAGIC	0x6e6f6e65

static int none_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, DAX_NONE_MAGIC) ? 0 : -ENOMEM;
}

/* Without an owner: our own mount would keep the module from being unloaded. */
static struct file_system_type none_fs_type = {
	.name = "dax_none",
	.init_fs_context = none_init_fs_context,
	.kill_sb = kill_anon_super,
};

static struct vfsmount *none_mnt;

/**
 * dax_none_new_inode() - make the inode of a binding
 *
 * Context: May sleep.
 * Return: the inode, to be put by iput() when no file of the binding is left, or
 * ERR_PTR of -ENOMEM.
 */
struct inode *dax_none_new_inode(void)
{
	return alloc_anon_inode(none_mnt->mnt_sb);
}

int dax_none_inode_init(void)
{
	none_mnt = kern_mount(&none_fs_type);
	return PTR_ERR_OR_ZERO(none_mnt);
}

void dax_none_inode_exit(void)
{
	kern_unmount(none_mnt);
}
