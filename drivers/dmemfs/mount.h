/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mount: devices that it owns, options, and the files that there are. All of the
 * devices' memory is in extents: runs of contiguous pages that are free (pool.h)
 * or belong to one file (extents.h). Page tables, clearing and errors are
 * pfn_special's.
 *
 * Locking, outermost first:
 *   sb->s_umount                    mount, remount, unmount
 *   pfn_special's claim_lock        around dmemfs_claim.owner.gone
 *   dmemfs_sb.layout_lock           mutex; who saves or restores a layout, layout.c
 *   dmemfs_sb.gone_lock             mutex; the list of files, and what is in it,
 *                                   stay while a device is taken away
 *   the locks of a file, extents.h
 *   dmemfs_pool.lock                pool.h
 *   dmemfs_sb.lock                  spinlock over the list of files, their number,
 *                                   and which of them handles find; inside of it the
 *                                   core's for those
 *
 * Lifetime: a device is claimed from the first to the last use of the superblock.
 */
#ifndef _DMEMFS_MOUNT_H
#define _DMEMFS_MOUNT_H

#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/spinlock.h>
#include <linux/xattr.h>

#include "pool.h"

struct export_operations;
struct posix_acl;
struct seq_file;

/* Why a mount is refused: said where mount(8) or the kernel log shows it. */
#define mount_err(fc, rc, fmt, ...) \
	(errorfc(fc, fmt, ##__VA_ARGS__), (rc))

/* "dmem" */
#define DMEMFS_MAGIC		0x646d656d

/**
 * struct dmemfs_options - what mount was asked for
 * @dax: names of devices, separated by colons
 * @pagesize: bytes; unit of allocation
 * @size: bytes that files may have in all, or 0 for all there is
 * @percent: the same in hundredths of the devices, or 0; one of the two is 0
 * @nr_inodes: how many files, directories and KiB of attributes there may be
 * @nr_extents: of how many pieces memory may consist, or 0 for what suits its size
 * @policy: where memory comes from by default; dmemfs_pool.policy once mounted
 * @uid: owner of the root directory
 * @gid: its group
 * @mode: its permissions
 * @hugetlbfs: statfs answers as hugetlbfs does
 * @nozero: show memory without clearing it
 * @restore: files get what they had in another mount; dmemfs_pool.unsealed as long as
 *           that goes on
 * @trust_vfio: users of the kernel's own VFIO are trusted with memory of others;
 *              dmemfs_pool.trust_vfio once mounted
 * @given: bits of the options that were given, by number in options.c
 */
struct dmemfs_options {
	char *dax;
	unsigned long pagesize;
	u64 size;
	unsigned int percent;
	u64 nr_inodes;
	u64 nr_extents;
	struct dmemfs_policy policy;
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	bool hugetlbfs;
	bool nozero;
	bool restore;
	bool trust_vfio;
	unsigned long given;
};

/**
 * struct dmemfs_claim - a device that a mount owns
 * @owner: how pfn_special reaches us
 * @name: of @owner: "dmemfs" and the mount's device number, as in mountinfo
 * @sbi: the mount
 * @ps: its memory
 */
struct dmemfs_claim {
	struct pfn_special_owner owner;
	char name[24];
	struct dmemfs_sb *sbi;
	struct pfn_special *ps;
};

/**
 * struct dmemfs_sb - a mount
 * @sb: the core's part of it
 * @options: as mounted; size, percent, nr_inodes and nr_extents change by remount,
 *           under @pool.lock
 * @pool: its memory; @pool.closing changes under @gone_lock
 * @layout_lock: protects @keeps and @kept_since; held while files are placed
 * @keeps: what the files hold is to outlive the mount
 * @kept_since: as long as what moved() says is this; both in layout.c
 * @gone_lock: held while a device is being taken away
 * @lock: protects @files and @nr_inodes
 * @files: regular files, to take their memory away from
 * @nr_inodes: files and directories, and what attributes count as; at most
 *             options.nr_inodes
 * @claims: claimed devices
 * @nr_claims: their number
 * @debug: directory in debugfs
 */
struct dmemfs_sb {
	struct super_block *sb;
	struct dmemfs_options options;
	struct dmemfs_pool pool;
	struct mutex layout_lock;	/* see @layout_lock */
	bool keeps;
	u64 kept_since;
	struct mutex gone_lock;	/* see @gone_lock */
	spinlock_t lock;	/* see @lock */
	struct list_head files;
	u64 nr_inodes;
	struct dmemfs_claim claims[DMEMFS_MAX_DEVICES];
	unsigned int nr_claims;
	struct dentry *debug;
};

static inline struct dmemfs_sb *dmemfs_sb(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* options.c */
int dmemfs_init_fs_context(struct fs_context *fc);
int dmemfs_parse_number(char *text, u64 *value);
int dmemfs_check_policy(struct fs_context *fc, const struct dmemfs_pool *pool,
			const struct dmemfs_policy *policy);
int dmemfs_limit(struct fs_context *fc, const struct dmemfs_pool *pool,
		 const struct dmemfs_options *options, unsigned long *limit);
int dmemfs_limit_extents(struct fs_context *fc, const struct dmemfs_sb *sbi,
			 u64 nr, unsigned long *limit);
int dmemfs_show_options(struct seq_file *m, struct dentry *root);
void dmemfs_free_options(struct dmemfs_options *options);

/* super.c */
int dmemfs_get_tree(struct fs_context *fc);

/* acl.c */
int dmemfs_set_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct posix_acl *acl, int type);
int dmemfs_inherit_acl(struct inode *dir, struct inode *inode);
int dmemfs_setattr_acl(struct mnt_idmap *idmap, struct dentry *dentry,
		       struct iattr *attr);

/* dirsize.c */
extern const struct xattr_handler dmemfs_dirsize_handler;

/* handle.c */
extern const struct export_operations dmemfs_export_operations;

/* inode.c */
struct inode *dmemfs_new_inode(struct super_block *sb, struct mnt_idmap *idmap,
			       const struct inode *dir, umode_t mode, dev_t dev);
void dmemfs_evict_inode(struct inode *inode);
struct inode *dmemfs_next_file(struct dmemfs_sb *sbi, struct inode *last);
int dmemfs_count_inodes(struct dmemfs_sb *sbi, u64 nr);
void dmemfs_uncount_inodes(struct dmemfs_sb *sbi, u64 nr);

/* layout.c */
void dmemfs_layout_end(struct dmemfs_sb *sbi);
long dmemfs_root_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* xattr.c */
extern const struct xattr_handler *const dmemfs_xattr_handlers[];
ssize_t dmemfs_listxattr(struct dentry *dentry, char *buffer, size_t size);

/* debug.c */
void dmemfs_debug_add(struct dmemfs_sb *sbi);
void dmemfs_debug_del(struct dmemfs_sb *sbi);
void dmemfs_debug_init(void);
void dmemfs_debug_exit(void);

#endif /* _DMEMFS_MOUNT_H */
