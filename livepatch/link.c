// SPDX-License-Identifier: GPL-2.0-only
/*
 * link FILE.ko: makes a livepatch of a module that write.c has prepared. What refers to
 * symbols .klp.sym.MODULE.NAME,POSITION goes from .rela.SECTION to
 * .klp.rela.MODULE.SECTION, which the kernel applies when MODULE is there. See
 * Documentation/livepatch/module-elf-format.rst in the kernel's source.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "object.h"

#define SHN_LIVEPATCH		0xff20
#define SHF_RELA_LIVEPATCH	0x00100000

static const char prefix[] = ".klp.sym.";

struct file {
	const char *path;
	Elf *elf;
	Elf_Scn *symtab;
	Elf64_Sym *symbols;
	size_t nr_symbols, names;	/* .shstrtab */
	const char *strings;
};

/* The module that a livepatch symbol belongs to, or NULL; its length in *length. */
static const char *module_of(const struct file *file, const Elf64_Rela *rela, size_t *length)
{
	const size_t i = ELF64_R_SYM(rela->r_info);
	const char *name;

	if (i >= file->nr_symbols)
		die("%s: a relocation to a symbol that is not there", file->path);
	name = file->strings + file->symbols[i].st_name;
	if (!starts(name, prefix))
		return NULL;
	name += strlen(prefix);
	*length = strcspn(name, ".");
	return name;
}

static size_t add_name(const struct file *file, const char *name)
{
	Elf_Data *data = elf_getdata(elf_getscn(file->elf, file->names), NULL);
	const size_t at = data->d_size;
	char *text = xcalloc(1, at + strlen(name) + 1);

	memcpy(text, data->d_buf, at);
	strcpy(text + at, name);
	data->d_buf = text;
	data->d_size += strlen(name) + 1;
	elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
	return at;
}

static void add_section(const struct file *file, const char *module, size_t length,
			const char *of, size_t info, Elf64_Rela *relas, size_t nr)
{
	Elf_Scn *scn = elf_newscn(file->elf);
	Elf_Data *data = scn ? elf_newdata(scn) : NULL;
	Elf64_Shdr *header = scn ? elf64_getshdr(scn) : NULL;
	char *name;

	if (!data || !header || asprintf(&name, ".klp.rela.%.*s.%s", (int)length, module, of) < 0)
		die("%s: %s", file->path, elf_errmsg(-1));
	*header = (Elf64_Shdr) {
		.sh_name = add_name(file, name),
		.sh_type = SHT_RELA,
		.sh_flags = SHF_ALLOC | SHF_INFO_LINK | SHF_RELA_LIVEPATCH,
		.sh_link = elf_ndxscn(file->symtab),
		.sh_info = info,
		.sh_addralign = 8,
		.sh_entsize = sizeof(*relas),
	};
	free(name);
	data->d_buf = relas;
	data->d_size = nr * sizeof(*relas);
	data->d_type = ELF_T_RELA;
	data->d_align = 8;
	data->d_version = EV_CURRENT;
}

/* Moves what belongs to the first module that is found; returns false if there is none. */
static bool move(const struct file *file, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	const size_t nr = data ? data->d_size / sizeof(Elf64_Rela) : 0;
	const char *module = NULL, *other;
	Elf64_Rela *relas = data ? data->d_buf : NULL, *moved;
	size_t i, left = 0, gone = 0, length = 0, n = 0;
	const Elf64_Shdr *header, *target;

	for (i = 0; i < nr && !module; i++)
		module = module_of(file, &relas[i], &length);
	if (!module)
		return false;
	header = elf64_getshdr(scn);
	target = elf64_getshdr(elf_getscn(file->elf, header->sh_info));
	if (!target || !(target->sh_flags & SHF_ALLOC))
		die("%s: livepatch symbols where nothing is loaded", file->path);
	moved = xcalloc(nr, sizeof(*moved));
	for (i = 0; i < nr; i++) {
		other = module_of(file, &relas[i], &n);
		if (other && n == length && !memcmp(other, module, n)) {
			file->symbols[ELF64_R_SYM(relas[i].r_info)].st_shndx = SHN_LIVEPATCH;
			moved[gone++] = relas[i];
		} else {
			relas[left++] = relas[i];
		}
	}
	data->d_size = left * sizeof(*relas);
	elf_flagdata(data, ELF_C_SET, ELF_F_DIRTY);
	add_section(file, module, length, elf_strptr(file->elf, file->names, target->sh_name),
		    header->sh_info, moved, gone);
	return true;
}

static void finish_symbols(const struct file *file)
{
	size_t i;

	for (i = 0; i < file->nr_symbols; i++) {
		Elf64_Sym *symbol = &file->symbols[i];

		if (!starts(file->strings + symbol->st_name, prefix))
			continue;
		if (symbol->st_shndx != SHN_LIVEPATCH)
			die("%s: nothing refers to %s any more", file->path,
			    file->strings + symbol->st_name);
		symbol->st_info = ELF64_ST_INFO(STB_GLOBAL, ELF64_ST_TYPE(symbol->st_info));
	}
	elf_flagdata(elf_getdata(file->symtab, NULL), ELF_C_SET, ELF_F_DIRTY);
}

int main(int argc, char **argv)
{
	struct file file = { .path = argc == 2 ? argv[1] : "" };
	size_t nr_sections, i;
	Elf_Scn *scn = NULL;
	int fd;

	if (argc != 2)
		die("usage: link FILE.ko");
	fd = open(file.path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("%s: %m", file.path);
	elf_version(EV_CURRENT);
	file.elf = elf_begin(fd, ELF_C_RDWR, NULL);
	if (!file.elf || elf_kind(file.elf) != ELF_K_ELF || !elf64_getehdr(file.elf) ||
	    elf_getshdrstrndx(file.elf, &file.names) || elf_getshdrnum(file.elf, &nr_sections))
		die("%s: not a module", file.path);
	while ((scn = elf_nextscn(file.elf, scn))) {
		const Elf64_Shdr *header = elf64_getshdr(scn);
		Elf_Data *data;

		if (header->sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(scn, NULL);
		file.symtab = scn;
		file.symbols = data->d_buf;
		file.nr_symbols = data->d_size / sizeof(Elf64_Sym);
		file.strings = elf_getdata(elf_getscn(file.elf, header->sh_link), NULL)->d_buf;
	}
	if (!file.symtab)
		die("%s: has no symbols", file.path);
	for (i = 1; i < nr_sections; i++) {
		scn = elf_getscn(file.elf, i);
		if (elf64_getshdr(scn)->sh_type == SHT_RELA)
			while (move(&file, scn))
				;
	}
	finish_symbols(&file);
	if (elf_update(file.elf, ELF_C_WRITE) < 0)
		die("%s: %s", file.path, elf_errmsg(-1));
	elf_end(file.elf);
	if (close(fd))
		die("%s: %m", file.path);
	return 0;
}
