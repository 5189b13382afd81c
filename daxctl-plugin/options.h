/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands are told: all options of all commands, in one table. */
#ifndef CARVE_OPTIONS_H
#define CARVE_OPTIONS_H

#include <stdbool.h>

struct command;

/**
 * struct carve_options - options as given; a text is NULL if it was not
 * @human: JSON with numbers for people
 * @json: JSON, on a terminal too, and complaints in JSON
 * @verbose: say what is done, and let libdaxctl talk
 * @output: value of --output, columns of a table
 * @parsable: a table for scripts
 * @no_headings: a table without its first line
 * @node: value of --node
 * @size: value of --size
 * @align: value of --align
 * @count: value of --count
 * @name: value of --name
 * @mode: value of --mode that is the mode of a device
 * @permissions: value of --mode that is octal, of the device node
 * @map: value of --map
 * @owner: value of --owner
 * @guests: value of --guests
 * @host_reserve: value of --host-reserve
 * @contiguous: one extent per device
 * @spread: evenly over nodes
 * @dry_run: print the plan only
 * @zero: clear now rather than at first use
 * @if_missing: what exists as asked for is no error
 * @ignore_missing: what does not exist is no error
 * @force: also if in use
 * @all: every device
 * @preserve: keep what is in the memory
 * @by_size: what does not fit where it was goes elsewhere
 * @remove_extra: destroy what is not in the file
 * @repair: put right what can be
 * @qemu: arguments for QEMU
 * @libvirt: XML for libvirt
 * @prometheus: metrics in the format of Prometheus
 */
struct carve_options {
	bool human, json, verbose;
	const char *output;
	bool parsable, no_headings;
	const char *node, *size, *align, *count, *name;
	const char *mode, *permissions, *map, *owner;
	const char *guests, *host_reserve;
	bool contiguous, spread, dry_run, zero;
	bool if_missing, ignore_missing;
	bool force, all;
	bool preserve, by_size, remove_extra;
	bool repair;
	bool qemu, libvirt;
	bool prometheus;
};

/**
 * options_parse() - read the options of a command
 * @command: the command
 * @argc: number of @argv
 * @argv: the name of the command and what follows; sorted, options first
 * @opt: filled in
 *
 * Return: index of the first argument that is no option; 0 if all that was asked
 * for has been printed; negative after a complaint.
 */
int options_parse(const struct command *command, int argc, char **argv,
		  struct carve_options *opt);

#endif /* CARVE_OPTIONS_H */
