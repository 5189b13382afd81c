// SPDX-License-Identifier: GPL-2.0-only
/* Mount options: reading, showing, and what a remount may change. */
#include <linux/ctype.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/kstrtox.h>
#include <linux/mempolicy.h>
#include <linux/overflow.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "mount.h"

/* Enough for most, and a bound on what users can make the kernel allocate. */
#define NR_INODES	SZ_1M
/*
 * The same for extents: 64K of them take 9 MiB. More only as there is more memory:
 * with pages of 2M and more nobody ever meets this limit, since each extent has a
 * page.
 */
#define NR_EXTENTS	SZ_64K
#define EXTENT_PER	SZ_2M

enum {
	OPT_DAX,
	OPT_GID,
	OPT_HUGETLBFS,
	OPT_MODE,
	OPT_MPOL,
	OPT_NOZERO,
	OPT_NR_EXTENTS,
	OPT_NR_INODES,
	OPT_PAGESIZE,
	OPT_RESTORE,
	OPT_SIZE,
	OPT_UID,
	OPT_VFIO,
};

static const struct constant_table page_sizes[] = {
	{ "4K", PAGE_SIZE },
	{ "2M", SZ_2M },
	{ "1G", SZ_1G },
	{}
};

/* What is said of those who have VFIO devices: trust_vfio. */
static const struct constant_table vfio_users[] = {
	{ "untrusted", false },
	{ "trusted", true },
	{}
};

static const struct fs_parameter_spec dmemfs_parameters[] = {
	fsparam_string("dax", OPT_DAX),
	fsparam_gid("gid", OPT_GID),
	fsparam_flag("hugetlbfs", OPT_HUGETLBFS),
	fsparam_u32oct("mode", OPT_MODE),
	fsparam_string("mpol", OPT_MPOL),
	fsparam_flag("nozero", OPT_NOZERO),
	fsparam_string("nr_extents", OPT_NR_EXTENTS),
	fsparam_string("nr_inodes", OPT_NR_INODES),
	fsparam_enum("pagesize", OPT_PAGESIZE, page_sizes),
	fsparam_flag("restore", OPT_RESTORE),
	fsparam_string("size", OPT_SIZE),
	fsparam_uid("uid", OPT_UID),
	fsparam_enum("vfio", OPT_VFIO, vfio_users),
	{}
};

/* A number such as 16G. memparse() would mind neither signs nor overflow. */
/**
 * dmemfs_parse_number() - read a number such as 512M or 16G
 * @text: the number; changed and put back
 * @value: set to it
 *
 * Return: 0 or -EINVAL.
 */
int dmemfs_parse_number(char *text, u64 *value)
{
	static const char suffixes[] = "KMGT";
	size_t len = strlen(text);
	unsigned int shift = 0;
	const char *suffix;
	char last = '\0';
	u64 number;
	int rc;

	suffix = len ? strchr(suffixes, toupper(text[len - 1])) : NULL;
	if (suffix && *suffix) {
		shift = 10 * (suffix - suffixes + 1);
		swap(last, text[len - 1]);
	}
	rc = kstrtou64(text, 10, &number);
	if (shift)
		swap(last, text[len - 1]);
	if (rc || check_shl_overflow(number, shift, value) ||
	    *value > MAX_LFS_FILESIZE)
		return -EINVAL;
	return 0;
}

static int parse_number(struct fs_context *fc, const char *name, char *text,
			u64 *value)
{
	if (dmemfs_parse_number(text, value))
		return mount_err(fc, -EINVAL,
				 "%s=%s is not possible: use a number such as 512M or 16G",
				 name, text);
	return 0;
}

/* A number of bytes, or as tmpfs has it a part of what there is, such as 50%. */
static int parse_size(struct fs_context *fc, char *text,
		      struct dmemfs_options *options)
{
	size_t len = strlen(text);
	unsigned int percent;
	int rc;

	options->size = 0;
	options->percent = 0;
	if (!len || text[len - 1] != '%')
		return parse_number(fc, "size", text, &options->size);
	text[len - 1] = '\0';
	rc = kstrtouint(text, 10, &percent);
	text[len - 1] = '%';
	if (rc || !percent || percent > 100)
		return mount_err(fc, -EINVAL, "size=%s is not possible: use 1%% to 100%%",
				 text);
	options->percent = percent;
	return 0;
}

static int dmemfs_parse_param(struct fs_context *fc,
			      struct fs_parameter *param)
{
	struct dmemfs_options *options = fc->fs_private;
	struct fs_parse_result result;
	int opt, rc = 0;

	opt = fs_parse(fc, dmemfs_parameters, param, &result);
	if (opt < 0)
		return opt;
	switch (opt) {
	case OPT_DAX:
		kfree(options->dax);
		options->dax = param->string;
		param->string = NULL;
		break;
	case OPT_GID:
		options->gid = result.gid;
		break;
	case OPT_HUGETLBFS:
		options->hugetlbfs = true;
		break;
	case OPT_MODE:
		if (result.uint_32 & ~07777)
			return mount_err(fc, -EINVAL,
					 "mode=%s is not possible: use four octal digits",
					 param->string);
		options->mode = result.uint_32;
		break;
	case OPT_MPOL:
		rc = dmemfs_policy_parse(&options->policy, param->string);
		if (rc)
			return mount_err(fc, -EINVAL,
					 "mpol=%s is not a policy: use default, local, or prefer:NODES, bind:NODES, interleave:NODES",
					 param->string);
		break;
	case OPT_NOZERO:
		options->nozero = true;
		break;
	case OPT_NR_EXTENTS:
		rc = parse_number(fc, param->key, param->string,
				  &options->nr_extents);
		if (!rc && !options->nr_extents)
			rc = mount_err(fc, -EINVAL,
				       "nr_extents=0 is not possible: memory is at least one piece");
		break;
	case OPT_NR_INODES:
		rc = parse_number(fc, param->key, param->string,
				  &options->nr_inodes);
		break;
	case OPT_PAGESIZE:
		options->pagesize = result.uint_32;
		break;
	case OPT_RESTORE:
		options->restore = true;
		break;
	case OPT_SIZE:
		rc = parse_size(fc, param->string, options);
		break;
	case OPT_UID:
		options->uid = result.uid;
		break;
	case OPT_VFIO:
		options->trust_vfio = result.uint_32;
		break;
	}
	if (!rc)
		options->given |= BIT(opt);
	return rc;
}

static int refuse_change(struct fs_context *fc, const char *name)
{
	return mount_err(fc, -EINVAL, "%s cannot change while mounted: unmount and mount again",
			 name);
}

/**
 * options_may_change() - may a remount go from old options to new ones?
 * @fc: for messages; holds the new options
 * @old: the old options
 *
 * mount(8) repeats all options of the mount, so those are accepted.
 *
 * Return: 0, or -EINVAL after a message.
 */
static int options_may_change(struct fs_context *fc,
			      const struct dmemfs_options *old)
{
	const struct dmemfs_options *new = fc->fs_private;
	unsigned long given = new->given;

	if (given & BIT(OPT_DAX) && strcmp(new->dax, old->dax))
		return refuse_change(fc, "dax");
	if (given & BIT(OPT_PAGESIZE) && new->pagesize != old->pagesize)
		return refuse_change(fc, "pagesize");
	if (given & BIT(OPT_HUGETLBFS) && !old->hugetlbfs)
		return refuse_change(fc, "hugetlbfs");
	if (given & BIT(OPT_NOZERO) && !old->nozero)
		return refuse_change(fc, "nozero");
	if (given & BIT(OPT_RESTORE) && !old->restore)
		return refuse_change(fc, "restore");
	if (given & BIT(OPT_UID) && !uid_eq(new->uid, old->uid))
		return refuse_change(fc, "uid");
	if (given & BIT(OPT_GID) && !gid_eq(new->gid, old->gid))
		return refuse_change(fc, "gid");
	if (given & BIT(OPT_MODE) && new->mode != old->mode)
		return refuse_change(fc, "mode");
	return 0;
}

/**
 * dmemfs_check_policy() - can the devices of a mount serve a policy?
 * @fc: for messages
 * @pool: memory of the mount
 * @policy: the policy
 *
 * Return: 0, or -EINVAL after a message.
 */
int dmemfs_check_policy(struct fs_context *fc, const struct dmemfs_pool *pool,
			const struct dmemfs_policy *policy)
{
	if (dmemfs_pool_has(pool, policy))
		return 0;
	return mount_err(fc, -EINVAL,
			 "none of the devices is on the nodes of mpol: see daxctl list, target_node");
}

/**
 * dmemfs_limit() - the limit that a size option makes
 * @fc: for messages
 * @pool: memory of the mount
 * @options: with the size
 * @limit: set to pages
 *
 * What is possible is measured by what the devices have in all: a size that was good
 * stays so when memory errors or a lost device leave less, and there is less then.
 *
 * Return: 0, or -EINVAL after a message.
 */
int dmemfs_limit(struct fs_context *fc, const struct dmemfs_pool *pool,
		 const struct dmemfs_options *options, unsigned long *limit)
{
	unsigned long all = pool->nr_total + pool->nr_lost;
	u64 size = options->size, total = (u64)all << PAGE_SHIFT;

	if (options->percent) {
		/* Of whole units, of which there is at least one. */
		*limit = max(all / pool->unit * options->percent / 100, 1) *
			 pool->unit;
		return 0;
	}
	if (size % ((u64)pool->unit << PAGE_SHIFT))
		return mount_err(fc, -EINVAL, "size=%llu is not a multiple of the page size %lu",
				 size, pool->unit << PAGE_SHIFT);
	if (size > total)
		return mount_err(fc, -EINVAL,
				 "size=%llu is more than the %llu bytes that the devices have",
				 size, total);
	*limit = size ? size >> PAGE_SHIFT : ULONG_MAX;
	return 0;
}

/**
 * dmemfs_limit_extents() - the limit that an nr_extents option makes
 * @fc: for messages
 * @sbi: the mount; its pool exists
 * @nr: extents, or 0 for what suits the size of the devices
 * @limit: set to extents
 *
 * Return: 0, or -EINVAL after a message.
 */
int dmemfs_limit_extents(struct fs_context *fc, const struct dmemfs_sb *sbi,
			 u64 nr, unsigned long *limit)
{
	const struct dmemfs_pool *pool = &sbi->pool;
	unsigned long in_use = atomic_long_read(&pool->bound.nr);

	if (!nr)
		nr = max3((u64)NR_EXTENTS, (u64)in_use,
			  ((u64)pool->nr_total << PAGE_SHIFT) / EXTENT_PER);
	/* Memory errors may make more of them; a remount repeats what was said. */
	if (nr < in_use && nr != pool->bound.max)
		return mount_err(fc, -EINVAL, "nr_extents=%llu is less than the %lu in use",
				 nr, in_use);
	*limit = nr;
	return 0;
}

static int limit_inodes(struct fs_context *fc, struct dmemfs_sb *sbi, u64 limit)
{
	u64 in_use;

	spin_lock(&sbi->lock);
	in_use = sbi->nr_inodes;
	if (limit >= in_use)
		sbi->options.nr_inodes = limit;
	spin_unlock(&sbi->lock);
	if (limit >= in_use)
		return 0;
	return mount_err(fc, -EINVAL, "nr_inodes=%llu is less than the %llu in use",
			 limit, in_use);
}

static int dmemfs_reconfigure(struct fs_context *fc)
{
	struct dmemfs_sb *sbi = dmemfs_sb(fc->root->d_sb);
	struct dmemfs_options *new = fc->fs_private, *old = &sbi->options;
	struct dmemfs_pool *pool = &sbi->pool;
	unsigned long limit, max;
	int rc;

	rc = options_may_change(fc, old);
	if (rc)
		return rc;
	dmemfs_pool_regain(pool);
	mutex_lock(&pool->lock);
	limit = pool->nr_limit;
	max = pool->bound.max;
	if (new->given & BIT(OPT_SIZE))
		rc = dmemfs_limit(fc, pool, new, &limit);
	if (!rc && limit < pool->nr_used)
		rc = mount_err(fc, -EINVAL, "size=%llu is less than the %llu bytes in use",
			       (u64)limit << PAGE_SHIFT,
			       (u64)pool->nr_used << PAGE_SHIFT);
	if (!rc && new->given & BIT(OPT_MPOL))
		rc = dmemfs_check_policy(fc, pool, &new->policy);
	if (!rc && new->given & BIT(OPT_NR_EXTENTS))
		rc = dmemfs_limit_extents(fc, sbi, new->nr_extents, &max);
	if (!rc && new->given & BIT(OPT_NR_INODES))
		rc = limit_inodes(fc, sbi, new->nr_inodes);
	if (!rc) {
		pool->nr_limit = limit;
		WRITE_ONCE(pool->bound.max, max);
		if (new->given & BIT(OPT_NR_EXTENTS))
			old->nr_extents = new->nr_extents;
		if (new->given & BIT(OPT_SIZE)) {
			old->size = new->size;
			old->percent = new->percent;
		}
		if (new->given & BIT(OPT_MPOL))
			pool->policy = new->policy;
		if (new->given & BIT(OPT_VFIO))
			WRITE_ONCE(pool->trust_vfio, new->trust_vfio);
	}
	mutex_unlock(&pool->lock);
	/* What vfio=trusted makes free. */
	dmemfs_pool_regain(pool);
	return rc;
}

static void show_size(struct seq_file *m, const char *name, u64 bytes)
{
	if (IS_ALIGNED(bytes, SZ_1G))
		seq_printf(m, ",%s=%lluG", name, bytes >> 30);
	else if (IS_ALIGNED(bytes, SZ_1M))
		seq_printf(m, ",%s=%lluM", name, bytes >> 20);
	else
		seq_printf(m, ",%s=%lluK", name, bytes >> 10);
}

/* For /proc/mounts: what mount(8) can be given again. */
int dmemfs_show_options(struct seq_file *m, struct dentry *root)
{
	struct dmemfs_sb *sbi = dmemfs_sb(root->d_sb);
	const struct dmemfs_options *options = &sbi->options;
	struct dmemfs_pool *pool = &sbi->pool;

	seq_puts(m, ",dax=");
	seq_escape(m, options->dax, " \t\n\\,");
	show_size(m, "pagesize", options->pagesize);
	mutex_lock(&pool->lock);
	if (options->percent)
		seq_printf(m, ",size=%u%%", options->percent);
	else if (options->size)
		show_size(m, "size", options->size);
	if (options->nr_extents)
		seq_printf(m, ",nr_extents=%llu", options->nr_extents);
	if (options->nr_inodes != NR_INODES)
		seq_printf(m, ",nr_inodes=%llu", options->nr_inodes);
	if (pool->policy.mode != MPOL_DEFAULT)
		dmemfs_policy_show(m, &pool->policy);
	if (pool->trust_vfio)
		seq_puts(m, ",vfio=trusted");
	mutex_unlock(&pool->lock);
	if (!uid_eq(options->uid, GLOBAL_ROOT_UID))
		seq_printf(m, ",uid=%u", from_kuid_munged(&init_user_ns,
							  options->uid));
	if (!gid_eq(options->gid, GLOBAL_ROOT_GID))
		seq_printf(m, ",gid=%u", from_kgid_munged(&init_user_ns,
							  options->gid));
	if (options->mode != 0755)
		seq_printf(m, ",mode=%o", options->mode);
	if (options->hugetlbfs)
		seq_puts(m, ",hugetlbfs");
	if (options->nozero)
		seq_puts(m, ",nozero");
	if (dmemfs_unsealed(pool))
		seq_puts(m, ",restore");
	return 0;
}

void dmemfs_free_options(struct dmemfs_options *options)
{
	kfree(options->dax);
	options->dax = NULL;
}

static void dmemfs_free_fc(struct fs_context *fc)
{
	if (!fc->fs_private)
		return;
	dmemfs_free_options(fc->fs_private);
	kfree(fc->fs_private);
}

static const struct fs_context_operations dmemfs_context_ops = {
	.free = dmemfs_free_fc,
	.parse_param = dmemfs_parse_param,
	.get_tree = dmemfs_get_tree,
	.reconfigure = dmemfs_reconfigure,
};

int dmemfs_init_fs_context(struct fs_context *fc)
{
	struct dmemfs_options *options = kzalloc(sizeof(*options), GFP_KERNEL);

	if (!options)
		return -ENOMEM;
	options->pagesize = SZ_2M;
	options->nr_inodes = NR_INODES;
	options->policy.mode = MPOL_DEFAULT;
	options->uid = GLOBAL_ROOT_UID;
	options->gid = GLOBAL_ROOT_GID;
	options->mode = 0755;
	fc->fs_private = options;
	fc->ops = &dmemfs_context_ops;
	return 0;
}
