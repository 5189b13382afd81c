// SPDX-License-Identifier: GPL-2.0-only
/* What commands are told, see options.h. */
#include <ctype.h>
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "carve.h"

/* Letters of options that have no short form begin here. */
#define LONG_ONLY	256

enum { OPT_HELP = 'h' };

#define FLAG(field)	offsetof(struct carve_options, field), false
#define TEXT(field)	offsetof(struct carve_options, field), true

/* One line for each option of any command: what users see, and where it goes. */
static const struct help {
	const char *name;
	int letter;		/* 0 for none */
	size_t offset;
	bool has_value;
	const char *value;
	const char *text;
} options[] = {
	{ "node", 'n', TEXT(node), "NODES", "NUMA nodes to use: 0,2 or 0-3 or all" },
	{ "size", 's', TEXT(size), "SIZE", "size of each device: 2.5G for instance, or max" },
	{ "align", 'a', TEXT(align), "ALIGN", "4K, 2M (default) or 1G" },
	{ "count", 0, TEXT(count), "COUNT", "how many, 1 by default" },
	{ "name", 'N', TEXT(name), "LABEL", "call it so, or LABEL-0, ..." },
	{ "mode", 'm', 0, true, "MODE", "devdax (default) or system-ram; or permissions, 0660" },
	{ "map", 'M', TEXT(map), "MAP", "none (default) or mem: where struct pages are" },
	{ "owner", 0, TEXT(owner), "USER[:GROUP]", "who may open it" },
	{ "contiguous", 0, FLAG(contiguous), NULL, "one extent for each device" },
	{ "spread", 0, FLAG(spread), NULL, "evenly over the nodes" },
	{ "zero", 0, FLAG(zero), NULL, "clear it now, not at first use" },
	{ "if-missing", 0, FLAG(if_missing), NULL, "all is well if it is there already" },
	{ "all", 0, FLAG(all), NULL, "all devices of all nodes" },
	{ "force", 'f', FLAG(force), NULL, "even if it is in use" },
	{ "ignore-missing", 0, FLAG(ignore_missing), NULL, "all is well if it is not there" },
	{ "preserve", 0, FLAG(preserve), NULL, "keep what is in the memory" },
	{ "by-size", 0, FLAG(by_size), NULL, "elsewhere, if it does not fit where it was" },
	{ "remove-extra", 0, FLAG(remove_extra), NULL, "destroy what is not in FILE" },
	{ "dry-run", 0, FLAG(dry_run), NULL, "only print what would be done" },
	{ "repair", 0, FLAG(repair), NULL, "put right what can be" },
	{ "guests", 'g', TEXT(guests), "COUNTxSIZE", "what is to run: 10x32G, or 8x32G,2x64G" },
	{ "host-reserve", 0, TEXT(host_reserve), "SIZE", "what the host keeps; 8G and 2 % by default" },
	{ "qemu", 0, FLAG(qemu), NULL, "arguments for QEMU" },
	{ "libvirt", 0, FLAG(libvirt), NULL, "XML for libvirt" },
	{ "prometheus", 0, FLAG(prometheus), NULL, "for the textfile collector" },
	{ "output", 'o', TEXT(output), "COLUMN[,...]", "a table with these columns" },
	{ "parsable", 'p', FLAG(parsable), NULL, "a table for scripts: tabs, bytes" },
	{ "no-headings", 'H', FLAG(no_headings), NULL, "no first line" },
	{ "json", 'j', FLAG(json), NULL, "JSON, complaints too" },
	{ "human", 'u', FLAG(human), NULL, "JSON with numbers for people" },
	{ "verbose", 'v', FLAG(verbose), NULL, "say what is done" },
	{ "help", OPT_HELP, 0, false, NULL, "this text" },
	{ "list-opts", 0, 0, false, NULL, NULL },
};

#define NR_OPTIONS	(sizeof(options) / sizeof(*options))

/* Is @name one of the words of @list? */
static bool has_word(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (; *list; list += strspn(list, " ")) {
		size_t word = strcspn(list, " ");

		if (word == len && !strncmp(list, name, len))
			return true;
		list += word;
	}
	return false;
}

static bool takes(const struct command *command, const struct help *help)
{
	return has_word("json verbose help list-opts", help->name) ||
	       has_word(command->options, help->name);
}

static void usage(const struct command *command)
{
	size_t i;

	printf(" usage: daxctl carve %s %s%s[OPTIONS]\n\n", command->name,
	       command->arguments, *command->arguments ? " " : "");
	for (i = 0; i < NR_OPTIONS; i++) {
		const struct help *help = &options[i];
		char name[64], letter[8] = "    ";

		if (!help->text || !takes(command, help))
			continue;
		if (help->letter)
			snprintf(letter, sizeof(letter), "-%c, ", help->letter);
		snprintf(name, sizeof(name), "%s--%s%s%s", letter, help->name,
			 help->value ? " " : "",
			 help->value ? help->value : "");
		printf("    %-30s %s\n", name, help->text);
	}
}

/* For completion, as daxctl's own commands do. */
static void list_opts(const struct command *command)
{
	size_t i;

	for (i = 0; i < NR_OPTIONS; i++)
		if (options[i].text && takes(command, &options[i]))
			printf("--%s\n", options[i].name);
}

static void set(struct carve_options *opt, const struct help *help,
		const char *value)
{
	char *field = (char *)opt + help->offset;

	if (!strcmp(help->name, "mode")) {
		if (isdigit((unsigned char)*value))
			opt->permissions = value;
		else
			opt->mode = value;
	} else if (help->has_value) {
		*(const char **)field = value;
	} else {
		*(bool *)field = true;
	}
}

int options_parse(const struct command *command, int argc, char **argv,
		  struct carve_options *opt)
{
	struct option table[NR_OPTIONS + 1] = { { 0 } };
	char letters[2 * NR_OPTIONS + 2] = ":";
	size_t i, nr = 0;
	int letter;

	for (i = 0; i < NR_OPTIONS; i++) {
		const struct help *help = &options[i];

		if (!takes(command, help))
			continue;
		table[nr++] = (struct option){ help->name, help->has_value,
					       NULL, LONG_ONLY + i };
		if (help->letter)
			sprintf(letters + strlen(letters), "%c%s", help->letter,
				help->has_value ? ":" : "");
	}
	while ((letter = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		const struct help *help = NULL;

		if (letter == ':')
			return fail_as(STATUS_BAD_INPUT,
				       "%s wants a value: see daxctl carve %s --help",
				       argv[optind - 1], command->name);
		if (letter == '?')
			return fail_as(STATUS_BAD_INPUT,
				       "%s is not an option of %s: see daxctl carve %s --help",
				       argv[optind - 1], command->name,
				       command->name);
		for (i = 0; i < NR_OPTIONS; i++)
			if (letter == (int)(LONG_ONLY + i) ||
			    letter == options[i].letter)
				help = &options[i];
		if (help->letter == OPT_HELP) {
			usage(command);
			return 0;
		}
		if (!help->text) {
			list_opts(command);
			return 0;
		}
		set(opt, help, optarg);
	}
	return optind;
}
