/* SPDX-License-Identifier: GPL-2.0-only */
/* What of an object goes into a livepatch, and what its relocations become there. */
#ifndef LIVEPATCH_TAKE_H
#define LIVEPATCH_TAKE_H

#include "object.h"

/**
 * enum meaning - what a relocation becomes
 * @MEANS_OURS: it refers to what is taken, too
 * @MEANS_MODULE: to what the module has: a livepatch symbol
 * @MEANS_IMPORT: to what the kernel or another module exports, or another object of
 *                the livepatch has
 * @MEANS_PLACE: to nothing; it shall refer to where its entry of a table does
 */
enum meaning {
	MEANS_OURS,
	MEANS_MODULE,
	MEANS_IMPORT,
	MEANS_PLACE,
};

/**
 * struct take - one object, and the module that it is a part of
 * @object: after the change, compared with what it was
 * @module: the module as it is loaded: its symbols
 * @name: of the module
 */
struct take {
	struct object *object;
	const struct object *module;
	const char *name;
};

/**
 * take_all() - mark what goes into the livepatch
 * @take: the object; @kept of its chunks are set
 *
 * Whatever cannot be taken is complained about with refuse().
 */
void take_all(const struct take *take);

/**
 * meaning_of() - what a relocation becomes
 * @take: the object
 * @chunk: where the relocation is
 * @reloc: the relocation
 * @target: set to what it refers to; with MEANS_MODULE the name is that of a symbol of
 *          the module, and the offset is counted from it, in bytes
 *
 * Return: what it becomes.
 */
enum meaning meaning_of(const struct take *take, const struct chunk *chunk,
			const struct reloc *reloc, struct target *target);

/**
 * position_of() - which of the symbols of that name in the module is meant
 * @take: the object
 * @name: of a symbol that it has, or refers to
 *
 * Return: 0 if there is one only; else its number, from 1 on, in the order of the
 * module's symbols, as the kernel counts; -1 if there is none.
 */
int position_of(const struct take *take, const char *name);

#endif
