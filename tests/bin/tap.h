/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Test Anything Protocol for test programs, and what most of them need:
 * catching the signals of bad accesses, waiting for children, and reading numbers
 * from sysfs.
 */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SZ_4K	(4UL << 10)
#define SZ_2M	(2UL << 20)
#define SZ_1G	(1UL << 30)

static int tap_count, tap_failed;

__attribute__((format(printf, 2, 3)))
static inline bool ok(bool good, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", good ? "" : "not ", ++tap_count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	tap_failed += !good;
	return good;
}

static inline bool is(uint64_t got, uint64_t wanted, const char *name)
{
	bool good = ok(got == wanted, "%s", name);

	if (!good)
		printf("# got %llu (%#llx), wanted %llu (%#llx)\n",
		       (unsigned long long)got, (unsigned long long)got,
		       (unsigned long long)wanted, (unsigned long long)wanted);
	return good;
}

__attribute__((format(printf, 1, 2), noreturn))
static inline void bail(const char *fmt, ...)
{
	va_list ap;

	printf("Bail out! ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(" (%s)\n", strerror(errno));
	exit(2);
}

static inline int done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}

static sigjmp_buf fault_env;
static volatile sig_atomic_t fault_armed;
static siginfo_t fault_info;

static inline void fault_handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (!fault_armed) {
		dprintf(STDOUT_FILENO, "# signal %d, code %d, address %p\n", sig,
			info->si_code, info->si_addr);
		_Exit(128 + sig);
	}
	fault_info = *info;
	siglongjmp(fault_env, sig);
}

static inline void catch_faults(void)
{
	struct sigaction sa = {
		.sa_sigaction = fault_handler,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

/* Read or write a byte; the signal it raised, or 0. */
static inline int try_read(volatile uint8_t *p)
{
	int sig = sigsetjmp(fault_env, 1);

	if (!sig) {
		fault_armed = 1;
		(void)*p;
	}
	fault_armed = 0;
	return sig;
}

static inline int try_write(volatile uint8_t *p, uint8_t value)
{
	int sig = sigsetjmp(fault_env, 1);

	if (!sig) {
		fault_armed = 1;
		*p = value;
	}
	fault_armed = 0;
	return sig;
}

/* Waits for a child: its exit status, 128 and more for a signal, -1 for an error. */
static inline int exit_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

static inline uint64_t read_number(const char *path)
{
	unsigned long long n;
	FILE *f = fopen(path, "r");

	if (!f || fscanf(f, "%lli", (long long *)&n) != 1)
		bail("%s: no number", path);
	fclose(f);
	return n;
}

#endif /* TAP_H */
