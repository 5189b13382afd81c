// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparing two builds of the same C file, chunk by chunk. Bytes tell most of it: those
 * that depend on where things are have a relocation, and that is compared by what it
 * refers to. Names that the compiler made unique by a number are compared without it,
 * and what is line numbers is not compared at all.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"

size_t refusals;

void refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("livepatch: refused: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	refusals++;
}

static bool same_name(const char *a, const char *b)
{
	const size_t length = has_suffix(a);

	if (!length)
		return !strcmp(a, b);
	return length == has_suffix(b) && !memcmp(a, b, length);
}

static bool same_chunk(const struct chunk *a, const struct chunk *b);

static bool same_string(const struct target *a, const struct target *b)
{
	const struct section *x = a->chunk->section, *y = b->chunk->section;
	const size_t left_x = x->header.sh_size - a->offset;
	const size_t left_y = y->header.sh_size - b->offset;
	size_t length = x->header.sh_entsize;

	if (x->header.sh_flags & SHF_STRINGS)
		length = strnlen((const char *)x->bytes + a->offset, left_x) + 1;
	return length <= left_x && length <= left_y &&
	       !memcmp(x->bytes + a->offset, y->bytes + b->offset, length);
}

static bool same_target(const struct target *a, const struct target *b)
{
	const struct chunk *x = a->chunk, *y = b->chunk;

	if (!x || !y)
		return !x && !y && !strcmp(a->name, b->name);
	if (x->section->kind != y->section->kind)
		return false;
	switch (x->section->kind) {
	case KIND_STRINGS:
		return same_string(a, b);
	case KIND_MESSAGES:
		return true;
	case KIND_PIECES:
		return a->offset - x->from == b->offset - y->from && same_chunk(x, y);
	case KIND_TEXT:
		return a->offset - x->from == b->offset - y->from &&
		       !strcmp(chunk_name(x), chunk_name(y));
	default:
		break;
	}
	if (a->offset - x->from != b->offset - y->from ||
	    !same_name(chunk_name(x), chunk_name(y)))
		return false;
	/* By its content, as the name says little. */
	if (x->section->kind == KIND_CONST && has_suffix(chunk_name(x)))
		return same_chunk(x, y);
	if (x->section->kind == KIND_DATA && has_suffix(chunk_name(x)))
		return x->to - x->from == y->to - y->from;
	return true;
}

static bool same_chunk(const struct chunk *a, const struct chunk *b)
{
	const struct section *x = a->section, *y = b->section;
	size_t i;

	if (a->to - a->from != b->to - b->from || a->nr_relocs != b->nr_relocs ||
	    !x->bytes != !y->bytes)
		return false;
	if (x->bytes && memcmp(x->bytes + a->from, y->bytes + b->from, a->to - a->from))
		return false;
	for (i = 0; i < a->nr_relocs; i++) {
		const struct reloc *r = &a->relocs[i], *s = &b->relocs[i];
		const struct target t = target_of(x->object, r);
		const struct target u = target_of(y->object, s);

		if (is_void(a, r) && is_void(b, s))
			continue;
		if (r->type != s->type || r->offset - a->from != s->offset - b->from ||
		    r->bias != s->bias || !same_target(&t, &u))
			return false;
		if (!t.chunk && r->addend != s->addend)
			return false;
	}
	return true;
}

/* What belongs to a function without being part of it, but for line numbers. */
static bool same_entries(const struct chunk *a, const struct chunk *b, const char *table)
{
	struct chunk *x = NULL, *end_x = NULL, *y = NULL, *end_y = NULL;

	for_each_section(section, a->section->object)
		if (section->kind == KIND_TABLE && !strcmp(section->name, table)) {
			x = section->chunks;
			end_x = x + section->nr_chunks;
		}
	for_each_section(section, b->section->object)
		if (section->kind == KIND_TABLE && !strcmp(section->name, table)) {
			y = section->chunks;
			end_y = y + section->nr_chunks;
		}
	for (;;) {
		while (x < end_x && !entry_of(x, a))
			x++;
		while (y < end_y && !entry_of(y, b))
			y++;
		if (x == end_x || y == end_y)
			return x == end_x && y == end_y;
		if (!same_chunk(x++, y++))
			return false;
	}
}

static bool same_function(const struct chunk *a, const struct chunk *b)
{
	return same_chunk(a, b) && same_entries(a, b, "__jump_table") &&
	       same_entries(a, b, "__ex_table") && same_entries(a, b, ".altinstructions");
}

static struct chunk *find(const struct object *object, const struct section *like,
			  const struct chunk *chunk)
{
	for_each_section(section, object) {
		if (section->kind != like->kind)
			continue;
		for_each_chunk(c, section)
			if (!c->symbol == !chunk->symbol &&
			    (like->kind == KIND_TEXT ?
			     !strcmp(chunk_name(c), chunk_name(chunk)) :
			     same_name(chunk_name(c), chunk_name(chunk))))
				return c;
	}
	return NULL;
}

/* Of another kind, too: "const" was added, or removed. */
static bool named(const struct object *object, const struct chunk *chunk)
{
	for_each_section(section, object)
		for_each_chunk(c, section)
			if (c->symbol && chunk->symbol &&
			    !strcmp(c->symbol->name, chunk->symbol->name))
				return true;
	return false;
}

static void compare_data(const struct object *old, struct chunk *chunk)
{
	const struct section *section = chunk->section;
	const char *name = chunk_name(chunk), *source = section->object->source;
	const bool special = section->kind == KIND_SPECIAL || section->kind == KIND_EXPORTS;

	if (!special && has_suffix(name))
		return;
	chunk->old = find(old, section, chunk);
	if (!chunk->old && named(old, chunk)) {
		refuse("%s: %s is in another section: whether something is constant, or is zero at first, cannot be changed", source, name);
	} else if (section->kind == KIND_EXPORTS) {
		if (!chunk->old || !same_chunk(chunk->old, chunk))
			refuse("%s: other symbols are exported: those of a loaded module stay what they are", source);
	} else if (!chunk->old && special && chunk->to > chunk->from) {
		refuse("%s: %s is new in section %s, at which the kernel looks only when a module is loaded", source, name, section->name);
	} else if (chunk->old && !same_chunk(chunk->old, chunk)) {
		refuse("%s: %s, which is data, has another value or size: the loaded module goes on with what it has", source, name);
	}
}

static void compare_fixed(const struct object *old, const struct chunk *chunk)
{
	const struct section *section = chunk->section;
	const struct chunk *was = find(old, section, chunk);
	const char *source = section->object->source;

	if (chunk->from == chunk->to && !was)
		return;
	if (was && same_chunk(was, chunk))
		return;
	if (starts(section->name, ".init"))
		refuse("%s: __init code is another, or what is inlined in it: it has run when the module was loaded, and is gone", source);
	else if (starts(section->name, ".exit"))
		refuse("%s: __exit code is another, or what is inlined in it: ftrace, by which functions are replaced, does not know it", source);
	else
		refuse("%s: code in section %s is another: it cannot be replaced", source,
		       section->name);
}

static bool has_fentry(const struct chunk *chunk)
{
	for_each_reloc(reloc, chunk)
		if (!strcmp(reloc->symbol->name, "__fentry__"))
			return true;
	return false;
}

/* The unlikely part of a function, "NAME.cold"; or the function of that. */
static struct chunk *other_part(struct object *object, const struct chunk *part)
{
	static const char cold[] = ".cold";

	for_each_section(section, object) {
		struct chunk *chunk = section->chunks;
		size_t length;

		if (section->kind != KIND_TEXT || !chunk->symbol || chunk == part)
			continue;
		length = strlen(chunk->symbol->name);
		if (!strncmp(chunk->symbol->name, chunk_name(part), length) &&
		    !strcmp(chunk_name(part) + length, cold))
			return chunk;
		length = strlen(chunk_name(part));
		if (!strncmp(chunk->symbol->name, chunk_name(part), length) &&
		    !strcmp(chunk->symbol->name + length, cold))
			return chunk;
	}
	return NULL;
}

static size_t compare_functions(const struct object *old, struct object *new)
{
	size_t nr = 0;

	for_each_section(section, new) {
		struct chunk *chunk = section->chunks;

		if (section->kind != KIND_TEXT)
			continue;
		if (section->nr_chunks != 1 || !chunk->symbol)
			die("%s: section %s is not one function", new->path, section->name);
		chunk->old = find(old, section, chunk);
		chunk->changed = chunk->old && !same_function(chunk->old, chunk);
		nr += chunk->changed || !chunk->old;
	}
	/* Both parts of a function, or none. */
	for_each_section(section, new) {
		struct chunk *chunk = section->chunks, *other;

		if (section->kind != KIND_TEXT || (chunk->old && !chunk->changed))
			continue;
		other = other_part(new, chunk);
		if (other && other->old)
			other->changed = true;
	}
	for_each_section(section, new) {
		struct chunk *chunk = section->chunks;

		if (section->kind == KIND_TEXT && chunk->changed && !is_cold(chunk) &&
		    !has_fentry(chunk->old))
			refuse("%s: %s changes, but is notrace (does not call __fentry__): it cannot be replaced", new->source, chunk_name(chunk));
	}
	return nr;
}

size_t compare(const struct object *old, struct object *new)
{
	for_each_section(section, new) {
		for_each_chunk(chunk, section) {
			switch (section->kind) {
			case KIND_FIXED:
				compare_fixed(old, chunk);
				break;
			case KIND_DATA:
			case KIND_CONST:
			case KIND_SPECIAL:
			case KIND_EXPORTS:
				compare_data(old, chunk);
				break;
			default:
				break;
			}
		}
	}
	return compare_functions(old, new);
}
