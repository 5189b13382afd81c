// SPDX-License-Identifier: GPL-2.0-only
/* Reading an object file, and cutting its sections into chunks. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("livepatch: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

void *xcalloc(size_t nr, size_t size)
{
	void *p = calloc(nr ? nr : 1, size ? size : 1);

	if (!p)
		die("out of memory");
	return p;
}

size_t has_suffix(const char *name)
{
	const bool unique = starts(name, "__UNIQUE_ID_");
	size_t length = strlen(name), end = length;

	while (length && strchr(".0123456789", name[length - 1])) {
		length--;
		if (name[length] == '.')
			end = length;
	}
	if (unique)
		return length;
	return end && name[end] == '.' && name[end + 1] ? end : 0;
}

const char *chunk_name(const struct chunk *chunk)
{
	return chunk->symbol ? chunk->symbol->name : chunk->section->name;
}

bool is_cold(const struct chunk *chunk)
{
	static const char cold[] = ".cold";
	const size_t length = strlen(chunk_name(chunk));

	return chunk->section->kind == KIND_TEXT && length > strlen(cold) &&
	       !strcmp(chunk_name(chunk) + length - strlen(cold), cold);
}

/* Where tables have entries of another size in other kernels, what is there tells. */
static const struct table {
	const char *name;
	size_t sizes[2];
} tables[] = {
	{ "__jump_table", { 16 } },
	{ "__bug_table", { 12, 16 } },
	{ "__ex_table", { 12 } },
	{ "__mcount_loc", { 8 } },
	{ ".altinstructions", { 14 } },
	{ ".smp_locks", { 4 } },
	{ ".discard.", { 4, 8 } },
};

static enum kind kind_of(const char *name, const GElf_Shdr *header)
{
	static const char * const none[] = {
		".debug", ".comment", ".note", ".modinfo", ".discard.addressable",
		"__patchable_function_entries", ".eh_frame", ".llvm",
	};
	size_t i;

	if (header->sh_type != SHT_PROGBITS && header->sh_type != SHT_NOBITS)
		return KIND_NONE;
	for (i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (starts(name, none[i]))
			return KIND_NONE;
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		if (starts(name, tables[i].name))
			return KIND_TABLE;
	if (!(header->sh_flags & SHF_ALLOC))
		return KIND_NONE;
	if (starts(name, ".altinstr_"))
		return KIND_PIECES;
	if (header->sh_flags & SHF_EXECINSTR)
		return starts(name, ".text.") ? KIND_TEXT : KIND_FIXED;
	if (!strcmp(name, ".export_symbol"))
		return KIND_EXPORTS;
	if (!strcmp(name, "__dyndbg") || strstr(name, ".Lubsan_"))
		return KIND_MESSAGES;
	if (header->sh_flags & SHF_MERGE)
		return KIND_STRINGS;
	if (starts(name, ".rodata"))
		return KIND_CONST;
	if (starts(name, ".data") || starts(name, ".bss"))
		return KIND_DATA;
	return KIND_SPECIAL;
}

/* How many bytes of the instruction come after a 32-bit displacement at offset. */
static int64_t immediate_after(const uint8_t *bytes, uint64_t offset)
{
	uint8_t modrm, op, reg;
	bool word;

	if (offset < 2 || (bytes[offset - 1] & 0xc7) != 0x05)
		return 0;
	modrm = bytes[offset - 1];
	op = bytes[offset - 2];
	reg = modrm >> 3 & 7;
	/* Of the opcodes 0f 80 to 0f 8f none has such an operand. */
	if (offset > 2 && bytes[offset - 3] == 0x0f && (op & 0xf0) != 0x80)
		return op == 0xba || op == 0xa4 || op == 0xac || op == 0x70 ||
		       op == 0xc2 || (op >= 0xc4 && op <= 0xc6);
	word = (offset > 2 && bytes[offset - 3] == 0x66) ||
	       (offset > 3 && bytes[offset - 4] == 0x66 &&
		(bytes[offset - 3] & 0xf0) == 0x40);
	switch (op) {
	case 0x6b: case 0x80: case 0x82: case 0x83: case 0xc0: case 0xc1: case 0xc6:
		return 1;
	case 0xf6:
		return reg < 2;
	case 0x69: case 0x81: case 0xc7:
		return word ? 2 : 4;
	case 0xf7:
		return reg < 2 ? (word ? 2 : 4) : 0;
	}
	return 0;
}

static int64_t bias_of(const struct section *section, const struct reloc *reloc)
{
	if (!(section->header.sh_flags & SHF_EXECINSTR) || !section->bytes)
		return 0;
	if (reloc->type != R_X86_64_PC32 && reloc->type != R_X86_64_PLT32)
		return 0;
	return 4 + immediate_after(section->bytes, reloc->offset);
}

bool is_branch(const struct section *section, const struct reloc *reloc)
{
	const uint8_t *at = section->bytes + reloc->offset;

	if (!(section->header.sh_flags & SHF_EXECINSTR) || !reloc->offset)
		return false;
	if (reloc->type != R_X86_64_PC32 && reloc->type != R_X86_64_PLT32)
		return false;
	return at[-1] == 0xe8 || at[-1] == 0xe9 ||
	       (reloc->offset > 1 && at[-2] == 0x0f && (at[-1] & 0xf0) == 0x80);
}

static struct chunk *chunk_at(const struct section *section, uint64_t offset)
{
	size_t low = 0, high = section->nr_chunks;

	/* The last that starts at or before it. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (section->chunks[mid].from <= offset)
			low = mid + 1;
		else
			high = mid;
	}
	if (!low || offset > section->chunks[low - 1].to)
		return NULL;
	return &section->chunks[low - 1];
}

struct target target_of(const struct object *object, const struct reloc *reloc)
{
	const struct symbol *symbol = reloc->symbol;
	struct target target = { .name = symbol->name };

	if (!symbol->section)
		return target;
	target.offset = symbol->elf.st_value + reloc->addend + reloc->bias;
	target.chunk = chunk_at(symbol->section, target.offset);
	if (!target.chunk)
		die("%s: cannot tell what is meant by %s%+lld", object->path,
		    *symbol->name ? symbol->name : symbol->section->name,
		    (long long)(reloc->addend + reloc->bias));
	return target;
}

/* struct alt_instr: where, replacement, flags, length, length of the replacement. */
bool is_void(const struct chunk *chunk, const struct reloc *reloc)
{
	return !strcmp(chunk->section->name, ".altinstructions") &&
	       reloc->offset - chunk->from == 4 && !chunk->section->bytes[chunk->from + 13];
}

bool entry_of(const struct chunk *entry, const struct chunk *chunk)
{
	const struct target target = target_of(entry->section->object, entry->relocs);

	return target.chunk == chunk;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int by_offset(const void *a, const void *b)
{
	const struct reloc *x = a, *y = b;

	return by_number(&x->offset, &y->offset);
}

/* Cut at the offsets, of which there may be several that are the same. */
static void cut(struct section *section, uint64_t *at, size_t nr)
{
	size_t i, r = 0;

	qsort(at, nr, sizeof(*at), by_number);
	section->chunks = xcalloc(nr, sizeof(*section->chunks));
	for (i = 0; i < nr; i++) {
		if (i && at[i] == at[i - 1])
			continue;
		section->chunks[section->nr_chunks++] = (struct chunk) {
			.section = section, .from = at[i], .to = section->header.sh_size,
		};
	}
	for (i = 0; i < section->nr_chunks; i++) {
		struct chunk *chunk = &section->chunks[i];

		if (i + 1 < section->nr_chunks)
			chunk->to = chunk[1].from;
		chunk->relocs = section->relocs + r;
		while (r < section->nr_relocs && section->relocs[r].offset < chunk->to)
			r++;
		chunk->nr_relocs = section->relocs + r - chunk->relocs;
	}
}

static size_t entry_size(const struct section *section)
{
	const struct table *table = tables;
	size_t i;

	while (!starts(section->name, table->name))
		table++;
	for (i = 0; i < 2; i++) {
		const size_t size = table->sizes[i];
		uint64_t next = 0;
		size_t r;

		if (!size || section->header.sh_size % size)
			continue;
		for (r = 0; r < section->nr_relocs; r++)
			if (section->relocs[r].offset == next)
				next += size;
		if (next == section->header.sh_size)
			return size;
	}
	die("%s: section %s is not what it is in the kernels that are known here",
	    section->object->path, section->name);
}

static void cut_table(struct section *section)
{
	const size_t size = section->header.sh_size ? entry_size(section) : 1;
	const size_t nr = section->header.sh_size / size;
	uint64_t *at = xcalloc(nr, sizeof(*at));
	size_t i;

	for (i = 0; i < nr; i++)
		at[i] = i * size;
	cut(section, at, nr);
}

/* A piece starts wherever others refer to. */
static void cut_pieces(struct section *section)
{
	size_t nr = 1, most = 1;
	uint64_t *at;

	for_each_section(other, section->object)
		most += other->nr_relocs;
	at = xcalloc(most, sizeof(*at));
	for_each_section(other, section->object) {
		size_t r;

		for (r = 0; other->kind != KIND_NONE && r < other->nr_relocs; r++) {
			const struct reloc *reloc = &other->relocs[r];

			if (reloc->symbol->section == section && other != section)
				at[nr++] = reloc->symbol->elf.st_value +
					   reloc->addend + reloc->bias;
		}
	}
	cut(section, at, nr);
}

static void cut_symbols(struct section *section)
{
	uint64_t *at = xcalloc(section->object->nr_symbols + 1, sizeof(*at));
	size_t nr = 1;

	for_each_symbol(symbol, section->object)
		if (symbol->section == section &&
		    GELF_ST_TYPE(symbol->elf.st_info) == STT_OBJECT)
			at[nr++] = symbol->elf.st_value;
	/* A function has room before it, which is its own. */
	cut(section, at, nr);
	for_each_symbol(symbol, section->object) {
		const int type = GELF_ST_TYPE(symbol->elf.st_info);
		struct chunk *chunk;

		if (symbol->section != section ||
		    (type != STT_OBJECT && type != STT_FUNC))
			continue;
		chunk = chunk_at(section, symbol->elf.st_value);
		if (chunk && !chunk->symbol && section->kind != KIND_FIXED)
			chunk->symbol = symbol;
	}
}

static void cut_section(struct section *section)
{
	switch (section->kind) {
	case KIND_NONE:
		break;
	case KIND_TABLE:
		cut_table(section);
		break;
	case KIND_PIECES:
		cut_pieces(section);
		break;
	default:
		cut_symbols(section);
	}
}

static void read_symbols(struct object *object, Elf_Scn *scn, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t i;

	if (!data || !header->sh_entsize)
		die("%s: %s", object->path, elf_errmsg(-1));
	object->nr_symbols = header->sh_size / header->sh_entsize;
	object->symbols = xcalloc(object->nr_symbols, sizeof(*object->symbols));
	for (i = 0; i < object->nr_symbols; i++) {
		struct symbol *symbol = &object->symbols[i];

		if (!gelf_getsym(data, i, &symbol->elf))
			die("%s: %s", object->path, elf_errmsg(-1));
		symbol->name = elf_strptr(object->elf, header->sh_link, symbol->elf.st_name);
		if (!symbol->name)
			die("%s: %s", object->path, elf_errmsg(-1));
		if (symbol->elf.st_shndx && symbol->elf.st_shndx < object->nr_sections)
			symbol->section = &object->sections[symbol->elf.st_shndx];
		if (GELF_ST_TYPE(symbol->elf.st_info) == STT_FILE && !object->source)
			object->source = symbol->name;
	}
}

static void read_relocs(struct object *object, Elf_Scn *scn, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	struct section *section;
	size_t i;

	if (!data || !header->sh_entsize || header->sh_info >= object->nr_sections)
		die("%s: relocations that cannot be read: %s", object->path, elf_errmsg(-1));
	section = &object->sections[header->sh_info];
	section->nr_relocs = header->sh_size / header->sh_entsize;
	section->relocs = xcalloc(section->nr_relocs, sizeof(*section->relocs));
	for (i = 0; i < section->nr_relocs; i++) {
		struct reloc *reloc = &section->relocs[i];
		GElf_Rela rela;

		if (!gelf_getrela(data, i, &rela) ||
		    GELF_R_SYM(rela.r_info) >= object->nr_symbols ||
		    rela.r_offset >= section->header.sh_size)
			die("%s: a relocation of %s that cannot be read", object->path,
			    section->name);
		reloc->offset = rela.r_offset;
		reloc->type = GELF_R_TYPE(rela.r_info);
		reloc->symbol = &object->symbols[GELF_R_SYM(rela.r_info)];
		reloc->addend = rela.r_addend;
		reloc->bias = bias_of(section, reloc);
	}
	qsort(section->relocs, section->nr_relocs, sizeof(*section->relocs), by_offset);
}

struct object *object_open(const char *path, bool relocs)
{
	struct object *object = xcalloc(1, sizeof(*object));
	Elf_Scn *scn = NULL, *symtab = NULL;
	size_t names, i = 0;
	GElf_Ehdr ehdr;

	if (elf_version(EV_CURRENT) == EV_NONE)
		die("libelf: %s", elf_errmsg(-1));
	object->path = path;
	object->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (object->fd < 0)
		die("%s: %m", path);
	object->elf = elf_begin(object->fd, ELF_C_READ, NULL);
	if (!object->elf || !gelf_getehdr(object->elf, &ehdr) ||
	    ehdr.e_type != ET_REL || ehdr.e_machine != EM_X86_64 ||
	    elf_getshdrnum(object->elf, &object->nr_sections) ||
	    elf_getshdrstrndx(object->elf, &names))
		die("%s: not an x86-64 object file", path);
	object->sections = xcalloc(object->nr_sections, sizeof(*object->sections));
	while ((scn = elf_nextscn(object->elf, scn))) {
		struct section *section = &object->sections[++i];
		Elf_Data *data;

		section->object = object;
		if (!gelf_getshdr(scn, &section->header))
			die("%s: %s", path, elf_errmsg(-1));
		section->name = elf_strptr(object->elf, names, section->header.sh_name);
		if (!section->name)
			die("%s: %s", path, elf_errmsg(-1));
		section->kind = kind_of(section->name, &section->header);
		if (section->header.sh_type == SHT_SYMTAB)
			symtab = scn;
		data = elf_getdata(scn, NULL);
		if (data && section->header.sh_type != SHT_NOBITS)
			section->bytes = data->d_buf;
	}
	if (!symtab)
		die("%s: has no symbols", path);
	read_symbols(object, symtab, &object->sections[elf_ndxscn(symtab)].header);
	if (!relocs)
		return object;
	scn = NULL;
	while ((scn = elf_nextscn(object->elf, scn))) {
		const struct section *section = &object->sections[elf_ndxscn(scn)];

		if (section->header.sh_type == SHT_RELA &&
		    object->sections[section->header.sh_info].kind != KIND_NONE)
			read_relocs(object, scn, &section->header);
	}
	for_each_section(section, object)
		cut_section(section);
	return object;
}
