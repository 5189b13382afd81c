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

#include "dmemfs.h"

/* Enough for most, and a bound on what users can make the kernel allocate. */
#define NR_INODES	SZ_1M

enum {
	OPT_DAX,
	OPT_GID,
	OPT_HUGETLBFS,
	OPT_MODE,
	OPT_MPOL,
	OPT_NOZERO,
	OPT_NR_INODES,
	OPT_PAGESIZE,
	OPT_SIZE,
	OPT_UID,
};

static const struct constant_table page_sizes[] = {
	{ "4K", PAGE_SIZE },
	{ "2M", SZ_2M },
	{ "1G", SZ_1G },
	{}
};

static const struct fs_parameter_spec dmemfs_parameters[] = {
	fsparam_string("dax", OPT_DAX),
	fsparam_gid("gid", OPT_GID),
	fsparam_flag("hugetlbfs", OPT_HUGETLBFS),
	fsparam_u32oct("mode", OPT_MODE),
	fsparam_string("mpol", OPT_MPOL),
	fsparam_flag("nozero", OPT_NOZERO),
	fsparam_string("nr_inodes", OPT_NR_INODES),
	fsparam_enum("pagesize", OPT_PAGESIZE, page_sizes),
	fsparam_string("size", OPT_SIZE),
	fsparam_uid("uid", OPT_UID),
	{}
};

/* A number such as 16G. memparse() would mind neither signs nor overflow. */
static int parse_number(struct fs_context *fc, const char *name, char *text,
			u64 *value)
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
		return mount_err(fc, -EINVAL,
				 "%s=%s is not possible: use a number such as 512M or 16G",
				 name, text);
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
	case OPT_NR_INODES:
		rc = parse_number(fc, param->key, param->string,
				  &options->nr_inodes);
		break;
	case OPT_PAGESIZE:
		options->pagesize = result.uint_32;
		break;
	case OPT_SIZE:
		rc = parse_number(fc, param->key, param->string,
				  &options->size);
		break;
	case OPT_UID:
		options->uid = result.uid;
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
	if (given & BIT(OPT_UID) && !uid_eq(new->uid, old->uid))
		return refuse_change(fc, "uid");
	if (given & BIT(OPT_GID) && !gid_eq(new->gid, old->gid))
		return refuse_change(fc, "gid");
	if (given & BIT(OPT_MODE) && new->mode != old->mode)
		return refuse_change(fc, "mode");
	return 0;
}

/**
 * dmemfs_limit() - the limit that a size option makes
 * @fc: for messages
 * @sbi: the mount
 * @size: bytes, or 0 for all there is
 * @limit: set to pages
 *
 * Return: 0, or -EINVAL after a message.
 */
int dmemfs_limit(struct fs_context *fc, struct dmemfs_sb *sbi, u64 size,
		 unsigned long *limit)
{
	u64 total = (u64)sbi->nr_total << PAGE_SHIFT;

	if (size % ((u64)sbi->unit << PAGE_SHIFT))
		return mount_err(fc, -EINVAL, "size=%llu is not a multiple of the page size %lu",
				 size, sbi->unit << PAGE_SHIFT);
	if (size > total)
		return mount_err(fc, -EINVAL,
				 "size=%llu is more than the %llu bytes that the devices have",
				 size, total);
	*limit = size ? size >> PAGE_SHIFT : ULONG_MAX;
	return 0;
}

static int dmemfs_reconfigure(struct fs_context *fc)
{
	struct dmemfs_sb *sbi = dmemfs_sb(fc->root->d_sb);
	struct dmemfs_options *new = fc->fs_private, *old = &sbi->options;
	unsigned long limit;
	int rc;

	rc = options_may_change(fc, old);
	if (rc)
		return rc;
	mutex_lock(&sbi->lock);
	limit = sbi->nr_limit;
	if (new->given & BIT(OPT_SIZE))
		rc = dmemfs_limit(fc, sbi, new->size, &limit);
	if (!rc && limit < sbi->nr_used)
		rc = mount_err(fc, -EINVAL, "size=%llu is less than the %llu bytes in use",
			       new->size, (u64)sbi->nr_used << PAGE_SHIFT);
	if (!rc && new->given & BIT(OPT_NR_INODES) &&
	    new->nr_inodes < sbi->nr_inodes)
		rc = mount_err(fc, -EINVAL, "nr_inodes=%llu is less than the %llu in use",
			       new->nr_inodes, sbi->nr_inodes);
	if (!rc) {
		sbi->nr_limit = limit;
		if (new->given & BIT(OPT_SIZE))
			old->size = new->size;
		if (new->given & BIT(OPT_NR_INODES))
			old->nr_inodes = new->nr_inodes;
		if (new->given & BIT(OPT_MPOL))
			old->policy = new->policy;
	}
	mutex_unlock(&sbi->lock);
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

	seq_puts(m, ",dax=");
	seq_escape(m, options->dax, " \t\n\\,");
	show_size(m, "pagesize", options->pagesize);
	mutex_lock(&sbi->lock);
	if (options->size)
		show_size(m, "size", options->size);
	if (options->nr_inodes != NR_INODES)
		seq_printf(m, ",nr_inodes=%llu", options->nr_inodes);
	if (options->policy.mode != MPOL_DEFAULT)
		dmemfs_policy_show(m, &options->policy);
	mutex_unlock(&sbi->lock);
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
