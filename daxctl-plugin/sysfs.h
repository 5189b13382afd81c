/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the kernel, where libdaxctl has no call, or one that hides why
 * something failed: its setters answer ENXIO to everything.
 */
#ifndef CARVE_SYSFS_H
#define CARVE_SYSFS_H

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
 * sysfs_write() - write a file in one go
 * @text: what to write
 * @fmt: path
 *
 * Return: 0, or a negative errno.
 */
int sysfs_write(const char *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* CARVE_SYSFS_H */
