// SPDX-License-Identifier: GPL-2.0-only
/*
 * Extended attributes. The kernel has a keeper for those of file systems in memory,
 * which modules do not get, so here is one: a tree by name for each inode.
 *
 * What users make the kernel keep is charged to their memory cgroup, and counts with
 * the inodes of the mount, in KiB that it begins. The names of an inode's attributes
 * are no more than listxattr() can return, so that nobody walks far.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/posix_acl.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include <linux/xattr.h>

#include "extents.h"
#include "mount.h"

/**
 * struct dmemfs_xattr - an extended attribute
 * @node: in dmemfs_xattrs.by_name
 * @value: after the name, in the same piece of memory
 * @size: of @value, in bytes
 * @name: with its prefix, ends with NUL
 */
struct dmemfs_xattr {
	struct rb_node node;
	void *value;
	size_t size;
	char name[];
};

static struct dmemfs_xattr *entry(struct rb_node *rb)
{
	return rb_entry(rb, struct dmemfs_xattr, node);
}

static bool less(struct rb_node *a, const struct rb_node *b)
{
	return strcmp(entry(a)->name,
		      rb_entry(b, struct dmemfs_xattr, node)->name) < 0;
}

static int compare(const void *name, const struct rb_node *rb)
{
	return strcmp(name, rb_entry(rb, struct dmemfs_xattr, node)->name);
}

static struct dmemfs_xattr *find(const struct dmemfs_xattrs *xattrs,
				 const char *name)
{
	struct rb_node *rb = rb_find(name, &xattrs->by_name, compare);

	return rb ? entry(rb) : NULL;
}

static size_t name_bytes(const struct dmemfs_xattr *xattr)
{
	return strlen(xattr->name) + 1;
}

/* In inodes, of which each is about a KiB. */
static u64 charge_of(const struct dmemfs_xattr *xattr)
{
	return DIV_ROUND_UP(sizeof(*xattr) + name_bytes(xattr) + xattr->size,
			    SZ_1K);
}

static struct dmemfs_xattr *new_xattr(const char *name, const void *value,
				      size_t size)
{
	size_t len = strlen(name) + 1;
	struct dmemfs_xattr *xattr;

	xattr = kvmalloc(sizeof(*xattr) + len + size, GFP_KERNEL_ACCOUNT);
	if (!xattr)
		return NULL;
	xattr->value = xattr->name + len;
	xattr->size = size;
	memcpy(xattr->name, name, len);
	memcpy(xattr->value, value, size);
	return xattr;
}

/**
 * dmemfs_xattrs_init() - a new inode has no attributes
 * @xattrs: the attributes
 */
void dmemfs_xattrs_init(struct dmemfs_xattrs *xattrs)
{
	rwlock_init(&xattrs->lock);
	xattrs->by_name = RB_ROOT;
	xattrs->names = 0;
	xattrs->charged = 0;
}

/**
 * dmemfs_xattrs_exit() - free the attributes of an inode that is going away
 * @xattrs: the attributes; nobody uses them any more
 *
 * What they were charged with is the caller's to give back.
 *
 * Context: May sleep.
 */
void dmemfs_xattrs_exit(struct dmemfs_xattrs *xattrs)
{
	struct rb_node *rb;

	while ((rb = rb_first(&xattrs->by_name))) {
		rb_erase(rb, &xattrs->by_name);
		kvfree(entry(rb));
		cond_resched();
	}
}

/*
 * Puts @new, if there is one, in the place of what has its name, which is then the
 * caller's.
 */
static int replace(struct dmemfs_xattrs *xattrs, const char *name,
		   struct dmemfs_xattr *new, int flags,
		   struct dmemfs_xattr **old)
{
	size_t names = xattrs->names;

	*old = find(xattrs, name);
	if (*old && flags & XATTR_CREATE)
		return -EEXIST;
	if (!*old && (flags & XATTR_REPLACE || !new))
		return -ENODATA;
	if (*old)
		names -= name_bytes(*old);
	if (new)
		names += name_bytes(new);
	if (names > XATTR_LIST_MAX)
		return -ENOSPC;
	xattrs->names = names;
	if (*old) {
		rb_erase(&(*old)->node, &xattrs->by_name);
		xattrs->charged -= charge_of(*old);
	}
	if (new) {
		rb_add(&new->node, &xattrs->by_name, less);
		xattrs->charged += charge_of(new);
	}
	return 0;
}

/* Sets an attribute, or removes it if there is no @value. */
static int set(struct inode *inode, const char *name, const void *value,
	       size_t size, int flags)
{
	struct dmemfs_xattrs *xattrs = &dmemfs_i(inode)->xattrs;
	struct dmemfs_sb *sbi = dmemfs_sb(inode->i_sb);
	struct dmemfs_xattr *new = NULL, *old;
	int rc;

	if (value) {
		new = new_xattr(name, value, size);
		if (!new)
			return -ENOMEM;
		rc = dmemfs_count_inodes(sbi, charge_of(new));
		if (rc) {
			kvfree(new);
			return rc;
		}
	}
	write_lock(&xattrs->lock);
	rc = replace(xattrs, name, new, flags, &old);
	write_unlock(&xattrs->lock);
	/* What is in the tree no longer, or never was. */
	if (rc)
		old = new;
	if (old)
		dmemfs_uncount_inodes(sbi, charge_of(old));
	kvfree(old);
	return rc;
}

static int set_xattr(const struct xattr_handler *handler,
		     struct mnt_idmap *idmap, struct dentry *unused,
		     struct inode *inode, const char *name, const void *value,
		     size_t size, int flags)
{
	int rc = set(inode, xattr_full_name(handler, name), value, size, flags);

	if (!rc)
		inode_set_ctime_current(inode);
	return rc;
}

static int get_xattr(const struct xattr_handler *handler, struct dentry *unused,
		     struct inode *inode, const char *name, void *value,
		     size_t size)
{
	struct dmemfs_xattrs *xattrs = &dmemfs_i(inode)->xattrs;
	struct dmemfs_xattr *xattr;
	int rc = -ENODATA;

	read_lock(&xattrs->lock);
	xattr = find(xattrs, xattr_full_name(handler, name));
	if (xattr) {
		rc = xattr->size;
		if (value && size < xattr->size)
			rc = -ERANGE;
		else if (value)
			memcpy(value, xattr->value, xattr->size);
	}
	read_unlock(&xattrs->lock);
	return rc;
}

#define HANDLER(space, text)						\
static const struct xattr_handler space##_handler = {			\
	.prefix = text,							\
	.get = get_xattr,						\
	.set = set_xattr,						\
}

HANDLER(security, XATTR_SECURITY_PREFIX);
HANDLER(trusted, XATTR_TRUSTED_PREFIX);
HANDLER(user, XATTR_USER_PREFIX);

const struct xattr_handler * const dmemfs_xattr_handlers[] = {
	&security_handler,
	/* Before what takes all of "trusted.". */
	&dmemfs_dirsize_handler,
	&trusted_handler,
	&user_handler,
	NULL
};

/* Adds a name to a list of which @left bytes are free, or only counts it. */
static int list_one(char **buffer, ssize_t *left, const char *name)
{
	size_t len = strlen(name) + 1;

	if (*buffer) {
		if (*left < len)
			return -ERANGE;
		memcpy(*buffer, name, len);
		*buffer += len;
	}
	*left -= len;
	return 0;
}

static int list_acl(char **buffer, ssize_t *left, struct inode *inode)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ XATTR_NAME_POSIX_ACL_ACCESS, ACL_TYPE_ACCESS },
		{ XATTR_NAME_POSIX_ACL_DEFAULT, ACL_TYPE_DEFAULT },
	};
	unsigned int i;
	int rc = 0;

	for (i = 0; i < ARRAY_SIZE(types) && !rc; i++) {
		struct posix_acl *acl = get_cached_acl(inode, types[i].type);

		if (acl)
			rc = list_one(buffer, left, types[i].name);
		posix_acl_release(acl);
	}
	return rc;
}

/* inode_operations.listxattr */
ssize_t dmemfs_listxattr(struct dentry *dentry, char *buffer, size_t size)
{
	struct dmemfs_xattrs *xattrs = &dmemfs_i(d_inode(dentry))->xattrs;
	bool all = ns_capable_noaudit(&init_user_ns, CAP_SYS_ADMIN);
	ssize_t left = size;
	struct rb_node *rb;
	int rc;

	rc = list_acl(&buffer, &left, d_inode(dentry));
	read_lock(&xattrs->lock);
	for (rb = rb_first(&xattrs->by_name); rb && !rc; rb = rb_next(rb))
		if (all || !strstarts(entry(rb)->name, XATTR_TRUSTED_PREFIX))
			rc = list_one(&buffer, &left, entry(rb)->name);
	read_unlock(&xattrs->lock);
	return rc ?: size - left;
}
