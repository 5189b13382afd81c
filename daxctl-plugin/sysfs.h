/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of the kernel, with the reason where one cannot be had. */
#ifndef CARVE_SYSFS_H
#define CARVE_SYSFS_H

#include <stddef.h>
#include <stdint.h>

/**
 * sysfs_read() - read a whole file
 * @text: set to its content, to be freed
 * @fmt: path
 *
 * Return: 0, or a negative errno.
 */
int sysfs_read(char **text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sysfs_number() - read a file that holds one number
 * @value: set to it
 * @fmt: path
 *
 * Return: 0, or a negative errno.
 */
int sysfs_number(unsigned long long *value, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sysfs_write() - write a file in one go
 * @text: what to write
 * @fmt: path
 *
 * Return: 0, or a negative errno.
 */
int sysfs_write(const char *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * sysfs_link() - read where a link leads
 * @name: set to the last part of that, or to "" if there is no link
 * @size: of @name, in bytes
 * @fmt: path of the link
 */
void sysfs_link(char *name, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * sysfs_inode() - what tells an object of the kernel from all others
 * @fmt: path of its directory
 *
 * sysfs gives a number to each file that it makes, and none of them twice.
 *
 * Return: the number, 0 if there is no such directory.
 */
uint64_t sysfs_inode(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

#endif /* CARVE_SYSFS_H */
