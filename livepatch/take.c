// SPDX-License-Identifier: GPL-2.0-only
/*
 * What goes into a livepatch: the functions that changed, and what they refer to that the
 * module does not have: new functions and variables, strings, and their entries in tables.
 * All else is the module's, and stays where it is.
 */
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "take.h"

int position_of(const struct take *take, const char *name)
{
	int nr = 0, position = -1;
	const char *file = NULL;

	for_each_symbol(symbol, take->module) {
		if (GELF_ST_TYPE(symbol->elf.st_info) == STT_FILE)
			file = symbol->name;
		if (!symbol->section || strcmp(symbol->name, name))
			continue;
		nr++;
		/* A local one of another file has its name by chance. */
		if (GELF_ST_BIND(symbol->elf.st_info) == STB_LOCAL &&
		    (!file || !take->object->source || strcmp(file, take->object->source)))
			continue;
		if (position >= 0)
			die("%s has two symbols %s from files with the same name", take->name,
			    name);
		position = nr;
	}
	return nr == 1 && position == 1 ? 0 : position;
}

/* What starts afresh without anybody noticing more than a message too many. */
static bool is_about_messages(const char *name, size_t length)
{
	static const char * const names[] = {
		"_rs", "__already_done", "__warned", "__key", "___done", "__print_once",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length && !memcmp(names[i], name, length))
			return true;
	return false;
}

/* Static variables of functions: the only one of that name, or nobody knows. */
static const char *static_variable(const struct take *take, const struct chunk *chunk)
{
	const char *name = chunk_name(chunk), *found = NULL;
	const size_t length = has_suffix(name);

	for_each_symbol(symbol, take->module) {
		if (!symbol->section || has_suffix(symbol->name) != length ||
		    memcmp(symbol->name, name, length))
			continue;
		if (found || symbol->elf.st_size != chunk->to - chunk->from) {
			refuse("%s: cannot tell which of the module's static variables %.*s is meant: give it a name of its own in a livepatch", take->object->source, (int)length, name);
			return found;
		}
		found = symbol->name;
	}
	return found;
}

enum meaning meaning_of(const struct take *take, const struct chunk *chunk,
			const struct reloc *reloc, struct target *target)
{
	struct chunk *to;
	const char *name;
	bool stays;

	if (is_void(chunk, reloc))
		return MEANS_PLACE;
	*target = target_of(take->object, reloc);
	to = target->chunk;
	if (!to) {
		/* THIS_MODULE is the patched one. */
		if (position_of(take, target->name) < 0 && strcmp(target->name, "__this_module"))
			return MEANS_IMPORT;
		target->offset = reloc->addend + reloc->bias;
		return MEANS_MODULE;
	}
	name = chunk_name(to);
	switch (to->section->kind) {
	case KIND_TEXT:
		/*
		 * An address may be kept when the livepatch is long gone, so it is
		 * the old one, by which ftrace gets to the new function. Tables are
		 * about the very place.
		 */
		stays = to->old && (!to->changed ||
				    (chunk->section->kind != KIND_TABLE && to != chunk &&
				     !is_branch(chunk->section, reloc) &&
				     target->offset == to->symbol->elf.st_value));
		break;
	case KIND_DATA:
		stays = to->old;
		if (!has_suffix(name) || is_about_messages(name, has_suffix(name)))
			break;
		name = static_variable(take, to);
		stays = name;
		break;
	case KIND_CONST:
	case KIND_SPECIAL:
		stays = to->old;
		break;
	case KIND_FIXED:
	case KIND_EXPORTS:
		stays = true;
		break;
	default:
		stays = false;
	}
	if (!stays)
		return MEANS_OURS;
	target->name = name;
	target->offset -= to->symbol ? to->symbol->elf.st_value : to->from;
	return MEANS_MODULE;
}

static void check_module_symbol(const struct take *take, const struct chunk *chunk,
				const struct target *target)
{
	if (target->chunk && target->chunk->section->kind == KIND_FIXED)
		refuse("%s: %s refers to section %s, which a livepatch cannot reach", take->object->source, chunk_name(chunk), target->chunk->section->name);
	else if (position_of(take, target->name) < 0)
		refuse("%s: %s refers to %s, which the module as built does not have: what is inlined differs", take->object->source, chunk_name(chunk), target->name);
}

/* Mark all that a chunk refers to. Returns whether there was anything new. */
static bool take_targets(const struct take *take, const struct chunk *chunk)
{
	struct target target;
	bool more = false;

	for_each_reloc(reloc, chunk) {
		if (meaning_of(take, chunk, reloc, &target) != MEANS_OURS ||
		    target.chunk->kept)
			continue;
		target.chunk->kept = true;
		more = true;
	}
	return more;
}

/*
 * The key of a jump that depends on it must be there when the livepatch is loaded, which
 * the module's is not yet: symbols of modules are found later. Keys of trace points can be
 * done without: the jump is always taken then, and what is behind it looks for itself
 * whether anybody listens.
 */
static bool takes_entry(const struct take *take, const struct chunk *entry)
{
	const struct section *section = entry->section;
	struct target target;

	if (!strcmp(section->name, "__jump_table")) {
		const struct reloc *key = &entry->relocs[entry->nr_relocs - 1];
		const uint8_t *code;
		struct target place;

		if (meaning_of(take, entry, key, &target) != MEANS_MODULE)
			return true;
		place = target_of(take->object, entry->relocs);
		code = place.chunk->section->bytes + place.offset;
		if (starts(target.name, "__tracepoint_") && (*code == 0xeb || *code == 0xe9))
			return false;
		refuse("%s: %s depends on the static key %s of the module, which a livepatch cannot: use static_key_enabled()", take->object->source, chunk_name(place.chunk), target.name);
	}
	return true;
}

static bool take_entries(const struct take *take)
{
	bool more = false;

	for_each_section(section, take->object) {
		if (section->kind != KIND_TABLE)
			continue;
		for_each_chunk(entry, section) {
			const struct target place = target_of(take->object, entry->relocs);

			if (entry->kept || !place.chunk || !place.chunk->kept ||
			    !takes_entry(take, entry))
				continue;
			entry->kept = true;
			more = true;
		}
	}
	return more;
}

static bool is_new_global(const struct chunk *chunk)
{
	switch (chunk->section->kind) {
	case KIND_TEXT:
	case KIND_DATA:
	case KIND_CONST:
		return !chunk->old && chunk->symbol &&
		       GELF_ST_BIND(chunk->symbol->elf.st_info) == STB_GLOBAL;
	default:
		return false;
	}
}

static void check(const struct take *take)
{
	for_each_section(section, take->object) {
		for_each_chunk(chunk, section) {
			struct target target;

			for_each_reloc(reloc, chunk) {
				if (!chunk->kept ||
				    meaning_of(take, chunk, reloc, &target) != MEANS_MODULE)
					continue;
				if (section->kind == KIND_PIECES || section->kind == KIND_TABLE)
					refuse("%s: section %s refers to %s of the module, which is not known yet when it is used", take->object->source, section->name, target.name);
				check_module_symbol(take, chunk, &target);
			}
		}
	}
}

void take_all(const struct take *take)
{
	bool more = true;

	for_each_section(section, take->object)
		for_each_chunk(chunk, section)
			chunk->kept = chunk->changed || is_new_global(chunk);
	while (more) {
		more = take_entries(take);
		for_each_section(section, take->object)
			for_each_chunk(chunk, section)
				if (chunk->kept && take_targets(take, chunk))
					more = true;
	}
	check(take);
}
