/* SPDX-License-Identifier: GPL-2.0-only */
/* What all files of "daxctl carve" share: its commands. */
#ifndef CARVE_H
#define CARVE_H

#include "message.h"
#include "options.h"

/**
 * struct command - a command of "daxctl carve"
 * @name: what it is called
 * @run: does it; arguments are what follows the options
 * @arguments: what it takes besides options, for --help
 * @text: what it does, for --help
 * @options: long names of the options that it takes, besides those that all do
 */
struct command {
	const char *name;
	int (*run)(const struct carve_options *opt, int argc, char **argv);
	const char *arguments;
	const char *text;
	const char *options;
};

/* Each returns 0, or negative after a complaint; check its exit status. */
int cmd_list(const struct carve_options *opt, int argc, char **argv);
int cmd_show(const struct carve_options *opt, int argc, char **argv);
int cmd_create(const struct carve_options *opt, int argc, char **argv);
int cmd_destroy(const struct carve_options *opt, int argc, char **argv);
int cmd_resize(const struct carve_options *opt, int argc, char **argv);
int cmd_rename(const struct carve_options *opt, int argc, char **argv);
int cmd_save(const struct carve_options *opt, int argc, char **argv);
int cmd_restore(const struct carve_options *opt, int argc, char **argv);
int cmd_check(const struct carve_options *opt, int argc, char **argv);
int cmd_plan(const struct carve_options *opt, int argc, char **argv);
int cmd_export(const struct carve_options *opt, int argc, char **argv);
int cmd_udev(const struct carve_options *opt, int argc, char **argv);

struct daxctl_ctx;

/**
 * carve_ctx() - a fresh context of libdaxctl
 *
 * It is silent without --verbose.
 *
 * Return: the context, to be given to daxctl_unref(), or NULL after a complaint.
 */
struct daxctl_ctx *carve_ctx(void);

#endif /* CARVE_H */
