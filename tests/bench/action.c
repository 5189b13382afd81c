// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to have something done by a write to a sysfs file, or by a
 * command, in instructions of the tasks that do it: waiting is not counted.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

const char program[] = "action";

static const char usage[] =
	"usage: action FIGURE PEER LEAF SIZE write FILE VALUE [FILE VALUE...]\n"
	"       action FIGURE PEER LEAF SIZE run COMMAND [ARG...]\n"
	"The first four words are those of the line on stdout, \"bench FIGURE PEER\n"
	"LEAF SIZE INSTRUCTIONS\". The output of COMMAND is thrown away. Exit status 1\n"
	"if the write or COMMAND fails.\n";

static uint64_t write_one(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY);
	size_t len = strlen(value);
	uint64_t start;
	ssize_t done;

	if (fd < 0)
		die(path);
	start = thread_time();
	done = write(fd, value, len);
	start = thread_time() - start;
	if (done != (ssize_t)len) {
		fprintf(stderr, "%s: '%s' to %s: %s\n", program, value, path,
			strerror(errno));
		exit(1);
	}
	close(fd);
	return start;
}

static uint64_t write_all(char **arg)
{
	uint64_t cost = 0;

	for (; arg[0] && arg[1]; arg += 2)
		cost += write_one(arg[0], arg[1]);
	if (arg[0]) {
		fputs(usage, stderr);
		exit(2);
	}
	return cost;
}

static uint64_t nanoseconds(const struct timeval *tv)
{
	return tv->tv_sec * 1000000000ull + tv->tv_usec * 1000ull;
}

/* All that the command and those it waited for have used. */
static uint64_t run(char **arg)
{
	struct rusage usage;
	pid_t child = fork();
	int status, null;

	if (child < 0)
		die("fork");
	if (!child) {
		null = open("/dev/null", O_WRONLY);
		if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
			die("/dev/null");
		execvp(arg[0], arg);
		die(arg[0]);
	}
	if (wait4(child, &status, 0, &usage) != child)
		die("wait4");
	if (status) {
		fprintf(stderr, "%s: %s ended with status %#x\n", program,
			arg[0], status);
		exit(1);
	}
	return nanoseconds(&usage.ru_utime) + nanoseconds(&usage.ru_stime);
}

int main(int argc, char **argv)
{
	uint64_t cost;

	if (argc > 7 && !strcmp(argv[5], "write")) {
		/* The first clock_gettime() pays for what is not there yet. */
		thread_time();
		cost = write_all(argv + 6);
	} else if (argc > 6 && !strcmp(argv[5], "run")) {
		cost = run(argv + 6);
	} else {
		fputs(usage, stderr);
		return 2;
	}
	report(argv[1], argv[2], argv[3], argv[4], cost);
	return 0;
}
