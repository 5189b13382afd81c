// SPDX-License-Identifier: GPL-2.0-only
/* The bytes of a file, for the kernel: copied and cleared, extent by extent. */
#include <linux/mm.h>

#include "extents.h"

/* Where in its device a byte of the file is. */
static u64 device_offset(const struct dmemfs_extent *ext, loff_t pos)
{
	return ((u64)dmemfs_base(ext->range, ext->pfn) << PAGE_SHIFT) +
	       (pos - ((u64)ext->pgoff << PAGE_SHIFT));
}

/**
 * dmemfs_copy() - copy between a file and a kernel buffer
 * @inode: the file
 * @pos: first byte
 * @buf: the buffer
 * @len: bytes
 * @write: to the file, which has memory there, instead of from it
 *
 * Context: May sleep; invalidate_lock held, shared will do.
 * Return: 0, or as pfn_special_copy().
 */
int dmemfs_copy(struct inode *inode, loff_t pos, void *buf, size_t len,
		bool write)
{
	while (len) {
		loff_t start = pos + len, end = start;
		struct dmemfs_extent ext;
		size_t n;
		int rc = 0;

		if (dmemfs_extents_next(inode, pos >> PAGE_SHIFT, &ext)) {
			start = (loff_t)ext.pgoff << PAGE_SHIFT;
			end = start + ((loff_t)ext.nr << PAGE_SHIFT);
		}
		if (start > pos) {
			n = min_t(loff_t, len, start - pos);
			memset(buf, 0, n);
			if (WARN_ON_ONCE(write))
				rc = -EIO;
		} else {
			n = min_t(loff_t, len, end - pos);
			rc = pfn_special_copy(ext.range->ps,
					      device_offset(&ext, pos), buf, n,
					      write);
		}
		if (rc)
			return rc;
		pos += n;
		buf += n;
		len -= n;
	}
	return 0;
}

/**
 * dmemfs_clear() - make bytes of a file read as zero
 * @inode: the file
 * @from: first byte
 * @to: byte after the last
 *
 * Context: May sleep; invalidate_lock held exclusively.
 * Return: 0 or -ENOMEM.
 */
int dmemfs_clear(struct inode *inode, loff_t from, loff_t to)
{
	struct dmemfs_extent ext;
	int rc = 0;

	while (from < to && !rc &&
	       dmemfs_extents_next(inode, from >> PAGE_SHIFT, &ext)) {
		loff_t start = (loff_t)ext.pgoff << PAGE_SHIFT;
		loff_t stop = min(to, start + ((loff_t)ext.nr << PAGE_SHIFT));

		from = max(from, start);
		if (from >= stop)
			break;
		rc = pfn_special_clear(ext.range->ps, device_offset(&ext, from),
				       stop - from);
		from = stop;
	}
	return rc;
}
