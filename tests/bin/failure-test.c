// SPDX-License-Identifier: GPL-2.0-only
/*
 * What processes see of a memory error in a 1G leaf that several of them map.
 *
 * failure-test KIND DEVICE ATTRIBUTES COMMAND...
 * KIND is "ao" for an error that nobody has consumed: COMMAND, with the physical
 * address as its last argument, raises it. Or "ar" for one that this process
 * consumes: it prints a line "# consume ADDRESS RIP-FIRST RIP-LAST" and reads the
 * page until someone outside the VM has raised the error; there is no COMMAND.
 *
 * The device is at least 2G long and starts on a 1G boundary.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)
/* Some page in the middle of nowhere. */
#define BAD	(SZ_1G / 2 + 12345 * SZ_4K)

/* How a bystander ends. */
enum {
	NO_SIGNAL = 10, RIGHT_SIGNAL, WRONG_SIGNAL,
	LATE_SIGNAL,
};

static const char *device, *attributes;
static uint8_t *memory;

static uint64_t attribute(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", attributes, name);
	return read_number(path);
}

static uint8_t *map_device(void)
{
	int fd = open(device, O_RDWR);
	uint8_t *p = mmap(NULL, SZ_1G, RW, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		bail("mmap of %s", device);
	close(fd);
	return p;
}

static uint64_t pattern(size_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15;
}

static void fill(void)
{
	uint64_t *p = (uint64_t *)memory;

	for (size_t i = 0; i < SZ_1G / sizeof(*p); i++)
		p[i] = pattern(i);
}

/* Words outside the bad page that are not what fill() wrote. */
static size_t damaged(void)
{
	const uint64_t *p = (const uint64_t *)memory;
	size_t bad = 0;

	for (size_t i = 0; i < SZ_1G / sizeof(*p); i++) {
		if (i * sizeof(*p) == BAD)
			i += SZ_4K / sizeof(*p);
		bad += p[i] != pattern(i);
	}
	return bad;
}

static bool is_mceerr(const siginfo_t *info, int code, const uint8_t *addr)
{
	bool good = info->si_signo == SIGBUS && info->si_code == code &&
		    info->si_addr == addr && info->si_addr_lsb == 12;

	if (!good)
		printf("# signal %d code %d address %p lsb %d, not %d %d %p 12\n",
		       info->si_signo, info->si_code, info->si_addr,
		       info->si_addr_lsb, SIGBUS, code, (void *)addr);
	return good;
}

/*
 * Another process that maps the memory, with the policy for early kill that it
 * is given. One with early kill waits for the signal, the other for the end of the
 * pipe; then the kernel has had its say.
 */
static pid_t bystander(int policy, int ready, const int over[2])
{
	struct timespec patience = {
		.tv_sec = policy == PR_MCE_KILL_EARLY ? 60 : 0,
	};
	siginfo_t info = { 0 };
	sigset_t bus;
	char c = 0;
	pid_t pid = fork();

	if (pid)
		return pid;
	if (prctl(PR_MCE_KILL, PR_MCE_KILL_SET, policy, 0, 0))
		_exit(1);
	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	sigprocmask(SIG_BLOCK, &bus, NULL);
	munmap(memory, SZ_1G);
	close(over[1]);
	memory = map_device();
	if (memory[BAD] != (uint8_t)pattern(BAD / 8))
		_exit(2);
	if (write(ready, &c, 1) != 1)
		_exit(3);
	if (policy != PR_MCE_KILL_EARLY && read(over[0], &c, 1) != 0)
		_exit(4);
	if (sigtimedwait(&bus, &info, &patience) != SIGBUS)
		info.si_signo = 0;
	sigprocmask(SIG_UNBLOCK, &bus, NULL);
	if (policy == PR_MCE_KILL_EARLY)
		_exit(!info.si_signo ? NO_SIGNAL :
		      is_mceerr(&info, BUS_MCEERR_AO, memory + BAD) ?
		      RIGHT_SIGNAL : WRONG_SIGNAL);
	if (info.si_signo)
		_exit(WRONG_SIGNAL);
	/* Not told, so it touches the page. */
	if (try_read(memory + BAD + 100) != SIGBUS)
		_exit(NO_SIGNAL);
	_exit(is_mceerr(&fault_info, BUS_MCEERR_AR, memory + BAD + 100) ?
	      LATE_SIGNAL : WRONG_SIGNAL);
}

/* A loop that an outsider can recognize by its address: eight bytes at most. */
extern const char consume_loop[];

__attribute__((noinline, noclone))
static void consume(uint64_t phys, volatile uint8_t *p)
{
	if (sigsetjmp(fault_env, 1))
		return;
	fault_armed = 1;
	printf("# consume %#llx %#llx %#llx\n", (unsigned long long)phys,
	       (unsigned long long)consume_loop,
	       (unsigned long long)consume_loop + 8);
	fflush(stdout);
	asm volatile("consume_loop: movb (%0), %%al\n\tjmp consume_loop"
		     : : "r"(p) : "rax", "memory");
}

static void raise_error(uint64_t phys, char **command)
{
	char address[32], line[PATH_MAX] = "";

	snprintf(address, sizeof(address), " %#llx", (unsigned long long)phys);
	for (; *command; command++) {
		strncat(line, *command, sizeof(line) - strlen(line) - 1);
		strncat(line, " ", sizeof(line) - strlen(line) - 1);
	}
	strncat(line, address, sizeof(line) - strlen(line) - 1);
	ok(!system(line), "%s", line);
}

int main(int argc, char **argv)
{
	uint64_t phys, leaves_2m, leaves_4k, bad_pages;
	int ready[2], over[2];
	pid_t early, late;
	bool required;
	char c;

	if (argc < 4 || (strcmp(argv[1], "ao") && strcmp(argv[1], "ar"))) {
		fprintf(stderr, "usage: failure-test ao|ar DEVICE ATTRIBUTES [COMMAND...]\n");
		return 2;
	}
	required = !strcmp(argv[1], "ar");
	device = argv[2];
	attributes = argv[3];
	catch_faults();
	phys = attribute("mapping0/start") + BAD;
	bad_pages = attribute("bad_pages");

	memory = map_device();
	fill();
	is(attribute("leaves_1g") > 0, 1, "the memory is mapped by a 1G leaf");
	if (pipe(ready) || pipe(over))
		bail("pipe");
	early = bystander(PR_MCE_KILL_EARLY, ready[1], over);
	late = bystander(PR_MCE_KILL_LATE, ready[1], over);
	if (read(ready[0], &c, 1) != 1 || read(ready[0], &c, 1) != 1)
		bail("bystanders");
	close(over[0]);

	if (required) {
		consume(phys, memory + BAD);
		ok(is_mceerr(&fault_info, BUS_MCEERR_AR, memory + BAD),
		   "the consumer gets SIGBUS with BUS_MCEERR_AR, address and size");
	} else {
		raise_error(phys, argv + 4);
	}
	/* Machine checks that nobody consumed are handled by a kernel thread. */
	for (int i = 0; i < 100 && attribute("bad_pages") == bad_pages; i++)
		usleep(50000);
	is(attribute("bad_pages") - bad_pages, 1, "one page is counted as bad");
	is(exit_status(early), RIGHT_SIGNAL,
	   "a process with early kill gets BUS_MCEERR_AO, address and size");
	/* The page has been unmapped before anyone is told. */
	close(over[1]);
	is(exit_status(late), LATE_SIGNAL,
	   "one without gets BUS_MCEERR_AR when it touches the page");

	leaves_2m = attribute("leaves_2m");
	leaves_4k = attribute("leaves_4k");
	is(damaged(), 0, "every other byte is as it was");
	is(attribute("leaves_2m") - leaves_2m, 511, "511 leaves of 2M around it");
	/* One of the bystanders has touched the page, and nothing else. */
	is(attribute("leaves_4k") - leaves_4k, 511, "511 leaves of 4K around it");
	is(try_write(memory + BAD + 7, 1), SIGBUS, "writing to the page gives SIGBUS");
	ok(is_mceerr(&fault_info, BUS_MCEERR_AR, memory + BAD + 7),
	   "with BUS_MCEERR_AR and the byte's address");
	munmap(memory, SZ_1G);

	memory = map_device();
	is(damaged(), 0, "a new mapping has every other byte");
	is(try_read(memory + BAD), SIGBUS, "and not the page");
	return done_testing();
}
