/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are read or replaced as a whole. */
#ifndef CARVE_FILE_H
#define CARVE_FILE_H

#include <stddef.h>

/**
 * file_temp() - what to call a file before it takes the place of another
 * @file: path of that
 *
 * Return: the path of @file, from the root, and a number that nobody can have prepared, to
 * be freed; NULL without memory.
 */
char *file_temp(const char *file);

/**
 * file_replace() - write a file anew: all of it or nothing
 * @text: what is to be in it, without the last line's end
 * @file: its path. The former stays until the new one is on disk, which keeps its mode and
 *        owner; one that was not there is for its owner only
 * @temp: from file_temp()
 *
 * Return: 0, or negative after a complaint.
 */
int file_replace(const char *text, const char *file, const char *temp);

/**
 * file_write() - write a line or more
 * @fd: where to
 * @text: what, without the last line's end
 *
 * Return: 0; -1 with errno set.
 */
int file_write(int fd, const char *text);

/**
 * file_read() - read all of a file, or a little more than makes sense
 * @fd: the file
 * @max: bytes that make sense
 * @text: set to what is in it, and a NUL behind it, to be freed, also upon failure
 * @len: set to its length, in bytes
 *
 * Return: 0, or a negative errno.
 */
int file_read(int fd, size_t max, char **text, size_t *len);

#endif /* CARVE_FILE_H */
