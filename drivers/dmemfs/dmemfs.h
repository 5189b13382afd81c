/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of dmemfs.ko share.
 *
 * A mount owns whole map-none devices. All of their memory is in extents: runs
 * of contiguous pages that are free (pool.c) or belong to one file (extents.c).
 * Page tables, clearing and errors are pfn_special's.
 *
 * Locking, outermost first:
 *   sb->s_umount                    mount, remount, unmount
 *   inode->i_rwsem                  size changes, write, directory operations
 *   mmap_lock or the VMA lock       the core's, in mmap and faults
 *   mapping->invalidate_lock        shared: from finding memory of a file until
 *                                   it is in a page table or copied; exclusive:
 *                                   from unmapping memory until no longer the
 *                                   file's
 *   dmemfs_inode.lock               rw_semaphore over the file's extents
 *   dmemfs_sb.lock                  mutex over the free extents
 *   ranges_sem                      pfn_special's, where extents are linked
 * Beside these: dmemfs_sb.files_lock, a spinlock over the list of files, and
 * dmemfs_sb.gone_lock, a mutex that keeps the list and what is in it while a
 * device is taken away; it is inside pfn_special's claim_lock and s_umount, and
 * outside of a file's locks.
 * User memory is never touched under invalidate_lock: it may be a mapping of
 * the same file.
 *
 * Lifetime: a device is claimed from the first to the last use of the
 * superblock. Memory of a deleted file is freed with its inode, that is when
 * the last file descriptor and the last mapping are gone.
 */
#ifndef _DMEMFS_H
#define _DMEMFS_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "pfn_special.h"

struct dmemfs_sb;
struct fs_context;
struct seq_file;

/* Why a mount is refused: said where mount(8) or the kernel log shows it. */
#define mount_err(fc, rc, fmt, ...) \
	(errorfc(fc, fmt, ##__VA_ARGS__), (rc))

/* "dmem" */
#define DMEMFS_MAGIC		0x646d656d
#define DMEMFS_MAX_DEVICES	64

/**
 * struct dmemfs_policy - where memory shall come from
 * @mode: MPOL_DEFAULT, MPOL_LOCAL, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE
 * @nodes: the nodes that it names
 */
struct dmemfs_policy {
	unsigned short mode;
	nodemask_t nodes;
};

/**
 * struct dmemfs_options - what mount was asked for
 * @dax: names of devices, separated by colons
 * @pagesize: bytes; unit of allocation
 * @size: bytes that files may have in all, or 0 for all there is
 * @nr_inodes: how many files and directories there may be
 * @policy: where memory comes from by default
 * @uid: owner of the root directory
 * @gid: its group
 * @mode: its permissions
 * @hugetlbfs: statfs answers as hugetlbfs does
 * @nozero: show memory without clearing it
 * @given: bits of the options that were given, by DMEMFS_OPT_*
 */
struct dmemfs_options {
	char *dax;
	unsigned long pagesize;
	u64 size;
	u64 nr_inodes;
	struct dmemfs_policy policy;
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	bool hugetlbfs;
	bool nozero;
	unsigned long given;
};

/**
 * struct dmemfs_device - a device that a mount owns
 * @owner: how pfn_special reaches us
 * @sbi: the mount
 * @ps: its memory
 */
struct dmemfs_device {
	struct pfn_special_owner owner;
	struct dmemfs_sb *sbi;
	struct pfn_special *ps;
};

/**
 * struct dmemfs_range - contiguous memory of a device, in whole units
 * @device: the device
 * @base: page offset in the device of the first page
 * @pfn: first page
 * @nr: length in pages
 * @node: index in dmemfs_sb.nodes
 */
struct dmemfs_range {
	struct dmemfs_device *device;
	pgoff_t base;
	unsigned long pfn;
	unsigned long nr;
	unsigned int node;
};

/**
 * struct dmemfs_extent - contiguous memory, free or a file's
 * @node: in the file's extents by page offset, or in the node's free ones by pfn
 * @by_size: if free, in the node's extents by length
 * @list: otherwise, while on its way in or out of a file
 * @watch: if it is a file's, how memory errors find the file
 * @watched: is @watch in use?
 * @range: what it is a part of
 * @pgoff: page offset in the file
 * @pfn: first page
 * @nr: length in pages; a multiple of the mount's page size
 */
struct dmemfs_extent {
	struct rb_node node;
	union {
		struct rb_node by_size;
		struct list_head list;
	};
	struct pfn_special_range watch;
	bool watched;
	struct dmemfs_range *range;
	pgoff_t pgoff;
	unsigned long pfn;
	unsigned long nr;
};

/**
 * struct dmemfs_node - free memory of one NUMA node
 * @nid: the node
 * @by_pfn: free extents by address
 * @by_size: the same by length, then by address
 * @nr_free: free pages
 * @nr_total: all pages
 * @sbi: the mount, for debugfs
 */
struct dmemfs_node {
	int nid;
	struct rb_root by_pfn;
	struct rb_root by_size;
	unsigned long nr_free;
	unsigned long nr_total;
	struct dmemfs_sb *sbi;
};

/**
 * struct dmemfs_sb - a mount
 * @sb: the core's part of it
 * @options: as mounted; size, nr_inodes and policy change by remount
 * @unit: pages in one page of the mount's page size
 * @lock: protects free extents and counts
 * @nr_total: pages of all devices
 * @nr_used: pages that files have
 * @nr_limit: pages that files may have
 * @nr_withheld: pages that memory errors have hit, that could not be cleared, or
 *               that were taken away; no longer in @nr_total
 * @nr_inodes: files and directories, at most options.nr_inodes
 * @gone_lock: held while a device is being taken away
 * @lost: a device was
 * @files_lock: protects @files
 * @files: regular files, to take their memory away from
 * @devices: claimed devices
 * @nr_devices: their number
 * @ranges: contiguous parts of them
 * @nr_ranges: their number
 * @nodes: one for each NUMA node that has any of it
 * @nr_nodes: their number
 * @closing: the last user has gone; nobody will see what is freed from now on.
 *           Changes under @gone_lock
 * @debug: directory in debugfs
 */
struct dmemfs_sb {
	struct super_block *sb;
	struct dmemfs_options options;
	unsigned long unit;
	struct mutex lock;	/* see @lock */
	unsigned long nr_total;
	unsigned long nr_used;
	unsigned long nr_limit;
	unsigned long nr_withheld;
	u64 nr_inodes;
	struct mutex gone_lock;	/* see @gone_lock */
	bool lost;
	spinlock_t files_lock;	/* see @files_lock */
	struct list_head files;
	struct dmemfs_device devices[DMEMFS_MAX_DEVICES];
	unsigned int nr_devices;
	struct dmemfs_range *ranges;
	unsigned int nr_ranges;
	struct dmemfs_node *nodes;
	unsigned int nr_nodes;
	bool closing;
	struct dentry *debug;
};

/**
 * struct dmemfs_inode - a file or directory
 * @vfs: the core's part of it
 * @files: in dmemfs_sb.files, if it is a regular file
 * @lock: protects @extents
 * @extents: memory of the file by page offset; none overlap, and neighbours
 *           that could be one are one
 * @nr: pages in @extents
 */
struct dmemfs_inode {
	struct inode vfs;
	struct list_head files;
	struct rw_semaphore lock;	/* see @lock */
	struct rb_root extents;
	unsigned long nr;
};

static inline struct dmemfs_sb *dmemfs_sb(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static inline struct dmemfs_inode *dmemfs_i(const struct inode *inode)
{
	return container_of(inode, struct dmemfs_inode, vfs);
}

static inline struct dmemfs_sb *inode_sb(const struct inode *inode)
{
	return dmemfs_sb(inode->i_sb);
}

/* The end of what a file shows, in pages: its size in whole units. */
static inline pgoff_t dmemfs_end(const struct inode *inode)
{
	return ALIGN(DIV_ROUND_UP(i_size_read(inode), PAGE_SIZE),
		     inode_sb(inode)->unit);
}

/* Page offset in its device. */
static inline pgoff_t dmemfs_base(const struct dmemfs_range *range,
				  unsigned long pfn)
{
	return range->base + (pfn - range->pfn);
}

/* options.c */
int dmemfs_init_fs_context(struct fs_context *fc);
int dmemfs_limit(struct fs_context *fc, struct dmemfs_sb *sbi, u64 size,
		 unsigned long *limit);
int dmemfs_show_options(struct seq_file *m, struct dentry *root);
void dmemfs_free_options(struct dmemfs_options *options);

/* super.c */
int dmemfs_get_tree(struct fs_context *fc);

/* pool.c */
struct dmemfs_extent *dmemfs_extent_alloc(void);
void dmemfs_extent_free(struct dmemfs_extent *ext);
int dmemfs_pool_init(struct dmemfs_sb *sbi);
void dmemfs_pool_exit(struct dmemfs_sb *sbi);
int dmemfs_pool_take(struct dmemfs_sb *sbi, const struct dmemfs_policy *policy,
		     const struct dmemfs_extent *beside, pgoff_t pgoff,
		     unsigned long nr, unsigned long span,
		     struct dmemfs_extent **ext);
int dmemfs_pool_check(struct dmemfs_sb *sbi, unsigned long nr);
void dmemfs_pool_give(struct dmemfs_sb *sbi, struct dmemfs_extent *ext,
		      bool dirty);
void dmemfs_pool_count(struct dmemfs_sb *sbi, struct dmemfs_node *node,
		       unsigned long *largest, unsigned long *extents);
void dmemfs_pool_lose(struct dmemfs_sb *sbi, struct dmemfs_device *device);
int dmemfs_pool_module_init(void);
void dmemfs_pool_module_exit(void);

/* failure.c */
bool dmemfs_next_good(unsigned long unit, unsigned long *pfn, unsigned long end,
		      unsigned long *nr);
void dmemfs_watch(struct inode *inode, struct dmemfs_extent *ext);
void dmemfs_watch_resize(struct dmemfs_extent *ext);
void dmemfs_unwatch(struct dmemfs_extent *ext);
void dmemfs_gone(struct pfn_special_owner *owner);

/* policy.c */
int dmemfs_policy_parse(struct dmemfs_policy *policy, char *text);
void dmemfs_policy_show(struct seq_file *m, const struct dmemfs_policy *policy);
void dmemfs_policy_get(struct dmemfs_policy *policy, struct dmemfs_sb *sbi,
		       const struct vm_area_struct *vma);
unsigned int dmemfs_policy_order(const struct dmemfs_policy *policy,
				 struct dmemfs_sb *sbi, pgoff_t pgoff,
				 unsigned long *nr, unsigned int *order);

/* extents.c */
bool dmemfs_extents_find(struct inode *inode, pgoff_t pgoff,
			 struct dmemfs_extent *found);
bool dmemfs_extents_next(struct inode *inode, pgoff_t pgoff,
			 struct dmemfs_extent *found);
int dmemfs_extents_fill(struct inode *inode, pgoff_t first, unsigned long nr,
			const struct dmemfs_policy *policy);
int dmemfs_extents_cut(struct inode *inode, pgoff_t first, pgoff_t end);
int dmemfs_clear(struct inode *inode, loff_t from, loff_t to);
void dmemfs_extents_drop(struct inode *inode);
void dmemfs_extents_unwatch(struct inode *inode,
			    const struct dmemfs_device *device);
bool dmemfs_extents_on(struct inode *inode, unsigned int node);

/* inode.c */
extern const struct inode_operations dmemfs_dir_inode_operations;
struct inode *dmemfs_new_inode(struct super_block *sb, const struct inode *dir,
			       umode_t mode, dev_t dev);
void dmemfs_evict_inode(struct inode *inode);

/* file.c */
extern const struct file_operations dmemfs_file_operations;
extern const struct inode_operations dmemfs_file_inode_operations;
int dmemfs_copy(struct inode *inode, loff_t pos, void *buf, size_t len,
		bool write);

/* map.c */
int dmemfs_mmap(struct file *file, struct vm_area_struct *vma);
unsigned long dmemfs_get_unmapped_area(struct file *file, unsigned long addr,
				       unsigned long len, unsigned long pgoff,
				       unsigned long flags);

/* debug.c */
void dmemfs_debug_add(struct dmemfs_sb *sbi);
void dmemfs_debug_del(struct dmemfs_sb *sbi);
void dmemfs_debug_init(void);
void dmemfs_debug_exit(void);

#endif /* _DMEMFS_H */
