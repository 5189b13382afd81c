// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that outlive their mount: root learns which memory they have, and gives just
 * that to files of another mount. See dmemfs_ioctl.h for how it is asked for, and
 * mm/special/keep.c for how the memory keeps what it holds.
 *
 * A mount with the option "restore" is not sealed at first: only root opens files, and
 * whoever would change or see memory gets EBUSY, so that nothing is cleared or allocated
 * while it is not known yet whose it is. Sealing clears what no file was given where that
 * shares a granule with what one was, and leaves the rest for whoever needs it. Until
 * then unmounting leaves all memory as it was found.
 *
 * Locking: layout_lock is outside of all locks of files, and held by whoever places, seals,
 * or begins or ends to keep. EXTENTS needs none: what it says is true if the mount is still
 * KEPT afterwards.
 */
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dmemfs_ioctl.h"
#include "extents.h"
#include "mount.h"

/*
 * Grows with all that an answer of EXTENTS may depend on: memory that files get or give
 * up, and memory that is cleared since somebody needs it.
 */
static u64 moved(struct dmemfs_sb *sbi)
{
	unsigned int i;
	u64 sum;

	mutex_lock(&sbi->pool.lock);
	sum = sbi->pool.moved;
	mutex_unlock(&sbi->pool.lock);
	for (i = 0; i < sbi->nr_claims; i++)
		sum += pfn_special_zeroed_bytes(sbi->claims[i].ps);
	return sum;
}

static bool is_kept(struct dmemfs_sb *sbi)
{
	lockdep_assert_held(&sbi->layout_lock);
	return sbi->keeps && sbi->kept_since == moved(sbi);
}

static void keep(struct dmemfs_sb *sbi, bool keeps)
{
	unsigned int i;

	lockdep_assert_held(&sbi->layout_lock);
	for (i = 0; i < sbi->nr_claims; i++)
		pfn_special_keep(sbi->claims[i].ps, keeps);
	/* Nothing becomes clear from now on unless that is counted. */
	sbi->kept_since = moved(sbi);
	sbi->keeps = keeps;
}

/**
 * dmemfs_layout_end() - the mount is about to end: does what it holds?
 * @sbi: the mount; nobody uses it any more, and files still have their memory
 */
void dmemfs_layout_end(struct dmemfs_sb *sbi)
{
	mutex_lock(&sbi->layout_lock);
	if (sbi->keeps && !is_kept(sbi)) {
		pr_warn("dmemfs: files of dax=%s were changed or touched since their layout was saved: what they hold is not kept\n",
			sbi->options.dax);
		keep(sbi, false);
	}
	mutex_unlock(&sbi->layout_lock);
}

static int ioc_state(struct dmemfs_sb *sbi, void __user *arg)
{
	struct dmemfs_ioc_state state = { .nr_devices = sbi->nr_claims };

	mutex_lock(&sbi->layout_lock);
	if (dmemfs_unsealed(&sbi->pool))
		state.flags |= DMEMFS_STATE_UNSEALED;
	else if (is_kept(sbi))
		state.flags |= DMEMFS_STATE_KEPT;
	mutex_unlock(&sbi->layout_lock);
	mutex_lock(&sbi->pool.lock);
	state.used = (u64)sbi->pool.nr_used << PAGE_SHIFT;
	mutex_unlock(&sbi->pool.lock);
	return copy_to_user(arg, &state, sizeof(state)) ? -EFAULT : 0;
}

static int ioc_keep(struct dmemfs_sb *sbi, const u32 __user *arg)
{
	u32 keeps;
	int rc = 0;

	if (get_user(keeps, arg))
		return -EFAULT;
	if (keeps > 1)
		return -EINVAL;
	mutex_lock(&sbi->layout_lock);
	if (dmemfs_unsealed(&sbi->pool))
		rc = -EBUSY;
	else
		keep(sbi, keeps);
	mutex_unlock(&sbi->layout_lock);
	return rc;
}

/* The file behind a descriptor, if it is one of this mount. */
static struct file *get_file_of(struct dmemfs_sb *sbi, int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file_inode(file)->i_sb == sbi->sb &&
	    S_ISREG(file_inode(file)->i_mode))
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

static unsigned int device_of(const struct dmemfs_sb *sbi,
			      const struct pfn_special *ps)
{
	unsigned int i;

	for (i = 0; sbi->claims[i].ps != ps; i++)
		;
	return i;
}

/*
 * From a page offset on, as many extents as there is room for: those of the file, parted
 * where what it has seen begins or ends. The caller keeps them from changing.
 */
static int describe(struct dmemfs_sb *sbi, struct inode *inode, pgoff_t pgoff,
		    struct dmemfs_ioc_extent *to, unsigned int room)
{
	unsigned int n = 0;

	while (n < room) {
		struct dmemfs_extent ext;
		unsigned long in, nr;
		pgoff_t base;
		bool clear;

		if (!dmemfs_extents_next(inode, pgoff, &ext))
			break;
		if (!pfn_special_alive(ext.range->ps))
			return -EIO;
		in = pgoff > ext.pgoff ? pgoff - ext.pgoff : 0;
		base = dmemfs_base(ext.range, ext.pfn) + in;
		nr = pfn_special_clear_run(ext.range->ps, base, ext.nr - in,
					   &clear);
		to[n++] = (struct dmemfs_ioc_extent) {
			.file_offset = (u64)(ext.pgoff + in) << PAGE_SHIFT,
			.dev_offset = (u64)base << PAGE_SHIFT,
			.length = (u64)nr << PAGE_SHIFT,
			.device = device_of(sbi, ext.range->ps),
			.flags = clear ? 0 : DMEMFS_EXTENT_UNSEEN,
		};
		pgoff = ext.pgoff + in + nr;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return n;
}

static int ioc_extents(struct dmemfs_sb *sbi,
		       struct dmemfs_ioc_extents __user *arg)
{
	struct dmemfs_ioc_extent *extents;
	struct dmemfs_ioc_extents args;
	struct inode *inode;
	struct file *file;
	int n;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.nr || !IS_ALIGNED(args.file_offset, PAGE_SIZE) ||
	    args.file_offset > sbi->sb->s_maxbytes)
		return -EINVAL;
	/* What is unseen is not known by its granule before that. */
	if (dmemfs_unsealed(&sbi->pool))
		return -EBUSY;
	args.nr = min(args.nr, DMEMFS_EXTENTS_MAX);
	extents = kvmalloc_array(args.nr, sizeof(*extents), GFP_KERNEL);
	if (!extents)
		return -ENOMEM;
	file = get_file_of(sbi, args.fd);
	if (IS_ERR(file)) {
		n = PTR_ERR(file);
		goto out;
	}
	inode = file_inode(file);
	/* Whoever is giving memory to the file, or taking it, has come to an end. */
	filemap_invalidate_lock_shared(inode->i_mapping);
	mutex_lock(&dmemfs_i(inode)->fill);
	n = describe(sbi, inode, args.file_offset >> PAGE_SHIFT, extents,
		     args.nr);
	mutex_unlock(&dmemfs_i(inode)->fill);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	fput(file);
	if (n < 0)
		goto out;
	args.nr = n;
	if (n)
		args.file_offset = extents[n - 1].file_offset +
				   extents[n - 1].length;
	if (copy_to_user(u64_to_user_ptr(args.extents), extents,
			 n * sizeof(*extents)) ||
	    copy_to_user(arg, &args, sizeof(args)))
		n = -EFAULT;
out:
	kvfree(extents);
	return min(n, 0);
}

/*
 * Do extents make sense by themselves? By rising offset in the file, in pages: whole units
 * may be parted by what has been seen of them.
 */
static int check(const struct dmemfs_sb *sbi,
		 const struct dmemfs_ioc_extent *extents, unsigned int nr)
{
	u64 end, last = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct dmemfs_ioc_extent *ext = &extents[i];

		if (ext->flags & ~DMEMFS_EXTENT_UNSEEN || !ext->length ||
		    ext->device >= sbi->nr_claims ||
		    !IS_ALIGNED(ext->file_offset | ext->dev_offset |
				ext->length, PAGE_SIZE) ||
		    ext->file_offset < last ||
		    check_add_overflow(ext->dev_offset, ext->length, &end) ||
		    check_add_overflow(ext->file_offset, ext->length, &end) ||
		    end > sbi->sb->s_maxbytes)
			return -EINVAL;
		last = end;
	}
	return 0;
}

/* Takes all extents, or none, and makes them the file's. */
static int place(struct dmemfs_sb *sbi, struct inode *inode,
		 const struct dmemfs_ioc_extent *extents, unsigned int nr)
{
	struct dmemfs_account *account = dmemfs_i(inode)->account;
	struct dmemfs_extent *ext, *next;
	LIST_HEAD(taken);
	unsigned int i;
	int rc = 0;

	for (i = 0; i < nr && !rc; i++) {
		rc = dmemfs_pool_place(&sbi->pool, account,
				       sbi->claims[extents[i].device].ps,
				       extents[i].dev_offset >> PAGE_SHIFT,
				       extents[i].length >> PAGE_SHIFT, &ext);
		if (rc)
			break;
		ext->pgoff = extents[i].file_offset >> PAGE_SHIFT;
		ext->unseen = extents[i].flags & DMEMFS_EXTENT_UNSEEN;
		list_add_tail(&ext->list, &taken);
		if (fatal_signal_pending(current))
			rc = -EINTR;
		cond_resched();
	}
	if (!rc)
		rc = dmemfs_extents_place(inode, &taken);
	list_for_each_entry_safe(ext, next, &taken, list)
		dmemfs_pool_free(&sbi->pool, account, ext, false);
	return rc;
}

static int place_in_file(struct dmemfs_sb *sbi, int fd,
			 const struct dmemfs_ioc_extent *extents,
			 unsigned int nr)
{
	struct file *file = get_file_of(sbi, fd);
	struct inode *inode;
	int rc = -EBADF;

	if (IS_ERR(file))
		return PTR_ERR(file);
	inode = file_inode(file);
	if (file->f_mode & FMODE_WRITE) {
		inode_lock(inode);
		rc = dmemfs_unsealed(&sbi->pool) ?
			place(sbi, inode, extents, nr) : -EBUSY;
		inode_unlock(inode);
	}
	fput(file);
	return rc;
}

static int ioc_place(struct dmemfs_sb *sbi,
		     const struct dmemfs_ioc_extents __user *arg)
{
	struct dmemfs_ioc_extent *extents;
	struct dmemfs_ioc_extents args;
	int rc;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.nr || args.nr > DMEMFS_EXTENTS_MAX || args.file_offset)
		return -EINVAL;
	extents = kvmalloc_array(args.nr, sizeof(*extents), GFP_KERNEL);
	if (!extents)
		return -ENOMEM;
	if (copy_from_user(extents, u64_to_user_ptr(args.extents),
			   args.nr * sizeof(*extents)))
		rc = -EFAULT;
	else
		rc = check(sbi, extents, args.nr);
	if (!rc) {
		mutex_lock(&sbi->layout_lock);
		rc = place_in_file(sbi, args.fd, extents, args.nr);
		mutex_unlock(&sbi->layout_lock);
	}
	kvfree(extents);
	return rc;
}

static int all_files(struct dmemfs_sb *sbi, int (*act)(struct inode *inode))
{
	struct inode *inode = NULL;
	int rc = 0;

	while (!rc && (inode = dmemfs_next_file(sbi, inode))) {
		inode_lock(inode);
		rc = act(inode);
		inode_unlock(inode);
		if (fatal_signal_pending(current))
			rc = rc ?: -EINTR;
		cond_resched();
	}
	iput(inode);
	return rc;
}

static int seal(struct dmemfs_sb *sbi)
{
	unsigned int i;
	int rc;

	lockdep_assert_held(&sbi->layout_lock);
	if (!dmemfs_unsealed(&sbi->pool))
		return -EBUSY;
	/* Nothing has changed if it fails here; later, what is unowned may be clear. */
	rc = all_files(sbi, dmemfs_extents_check);
	if (!rc)
		rc = all_files(sbi, dmemfs_extents_settle);
	if (rc)
		return rc;
	dmemfs_pool_seal(&sbi->pool);
	for (i = 0; i < sbi->nr_claims; i++)
		pfn_special_keep_end(sbi->claims[i].ps);
	/* So that whoever is killed before he has shown the mount may try again. */
	keep(sbi, true);
	/* Whoever sees this sees all of the above. */
	smp_store_release(&sbi->pool.unsealed, false);
	return 0;
}

static int ioc_seal(struct dmemfs_sb *sbi)
{
	int rc;

	mutex_lock(&sbi->layout_lock);
	rc = seal(sbi);
	mutex_unlock(&sbi->layout_lock);
	return rc;
}

/**
 * dmemfs_root_ioctl() - unlocked_ioctl of the root directory
 * @file: the directory
 * @cmd: DMEMFS_IOC_*
 * @arg: address of what that takes
 *
 * Return: 0; -ENOTTY if it is none of ours, -EPERM, and see Documentation/ABI.
 */
long dmemfs_root_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct dmemfs_sb *sbi = dmemfs_sb(file_inode(file)->i_sb);
	void __user *to = (void __user *)arg;

	if (_IOC_TYPE(cmd) != _IOC_TYPE(DMEMFS_IOC_STATE))
		return -ENOTTY;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	switch (cmd) {
	case DMEMFS_IOC_STATE:
		return ioc_state(sbi, to);
	case DMEMFS_IOC_KEEP:
		return ioc_keep(sbi, to);
	case DMEMFS_IOC_EXTENTS:
		return ioc_extents(sbi, to);
	case DMEMFS_IOC_PLACE:
		return ioc_place(sbi, to);
	case DMEMFS_IOC_SEAL:
		return ioc_seal(sbi);
	default:
		return -ENOTTY;
	}
}
