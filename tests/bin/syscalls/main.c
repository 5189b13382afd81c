// SPDX-License-Identifier: GPL-2.0-only
/* See table.h and usage. */
#include <getopt.h>

#include "table.h"

static const char usage[] =
	"usage: syscalls [OPTION...] DEVICE SYSFS-DIRECTORY DMEMFS-DIRECTORY SYSFS-DIRECTORY\n"
	"Makes every call that takes an address, a range or a descriptor, on a device, a\n"
	"dmemfs file, hugetlbfs and a memfd. The second SYSFS-DIRECTORY is that of the\n"
	"device that is mounted.\n"
	"  -t FILE     write the table there\n"
	"  -l FILE     write the part of limits.md there that follows from it\n"
	"  -o TEXT     only rows with TEXT in their name\n"
	"  -w TEXT     without rows with TEXT in their name\n"
	"  -v          tell of each run\n";

static void print_to(const char *path, void (*print)(FILE *f))
{
	FILE *f = fopen(path, "w");

	if (!f)
		bail("%s", path);
	print(f);
	if (fclose(f))
		bail("%s", path);
}

int main(int argc, char **argv)
{
	const char *table = NULL, *limits = NULL, *only = NULL, *without = NULL;
	bool verbose = false;
	int opt;

	while ((opt = getopt(argc, argv, "t:l:o:w:v")) != -1) {
		switch (opt) {
		case 't':
			table = optarg;
			break;
		case 'l':
			limits = optarg;
			break;
		case 'o':
			only = optarg;
			break;
		case 'w':
			without = optarg;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind != 4) {
		fputs(usage, stderr);
		return 2;
	}
	memory_open(&(struct paths) {
		.device = argv[optind],
		.sysfs = { argv[optind + 1], argv[optind + 3] },
		.dmemfs = argv[optind + 2],
	});
	ok(table_run(only, without, verbose),
	   "every call comes back, with the leaves that it was to see and no foreign byte");
	if (table)
		print_to(table, table_print);
	if (limits)
		print_to(limits, limits_print);
	return done_testing();
}
