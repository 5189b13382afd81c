// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is told of a memory error, and how long that takes.
 *
 * error-audience told DEVICE COMMAND: COMMAND, with $PAGE in its environment, raises
 * an error at page number $PAGE of DEVICE, which is some 32 MiB long at least. Tests
 * which thread of which process gets a signal.
 *
 * error-audience map DEVICE TIMES: maps the first page so many times, prints "ready"
 * and waits. No early kill.
 *
 * error-audience threads COUNT: has so many threads, prints "ready" and waits.
 *
 * error-audience time FILE TEXT: writes TEXT to FILE and prints the milliseconds that
 * it took.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

/* More than the kernel looks for at first. */
#define CROWD	300

static const char *device;

static uint8_t *map_pages(unsigned long page, unsigned long nr)
{
	int fd = open(device, O_RDWR);
	uint8_t *p = mmap(NULL, nr * SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, page * SZ_4K);

	if (p == MAP_FAILED)
		bail("mmap of %s", device);
	close(fd);
	return p;
}

static void early_kill(bool early)
{
	if (prctl(PR_MCE_KILL, PR_MCE_KILL_SET,
		  early ? PR_MCE_KILL_EARLY : PR_MCE_KILL_LATE, 0, 0))
		bail("prctl");
}

/* What one thread has seen; shared with the process that asks. */
struct seen {
	volatile int ready, signals, code;
	void *volatile addr;
	/* For "go on": one of these for all. */
	volatile int over;
};

static struct seen *seen;

/* Waits until all is over, and notes each SIGBUS of this thread. */
static void watch(struct seen *s)
{
	const struct timespec tick = { .tv_nsec = 10000000 };
	siginfo_t info;
	sigset_t bus;

	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	pthread_sigmask(SIG_BLOCK, &bus, NULL);
	s->ready = 1;
	for (;;) {
		bool over = seen->over;

		if (sigtimedwait(&bus, &info, &tick) == SIGBUS) {
			s->signals++;
			s->code = info.si_code;
			s->addr = info.si_addr;
		} else if (over) {
			return;
		}
	}
}

static void *early_thread(void *arg)
{
	early_kill(true);
	watch(arg);
	return NULL;
}

static void start(void *(*run)(void *), struct seen *s)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, s))
		bail("pthread_create");
}

static pid_t child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		bail("fork");
	return pid;
}

static void wait_ready(int first, int nr)
{
	for (int i = first; i < first + nr; i++)
		while (!seen[i].ready)
			usleep(10000);
}

static int signals(int first, int nr)
{
	int sum = 0;

	for (int i = first; i < first + nr; i++)
		sum += seen[i].signals;
	return sum;
}

/* A process of its own for each case; what is to be told is on the right. */
enum {
	LEADER = 1, LEADERS_THREAD,	/* the leader, though a thread would do */
	LATE_LEADER, ITS_THREAD,	/* the thread */
	DEAD_LEADERS_THREAD,		/* the thread */
	STRANGER,			/* nobody */
	LATE,				/* nobody */
	ALIAS,				/* once, in the larger VMA */
	VM_PARENT, VM_CHILD,		/* both */
	FIRST_OF_CROWD,			/* all */
	NR_SEEN = FIRST_OF_CROWD + CROWD,
};

static pid_t two_threads(bool leader_too, int leader, int thread, unsigned long page)
{
	pid_t pid = child();

	if (pid)
		return pid;
	map_pages(page, 1);
	early_kill(leader_too);
	start(early_thread, &seen[thread]);
	watch(&seen[leader]);
	_exit(0);
}

static pid_t dead_leader(unsigned long page)
{
	pid_t pid = child();

	if (pid)
		return pid;
	map_pages(page, 1);
	early_kill(true);
	start(early_thread, &seen[DEAD_LEADERS_THREAD]);
	/* Only this thread, not the process. */
	syscall(SYS_exit, 0);
	_exit(1);
}

static pid_t single(int i, bool early, unsigned long page)
{
	pid_t pid = child();

	if (pid)
		return pid;
	map_pages(page, 1);
	early_kill(early);
	watch(&seen[i]);
	_exit(0);
}

static uint8_t *volatile *large;

static pid_t alias(unsigned long page)
{
	pid_t pid = child();

	if (pid)
		return pid;
	for (int i = 0; i < 10; i++)
		map_pages(page, 1);
	*large = map_pages(page - 4, 16) + 4 * SZ_4K;
	for (int i = 0; i < 10; i++)
		map_pages(page, 1);
	early_kill(true);
	watch(&seen[ALIAS]);
	_exit(0);
}

static int vm_child(void *arg)
{
	early_kill(true);
	watch(arg);
	return 0;
}

static pid_t shared_mm(unsigned long page)
{
	static char stack[65536] __attribute__((aligned(16)));
	pid_t pid = child();

	if (pid)
		return pid;
	map_pages(page, 1);
	early_kill(true);
	if (clone(vm_child, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		  &seen[VM_CHILD]) < 0)
		bail("clone");
	watch(&seen[VM_PARENT]);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static int test_told(const char *command)
{
	const unsigned long page = 4321;
	char text[16];

	seen = mmap(NULL, NR_SEEN * sizeof(*seen) + SZ_4K, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		bail("mmap");
	large = (void *)(seen + NR_SEEN);
	two_threads(true, LEADER, LEADERS_THREAD, page);
	two_threads(false, LATE_LEADER, ITS_THREAD, page);
	dead_leader(page);
	single(STRANGER, true, page + 1);
	single(LATE, false, page);
	alias(page);
	shared_mm(page);
	for (int i = 0; i < CROWD; i++)
		single(FIRST_OF_CROWD + i, true, page);
	wait_ready(1, NR_SEEN - 1);

	snprintf(text, sizeof(text), "%lu", page);
	setenv("PAGE", text, 1);
	is(system(command), 0, command);
	seen->over = 1;
	while (wait(NULL) > 0)
		;
	is(signals(LEADER, 1), 1, "the first thread with early kill is told, once");
	is(seen[LEADER].code, BUS_MCEERR_AO, "that is, of an error that nobody consumed");
	is(signals(LEADERS_THREAD, 1), 0, "and no other thread");
	is(signals(ITS_THREAD, 1), 1, "a thread with early kill is told");
	is(signals(LATE_LEADER, 1), 0, "and not the leader, who has none");
	is(signals(DEAD_LEADERS_THREAD, 1), 1, "so it is where the leader has ended");
	is(signals(STRANGER, 1), 0, "who maps another page is not told");
	is(signals(LATE, 1), 0, "nor who wants to know late");
	is(signals(ALIAS, 1), 1, "who maps the page often is told once");
	ok(seen[ALIAS].addr == *large, "of the address in the largest VMA");
	is(signals(VM_PARENT, 2), 2, "two processes that share memory are both told");
	is(signals(FIRST_OF_CROWD, CROWD), CROWD, "300 processes are all told");
	return done_testing();
}

static int map_often(unsigned long times)
{
	int fd = open(device, O_RDWR);

	early_kill(false);
	for (unsigned long i = 0; i < times; i++)
		if (mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
			bail("mapping %lu", i);
	printf("ready\n");
	fflush(stdout);
	pause();
	return 0;
}

static void *sleeper(void *arg)
{
	pause();
	return arg;
}

static int many_threads(unsigned long count)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	for (unsigned long i = 0; i < count; i++)
		if (pthread_create(&thread, &attr, sleeper, NULL))
			bail("thread %lu", i);
	printf("ready\n");
	fflush(stdout);
	pause();
	return 0;
}

static int time_write(const char *path, const char *text)
{
	struct timespec before, after;
	int fd = open(path, O_WRONLY);

	clock_gettime(CLOCK_MONOTONIC, &before);
	if (write(fd, text, strlen(text)) < 0)
		bail("%s", path);
	clock_gettime(CLOCK_MONOTONIC, &after);
	printf("%.1f\n", (after.tv_sec - before.tv_sec) * 1e3 +
			 (after.tv_nsec - before.tv_nsec) / 1e6);
	return 0;
}

int main(int argc, char **argv)
{
	device = argc > 2 ? argv[2] : NULL;
	if (argc == 4 && !strcmp(argv[1], "told"))
		return test_told(argv[3]);
	if (argc == 4 && !strcmp(argv[1], "map"))
		return map_often(strtoul(argv[3], NULL, 0));
	if (argc == 3 && !strcmp(argv[1], "threads"))
		return many_threads(strtoul(argv[2], NULL, 0));
	if (argc == 4 && !strcmp(argv[1], "time"))
		return time_write(argv[2], argv[3]);
	fprintf(stderr, "usage: error-audience told DEVICE COMMAND\n"
		"       error-audience map DEVICE TIMES\n"
		"       error-audience threads COUNT\n"
		"       error-audience time FILE TEXT\n");
	return 2;
}
