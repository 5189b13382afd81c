// SPDX-License-Identifier: GPL-2.0-only
/*
 * diff MODULE MODULE.ko OLD.o NEW.o OUT.o PREFIX: compares two builds of one file of a
 * module, and writes what of it a livepatch needs to OUT.o, unless that is nothing.
 *
 * Says on stdout, a line each:
 *
 *	func NAME POSITION	a function that is replaced by the next of PREFIX0, ...
 *	note TEXT		what the operator should know
 *
 * Exit status: 0; 1 for what is wrong with a file; 2 if the change cannot be livepatched.
 */
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "take.h"
#include "write.h"

/* Other functions than the module's: then the compiler has inlined others, too. */
static void check_functions(const struct take *take, const struct object *old)
{
	for_each_section(section, old) {
		const struct chunk *chunk = section->chunks;

		if (section->kind == KIND_TEXT && position_of(take, chunk_name(chunk)) < 0)
			refuse("%s: the module as built has no function %s: what is inlined differs", old->source, chunk_name(chunk));
	}
}

static void tell_of_addresses(const struct take *take, const struct chunk *chunk)
{
	struct target target;

	for_each_reloc(reloc, chunk) {
		if (meaning_of(take, chunk, reloc, &target) != MEANS_OURS ||
		    target.chunk->section->kind != KIND_TEXT || target.chunk->old ||
		    is_branch(chunk->section, reloc) || chunk->section->kind == KIND_TABLE ||
		    target.chunk == chunk)
			continue;
		printf("note %s: the address of the new %s is taken by %s: whatever keeps it must be gone before the livepatch is removed\n",
		       take->object->source, chunk_name(target.chunk), chunk_name(chunk));
	}
}

static void tell(const struct take *take)
{
	for_each_section(section, take->object) {
		for_each_chunk(chunk, section) {
			const char *name = chunk_name(chunk);

			if (!chunk->kept)
				continue;
			tell_of_addresses(take, chunk);
			if (chunk->changed && !is_cold(chunk))
				printf("func %s %d\n", name, position_of(take, name));
			else if (section->kind == KIND_DATA && !has_suffix(name))
				printf("note %s: the new variable %s lives and dies with the livepatch\n",
				       take->object->source, name);
		}
	}
}

static bool anything(const struct object *object)
{
	for_each_section(section, object)
		for_each_chunk(chunk, section)
			if (chunk->kept)
				return true;
	return false;
}

int main(int argc, char **argv)
{
	struct object *old;
	struct take take;

	if (argc != 7)
		die("usage: diff MODULE MODULE.ko OLD.o NEW.o OUT.o PREFIX");
	old = object_open(argv[3], true);
	take = (struct take) {
		.object = object_open(argv[4], true),
		.module = object_open(argv[2], false),
		.name = argv[1],
	};
	compare(old, take.object);
	if (refusals)
		return 2;
	take_all(&take);
	if (!anything(take.object))
		return 0;
	check_functions(&take, old);
	if (refusals)
		return 2;
	tell(&take);
	write_taken(&take, argv[5], argv[6]);
	return 0;
}
