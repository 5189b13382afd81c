// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does a leaf come back after its memory was taken away?
 *
 * race ACTION TAKE MEMORY ROUNDS [LEAVES [LEAF]]
 *
 * In each round a process maps LEAVES (16) times LEAF (2M; or 4K) bytes and touches
 * them. It does ACTION again and again while the memory is taken away and given to
 * its next owner, who writes a secret all over it. Then the process and its children
 * touch it once more, by reading and writing: all that they may get is SIGBUS.
 *
 * ACTION	what a task called "racer" does meanwhile
 *   fork	forks children, which touch the memory and fork children of their own
 *   fault	maps the memory anew, touches it and unmaps it, in four threads
 *   mremap	moves both halves of the mapping to and fro
 *   mprotect	makes leaves of it read-only and writable again
 *   madvise	gives all kinds of advice about it
 *
 * TAKE		how the memory is taken away
 *   unbind	MEMORY is the name of a device, which is unbound and bound anew
 *   ram	the same, but the kernel gets it as System RAM: what gives it to the
 *		kernel, and what takes it back, are the commands $RACE_GIVE and $RACE_BACK
 *   error	the same device has a memory error in the first page of each leaf
 *   truncate	MEMORY is a directory on dmemfs. The user nobody, to whom a directory of
 *		that name in it belongs, truncates a file; the next owner is a file of
 *		root's that gets all of the free memory: it has to be as large as the
 *		former
 *   punch	the same, but a hole is punched. Nobody touches it before the next
 *		owner has it, since that would fill it
 *
 * In every second round everyone undoes with MADV_KEEPONFORK what may keep a mapping
 * from being copied to children.
 *
 * The windows of these races are short: see tests/kernel/delay.c, and "racer" above.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <time.h>

#include "tap.h"

#define RW		(PROT_READ | PROT_WRITE)
#define NOBODY		65534
#define DRIVER		"/sys/bus/dax/drivers/dax_none/"
#define QUARANTINE	"/sys/kernel/pfn_quarantine/"
#define INJECT		"/sys/kernel/debug/pfn_special/inject"
#define SECRET		0x5ec7e7005ec7e700
#define MINE		0x0151de000151de00
#define GRAFFITI	0x6ead60006ead6000
/* MADV_COLLAPSE, which Debian 12's headers do not know. */
#define MOST_ADVICE	25
#define MOST_CHILDREN	6
#define THREADS		4

/* How far a round has come; rounds follow one another without an end. */
enum { READY = 1, TAKEN, GIVEN, PROBED, STAGES };

static struct {
	_Atomic int stage;
	_Atomic bool failed;
	/* Operations that the racer has begun. */
	_Atomic unsigned int begun;
	/* Of this round: leaves that were still there, and those that showed a secret. */
	_Atomic unsigned int alive, stolen;
	/* Secrets that were written over. */
	_Atomic unsigned int overwritten;
	/* Touches, and those that gave some other SIGBUS. */
	_Atomic unsigned int touches, wrong;
} *shared;

static const char *action, *take, *memory;
static bool is_error, is_ram, is_punch, is_file;
static size_t leaf = SZ_2M, size;
static unsigned int round_nr, seed = 1;
static uint64_t phys;
static uint8_t *map;
static int fd = -1;
/* Microseconds that the last operation took. */
static _Atomic unsigned int lasts = 1000;

static unsigned int dice(unsigned int limit)
{
	return rand_r(&seed) % limit;
}

static void reached(int stage)
{
	shared->stage = round_nr * STAGES + stage;
}

static bool has_reached(int stage)
{
	return shared->stage >= (int)round_nr * STAGES + stage;
}

static void wait_for(int stage)
{
	while (!has_reached(stage)) {
		if (shared->failed)
			_exit(2);
		usleep(100);
	}
}

__attribute__((format(printf, 1, 2), noreturn))
static void give_up(const char *fmt, ...)
{
	va_list ap;

	shared->failed = true;
	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(" (%s)\n", strerror(errno));
	fflush(stdout);
	_exit(2);
}

/* Sysfs and debugfs want it in one piece. */
static void put(const char *path, const char *text)
{
	ssize_t len = strlen(text);
	int file = open(path, O_WRONLY);

	if (file < 0 || write(file, text, len) != len)
		give_up("%s to %s", text, path);
	close(file);
}

/*
 * Whoever is delayed keeps his CPU to himself: the racer and his children have the
 * second. What takes the memory away has the first, where the kernel also ends the
 * grace periods of SRCU: else it would always come just when a delay is over.
 */
static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		give_up("there is no CPU %d", cpu);
}

static unsigned long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000UL + now.tv_nsec / 1000;
}

/* The handler of tap.h is for one thread. */
static __thread sigjmp_buf env;
static __thread volatile int signal_code;

static void on_bus(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	signal_code = info->si_code;
	siglongjmp(env, 1);
}

/* Reads a word, or writes it if @value is not 0. False if that gives SIGBUS. */
static bool touch(uint8_t *at, uint64_t *seen, uint64_t value)
{
	volatile uint64_t *p = (uint64_t *)at;

	if (sigsetjmp(env, 1))
		return false;
	if (value)
		*p = value;
	else
		*seen = *p;
	return true;
}

static void touch_all(uint8_t *p, size_t len)
{
	uint64_t word;

	if (is_punch)
		return;
	for (size_t at = 0; at < len; at += leaf)
		touch(p + at, &word, 0);
}

/* What the round is about. */
static void probe(uint8_t *p, size_t len)
{
	int code = is_error ? BUS_MCEERR_AR : BUS_ADRERR;
	uint64_t word;

	for (size_t at = 0; at < len; at += leaf) {
		shared->touches++;
		if (touch(p + at, &word, 0)) {
			shared->alive++;
			shared->stolen += word == SECRET;
		} else if (signal_code != code) {
			shared->wrong++;
		}
		/* Not in the kernel's RAM, which would end the test. */
		if (!is_ram && touch(p + at, &word, GRAFFITI))
			shared->alive++;
		/* An error costs a page, not a leaf. */
		if (is_error && leaf > SZ_4K &&
		    (!touch(p + at + SZ_4K, &word, 0) || word != MINE))
			shared->wrong++;
	}
}

static uint8_t *map_at(uintptr_t address)
{
	/* Not congruent to the memory modulo anything larger than a leaf. */
	return mmap((void *)(address + leaf), size, RW,
		    MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
}

static void keep_on_fork(uint8_t *p)
{
	if (round_nr & 1 && madvise(p, size, MADV_KEEPONFORK))
		give_up("MADV_KEEPONFORK");
}

static pid_t fork_timed(void)
{
	unsigned long start = now_us();
	pid_t pid;

	shared->begun++;
	pid = fork();
	if (pid < 0)
		give_up("fork");
	if (pid)
		lasts = now_us() - start;
	return pid;
}

/* A child, and in it a grandchild. */
static void child(void)
{
	pid_t grandchild;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	keep_on_fork(map);
	touch_all(map, leaf);
	grandchild = fork_timed();
	if (!grandchild) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		keep_on_fork(map);
	}
	while (!has_reached(TAKEN) && !shared->failed) {
		touch_all(map + dice(size / leaf) * leaf, leaf);
		usleep(100);
	}
	wait_for(GIVEN);
	probe(map, size);
	_exit(grandchild ? exit_status(grandchild) : 0);
}

/*
 * Only a child that is being forked when the memory goes can get a leaf that it should
 * not have: the oldest may go.
 */
static void do_fork(void)
{
	pid_t pids[MOST_CHILDREN] = {};
	unsigned int i;

	for (i = 0; !has_reached(TAKEN) && !shared->failed; i++) {
		pid_t *pid = &pids[i % MOST_CHILDREN];

		if (*pid) {
			kill(*pid, SIGKILL);
			exit_status(*pid);
		}
		*pid = fork_timed();
		if (!*pid)
			child();
	}
	wait_for(GIVEN);
	probe(map, size);
	for (i = 0; i < MOST_CHILDREN; i++)
		if (pids[i] && exit_status(pids[i]))
			give_up("a child failed");
}

static void *fault_thread(void *arg)
{
	uintptr_t address = 0x610000000000 + (uintptr_t)arg * 0x1000000000;
	uint8_t *p = MAP_FAILED;

	while (!has_reached(TAKEN) && !shared->failed) {
		if (p != MAP_FAILED)
			munmap(p, size);
		p = map_at(address);
		if (p == MAP_FAILED)
			break;
		shared->begun++;
		touch_all(p, size);
	}
	wait_for(GIVEN);
	if (p != MAP_FAILED) {
		probe(p, size);
		munmap(p, size);
	}
	return NULL;
}

static void do_fault(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, fault_thread, (void *)i))
			give_up("pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	probe(map, size);
}

static void move(uint8_t *from, size_t len, uint8_t *to)
{
	shared->begun++;
	if (mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		give_up("mremap");
	touch_all(to, len);
}

static void do_mremap(void)
{
	uint8_t *away = map + (1UL << 40);
	size_t half = size / leaf / 2 * leaf;

	while (!has_reached(TAKEN) && !shared->failed) {
		move(map, half, away);
		move(map + half, size - half, away + half);
		move(away, half, map);
		move(away + half, size - half, map + half);
	}
	wait_for(GIVEN);
	probe(map, size);
}

static void do_mprotect(void)
{
	while (!has_reached(TAKEN) && !shared->failed) {
		uint8_t *p = map + dice(size / leaf) * leaf;

		shared->begun++;
		if (mprotect(p, leaf, PROT_READ))
			give_up("mprotect");
		touch_all(p, leaf);
		if (mprotect(p, leaf, RW))
			give_up("mprotect");
		touch_all(map, size);
	}
	wait_for(GIVEN);
	probe(map, size);
}

static void do_madvise(void)
{
	while (!has_reached(TAKEN) && !shared->failed) {
		unsigned int advice = dice(MOST_ADVICE + 1);

		/* This one is another way to punch a hole. */
		if (advice == MADV_REMOVE)
			continue;
		shared->begun++;
		madvise(map + dice(size / leaf) * leaf, leaf, advice);
		touch_all(map, size);
	}
	wait_for(GIVEN);
	probe(map, size);
}

/* On each bad page. */
static void put_each(const char *path)
{
	char text[32];

	for (size_t at = 0; at < size; at += leaf) {
		snprintf(text, sizeof(text), "%#llx\n",
			 (unsigned long long)phys + at);
		put(path, text);
	}
}

static void *taker(void *unused)
{
	unsigned int begun = 1 + dice(3);
	unsigned long end = now_us() + 100000;

	(void)unused;
	prctl(PR_SET_NAME, "taker");
	run_on(0);
	while (shared->begun < begun && now_us() < end)
		sched_yield();
	usleep(dice(lasts + lasts / 4 + 100));
	if (is_punch) {
		if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      0, size))
			give_up("punch");
	} else if (is_file) {
		if (ftruncate(fd, 0))
			give_up("ftruncate");
	} else if (is_error) {
		put_each(INJECT);
	} else {
		put(DRIVER "unbind", memory);
	}
	reached(TAKEN);
	return NULL;
}

static void race_once(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} actions[] = {
		{ "fork", do_fork }, { "fault", do_fault },
		{ "mremap", do_mremap }, { "mprotect", do_mprotect },
		{ "madvise", do_madvise },
	};
	char path[PATH_MAX];
	pthread_t thread;

	if (is_file)
		snprintf(path, sizeof(path), "%s/nobody/file", memory);
	else
		snprintf(path, sizeof(path), "/dev/%s", memory);
	fd = is_file ? open(path, O_RDWR | O_CREAT | O_TRUNC, 0600) :
		       open(path, O_RDWR);
	if (fd < 0 || (is_file && fallocate(fd, 0, 0, size)))
		give_up("%s", path);
	map = map_at(0x600000000000);
	if (map == MAP_FAILED)
		give_up("mmap of %s", path);
	for (size_t at = 0; at < size; at += SZ_4K)
		*(uint64_t *)(map + at) = MINE;
	keep_on_fork(map);
	shared->begun = 0;
	reached(READY);
	if (pthread_create(&thread, NULL, taker, NULL))
		give_up("pthread_create");
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcmp(action, actions[i].name))
			actions[i].run();
	pthread_join(thread, NULL);
	munmap(map, size);
	close(fd);
	reached(PROBED);
}

/* The next owner: his memory, full of secrets. */
static uint8_t *give(const char *path, int flags)
{
	struct statvfs fs;
	int file = open(path, O_RDWR | O_CLOEXEC | flags, 0600);
	uint8_t *p;

	if (file < 0)
		give_up("%s", path);
	if (is_file) {
		if (fstatvfs(file, &fs) || fs.f_bavail * fs.f_frsize != size)
			give_up("%lu bytes are free, not %zu",
				fs.f_bavail * fs.f_frsize, size);
		if (fallocate(file, 0, 0, size))
			give_up("fallocate of %s", path);
	}
	p = mmap(NULL, size, RW, MAP_SHARED, file, 0);
	close(file);
	if (p == MAP_FAILED)
		give_up("mmap of %s", path);
	for (size_t at = 0; at < size; at += leaf)
		*(uint64_t *)(p + at) = SECRET;
	return p;
}

/* Root's side of each round. */
static void operate(void)
{
	char path[PATH_MAX];
	uint8_t *p = NULL;

	if (is_file)
		snprintf(path, sizeof(path), "%s/theirs", memory);
	else
		snprintf(path, sizeof(path), "/dev/%s", memory);
	wait_for(TAKEN);
	if (is_ram) {
		if (system(getenv("RACE_GIVE")))
			give_up("RACE_GIVE");
	} else if (is_file) {
		p = give(path, O_CREAT | O_EXCL);
	} else if (!is_error) {
		put(DRIVER "bind", memory);
		p = give(path, 0);
	}
	reached(GIVEN);
	wait_for(PROBED);
	if (p) {
		for (size_t at = 0; at < size; at += leaf)
			shared->overwritten += *(uint64_t *)(p + at) != SECRET;
		munmap(p, size);
	}
	if (is_file && unlink(path))
		give_up("unlink of %s", path);
	if (is_error)
		put_each(QUARANTINE "clear");
	if (is_ram && system(getenv("RACE_BACK")))
		give_up("RACE_BACK");
	reached(STAGES);
}

static void start(void)
{
	struct sigaction sa = {
		.sa_sigaction = on_bus,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	is_error = !strcmp(take, "error");
	is_ram = !strcmp(take, "ram");
	is_punch = !strcmp(take, "punch");
	is_file = is_punch || !strcmp(take, "truncate");
	if (is_ram && (!getenv("RACE_GIVE") || !getenv("RACE_BACK")))
		bail("RACE_GIVE and RACE_BACK are not set");
	if (is_punch && !strcmp(action, "fault"))
		bail("whoever touches a hole fills it");
	if (!is_file) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path),
			 "/sys/bus/dax/devices/%s/mapping0/start", memory);
		phys = read_number(path);
	}
	shared = mmap(NULL, SZ_4K, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		bail("mmap");
	sigaction(SIGBUS, &sa, NULL);
}

int main(int argc, char **argv)
{
	unsigned int rounds, alive = 0, stolen = 0, overwritten = 0, wrong = 0;
	unsigned long begun = 0, touches = 0;
	pid_t operator;

	if (argc < 5 || argc > 7) {
		fprintf(stderr, "usage: race ACTION TAKE MEMORY ROUNDS [LEAVES [LEAF]]\n");
		return 2;
	}
	action = argv[1];
	take = argv[2];
	memory = argv[3];
	rounds = strtoul(argv[4], NULL, 0);
	if (argc > 6)
		leaf = !strcmp(argv[6], "4K") ? SZ_4K : SZ_2M;
	size = leaf * (argc > 5 ? strtoul(argv[5], NULL, 0) : 16);
	start();

	operator = fork();
	if (!operator) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (; round_nr < rounds; round_nr++)
			operate();
		_exit(0);
	}
	if (is_file && (setgid(NOBODY) || setuid(NOBODY)))
		bail("setuid");
	prctl(PR_SET_NAME, "racer");
	run_on(1);
	for (; round_nr < rounds; round_nr++) {
		shared->alive = 0;
		shared->stolen = 0;
		shared->overwritten = 0;
		shared->touches = 0;
		shared->wrong = 0;
		race_once();
		wait_for(STAGES);
		if (shared->alive && !alive)
			printf("# round %u: %u touches found a leaf, %u a secret; %u secrets were written over\n",
			       round_nr, shared->alive, shared->stolen,
			       shared->overwritten);
		alive += shared->alive > 0;
		stolen += shared->stolen > 0;
		overwritten += shared->overwritten > 0;
		wrong += shared->wrong > 0;
		touches += shared->touches;
		begun += shared->begun;
	}
	if (exit_status(operator))
		bail("the next owner");
	printf("# %u rounds, %lu times %s, %lu touches\n", rounds, begun, action,
	       touches);
	ok(!alive, "%s against %s: no leaf is left in %u of %u rounds", action, take,
	   rounds - alive, rounds);
	ok(!stolen, "%s against %s: nobody reads the next owner's memory in %u of %u rounds",
	   action, take, rounds - stolen, rounds);
	ok(!overwritten, "%s against %s: nobody writes to it in %u of %u rounds", action,
	   take, rounds - overwritten, rounds);
	ok(!wrong, "%s against %s: who touches it gets the right SIGBUS in %u of %u rounds",
	   action, take, rounds - wrong, rounds);
	return done_testing();
}
