// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmemfs: names, sizes and permissions for pieces of memory that has no struct
 * page. A mount takes whole map-none devices and divides them between files.
 *
 * Left out on purpose: page cache, writeback, private mappings, extended
 * attributes (the kernel exports no keeper for them), and fiemap, which would
 * tell physical addresses to anyone.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mm.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "dmemfs.h"

static struct kmem_cache *inode_cache;

static void init_once(void *object)
{
	struct dmemfs_inode *info = object;

	inode_init_once(&info->vfs);
	init_rwsem(&info->lock);
	INIT_LIST_HEAD(&info->files);
}

static struct inode *dmemfs_alloc_inode(struct super_block *sb)
{
	struct dmemfs_inode *info = alloc_inode_sb(sb, inode_cache, GFP_KERNEL);

	if (!info)
		return NULL;
	info->extents = RB_ROOT;
	info->nr = 0;
	return &info->vfs;
}

static void dmemfs_free_inode(struct inode *inode)
{
	if (S_ISLNK(inode->i_mode))
		kfree(inode->i_link);
	kmem_cache_free(inode_cache, dmemfs_i(inode));
}

static int dmemfs_statfs(struct dentry *dentry, struct kstatfs *buf)
{
	struct super_block *sb = dentry->d_sb;
	struct dmemfs_sb *sbi = dmemfs_sb(sb);
	u64 id = huge_encode_dev(sb->s_dev);
	unsigned long total;

	mutex_lock(&sbi->lock);
	total = min(sbi->nr_total, sbi->nr_limit);
	buf->f_blocks = total / sbi->unit;
	buf->f_bfree = (total - min(total, sbi->nr_used)) / sbi->unit;
	buf->f_files = sbi->options.nr_inodes;
	buf->f_ffree = sbi->options.nr_inodes - sbi->nr_inodes;
	mutex_unlock(&sbi->lock);
	buf->f_bavail = buf->f_bfree;
	buf->f_type = sb->s_magic;
	buf->f_bsize = sbi->unit << PAGE_SHIFT;
	buf->f_frsize = buf->f_bsize;
	buf->f_namelen = NAME_MAX;
	buf->f_fsid = u64_to_fsid(id);
	return 0;
}

static const struct super_operations dmemfs_super_operations = {
	.alloc_inode = dmemfs_alloc_inode,
	.free_inode = dmemfs_free_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = dmemfs_evict_inode,
	.statfs = dmemfs_statfs,
	.show_options = dmemfs_show_options,
};

static int claim_device(struct fs_context *fc, struct dmemfs_sb *sbi,
			const char *name)
{
	struct dmemfs_device *device = &sbi->devices[sbi->nr_devices];
	struct pfn_special *ps;

	if (sbi->nr_devices == DMEMFS_MAX_DEVICES)
		return mount_err(fc, -EINVAL, "more than %d devices", DMEMFS_MAX_DEVICES);
	device->sbi = sbi;
	device->owner.name = "dmemfs";
	device->owner.gone = dmemfs_gone;
	ps = pfn_special_claim(name, &device->owner, sbi->options.nozero);
	if (!IS_ERR(ps)) {
		device->ps = ps;
		sbi->nr_devices++;
		return 0;
	}
	switch (PTR_ERR(ps)) {
	case -ENODEV:
		return mount_err(fc, -EINVAL,
				 "no device %s is bound to dax_none: see daxctl reconfigure-device --map=none",
				 name);
	case -EBUSY:
		return mount_err(fc, -EBUSY, "%s is open or mounted already, or given twice",
				 name);
	case -EPERM:
		return mount_err(fc, -EPERM,
				 "%s preserves what it holds, which is never shown to files: bind it again, or mount with nozero",
				 name);
	}
	return PTR_ERR(ps);
}

static int claim_devices(struct fs_context *fc, struct dmemfs_sb *sbi)
{
	char *names, *next, *name;
	int rc = 0;

	if (!sbi->options.dax)
		return mount_err(fc, -EINVAL, "which device? give dax=daxN.M[:daxN.M...]");
	names = kstrdup(sbi->options.dax, GFP_KERNEL);
	if (!names)
		return -ENOMEM;
	next = names;
	while (!rc && (name = strsep(&next, ":")))
		rc = claim_device(fc, sbi, name);
	kfree(names);
	return rc;
}

static bool has_any(struct dmemfs_sb *sbi, const struct dmemfs_policy *policy)
{
	unsigned int i;

	for (i = 0; i < sbi->nr_nodes; i++)
		if (node_isset(sbi->nodes[i].nid, policy->nodes))
			return true;
	return nodes_empty(policy->nodes);
}

static int init_pool(struct fs_context *fc, struct dmemfs_sb *sbi)
{
	int rc = dmemfs_pool_init(sbi);

	if (rc)
		return rc;
	if (!sbi->nr_total)
		return mount_err(fc, -EINVAL,
				 "no device has a good, aligned page of %lu bytes: use a smaller pagesize",
				 sbi->options.pagesize);
	if (!has_any(sbi, &sbi->options.policy))
		return mount_err(fc, -EINVAL,
				 "none of the devices is on the nodes of mpol: see daxctl list, target_node");
	return dmemfs_limit(fc, sbi, sbi->options.size, &sbi->nr_limit);
}

static int dmemfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct dmemfs_options *options = fc->fs_private;
	struct dmemfs_sb *sbi;
	struct inode *root;
	int rc;

	/* kill_sb undoes what there is, whatever fails below. */
	sbi = kvzalloc(sizeof(*sbi), GFP_KERNEL);
	if (!sbi)
		return -ENOMEM;
	sb->s_fs_info = sbi;
	sbi->sb = sb;
	sbi->options = *options;
	options->dax = NULL;
	sbi->unit = sbi->options.pagesize >> PAGE_SHIFT;
	mutex_init(&sbi->lock);
	mutex_init(&sbi->gone_lock);
	spin_lock_init(&sbi->files_lock);
	INIT_LIST_HEAD(&sbi->files);

	/* So that the end of a unit never overflows. */
	sb->s_maxbytes = ALIGN_DOWN(MAX_LFS_FILESIZE, SZ_1G);
	sb->s_blocksize = sbi->options.pagesize;
	sb->s_blocksize_bits = ilog2(sbi->options.pagesize);
	sb->s_magic = sbi->options.hugetlbfs ? HUGETLBFS_MAGIC : DMEMFS_MAGIC;
	sb->s_op = &dmemfs_super_operations;
	sb->s_time_gran = 1;

	rc = claim_devices(fc, sbi);
	if (rc)
		return rc;
	rc = init_pool(fc, sbi);
	if (rc)
		return rc;
	root = dmemfs_new_inode(sb, NULL, S_IFDIR | sbi->options.mode, 0);
	if (IS_ERR(root))
		return PTR_ERR(root);
	root->i_uid = sbi->options.uid;
	root->i_gid = sbi->options.gid;
	sb->s_root = d_make_root(root);
	if (!sb->s_root)
		return -ENOMEM;
	dmemfs_debug_add(sbi);
	return 0;
}

int dmemfs_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, dmemfs_fill_super);
}

static void dmemfs_kill_sb(struct super_block *sb)
{
	struct dmemfs_sb *sbi = dmemfs_sb(sb);

	if (sbi) {
		dmemfs_debug_del(sbi);
		/* Inodes that are looked at now would be busy ones. */
		mutex_lock(&sbi->gone_lock);
		sbi->closing = true;
		mutex_unlock(&sbi->gone_lock);
	}
	kill_litter_super(sb);
	if (!sbi)
		return;
	while (sbi->nr_devices)
		pfn_special_unclaim(sbi->devices[--sbi->nr_devices].ps);
	dmemfs_pool_exit(sbi);
	dmemfs_free_options(&sbi->options);
	kvfree(sbi);
}

static struct file_system_type dmemfs_type = {
	.owner = THIS_MODULE,
	.name = "dmemfs",
	.init_fs_context = dmemfs_init_fs_context,
	.kill_sb = dmemfs_kill_sb,
	/*
	 * Not for user namespaces: a mount takes whole devices. Root mounts, and
	 * gives directories to users.
	 */
};

static int __init dmemfs_init(void)
{
	int rc = -ENOMEM;

	inode_cache = kmem_cache_create("dmemfs_inode",
					sizeof(struct dmemfs_inode), 0,
					SLAB_RECLAIM_ACCOUNT | SLAB_ACCOUNT,
					init_once);
	if (!inode_cache)
		return -ENOMEM;
	rc = dmemfs_pool_module_init();
	if (rc)
		goto err_inode;
	dmemfs_debug_init();
	rc = register_filesystem(&dmemfs_type);
	if (rc)
		goto err_pool;
	return 0;

err_pool:
	dmemfs_debug_exit();
	dmemfs_pool_module_exit();
err_inode:
	kmem_cache_destroy(inode_cache);
	return rc;
}
module_init(dmemfs_init);

static void __exit dmemfs_exit(void)
{
	unregister_filesystem(&dmemfs_type);
	dmemfs_debug_exit();
	/* Inodes are freed after a grace period. */
	rcu_barrier();
	kmem_cache_destroy(inode_cache);
	dmemfs_pool_module_exit();
}
module_exit(dmemfs_exit);

MODULE_ALIAS_FS("dmemfs");
MODULE_DESCRIPTION("File system on memory without struct page");
MODULE_LICENSE("GPL");
