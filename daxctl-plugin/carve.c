// SPDX-License-Identifier: GPL-2.0-only
/*
 * daxctl carve: devices put together from the memory of a NUMA node. daxctl runs
 * this program for its command "carve".
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <daxctl/libdaxctl.h>

#include "carve.h"

#ifndef CARVE_VERSION
#define CARVE_VERSION	"unknown"
#endif

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

#define TABLE	"output parsable no-headings human "

static const struct command commands[] = {
	{ "list", cmd_list, "[DEVICE...]", "show nodes and devices",
	  "node " TABLE },
	{ "show", cmd_show, "[DEVICE]", "draw memory; what to give to QEMU",
	  "node qemu libvirt" },
	{ "create", cmd_create, "--size SIZE", "make devices",
	  "node size align count name mode map owner contiguous spread zero "
	  "if-missing dry-run " TABLE },
	{ "destroy", cmd_destroy, "DEVICE... | --node NODES | --all",
	  "give memory back", "node all force ignore-missing" },
	{ "resize", cmd_resize, "DEVICE --size SIZE", "make it smaller or larger",
	  "size contiguous preserve dry-run " TABLE },
	{ "rename", cmd_rename, "DEVICE LABEL", "call it otherwise", "" },
	{ "save", cmd_save, "FILE", "write down all devices", "" },
	{ "restore", cmd_restore, "FILE", "make them again",
	  "preserve by-size remove-extra force dry-run " TABLE },
	{ "check", cmd_check, "", "is all as it should be?", "repair" },
	{ "plan", cmd_plan, "--guests COUNTxSIZE", "what to reserve at boot",
	  "guests host-reserve node" },
	{ "export", cmd_export, "--prometheus [FILE]", "figures for monitoring",
	  "prometheus" },
	/* For 91-daxctl-carve.rules only. */
	{ "udev", cmd_udev, NULL, NULL, "" },
};

#define NR_COMMANDS	(sizeof(commands) / sizeof(*commands))

static void usage(void)
{
	size_t i;

	puts(" usage: daxctl carve COMMAND [OPTIONS]\n        daxctl carve --version\n");
	for (i = 0; i < NR_COMMANDS; i++)
		if (commands[i].text)
			printf("    %-8s %-31s %s\n", commands[i].name,
			       commands[i].arguments, commands[i].text);
	puts("\n \"daxctl carve COMMAND --help\" has the options, daxctl-carve(1) the rest.");
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
	int first, i;

	/* A complaint about an option is JSON, too, wherever --json stands. */
	for (i = 1; i < argc; i++)
		message_json |= !strcmp(argv[i], "--json") ||
				!strcmp(argv[i], "-j");
	first = options_parse(command, argc, argv, &opt);
	if (first <= 0)
		return first < 0 ? (int)message_status() : STATUS_OK;
	message_json = opt.json;
	verbose = opt.verbose;
	/* What is half done is undone, not left. */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	/* A reader that went away is found where it is written to. */
	signal(SIGPIPE, SIG_IGN);
	if (command->run == cmd_check)
		return cmd_check(&opt, argc - first, argv + first);
	return command->run(&opt, argc - first, argv + first) ?
	       (int)message_status() : STATUS_OK;
}

/*
 * A file that is opened later must not become stdout. For reading only, so that
 * writing there fails, and is found.
 */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	size_t i;

	open_standard_files();
	if (argc < 2 || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		usage();
		return argc < 2 ? STATUS_BAD_INPUT : STATUS_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts(CARVE_VERSION);
		return STATUS_OK;
	}
	if (!strcmp(argv[1], "--list-cmds")) {
		for (i = 0; i < NR_COMMANDS; i++)
			if (commands[i].text)
				puts(commands[i].name);
		return STATUS_OK;
	}
	/* What daxctl's completion asks every command for. */
	if (!strcmp(argv[1], "--list-opts")) {
		puts("--help\n--version");
		return STATUS_OK;
	}
	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(argv[1], commands[i].name))
			return run(&commands[i], argc - 1, argv + 1);
	fail_as(STATUS_BAD_INPUT, "\"%s\" is not a command: see daxctl carve --help",
		argv[1]);
	return STATUS_BAD_INPUT;
}
