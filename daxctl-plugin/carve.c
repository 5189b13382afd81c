// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxctl carve: devices put together from the memory of a NUMA node. daxctl runs
 * this program for its command "carve".
 */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <daxctl/libdaxctl.h>

#include "carve.h"

bool verbose;
volatile int interrupted;

static void tell(const char *fmt, va_list args)
{
	fflush(stdout);
	fputs("daxctl carve: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(fmt, args);
	va_end(args);
	return -1;
}

void caution(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell(fmt, args);
	va_end(args);
}

void say(const char *fmt, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, fmt);
	tell(fmt, args);
	va_end(args);
}

static void silence(struct daxctl_ctx *ctx, int priority, const char *file,
		    int line, const char *fn, const char *format, va_list args)
{
	(void)ctx;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)format;
	(void)args;
}

struct daxctl_ctx *carve_ctx(void)
{
	struct daxctl_ctx *ctx;
	int rc = daxctl_new(&ctx);

	if (rc) {
		fail("libdaxctl does not start: %s", strerror(-rc));
		return NULL;
	}
	/* What it complains about is said by us, in words that fit. */
	if (!verbose)
		daxctl_set_log_fn(ctx, silence);
	return ctx;
}

/* Letters of options that have no short form. */
enum {
	OPT_COUNT = 256,
	OPT_CONTIGUOUS,
	OPT_SPREAD,
	OPT_DRY_RUN,
	OPT_ZERO,
	OPT_ALL,
	OPT_PRESERVE,
	OPT_LIST_OPTS,
};

/* One line for each option of any command: what users see, and getopt. */
static const struct help {
	struct option option;
	const char *value;
	const char *text;
} options[] = {
	{ { "node", 1, NULL, 'n' }, "N[,N...]", "NUMA nodes to use" },
	{ { "size", 1, NULL, 's' }, "SIZE", "size of each device" },
	{ { "align", 1, NULL, 'a' }, "ALIGN", "4K, 2M (default) or 1G" },
	{ { "count", 1, NULL, OPT_COUNT }, "COUNT", "how many, 1 by default" },
	{ { "name", 1, NULL, 'N' }, "LABEL", "call it so, or LABEL-0, ..." },
	{ { "contiguous", 0, NULL, OPT_CONTIGUOUS }, NULL,
	  "one extent for each device" },
	{ { "spread", 0, NULL, OPT_SPREAD }, NULL, "evenly over the nodes" },
	{ { "dry-run", 0, NULL, OPT_DRY_RUN }, NULL, "only print the plan" },
	{ { "zero", 0, NULL, OPT_ZERO }, NULL,
	  "clear it now, not at first use" },
	{ { "all", 0, NULL, OPT_ALL }, NULL, "all devices of all nodes" },
	{ { "force", 0, NULL, 'f' }, NULL, "even if it is in use" },
	{ { "preserve", 0, NULL, OPT_PRESERVE }, NULL,
	  "keep what is in the memory" },
	{ { "human", 0, NULL, 'u' }, NULL, "numbers for people" },
	{ { "verbose", 0, NULL, 'v' }, NULL, "say what is done" },
	{ { "help", 0, NULL, 'h' }, NULL, "this text" },
	{ { "list-opts", 0, NULL, OPT_LIST_OPTS }, NULL, NULL },
};

#define NR_OPTIONS	(sizeof(options) / sizeof(*options))

static const struct command {
	const char *name;
	int (*run)(const struct carve_options *opt, int argc, char **argv);
	const char *arguments;
	const char *text;
	const char *takes;	/* besides -u, -v and -h */
} commands[] = {
	{ "list", cmd_list, "", "show nodes, free memory and devices", "n" },
	{ "create", cmd_create, "--size SIZE", "make devices", "nsaN" },
	{ "destroy", cmd_destroy, "DEVICE... | --node N | --all",
	  "give memory back", "nf" },
	{ "save", cmd_save, "FILE", "write down all devices", "" },
	{ "restore", cmd_restore, "FILE", "make them again", "" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(*commands))

static bool takes(const struct command *command, int letter)
{
	switch (letter) {
	case 'u':
	case 'v':
	case 'h':
	case OPT_LIST_OPTS:
		return true;
	case OPT_COUNT:
	case OPT_CONTIGUOUS:
	case OPT_SPREAD:
	case OPT_ZERO:
		return command->run == cmd_create;
	case OPT_DRY_RUN:
		return command->run == cmd_create || command->run == cmd_restore;
	case OPT_ALL:
		return command->run == cmd_destroy;
	case OPT_PRESERVE:
		return command->run == cmd_restore;
	default:
		return strchr(command->takes, letter);
	}
}

static void usage(void)
{
	size_t i;

	puts(" usage: daxctl carve COMMAND [OPTIONS]\n");
	for (i = 0; i < NR_COMMANDS; i++)
		printf("    %-8s %-30s %s\n", commands[i].name,
		       commands[i].arguments, commands[i].text);
	puts("\n \"daxctl carve COMMAND --help\" has the options, daxctl-carve(1) the rest.");
}

static void command_usage(const struct command *command)
{
	size_t i;

	printf(" usage: daxctl carve %s %s%s[OPTIONS]\n\n", command->name,
	       command->arguments, *command->arguments ? " " : "");
	for (i = 0; i < NR_OPTIONS; i++) {
		const struct help *help = &options[i];
		char name[64], letter[8] = "    ";

		if (!help->text || !takes(command, help->option.val))
			continue;
		if (help->option.val < 256)
			snprintf(letter, sizeof(letter), "-%c, ",
				 help->option.val);
		snprintf(name, sizeof(name), "%s--%s%s%s", letter,
			 help->option.name, help->value ? " " : "",
			 help->value ? help->value : "");
		printf("    %-28s %s\n", name, help->text);
	}
}

/* For completion, as daxctl's own commands do. */
static void list_opts(const struct command *command)
{
	size_t i;

	for (i = 0; i < NR_OPTIONS; i++)
		if (options[i].text && takes(command, options[i].option.val))
			printf("--%s\n", options[i].option.name);
}

static void set(struct carve_options *opt, int letter, const char *value)
{
	switch (letter) {
	case 'n':
		opt->node = value;
		break;
	case 's':
		opt->size = value;
		break;
	case 'a':
		opt->align = value;
		break;
	case 'N':
		opt->name = value;
		break;
	case 'f':
		opt->force = true;
		break;
	case 'u':
		opt->human = true;
		break;
	case 'v':
		opt->verbose = true;
		break;
	case OPT_COUNT:
		opt->count = value;
		break;
	case OPT_CONTIGUOUS:
		opt->contiguous = true;
		break;
	case OPT_SPREAD:
		opt->spread = true;
		break;
	case OPT_DRY_RUN:
		opt->dry_run = true;
		break;
	case OPT_ZERO:
		opt->zero = true;
		break;
	case OPT_ALL:
		opt->all = true;
		break;
	case OPT_PRESERVE:
		opt->preserve = true;
		break;
	}
}

/* Returns 1 if there is nothing left to do. */
static int parse(const struct command *command, int argc, char **argv,
		 struct carve_options *opt)
{
	struct option table[NR_OPTIONS + 1] = { { 0 } };
	char letters[2 * NR_OPTIONS + 2] = ":";
	size_t i, nr = 0;
	int letter;

	for (i = 0; i < NR_OPTIONS; i++) {
		const struct option *option = &options[i].option;

		if (!takes(command, option->val))
			continue;
		table[nr++] = *option;
		if (option->val < 256)
			sprintf(letters + strlen(letters), "%c%s", option->val,
				option->has_arg ? ":" : "");
	}
	while ((letter = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		switch (letter) {
		case ':':
			return fail("%s wants a value: see daxctl carve %s --help",
				    argv[optind - 1], command->name);
		case '?':
			return fail("%s is not an option of %s: see daxctl carve %s --help",
				    argv[optind - 1], command->name,
				    command->name);
		case 'h':
			command_usage(command);
			return 1;
		case OPT_LIST_OPTS:
			list_opts(command);
			return 1;
		default:
			set(opt, letter, optarg);
		}
	}
	return 0;
}

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static int run(const struct command *command, int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct carve_options opt = { 0 };
	int rc;

	rc = parse(command, argc, argv, &opt);
	if (rc)
		return rc < 0;
	verbose = opt.verbose;
	/* What is half done is undone, not left. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	return command->run(&opt, argc - optind, argv + optind) ? 1 : 0;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		usage();
		return argc < 2;
	}
	if (!strcmp(argv[1], "--list-cmds")) {
		for (i = 0; i < NR_COMMANDS; i++)
			puts(commands[i].name);
		return 0;
	}
	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return run(&commands[i], argc - 1, argv + 1);
	fail("\"%s\" is not a command: see daxctl carve --help", argv[1]);
	return 1;
}
