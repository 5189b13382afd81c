/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An object file as this directory sees it: sections cut into chunks, which are what
 * is compared, and taken into a livepatch or not. A chunk is a function, a variable,
 * one entry of a table such as __bug_table, or a section of which no more is known.
 */
#ifndef LIVEPATCH_OBJECT_H
#define LIVEPATCH_OBJECT_H

#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum kind - what a section holds, by its name and flags
 * @KIND_NONE: nothing that matters: debugging information, notes, text for modinfo
 * @KIND_TEXT: one function, or the part of one that is unlikely
 * @KIND_FIXED: functions that cannot be replaced, as those of __init
 * @KIND_DATA: variables
 * @KIND_CONST: constants with names
 * @KIND_STRINGS: anonymous strings and numbers (SHF_MERGE)
 * @KIND_SPECIAL: variables that the kernel looks at when a module is loaded
 * @KIND_EXPORTS: .export_symbol
 * @KIND_MESSAGES: what pr_debug() and UBSAN have for each place: lines, mostly
 * @KIND_TABLE: entries of one size, each about a place in a function, which its first
 *              relocation tells
 * @KIND_PIECES: code for such places: .altinstr_replacement and .altinstr_aux
 */
enum kind {
	KIND_NONE,
	KIND_TEXT,
	KIND_FIXED,
	KIND_DATA,
	KIND_CONST,
	KIND_STRINGS,
	KIND_SPECIAL,
	KIND_EXPORTS,
	KIND_MESSAGES,
	KIND_TABLE,
	KIND_PIECES,
};

struct symbol {
	const char *name;
	GElf_Sym elf;
	struct section *section;	/* NULL: undefined, or absolute */
};

/**
 * struct reloc - a relocation
 * @offset: of the place, bytes into its section
 * @type: R_X86_64_*
 * @symbol: what it refers to
 * @addend: of the ELF relocation
 * @bias: how far behind the place the CPU counts from, in bytes: @addend is that much
 *        less than the distance from @symbol to what is meant
 */
struct reloc {
	uint64_t offset;
	uint32_t type;
	struct symbol *symbol;
	int64_t addend;
	int64_t bias;
};

/**
 * struct chunk - a part of a section
 * @section: the section
 * @from: where it starts, bytes into the section
 * @to: where it ends
 * @symbol: its name, or NULL
 * @relocs: those of its places, by offset
 * @nr_relocs: how many
 * @old: what it was before the change, or NULL; of the new object only
 * @changed: a function that is not what it was
 * @kept: goes into the livepatch
 * @out: where it is there, bytes into its section
 */
struct chunk {
	struct section *section;
	uint64_t from, to;
	struct symbol *symbol;
	struct reloc *relocs;
	size_t nr_relocs;
	struct chunk *old;
	bool changed, kept;
	uint64_t out;
};

struct section {
	struct object *object;
	const char *name;
	GElf_Shdr header;
	const uint8_t *bytes;		/* NULL for .bss */
	enum kind kind;
	struct chunk *chunks;
	size_t nr_chunks;
	struct reloc *relocs;
	size_t nr_relocs;
	size_t out_index;
};

struct object {
	const char *path;
	const char *source;		/* basename of the C file, from STT_FILE */
	int fd;
	Elf *elf;
	struct section *sections;
	size_t nr_sections;
	struct symbol *symbols;
	size_t nr_symbols;
};

/**
 * struct target - what a relocation refers to
 * @chunk: in this object, or NULL
 * @offset: bytes into the chunk's section; may be the chunk's end
 * @name: of a symbol of some other object, if @chunk is NULL
 */
struct target {
	struct chunk *chunk;
	uint64_t offset;
	const char *name;
};

/**
 * object_open() - read an object file
 * @path: of a relocatable x86-64 file; built with -ffunction-sections and
 *        -fdata-sections, or its chunks are not functions and variables
 * @relocs: whether to read relocations, and cut sections into chunks
 *
 * Return: the object; the program ends with a message if it cannot be read.
 */
struct object *object_open(const char *path, bool relocs);

/**
 * target_of() - find out what a relocation refers to
 * @object: the object
 * @reloc: its relocation
 *
 * Return: the target.
 */
struct target target_of(const struct object *object, const struct reloc *reloc);

/**
 * is_branch() - whether a relocation is that of a call or jump
 * @section: where it is
 * @reloc: the relocation
 *
 * Return: true if it is; false if an address is taken.
 */
bool is_branch(const struct section *section, const struct reloc *reloc);

/**
 * has_suffix() - whether the compiler made a name unique, as in "_rs.3"
 * @name: of a variable
 *
 * Return: length of the name without that, in bytes; 0 if it is a name as written.
 */
size_t has_suffix(const char *name);

/**
 * chunk_name() - what to call a chunk in messages
 * @chunk: the chunk
 *
 * Return: its symbol's name, or its section's.
 */
const char *chunk_name(const struct chunk *chunk);

/**
 * is_cold() - whether a chunk is the unlikely part of a function, "NAME.cold"
 * @chunk: of KIND_TEXT, or of any other kind
 *
 * Return: true if it is; nobody calls it then but that function.
 */
bool is_cold(const struct chunk *chunk);

/**
 * is_void() - whether a relocation is that of a replacement without instructions
 * @chunk: where it is, an entry of .altinstructions or anything else
 * @reloc: the relocation
 *
 * Return: true if it is; what it refers to belongs to somebody else then, by chance.
 */
bool is_void(const struct chunk *chunk, const struct reloc *reloc);

/**
 * entry_of() - whether an entry of a table is about some chunk
 * @entry: a chunk of a KIND_TABLE section
 * @chunk: of the same object
 *
 * Return: true if it is.
 */
bool entry_of(const struct chunk *entry, const struct chunk *chunk);

/**
 * die() - end with a message
 * @format: as for printf, without the end of the line
 */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * xcalloc() - memory, zeroed, or die
 * @nr: how many
 * @size: of each, in bytes
 *
 * Return: the memory, which stays to the end of the program.
 */
void *xcalloc(size_t nr, size_t size);

static inline bool starts(const char *name, const char *with)
{
	while (*with)
		if (*name++ != *with++)
			return false;
	return true;
}

#define for_each_section(s, object)					\
	for (struct section *s = (object)->sections;			\
	     s < (object)->sections + (object)->nr_sections; s++)
#define for_each_chunk(c, s)						\
	for (struct chunk *c = (s)->chunks; c < (s)->chunks + (s)->nr_chunks; c++)
#define for_each_reloc(r, c)						\
	for (struct reloc *r = (c)->relocs; r < (c)->relocs + (c)->nr_relocs; r++)
#define for_each_symbol(y, object)					\
	for (struct symbol *y = (object)->symbols;			\
	     y < (object)->symbols + (object)->nr_symbols; y++)

#endif
