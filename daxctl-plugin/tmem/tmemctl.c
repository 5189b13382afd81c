// SPDX-License-Identifier: GPL-2.0-only
/* tmemctl: transcendent memory, lent and taken back. See tmemctl(8). */
#include <errno.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../size.h"
#include "../sysfs.h"
#include "state.h"

static const char usage[] =
	"usage: tmemctl create DISK           make /dev/tmemN, a swap device in front of DISK\n"
	"       tmemctl destroy tmemN...      end that; it must not be in use\n"
	"       tmemctl lend DEVICE...        lend idle map-none dax devices\n"
	"       tmemctl take DEVICE...        take them back\n"
	"       tmemctl take --bytes SIZE     take back so much, in whole devices\n"
	"       tmemctl take --all            take back all\n"
	"       tmemctl list [--json]         what is lent, and to whom\n"
	"       tmemctl stat [--json] [POOL]  counters of pools\n"
	"       tmemctl --help | --version\n"
	"See tmemctl(8).\n";

static bool as_json;

static int complain(const char *what, const char *name, int rc, const char *hint)
{
	fprintf(stderr, "tmemctl: cannot %s %s: %s%s%s\n", what, name,
		strerror(-rc), hint ? ": " : "", hint ?: "");
	return 1;
}

static int bad_usage(const char *why)
{
	fprintf(stderr, "tmemctl: %s\n%s", why, usage);
	return 2;
}

static bool is_there(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

/* The modules are loaded by whoever needs them first. */
static int need_module(const char *path, const char *module)
{
	pid_t pid;
	int status;

	if (is_there(path))
		return 0;
	pid = fork();
	if (!pid) {
		execlp("modprobe", "modprobe", module, NULL);
		_exit(127);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && is_there(path))
		return 0;
	fprintf(stderr, "tmemctl: there is no %s: load the module %s, as root\n",
		path, module);
	return 1;
}

static int cmd_create(int argc, char **argv)
{
	struct tmem_state state;
	char *path;
	size_t i;
	int rc;

	if (argc != 1)
		return bad_usage("create wants a disk");
	if (need_module(TMEM "/swap", "tmem_swap"))
		return 1;
	/* By its own name, as it will be listed. */
	path = realpath(argv[0], NULL);
	if (!path)
		return complain("find", argv[0], -errno, NULL);
	rc = sysfs_write(path, TMEM "/swap/add");
	if (rc) {
		complain("use", path, rc,
			 rc == -EBUSY ? "it is mounted, or used for swap, or by another driver" :
			 rc == -ENOTBLK ? "it is no block device" : "see the kernel log");
		free(path);
		return 1;
	}
	rc = state_read(&state);
	if (rc) {
		free(path);
		return complain("read", TMEM, rc, NULL);
	}
	for (i = 0; i < state.nr_pools; i++)
		if (!strcmp(state.pools[i].backing ?: "", path))
			printf("%s\n", state.pools[i].name);
	state_free(&state);
	free(path);
	return 0;
}

/* For each of the arguments, up to the first that fails. */
static int for_each(int argc, char **argv, const char *what, const char *file,
		    const char *(*hint)(int rc))
{
	int i, rc;

	for (i = 0; i < argc; i++) {
		const char *name = argv[i];

		if (!strncmp(name, "/dev/", 5))
			name += 5;
		rc = sysfs_write(name, "%s", file);
		if (rc)
			return complain(what, name, rc, hint(rc));
	}
	return 0;
}

static const char *destroy_hint(int rc)
{
	return rc == -EBUSY ? "it is in use: swapoff first" :
	       rc == -ENODEV ? "there is none, see tmemctl list" : NULL;
}

static int cmd_destroy(int argc, char **argv)
{
	if (!argc)
		return bad_usage("destroy wants names of swap devices");
	if (need_module(TMEM "/swap", "tmem_swap"))
		return 1;
	return for_each(argc, argv, "destroy", TMEM "/swap/remove", destroy_hint);
}

static const char *lend_hint(int rc)
{
	switch (-rc) {
	case EBUSY:
		return "it is open, mounted or lent already, or VFIO may map it; see daxctl carve list";
	case ENODEV:
		return "no such device is bound to dax_none; see daxctl reconfigure-device --map=none";
	case EPERM:
		return "it preserves what it holds: bind it again";
	}
	return NULL;
}

static int cmd_lend(int argc, char **argv)
{
	if (!argc)
		return bad_usage("lend wants names of dax devices");
	if (need_module(TMEM, "tmem"))
		return 1;
	return for_each(argc, argv, "lend", TMEM "/lend", lend_hint);
}

static const char *take_hint(int rc)
{
	switch (-rc) {
	case ENODEV:
		return "it is not lent, see tmemctl list";
	case ENOSPC:
		return "so much is not lent, or there was no room for what is in it; see tmemctl list and the kernel log";
	case EIO:
		return "the disk behind a swap device failed; see the kernel log";
	}
	return NULL;
}

static int take_all(void)
{
	struct tmem_state state;
	int rc = state_read(&state), result = 0;
	size_t i;

	if (rc)
		return complain("read", TMEM, rc, NULL);
	for (i = 0; i < state.nr_devices && !result; i++) {
		rc = sysfs_write(state.devices[i].name, TMEM "/take");
		/* Somebody else may have taken it just now. */
		if (rc && rc != -ENODEV)
			result = complain("take", state.devices[i].name, rc,
					  take_hint(rc));
	}
	state_free(&state);
	return result;
}

static int cmd_take(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "bytes", required_argument, NULL, 'b' },
		{ }
	};
	const char *bytes = NULL;
	char text[24];
	uint64_t size;
	bool all = false;
	int c, rc;

	optind = 0;
	argc++;
	argv--;
	while ((c = getopt_long(argc, argv, "ab:", options, NULL)) != -1) {
		if (c == 'a')
			all = true;
		else if (c == 'b')
			bytes = optarg;
		else
			return bad_usage("take does not know that option");
	}
	argc -= optind;
	argv += optind;
	if (all + !!bytes + !!argc != 1)
		return bad_usage("take wants names of dax devices, or --bytes, or --all");
	if (bytes && size_parse(bytes, &size))
		return bad_usage("--bytes wants a size such as 4G");
	if (!is_there(TMEM))
		return all ? 0 : complain("take", "anything", -ENODEV,
					  "nothing is lent: the module tmem is not loaded");
	if (all)
		return take_all();
	if (!bytes)
		return for_each(argc, argv, "take", TMEM "/take", take_hint);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)size);
	rc = sysfs_write(text, TMEM "/take");
	return rc ? complain("take", bytes, rc, take_hint(rc)) : 0;
}

static int print_json(struct json_object *object)
{
	int rc;

	if (!object)
		return complain("print", "anything", -ENOMEM, NULL);
	rc = printf("%s\n", json_object_to_json_string_ext(object,
			JSON_C_TO_STRING_PRETTY)) < 0;
	json_object_put(object);
	return rc;
}

static int cmd_list(int argc, char **argv)
{
	struct tmem_state state;
	int rc;

	(void)argv;
	if (argc)
		return bad_usage("list wants no names");
	rc = state_read(&state);
	if (rc)
		return complain("read", TMEM, rc, NULL);
	if (as_json)
		rc = print_json(state_json(&state));
	else
		state_table(&state);
	state_free(&state);
	return rc;
}

static int cmd_stat(int argc, char **argv)
{
	struct tmem_state state;
	size_t i;
	int rc;

	if (argc > 1)
		return bad_usage("stat wants the name of one pool, or none");
	rc = state_read(&state);
	if (rc)
		return complain("read", TMEM, rc, NULL);
	for (i = 0; argc && i < state.nr_pools; i++)
		if (!strcmp(state.pools[i].name, argv[0]))
			break;
	if (argc && i == state.nr_pools)
		rc = complain("find the pool", argv[0], -ENOENT, "see tmemctl list");
	else if (as_json)
		rc = print_json(counters_json(&state, argc ? argv[0] : NULL));
	else
		counters_table(&state, argc ? argv[0] : NULL);
	state_free(&state);
	return rc;
}

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	bool json;
} commands[] = {
	{ "create", cmd_create, false },
	{ "destroy", cmd_destroy, false },
	{ "lend", cmd_lend, false },
	{ "take", cmd_take, false },
	{ "list", cmd_list, true },
	{ "stat", cmd_stat, true },
};

/* --json, anywhere after the command. */
static int strip_json(int argc, char **argv)
{
	int i, left = 0;

	for (i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "-j"))
			as_json = true;
		else
			argv[left++] = argv[i];
	}
	return left;
}

int main(int argc, char **argv)
{
	size_t i;
	int rc;

	if (argc < 2)
		return bad_usage("which command?");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage, stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		puts(TMEMCTL_VERSION);
		return 0;
	}
	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, argv[1]))
			continue;
		argc -= 2;
		argv += 2;
		if (commands[i].json)
			argc = strip_json(argc, argv);
		rc = commands[i].run(argc, argv);
		if (fflush(stdout) || ferror(stdout))
			return complain("write to", "stdout", -errno, NULL);
		return rc;
	}
	return bad_usage("there is no such command");
}
