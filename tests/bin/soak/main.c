// SPDX-License-Identifier: GPL-2.0-only
/* See soak.h and usage. This process starts the others, and watches them. */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>

#include "soak.h"

/* A call that takes longer has lost its way, however busy the machine is. */
#define PATIENCE_S	240

struct state *state;
struct options options = { .seed = 1 };
unsigned int self = NR_PROCESSES;

static uint64_t random_state;

/* xorshift64*; the same numbers everywhere for a seed. */
uint64_t at_random(uint64_t limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return limit ? (random_state * 0x2545f4914f6cdd1d >> 16) % limit : 0;
}

bool one_in(unsigned int n)
{
	return !at_random(n);
}

void failed(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	dprintf(STDOUT_FILENO, "# %s %u, in %s: %s\n", self == ADMIN ? "administrator" : "tenant",
		self, self < NR_PROCESSES ? state->processes[self].doing : "the beginning", text);
	atomic_store(&state->failed, 1);
}

bool wanted(const char *name)
{
	return (!options.only || strstr(options.only, name) || !strncmp(name, "map", 4) ||
		!strncmp(name, "touch", 6)) &&
	       (!options.without || !strstr(options.without, name));
}

void doing(const char *name)
{
	atomic_store(&state->processes[self].doing, name);
	if (options.verbose)
		dprintf(STDOUT_FILENO, "# %u %s\n", self, name);
}

static void start(unsigned int i, void (*body)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		failed("fork: %s", strerror(errno));
	if (pid) {
		state->processes[i].pid = pid;
		return;
	}
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	self = i;
	random_state = (options.seed * 1000003ul + i + 1) * 0x9e3779b97f4a7c15;
	doing("beginning");
	body();
	_exit(0);
}

static void show(const char *path)
{
	char buffer[8192];
	int fd = open(path, O_RDONLY);
	ssize_t len = read(fd, buffer, sizeof(buffer) - 1);

	close(fd);
	if (len <= 0)
		return;
	buffer[len] = '\0';
	for (char *line = strtok(buffer, "\n"); line; line = strtok(NULL, "\n"))
		printf("# %s: %s\n", path, line);
}

/* What all are doing, here and in the kernel's log. */
static void dump(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	for (unsigned int i = 0; i < NR_PROCESSES; i++) {
		char path[64];

		printf("# process %u: %s\n", i, state->processes[i].doing);
		snprintf(path, sizeof(path), "/proc/%d/stack", state->processes[i].pid);
		show(path);
		snprintf(path, sizeof(path), "/proc/%d/syscall", state->processes[i].pid);
		show(path);
	}
	(void)!write(fd, "w", 1);
	(void)!write(fd, "l", 1);
	close(fd);
	fflush(stdout);
}

static bool alive(unsigned int i)
{
	int status;

	if (!state->processes[i].pid)
		return false;
	if (waitpid(state->processes[i].pid, &status, WNOHANG) != state->processes[i].pid)
		return true;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		failed("process %u has ended with status %#x, in %s", i, status,
		       state->processes[i].doing);
	state->processes[i].pid = 0;
	return false;
}

/* Until all have ended; false if one does not come back. */
static bool watch(void)
{
	uint64_t seen[NR_PROCESSES] = { 0 }, told = 0;
	time_t since[NR_PROCESSES], begin = time(NULL);
	unsigned int left;

	for (unsigned int i = 0; i < NR_PROCESSES; i++)
		since[i] = begin;
	do {
		left = 0;
		usleep(20000);
		for (unsigned int i = 0; i < NR_PROCESSES; i++) {
			uint64_t ops = atomic_load(&state->processes[i].ops);

			if (!alive(i))
				continue;
			left++;
			if (ops != seen[i]) {
				seen[i] = ops;
				since[i] = time(NULL);
			} else if (time(NULL) - since[i] > PATIENCE_S) {
				printf("# process %u has not come back from %s for %d s\n", i,
				       state->processes[i].doing, PATIENCE_S);
				return false;
			}
		}
		if (state->ops - told >= state->limit / 10) {
			told = state->ops;
			printf("# %llu operations in %ld s\n", (unsigned long long)told,
			       time(NULL) - begin);
			fflush(stdout);
		}
	} while (left);
	return true;
}

static void end_all(void)
{
	for (unsigned int i = 0; i < NR_PROCESSES; i++)
		if (state->processes[i].pid)
			kill(-state->processes[i].pid, SIGKILL);
}

/* What takes the time, for who wants to make a run shorter. */
static void show_costs(void)
{
	for (size_t i = 0; i < nr_call_ops + nr_file_ops; i++) {
		const struct op *op = i < nr_call_ops ? &call_ops[i] :
							&file_ops[i - nr_call_ops];
		uint64_t times = state->costs[i].times, us = state->costs[i].ns / 1000;

		printf("# %s: %llu times, %llu us each, %llu ms\n", op->name,
		       (unsigned long long)times,
		       (unsigned long long)(times ? us / times : 0),
		       (unsigned long long)(us / 1000));
	}
}

static const char usage[] =
	"usage: soak [OPTION...] DEVICE-NAME DIRECTORY MOUNTED-DEVICE-NAME\n"
	"Four tenants and an administrator use a device and a mount at random.\n"
	"  -n N       operations, 10000 by default\n"
	"  -s SEED    of the random numbers, 1 by default\n"
	"  -o NAMES   only operations whose names are in NAMES, and map and touch\n"
	"  -w NAMES   without operations whose names are in NAMES\n"
	"  -t         tell in the end what each kind of operation took\n"
	"  -v         tell of each operation\n";

int main(int argc, char **argv)
{
	char path[64];
	bool back;
	int opt;

	state = mmap(NULL, sizeof(*state), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (state == MAP_FAILED)
		return 2;
	state->limit = 10000;
	while ((opt = getopt(argc, argv, "n:s:o:w:tv")) != -1) {
		switch (opt) {
		case 'n':
			state->limit = strtoull(optarg, NULL, 0);
			break;
		case 's':
			options.seed = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			options.only = optarg;
			break;
		case 'w':
			options.without = optarg;
			break;
		case 't':
			options.costs = true;
			break;
		case 'v':
			options.verbose = true;
			break;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (argc - optind != 3) {
		fputs(usage, stderr);
		return 2;
	}
	options.device_name = argv[optind];
	options.mount = argv[optind + 1];
	options.mount_name = argv[optind + 2];
	snprintf(path, sizeof(path), "/dev/%s", options.device_name);
	options.device = path;
	chmod(path, 0666);
	chmod(options.mount, 01777);
	/*
	 * The first and the last guest make the kernel patch itself, which QEMU bears
	 * badly: see tests/vm/run. This one stays.
	 */
	(void)!ioctl(open("/dev/kvm", O_RDWR), 0xae01, 0);
	state->mount = 1;
	state->next_owner = 1;
	printf("# seed %u, %llu operations\n", options.seed, (unsigned long long)state->limit);
	fflush(stdout);
	for (unsigned int i = 0; i < TENANTS; i++)
		start(i, tenant);
	start(ADMIN, admin);
	back = watch();
	if (!back || state->failed)
		dump();
	end_all();
	if (options.costs)
		show_costs();
	printf("# %llu operations, %llu of the administrator; %llu reads, %llu of them of tags; %llu writes, %llu signals and %llu misses; %llu bindings, %llu mounts, %llu errors\n",
	       (unsigned long long)state->ops, (unsigned long long)state->admin_ops,
	       (unsigned long long)state->reads, (unsigned long long)state->tags,
	       (unsigned long long)state->writes, (unsigned long long)state->signals,
	       (unsigned long long)state->misses,
	       (unsigned long long)state->binds, (unsigned long long)state->mounts,
	       (unsigned long long)state->errors);
	printf("%sok 1 - every call comes back\n", back ? "" : "not ");
	printf("%sok 2 - no byte of somebody else, and no memory where none is mapped\n",
	       state->failed ? "not " : "");
	printf("%sok 3 - all operations were made\n", state->ops >= state->limit ? "" : "not ");
	printf("1..3\n");
	return !back || state->failed || state->ops < state->limit;
}
