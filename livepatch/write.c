// SPDX-License-Identifier: GPL-2.0-only
/* Writing an object file of the chunks that were taken. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "write.h"

/* Strings of .strtab or .shstrtab; symbols of .symtab. */
struct strings {
	char *text;
	size_t size;
};

struct symbols {
	Elf64_Sym *elf;
	size_t nr;
};

struct out {
	const struct take *take;
	Elf *elf;
	struct strings names, section_names;
	struct symbols symbols;
	size_t nr_locals, nr_sections;
};

static size_t add_string(struct strings *strings, const char *text)
{
	const size_t at = strings->size ? strings->size : 1;
	const size_t length = strlen(text) + 1;

	strings->text = realloc(strings->text, at + length);
	if (!strings->text)
		die("out of memory");
	strings->text[0] = 0;
	memcpy(strings->text + at, text, length);
	strings->size = at + length;
	return at;
}

static size_t add_symbol(struct out *out, const char *name, Elf64_Sym symbol)
{
	struct symbols *symbols = &out->symbols;

	symbols->elf = reallocarray(symbols->elf, symbols->nr + 1, sizeof(symbol));
	if (!symbols->elf)
		die("out of memory");
	symbol.st_name = *name ? add_string(&out->names, name) : 0;
	symbols->elf[symbols->nr] = symbol;
	return symbols->nr++;
}

static size_t undefined(struct out *out, const char *name, int bind)
{
	size_t i;

	for (i = out->nr_locals; i < out->symbols.nr; i++)
		if (!strcmp(out->names.text + out->symbols.elf[i].st_name, name))
			return i;
	return add_symbol(out, name, (Elf64_Sym) { .st_info = ELF64_ST_INFO(bind, STT_NOTYPE) });
}

static Elf_Scn *new_section(struct out *out, const char *name, const Elf64_Shdr *like,
			    void *bytes, size_t size, Elf_Type type)
{
	Elf_Scn *scn = elf_newscn(out->elf);
	Elf_Data *data = scn ? elf_newdata(scn) : NULL;
	Elf64_Shdr *header = scn ? elf64_getshdr(scn) : NULL;

	if (!data || !header)
		die("libelf: %s", elf_errmsg(-1));
	*header = *like;
	header->sh_name = add_string(&out->section_names, name);
	header->sh_size = size;
	data->d_buf = bytes;
	data->d_size = size;
	data->d_type = type;
	data->d_align = like->sh_addralign ? like->sh_addralign : 1;
	data->d_version = EV_CURRENT;
	return scn;
}

/* Where its chunks go; returns the size of it, in bytes. */
static uint64_t lay_out(struct section *section)
{
	const bool packed = section->kind == KIND_TABLE || section->kind == KIND_PIECES;
	const uint64_t align = packed || !section->header.sh_addralign ? 1 :
			       section->header.sh_addralign;
	uint64_t size = 0;

	for_each_chunk(chunk, section) {
		if (!chunk->kept)
			continue;
		size = (size + align - 1) / align * align;
		chunk->out = size;
		size += chunk->to - chunk->from;
	}
	return size;
}

static bool any_kept(const struct section *section)
{
	for_each_chunk(chunk, section)
		if (chunk->kept)
			return true;
	return false;
}

static void add_section(struct out *out, struct section *section)
{
	const bool merged = section->kind == KIND_STRINGS;
	const uint64_t size = lay_out(section);
	uint8_t *bytes = section->bytes ? xcalloc(1, size) : NULL;
	Elf_Scn *scn;

	for_each_chunk(chunk, section)
		if (bytes && chunk->kept)
			memcpy(bytes + chunk->out, section->bytes + chunk->from,
			       chunk->to - chunk->from);
	/* Strings are referred to by offset, so none may be merged. */
	scn = new_section(out, section->name, &(Elf64_Shdr) {
			.sh_type = section->header.sh_type,
			.sh_flags = section->header.sh_flags &
				    ~(SHF_GROUP | (merged ? SHF_MERGE | SHF_STRINGS : 0)),
			.sh_addralign = section->header.sh_addralign,
			.sh_entsize = merged ? 0 : section->header.sh_entsize,
		}, bytes, size, ELF_T_BYTE);
	section->out_index = elf_ndxscn(scn);
	add_symbol(out, "", (Elf64_Sym) {
		.st_info = ELF64_ST_INFO(STB_LOCAL, STT_SECTION),
		.st_shndx = section->out_index,
	});
}

/* The names of what was taken; those of changed functions are for stack traces. */
static void add_names(struct out *out, int bind, const char *prefix)
{
	size_t nr = 0;
	char *name;

	for_each_section(section, out->take->object) {
		for_each_chunk(chunk, section) {
			const struct symbol *symbol = chunk->symbol;
			const bool global = symbol && !chunk->old &&
				GELF_ST_BIND(symbol->elf.st_info) == STB_GLOBAL;
			Elf64_Sym elf;

			if (!chunk->kept || !symbol)
				continue;
			elf = (Elf64_Sym) {
				.st_info = ELF64_ST_INFO(bind, GELF_ST_TYPE(symbol->elf.st_info)),
				.st_shndx = section->out_index,
				.st_value = symbol->elf.st_value - chunk->from + chunk->out,
				.st_size = symbol->elf.st_size,
			};
			if (global == (bind == STB_GLOBAL))
				add_symbol(out, symbol->name, elf);
			if (bind != STB_GLOBAL || !chunk->changed || is_cold(chunk))
				continue;
			if (asprintf(&name, "%s%zu", prefix, nr++) < 0)
				die("out of memory");
			add_symbol(out, name, elf);
			free(name);
		}
	}
}

static void add_reloc(struct out *out, const struct chunk *chunk, const struct reloc *reloc,
		      Elf64_Rela *rela)
{
	const struct chunk *place = NULL;
	struct target target;
	size_t symbol = 0;
	char *name;

	rela->r_offset = reloc->offset - chunk->from + chunk->out;
	switch (meaning_of(out->take, chunk, reloc, &target)) {
	case MEANS_PLACE:
		target = target_of(out->take->object, chunk->relocs);
		/* fallthrough */
	case MEANS_OURS:
		place = target.chunk;
		while (out->symbols.elf[symbol].st_shndx != place->section->out_index ||
		       ELF64_ST_TYPE(out->symbols.elf[symbol].st_info) != STT_SECTION)
			symbol++;
		rela->r_addend = target.offset - place->from + place->out - reloc->bias;
		break;
	case MEANS_MODULE:
		if (asprintf(&name, ".klp.sym.%s.%s,%d", out->take->name, target.name,
			     position_of(out->take, target.name)) < 0)
			die("out of memory");
		symbol = undefined(out, name, STB_WEAK);
		free(name);
		rela->r_addend = target.offset - reloc->bias;
		break;
	case MEANS_IMPORT:
		symbol = undefined(out, target.name, STB_GLOBAL);
		rela->r_addend = reloc->addend;
		break;
	}
	rela->r_info = ELF64_R_INFO(symbol, reloc->type);
}

static void add_relocs(struct out *out, struct section *section, size_t symtab)
{
	Elf64_Rela *relas = xcalloc(section->nr_relocs, sizeof(*relas));
	size_t nr = 0;
	char *name;

	for_each_chunk(chunk, section) {
		if (!chunk->kept)
			continue;
		for_each_reloc(reloc, chunk)
			add_reloc(out, chunk, reloc, &relas[nr++]);
	}
	if (!nr)
		return;
	if (asprintf(&name, ".rela%s", section->name) < 0)
		die("out of memory");
	new_section(out, name, &(Elf64_Shdr) {
			.sh_type = SHT_RELA, .sh_flags = SHF_INFO_LINK, .sh_link = symtab,
			.sh_info = section->out_index, .sh_addralign = 8,
			.sh_entsize = sizeof(*relas),
		}, relas, nr * sizeof(*relas), ELF_T_RELA);
	free(name);
}

static void add_header(struct out *out)
{
	Elf64_Ehdr *ehdr = elf64_newehdr(out->elf);

	if (!ehdr)
		die("libelf: %s", elf_errmsg(-1));
	ehdr->e_ident[EI_CLASS] = ELFCLASS64;
	ehdr->e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr->e_type = ET_REL;
	ehdr->e_machine = EM_X86_64;
	ehdr->e_version = EV_CURRENT;
}

void write_taken(const struct take *take, const char *path, const char *prefix)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	struct out out = { .take = take };
	Elf_Scn *symtab, *strtab;
	Elf64_Shdr *header;
	Elf_Data *data;

	if (fd < 0)
		die("%s: %m", path);
	out.elf = elf_begin(fd, ELF_C_WRITE, NULL);
	if (!out.elf)
		die("%s: %s", path, elf_errmsg(-1));
	add_header(&out);
	add_symbol(&out, "", (Elf64_Sym) { 0 });
	if (take->object->source)
		add_symbol(&out, take->object->source, (Elf64_Sym) {
			.st_info = ELF64_ST_INFO(STB_LOCAL, STT_FILE), .st_shndx = SHN_ABS,
		});
	for_each_section(section, take->object)
		if (any_kept(section))
			add_section(&out, section);
	add_names(&out, STB_LOCAL, prefix);
	out.nr_locals = out.symbols.nr;
	add_names(&out, STB_GLOBAL, prefix);
	new_section(&out, ".note.GNU-stack", &(Elf64_Shdr) {
			.sh_type = SHT_PROGBITS, .sh_addralign = 1,
		}, NULL, 0, ELF_T_BYTE);

	/* Those before it know its index; what it has is known only after them. */
	symtab = new_section(&out, ".symtab", &(Elf64_Shdr) {
			.sh_type = SHT_SYMTAB, .sh_info = out.nr_locals, .sh_addralign = 8,
			.sh_entsize = sizeof(Elf64_Sym),
		}, NULL, 0, ELF_T_SYM);
	for_each_section(section, take->object)
		if (section->out_index)
			add_relocs(&out, section, elf_ndxscn(symtab));
	strtab = new_section(&out, ".strtab", &(Elf64_Shdr) {
			.sh_type = SHT_STRTAB, .sh_addralign = 1,
		}, out.names.text, out.names.size, ELF_T_BYTE);
	header = elf64_getshdr(symtab);
	header->sh_link = elf_ndxscn(strtab);
	data = elf_getdata(symtab, NULL);
	data->d_buf = out.symbols.elf;
	data->d_size = out.symbols.nr * sizeof(Elf64_Sym);
	strtab = new_section(&out, ".shstrtab", &(Elf64_Shdr) {
			.sh_type = SHT_STRTAB, .sh_addralign = 1,
		}, NULL, 0, ELF_T_BYTE);
	data = elf_getdata(strtab, NULL);
	data->d_buf = out.section_names.text;
	data->d_size = out.section_names.size;
	elf64_getehdr(out.elf)->e_shstrndx = elf_ndxscn(strtab);
	if (elf_update(out.elf, ELF_C_WRITE) < 0)
		die("%s: %s", path, elf_errmsg(-1));
	elf_end(out.elf);
	if (close(fd))
		die("%s: %m", path);
}
