/* SPDX-License-Identifier: GPL-2.0-only */
/* What all files of "daxctl carve" share: commands, options, complaints. */
#ifndef CARVE_H
#define CARVE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct carve_options - all options of all commands, as given
 * @human: numbers for people
 * @verbose: say what is done, and let libdaxctl talk
 * @node: value of --node, or NULL
 * @size: value of --size, or NULL
 * @align: value of --align, or NULL
 * @count: value of --count, or NULL
 * @name: value of --name, or NULL
 * @contiguous: one extent per device
 * @spread: evenly over nodes
 * @dry_run: print the plan only
 * @zero: clear now rather than at first use
 * @force: also if in use
 * @all: every device
 * @preserve: keep what is in the memory
 */
struct carve_options {
	bool human;
	bool verbose;
	const char *node;
	const char *size;
	const char *align;
	const char *count;
	const char *name;
	bool contiguous;
	bool spread;
	bool dry_run;
	bool zero;
	bool force;
	bool all;
	bool preserve;
};

/* Each returns an exit status; arguments are what follows the options. */
int cmd_list(const struct carve_options *opt, int argc, char **argv);
int cmd_create(const struct carve_options *opt, int argc, char **argv);
int cmd_destroy(const struct carve_options *opt, int argc, char **argv);
int cmd_save(const struct carve_options *opt, int argc, char **argv);
int cmd_restore(const struct carve_options *opt, int argc, char **argv);

/**
 * fail() - complain
 * @fmt: what was wrong, what was expected, and what to do, in one sentence
 *
 * Return: -1, so that callers can pass it on: who gets a negative number knows
 * that the user has been told.
 */
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * caution() - tell of something that is not as one would expect, but no failure
 * @fmt: what it is and what follows, in one sentence
 */
void caution(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * say() - tell something, with --verbose only
 * @fmt: what is going on
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

struct daxctl_ctx;

/**
 * carve_ctx() - a fresh context of libdaxctl
 *
 * A context never looks again at what it has seen once, so that each step that
 * comes after a change takes a new one. It is silent without --verbose.
 *
 * Return: the context, to be given to daxctl_unref(), or NULL after a complaint.
 */
struct daxctl_ctx *carve_ctx(void);

/* Set by --verbose. */
extern bool verbose;

/* Set by SIGINT, SIGTERM and SIGHUP: finish or undo what is half done. */
extern volatile int interrupted;

#endif /* CARVE_H */
