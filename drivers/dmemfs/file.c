// SPDX-License-Identifier: GPL-2.0-only
/* Files: size, reading, writing, allocating, and punching holes. */
#include <linux/capability.h>
#include <linux/elf.h>
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/posix_acl.h>
#include <linux/splice.h>
#include <linux/uio.h>

#include "extents.h"
#include "file.h"

/* What read and write copy at a time; user memory is not touched meanwhile. */
#define BOUNCE	SZ_64K

static loff_t unit_bytes(const struct inode *inode)
{
	return (loff_t)inode_pool(inode)->unit << PAGE_SHIFT;
}

static ssize_t dmemfs_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;
	struct inode *inode = file_inode(file);
	size_t size = min_t(size_t, iov_iter_count(to), BOUNCE);
	ssize_t done = 0;
	void *bounce;
	int rc = 0;

	if (dmemfs_unsealed(inode_pool(inode)))
		return -EBUSY;
	if (!size)
		return 0;
	bounce = kvmalloc(size, GFP_KERNEL);
	if (!bounce)
		return -ENOMEM;
	while (iov_iter_count(to)) {
		size_t n = min(iov_iter_count(to), size), copied;
		loff_t left;

		filemap_invalidate_lock_shared(inode->i_mapping);
		left = i_size_read(inode) - iocb->ki_pos;
		n = left > 0 ? min_t(loff_t, n, left) : 0;
		rc = dmemfs_copy(inode, iocb->ki_pos, bounce, n, false);
		filemap_invalidate_unlock_shared(inode->i_mapping);
		if (rc || !n)
			break;
		copied = copy_to_iter(bounce, n, to);
		iocb->ki_pos += copied;
		done += copied;
		rc = copied < n ? -EFAULT : 0;
		if (!rc && fatal_signal_pending(current))
			rc = -EINTR;
		if (rc)
			break;
		cond_resched();
	}
	kvfree(bounce);
	file_accessed(file);
	return done ?: rc;
}

/*
 * The file is about to reach further than it did. What mappings wrote beyond
 * the old end, in the rest of its unit, must not become part of it.
 */
static int clear_beyond(struct inode *inode, loff_t size, loff_t to)
{
	loff_t end = min(to, round_up(size, unit_bytes(inode)));
	int rc;

	if (size >= end)
		return 0;
	filemap_invalidate_lock(inode->i_mapping);
	rc = dmemfs_clear(inode, size, end);
	filemap_invalidate_unlock(inode->i_mapping);
	return rc;
}

/* With invalidate_lock held, shared will do. */
static int fill_bytes(struct inode *inode, loff_t from, loff_t to,
		      const struct dmemfs_policy *policy)
{
	pgoff_t first = round_down(from, unit_bytes(inode)) >> PAGE_SHIFT;
	pgoff_t end = round_up(to, unit_bytes(inode)) >> PAGE_SHIFT;

	return dmemfs_extents_fill(inode, first, end - first, policy);
}

static int write_chunk(struct inode *inode, loff_t pos, void *buf, size_t len,
		       const struct dmemfs_policy *policy)
{
	int rc;

	if (pos > i_size_read(inode)) {
		rc = clear_beyond(inode, i_size_read(inode), pos);
		if (rc)
			return rc;
	}
	filemap_invalidate_lock_shared(inode->i_mapping);
	rc = fill_bytes(inode, pos, pos + len, policy);
	if (!rc)
		rc = dmemfs_copy(inode, pos, buf, len, true);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	if (!rc && pos + len > i_size_read(inode))
		i_size_write(inode, pos + len);
	return rc;
}

static ssize_t write_locked(struct kiocb *iocb, struct iov_iter *from,
			    void *bounce, size_t size)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	bool direct = iocb->ki_flags & IOCB_DIRECT;
	struct dmemfs_policy policy;
	ssize_t done = 0;
	int rc;

	rc = kiocb_modified(iocb);
	if (rc)
		return rc;
	dmemfs_pool_policy(inode_pool(inode), NULL, &policy);
	/*
	 * All or nothing: the loop driver takes any direct write that is not an
	 * error for a complete one.
	 */
	if (direct) {
		filemap_invalidate_lock_shared(inode->i_mapping);
		rc = fill_bytes(inode, iocb->ki_pos,
				iocb->ki_pos + iov_iter_count(from), &policy);
		filemap_invalidate_unlock_shared(inode->i_mapping);
		if (rc)
			return rc;
	}
	while (iov_iter_count(from)) {
		/* Whole pages from the second chunk on. */
		size_t n = min_t(size_t, iov_iter_count(from),
				 size - offset_in_page(iocb->ki_pos) % size);

		n = copy_from_iter(bounce, n, from);
		rc = n ? write_chunk(inode, iocb->ki_pos, bounce, n, &policy) :
			 -EFAULT;
		if (!rc && fatal_signal_pending(current))
			rc = -EINTR;
		if (rc)
			break;
		iocb->ki_pos += n;
		done += n;
		cond_resched();
	}
	return done && !(direct && rc) ? done : rc;
}

static ssize_t dmemfs_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct inode *inode = file_inode(iocb->ki_filp);
	size_t size = min_t(size_t, iov_iter_count(from), BOUNCE);
	void *bounce = NULL;
	ssize_t rc;

	if (dmemfs_unsealed(inode_pool(inode)))
		return -EBUSY;
	if (size) {
		bounce = kvmalloc(size, GFP_KERNEL);
		if (!bounce)
			return -ENOMEM;
	}
	inode_lock(inode);
	rc = generic_write_checks(iocb, from);
	if (rc > 0)
		rc = write_locked(iocb, from, bounce, size);
	inode_unlock(inode);
	kvfree(bounce);
	return rc;
}

static loff_t seek_data(struct inode *inode, loff_t pos)
{
	struct dmemfs_extent ext;

	if (!dmemfs_extents_next(inode, pos >> PAGE_SHIFT, &ext))
		return -ENXIO;
	pos = max(pos, (loff_t)ext.pgoff << PAGE_SHIFT);
	return pos < i_size_read(inode) ? pos : -ENXIO;
}

static loff_t seek_hole(struct inode *inode, loff_t pos)
{
	loff_t size = i_size_read(inode);
	struct dmemfs_extent ext;

	while (pos < size &&
	       dmemfs_extents_find(inode, pos >> PAGE_SHIFT, &ext))
		pos = (loff_t)(ext.pgoff + ext.nr) << PAGE_SHIFT;
	return min(pos, size);
}

static loff_t dmemfs_llseek(struct file *file, loff_t pos, int whence)
{
	struct inode *inode = file_inode(file);

	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(file, pos, whence);
	inode_lock_shared(inode);
	if (pos < 0 || pos >= i_size_read(inode))
		pos = -ENXIO;
	else
		pos = whence == SEEK_DATA ? seek_data(inode, pos) :
					    seek_hole(inode, pos);
	inode_unlock_shared(inode);
	return pos < 0 ? pos : vfs_setpos(file, pos, MAX_LFS_FILESIZE);
}

static int resize(struct inode *inode, loff_t size)
{
	loff_t old = i_size_read(inode);
	loff_t end = round_up(size, unit_bytes(inode));
	int rc;

	if (size > old) {
		rc = clear_beyond(inode, old, size);
		if (rc)
			return rc;
		i_size_write(inode, size);
		/* What fallocate() put beyond the end stays. */
		return 0;
	}
	filemap_invalidate_lock(inode->i_mapping);
	rc = dmemfs_cut_begin(inode, end >> PAGE_SHIFT, ULONG_MAX);
	if (rc)
		goto out;
	/* Nothing fails any more, or the file would be neither long nor short. */
	i_size_write(inode, size);
	/*
	 * The rest of the last page, for those who map it. If the kernel has no room
	 * to clear it, they see what they wrote there: it is theirs, and it is cleared
	 * before it can become part of the file again, or that fails.
	 */
	if (dmemfs_clear(inode, size, end))
		pr_warn_ratelimited("dmemfs: no memory to clear the end of a file that was truncated; it is cleared when it grows\n");
	dmemfs_cut_end(inode, end >> PAGE_SHIFT, ULONG_MAX);
out:
	filemap_invalidate_unlock(inode->i_mapping);
	dmemfs_pool_regain(inode_pool(inode));
	return rc;
}

/* inode_operations.setattr */
int dmemfs_setattr(struct mnt_idmap *idmap, struct dentry *dentry,
		   struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int rc;

	rc = setattr_prepare(idmap, dentry, attr);
	if (rc)
		return rc;
	if (attr->ia_valid & ATTR_SIZE) {
		/* Of a file that was given none yet it is but a number. */
		if (dmemfs_unsealed(inode_pool(inode)) && dmemfs_i(inode)->nr)
			return -EBUSY;
		rc = resize(inode, attr->ia_size);
		if (rc)
			return rc;
		inode_set_mtime_to_ts(inode, inode_set_ctime_current(inode));
	}
	setattr_copy(idmap, inode, attr);
	if (attr->ia_valid & ATTR_MODE)
		rc = posix_acl_chmod(idmap, dentry, inode->i_mode);
	return rc;
}

/* inode_operations.getattr */
int dmemfs_getattr(struct mnt_idmap *idmap, const struct path *path,
		   struct kstat *stat, u32 request_mask, unsigned int flags)
{
	struct inode *inode = d_inode(path->dentry);

	generic_fillattr(idmap, request_mask, inode, stat);
	/* Programs take this for a good size of buffers. */
	if (inode->i_sb->s_magic != HUGETLBFS_MAGIC)
		stat->blksize = PAGE_SIZE;
	return 0;
}

/*
 * Whole units are given back, and what is left of others is cleared. The file keeps
 * these, so that a device which goes on writing there writes to the file that it was
 * given.
 */
static int punch_locked(struct inode *inode, loff_t from, loff_t to)
{
	loff_t first = round_up(from, unit_bytes(inode));
	loff_t end = round_down(to, unit_bytes(inode));
	int rc;

	if (first >= end)
		return dmemfs_clear(inode, from, to);
	rc = dmemfs_cut_begin(inode, first >> PAGE_SHIFT, end >> PAGE_SHIFT);
	if (rc)
		return rc;
	rc = dmemfs_clear(inode, from, first);
	if (!rc)
		rc = dmemfs_clear(inode, end, to);
	if (rc)
		dmemfs_cut_cancel(inode, first >> PAGE_SHIFT, end >> PAGE_SHIFT);
	else
		dmemfs_cut_end(inode, first >> PAGE_SHIFT, end >> PAGE_SHIFT);
	return rc;
}

static int punch(struct inode *inode, loff_t from, loff_t to)
{
	int rc;

	filemap_invalidate_lock(inode->i_mapping);
	rc = punch_locked(inode, from, to);
	filemap_invalidate_unlock(inode->i_mapping);
	dmemfs_pool_regain(inode_pool(inode));
	return rc;
}

static int allocate(struct inode *inode, loff_t from, loff_t to, bool keep_size)
{
	struct dmemfs_policy policy;
	int rc = 0;

	if (to > i_size_read(inode) && !keep_size) {
		rc = inode_newsize_ok(inode, to);
		if (!rc)
			rc = clear_beyond(inode, i_size_read(inode), to);
		if (rc)
			return rc;
	}
	dmemfs_pool_policy(inode_pool(inode), NULL, &policy);
	filemap_invalidate_lock_shared(inode->i_mapping);
	rc = fill_bytes(inode, from, to, &policy);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	if (!rc && to > i_size_read(inode) && !keep_size)
		i_size_write(inode, to);
	return rc;
}

static long dmemfs_fallocate(struct file *file, int mode, loff_t offset,
			     loff_t len)
{
	struct inode *inode = file_inode(file);
	int rc;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (dmemfs_unsealed(inode_pool(inode)))
		return -EBUSY;
	inode_lock(inode);
	rc = file_modified(file);
	if (!rc)
		rc = mode & FALLOC_FL_PUNCH_HOLE ?
			punch(inode, offset, offset + len) :
			allocate(inode, offset, offset + len,
				 mode & FALLOC_FL_KEEP_SIZE);
	inode_unlock(inode);
	return rc;
}

/* exec() of a program, as told from a script? */
static bool runs_program(struct inode *inode, const struct file *file)
{
	char magic[SELFMAG];
	bool program;

	if (!(file->f_flags & __FMODE_EXEC))
		return false;
	filemap_invalidate_lock_shared(inode->i_mapping);
	program = i_size_read(inode) >= SELFMAG &&
		  !dmemfs_copy(inode, 0, magic, SELFMAG, false) &&
		  !memcmp(magic, ELFMAG, SELFMAG);
	filemap_invalidate_unlock_shared(inode->i_mapping);
	return program;
}

static int dmemfs_open(struct inode *inode, struct file *file)
{
	if (dmemfs_unsealed(inode_pool(inode)) &&
	    (file->f_flags & __FMODE_EXEC || !capable(CAP_SYS_ADMIN)))
		return -EBUSY;
	/*
	 * Its data would be a private mapping that is written to. exec() would find
	 * that out when there is no way back, and kill the process.
	 */
	if (runs_program(inode, file)) {
		pr_warn_ratelimited("dmemfs: %s[%d]: %pD: programs cannot run from here, as if mounted noexec: copy it to another file system\n",
				    current->comm, task_pid_nr(current), file);
		return -EACCES;
	}
	/* There is no cache to go around. */
	file->f_mode |= FMODE_CAN_ODIRECT;
	return generic_file_open(inode, file);
}

const struct file_operations dmemfs_file_operations = {
	.open = dmemfs_open,
	.llseek = dmemfs_llseek,
	.read_iter = dmemfs_read_iter,
	.write_iter = dmemfs_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.mmap = dmemfs_mmap,
	.get_unmapped_area = dmemfs_get_unmapped_area,
	.fallocate = dmemfs_fallocate,
	.fsync = noop_fsync,
};
