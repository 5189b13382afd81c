/* SPDX-License-Identifier: GPL-2.0-only */
/* What has changed between two builds of the same C file. */
#ifndef LIVEPATCH_COMPARE_H
#define LIVEPATCH_COMPARE_H

#include "object.h"

/**
 * compare() - find what has changed
 * @old: before the change
 * @new: after it; the @old and @changed of its chunks are set
 *
 * Whatever a livepatch cannot change is complained about with refuse().
 *
 * Return: the number of functions that changed or are new.
 */
size_t compare(const struct object *old, struct object *new);

/**
 * refuse() - tell of what a livepatch cannot do; the program goes on, and fails
 * @format: as for printf, without the end of the line
 */
void refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How often refuse() was called. */
extern size_t refusals;

#endif
