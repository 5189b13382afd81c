/* SPDX-License-Identifier: GPL-2.0-only */
/* Extended attributes of what is in a mount, ACLs among them. */
#ifndef DMEMFS_XATTR_H
#define DMEMFS_XATTR_H

#include "layout.h"

/**
 * xattr_save() - read all attributes of something
 * @dir: the directory that it is in
 * @name: its name there; a link is not followed
 * @entry: gets the attributes
 *
 * Return: 0; negative after a complaint.
 */
int xattr_save(int dir, const char *name, struct layout_entry *entry);

/**
 * xattr_restore() - give something the attributes that it had
 * @dir: the directory that it is in
 * @name: its name there; a link is not followed
 * @entry: has the attributes. An ACL changes the mode, and chown() takes some away
 *
 * Return: 0; negative after a complaint.
 */
int xattr_restore(int dir, const char *name, const struct layout_entry *entry);

/**
 * xattr_limit() - what the files in a directory may have together, if that is limited
 * @fd: the directory, which is empty: files count in what it has when they are made
 * @entry: has the attributes
 *
 * Return: 0; negative after a complaint.
 */
int xattr_limit(int fd, const struct layout_entry *entry);

#endif /* DMEMFS_XATTR_H */
