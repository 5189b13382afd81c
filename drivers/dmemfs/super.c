// SPDX-License-Identifier: GPL-2.0-only
/*
 * dmemfs: names, sizes and permissions for pieces of memory that has no struct
 * page. A mount takes whole map-none devices and divides them between files.
 *
 * Left out on purpose: page cache, writeback, private mappings that are writable,
 * and fiemap, which would tell physical addresses to anyone.
 */
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/mm.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/statfs.h>

#include "extents.h"
#include "mount.h"

static struct kmem_cache *inode_cache;

static void init_once(void *object)
{
	struct dmemfs_inode *info = object;

	inode_init_once(&info->vfs);
	mutex_init(&info->fill);
	init_rwsem(&info->lock);
	INIT_LIST_HEAD(&info->files);
}

static struct inode *dmemfs_alloc_inode(struct super_block *sb)
{
	struct dmemfs_inode *info = alloc_inode_sb(sb, inode_cache, GFP_KERNEL);

	if (!info)
		return NULL;
	info->pool = &dmemfs_sb(sb)->pool;
	info->account = NULL;
	info->has_account = false;
	info->extents = RB_ROOT;
	info->nr = 0;
	dmemfs_xattrs_init(&info->xattrs);
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
	struct dmemfs_inode *info = dmemfs_i(d_inode(dentry));
	struct super_block *sb = dentry->d_sb;
	struct dmemfs_sb *sbi = dmemfs_sb(sb);
	struct dmemfs_pool *pool = &sbi->pool;
	u64 id = huge_encode_dev(sb->s_dev);
	unsigned long total, left;

	dmemfs_pool_regain(pool);
	mutex_lock(&pool->lock);
	total = min(pool->nr_total, pool->nr_limit);
	left = total - min(total, pool->nr_used);
	/* As much as there would be if the directory were all that is mounted. */
	if (info->account) {
		left = min(left, dmemfs_account_left(info->account));
		total = min(total, info->account->nr_limit);
	}
	buf->f_blocks = total / pool->unit;
	buf->f_bfree = left / pool->unit;
	mutex_unlock(&pool->lock);
	spin_lock(&sbi->lock);
	buf->f_files = sbi->options.nr_inodes;
	buf->f_ffree = sbi->options.nr_inodes - sbi->nr_inodes;
	spin_unlock(&sbi->lock);
	buf->f_bavail = buf->f_bfree;
	buf->f_type = sb->s_magic;
	buf->f_bsize = pool->unit << PAGE_SHIFT;
	buf->f_frsize = buf->f_bsize;
	buf->f_namelen = NAME_MAX;
	buf->f_fsid = u64_to_fsid(id);
	return 0;
}

static const struct super_operations dmemfs_super_operations = {
	.alloc_inode = dmemfs_alloc_inode,
	.free_inode = dmemfs_free_inode,
	.drop_inode = inode_just_drop,
	.evict_inode = dmemfs_evict_inode,
	.statfs = dmemfs_statfs,
	.show_options = dmemfs_show_options,
};

static void gone_from_files(struct dmemfs_claim *claim)
{
	struct dmemfs_sb *sbi = claim->sbi;
	struct dmemfs_inode *info;
	struct inode *last = NULL;

	spin_lock(&sbi->lock);
	list_for_each_entry(info, &sbi->files, files) {
		/* One that is being evicted is mapped nowhere. */
		struct inode *inode = igrab(&info->vfs);

		if (!inode)
			continue;
		spin_unlock(&sbi->lock);
		/* The last one kept our place in the list. */
		iput(last);
		last = inode;
		dmemfs_extents_gone(inode, claim->ps);
		cond_resched();
		spin_lock(&sbi->lock);
	}
	spin_unlock(&sbi->lock);
	iput(last);
}

/*
 * A device is being taken away; called with what it was claimed with. Nobody has any
 * of it mapped afterwards.
 */
static void dmemfs_gone(struct pfn_special_owner *owner)
{
	struct dmemfs_claim *claim =
		container_of(owner, struct dmemfs_claim, owner);
	struct dmemfs_sb *sbi = claim->sbi;

	mutex_lock(&sbi->gone_lock);
	if (!sbi->pool.closing) {
		gone_from_files(claim);
		dmemfs_pool_lose(&sbi->pool, claim->ps);
		pr_warn("dmemfs: a device of dax=%s was taken away: its memory is lost to the files that have it; unmount\n",
			sbi->options.dax);
	}
	mutex_unlock(&sbi->gone_lock);
}

static int claim_device(struct fs_context *fc, struct dmemfs_sb *sbi,
			const char *name)
{
	struct dmemfs_claim *claim = &sbi->claims[sbi->nr_claims];
	struct pfn_special *ps;

	if (sbi->nr_claims == DMEMFS_MAX_DEVICES)
		return mount_err(fc, -EINVAL, "more than %d devices", DMEMFS_MAX_DEVICES);
	claim->sbi = sbi;
	/* By which tools find the mount, whatever its source says. */
	snprintf(claim->name, sizeof(claim->name), "dmemfs %u:%u",
		 MAJOR(sbi->sb->s_dev), MINOR(sbi->sb->s_dev));
	claim->owner.name = claim->name;
	claim->owner.gone = dmemfs_gone;
	ps = pfn_special_claim(name, &claim->owner,
			       sbi->options.restore ? PFN_SPECIAL_KEEP :
			       sbi->options.nozero ? PFN_SPECIAL_NOZERO :
						     PFN_SPECIAL_CLEAR);
	if (!IS_ERR(ps)) {
		claim->ps = ps;
		sbi->nr_claims++;
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
				 "%s preserves what it holds, which is never shown to files: bind it again, or mount with restore or nozero",
				 name);
	case -ENODATA:
		return mount_err(fc, -ENODATA,
				 "what %s holds was not kept for a restore: mount without that, or see dmemfs-layout(8)",
				 name);
	}
	return PTR_ERR(ps);
}

static int claim_devices(struct fs_context *fc, struct dmemfs_sb *sbi)
{
	char *names, *next, *name;
	int rc = 0;

	if (sbi->options.restore && sbi->options.nozero)
		return mount_err(fc, -EINVAL, "restore clears what no file had: leave out nozero");
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

static int init_pool(struct fs_context *fc, struct dmemfs_sb *sbi)
{
	struct pfn_special *memory[DMEMFS_MAX_DEVICES];
	struct dmemfs_pool *pool = &sbi->pool;
	unsigned int i;
	int rc;

	pool->dev = sbi->sb->s_dev;
	pool->unit = sbi->options.pagesize >> PAGE_SHIFT;
	pool->policy = sbi->options.policy;
	pool->trust_vfio = sbi->options.trust_vfio;
	for (i = 0; i < sbi->nr_claims; i++)
		memory[i] = sbi->claims[i].ps;
	rc = dmemfs_pool_init(pool, memory, sbi->nr_claims);
	if (rc)
		return rc;
	if (!pool->nr_total)
		return mount_err(fc, -EINVAL,
				 "no device has a good, aligned page of %lu bytes: use a smaller pagesize",
				 sbi->options.pagesize);
	rc = dmemfs_check_policy(fc, pool, &pool->policy);
	if (!rc)
		rc = dmemfs_limit(fc, pool, &sbi->options, &pool->nr_limit);
	if (rc)
		return rc;
	return dmemfs_limit_extents(fc, sbi, sbi->options.nr_extents,
				    &pool->bound.max);
}

/* As simple_dir_operations. */
static const struct file_operations dmemfs_root_operations = {
	.open = dcache_dir_open,
	.release = dcache_dir_close,
	.llseek = dcache_dir_lseek,
	.read = generic_read_dir,
	.iterate_shared = dcache_readdir,
	.fsync = noop_fsync,
	.unlocked_ioctl = dmemfs_root_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

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
	/* Used as soon as a device is claimed, which may be taken away at once. */
	mutex_init(&sbi->pool.lock);
	sbi->pool.unsealed = sbi->options.restore;
	mutex_init(&sbi->layout_lock);
	mutex_init(&sbi->gone_lock);
	spin_lock_init(&sbi->lock);
	INIT_LIST_HEAD(&sbi->files);

	/* So that the end of a unit never overflows. */
	sb->s_maxbytes = ALIGN_DOWN(MAX_LFS_FILESIZE, SZ_1G);
	sb->s_blocksize = sbi->options.pagesize;
	sb->s_blocksize_bits = ilog2(sbi->options.pagesize);
	sb->s_magic = sbi->options.hugetlbfs ? HUGETLBFS_MAGIC : DMEMFS_MAGIC;
	/* umask() is then for us to take into account, and default ACLs come first. */
	sb->s_flags |= SB_POSIXACL;
	sb->s_op = &dmemfs_super_operations;
	sb->s_xattr = dmemfs_xattr_handlers;
	sb->s_export_op = &dmemfs_export_operations;
	sb->s_time_gran = 1;

	rc = claim_devices(fc, sbi);
	if (rc)
		return rc;
	rc = init_pool(fc, sbi);
	if (rc)
		return rc;
	root = dmemfs_new_inode(sb, &nop_mnt_idmap, NULL,
				S_IFDIR | sbi->options.mode, 0);
	if (IS_ERR(root))
		return PTR_ERR(root);
	root->i_fop = &dmemfs_root_operations;
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
		dmemfs_layout_end(sbi);
		/* Inodes that are looked at now would be busy ones. */
		mutex_lock(&sbi->gone_lock);
		sbi->pool.closing = true;
		mutex_unlock(&sbi->gone_lock);
	}
	kill_persistent_super(sb);
	if (!sbi)
		return;
	while (sbi->nr_claims) {
		struct dmemfs_claim *claim = &sbi->claims[--sbi->nr_claims];

		pfn_special_unclaim(claim->ps, &claim->owner);
	}
	dmemfs_pool_exit(&sbi->pool);
	dmemfs_free_options(&sbi->options);
	kvfree(sbi);
}

static struct file_system_type dmemfs_type = {
	.owner = THIS_MODULE,
	.name = "dmemfs",
	.fs_flags = FS_ALLOW_IDMAP,
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
	rc = dmemfs_extent_init();
	if (rc)
		goto err_inode;
	dmemfs_debug_init();
	rc = register_filesystem(&dmemfs_type);
	if (rc)
		goto err_extent;
	return 0;

err_extent:
	dmemfs_debug_exit();
	dmemfs_extent_exit();
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
	dmemfs_extent_exit();
}
module_exit(dmemfs_exit);

MODULE_ALIAS_FS("dmemfs");
MODULE_DESCRIPTION("File system on memory without struct page");
MODULE_LICENSE("GPL");
