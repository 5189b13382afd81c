/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVEPATCH_WRITE_H
#define LIVEPATCH_WRITE_H

#include "take.h"

/**
 * write_taken() - write what was taken as an object file
 * @take: the object
 * @path: of the file
 * @prefix: each changed function gets a second, global name of this and its number, from
 *          0 on, in the order of sections
 *
 * What the module has is an undefined weak symbol, of which link.c makes what the
 * kernel wants; until then it stands for nothing, to modpost, too.
 */
void write_taken(const struct take *take, const char *path, const char *prefix);

#endif
