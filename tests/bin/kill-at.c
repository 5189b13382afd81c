// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command under ptrace, with all processes that it starts, and kills them all
 * with SIGKILL when they have come to a system call of a given number: before the
 * kernel acts on it, or after that and before the command hears of it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"usage: kill-at STOP COMMAND ARG...   kill at that stop; there are two a call\n"
	"       kill-at 0 COMMAND ARG...      only print how many there are, to stderr\n"
	"Exit status: 137 if it was killed, else that of COMMAND; 2 for errors.\n";

/* Children, too, and nobody survives us. A stop of a system call is told by bit 7. */
#define TRACE	(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | \
		 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)
#define SYSCALL_STOP	(SIGTRAP | 0x80)

static void die(const char *what)
{
	fprintf(stderr, "kill-at: %s: %s\n", what, strerror(errno));
	exit(2);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		die("fork");
	if (!pid) {
		if (setpgid(0, 0) || ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(126);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("the command did not stop");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, TRACE))
		die("PTRACE_SETOPTIONS");
	if (ptrace(PTRACE_SYSCALL, pid, NULL, 0))
		die("PTRACE_SYSCALL");
	return pid;
}

/* A signal that is the command's own goes on to it; all other stops are ours. */
static int pass_on(int status)
{
	int sig = WSTOPSIG(status);

	if (sig == SYSCALL_STOP || status >> 16 || sig == SIGSTOP || sig == SIGTRAP)
		return 0;
	return sig;
}

int main(int argc, char **argv)
{
	unsigned long stop, stops = 0;
	int status, result = 2;
	pid_t first, pid;
	char *end;

	if (argc < 3) {
		fputs(usage, stderr);
		return 2;
	}
	stop = strtoul(argv[1], &end, 10);
	if (*end || end == argv[1]) {
		fputs(usage, stderr);
		return 2;
	}
	first = start(argv + 2);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				result = WIFEXITED(status) ? WEXITSTATUS(status) :
							     128 + WTERMSIG(status);
			continue;
		}
		if (WSTOPSIG(status) == SYSCALL_STOP && ++stops == stop) {
			kill(-first, SIGKILL);
			continue;
		}
		/* One that was killed meanwhile is no more to be told. */
		if (ptrace(PTRACE_SYSCALL, pid, NULL, pass_on(status)) &&
		    errno != ESRCH)
			die("PTRACE_SYSCALL");
	}
	if (!stop)
		fprintf(stderr, "%lu\n", stops);
	return result;
}
