// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs to start QEMU, until its guest says something: the instructions of
 * all of its threads, and those of its main thread, which sets all up.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

const char program[] = "start";

static const char usage[] =
	"usage: start FIGURE PEER LEAF SIZE COMMAND [ARG...]\n"
	"Runs COMMAND until it has written a byte to stdout, and kills it. The first\n"
	"four words are those of the lines on stdout, \"bench FIGURE PEER LEAF SIZE\n"
	"INSTRUCTIONS\" for all threads, and with FIGURE-main for the first of them.\n"
	"Exit status 1 if COMMAND ends before.\n";

static pid_t start(char **arg, int *out)
{
	int pipes[2];
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(pipes[1], STDOUT_FILENO) < 0)
			die("dup2");
		execvp(arg[0], arg);
		die(arg[0]);
	}
	close(pipes[1]);
	*out = pipes[0];
	return child;
}

/* All threads of another process, those that ended too */
static uint64_t process_time(pid_t pid)
{
	struct timespec ts;
	clockid_t clock;

	errno = clock_getcpuclockid(pid, &clock);
	if (errno || clock_gettime(clock, &ts))
		die("the process's clock");
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t main_thread_time(pid_t pid)
{
	unsigned long long ns;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &ns) != 1)
		die(path);
	fclose(file);
	return ns;
}

int main(int argc, char **argv)
{
	/* Woken at once, and the child has no part in it. */
	struct sched_param param = { .sched_priority = 1 };
	uint64_t all, first;
	char figure[64], byte;
	ssize_t got;
	pid_t child;
	int out;

	if (argc < 6) {
		fputs(usage, stderr);
		return 2;
	}
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param))
		die("sched_setscheduler");
	child = start(argv + 5, &out);
	got = read(out, &byte, 1);
	if (got < 0)
		die("read");
	if (!got) {
		fprintf(stderr, "%s: %s ended, or closed stdout, in silence\n",
			program, argv[5]);
		kill(child, SIGKILL);
		return 1;
	}
	all = process_time(child);
	first = main_thread_time(child);
	/* What it mapped is free for the next once all of it is gone. */
	if (kill(child, SIGKILL) || waitpid(child, NULL, 0) != child)
		die("the end");
	report(argv[1], argv[2], argv[3], argv[4], all);
	snprintf(figure, sizeof(figure), "%s-main", argv[1]);
	report(figure, argv[2], argv[3], argv[4], first);
	return 0;
}
