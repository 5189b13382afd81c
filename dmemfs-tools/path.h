/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories inside of a mount. */
#ifndef DMEMFS_PATH_H
#define DMEMFS_PATH_H

/**
 * path_open() - open a directory
 * @root: the root of the mount
 * @path: from there: no link is followed, and nothing leads out of the mount
 *
 * Return: a descriptor; -1 with errno set.
 */
int path_open(int root, const char *path);

/**
 * path_parent() - open what something is in
 * @root: the root of the mount
 * @path: from there
 * @name: set to the last part of @path
 *
 * Return: a descriptor; -1 with errno set.
 */
int path_parent(int root, const char *path, const char **name);

#endif /* DMEMFS_PATH_H */
