// SPDX-License-Identifier: GPL-2.0-only
/* The window of addresses, what is mapped in it, and what may be read there. */
#include <setjmp.h>
#include <signal.h>

#include "soak.h"

/* For each page: owner and page offset, or one of these. */
#define NOTHING		0ul
#define UNKNOWN		1ul
#define KNOWN		(1ul << 63)

#define NR_RECENT	16

static uint64_t *shadow;
static struct {
	uint64_t at, len;
} recent[NR_RECENT];

static sigjmp_buf env;
static volatile sig_atomic_t armed;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (armed)
		siglongjmp(env, sig);
	/* An error in a page that the process may not even use. */
	if (sig == SIGBUS && info->si_code == BUS_MCEERR_AO)
		return;
	dprintf(STDOUT_FILENO, "# tenant %u: signal %d, code %d, address %p, in %s\n", self,
		sig, info->si_code, info->si_addr, state->processes[self].doing);
	atomic_store(&state->failed, 1);
	_exit(1);
}

void window_open(void)
{
	struct sigaction action = {
		.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* Shared, so that fork() does not copy it. */
	shadow = mmap(NULL, WINDOW / SZ_4K * 8, RW,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (shadow == MAP_FAILED)
		failed("no memory for the shadow");
	window_clear(0, WINDOW);
	for (int i = 0; i < NR_RECENT; i++) {
		recent[i].at = at_random(WINDOW / SZ_4K) * SZ_4K;
		recent[i].len = SZ_2M;
	}
}

static void set(uint64_t at, uint64_t len, uint64_t value, uint64_t step)
{
	for (uint64_t i = at / SZ_4K; i < (at + len) / SZ_4K; i++, value += step)
		shadow[i] = value;
}

/* @at: in the window, a page; @len: whole pages. */
void window_map(uint64_t at, uint64_t len, uint32_t owner, uint64_t pgoff)
{
	unsigned int i = at_random(NR_RECENT);

	set(at, len, KNOWN | (uint64_t)owner << 32 | pgoff, 1);
	recent[i].at = at;
	recent[i].len = len;
}

void window_move(uint64_t to, uint64_t from, uint64_t len)
{
	unsigned int i = at_random(NR_RECENT);

	memmove(shadow + to / SZ_4K, shadow + from / SZ_4K, len / SZ_4K * 8);
	window_clear(from, len);
	recent[i].at = to;
	recent[i].len = len;
}

/* Nothing is mapped there, whatever was. */
void window_clear(uint64_t at, uint64_t len)
{
	void *p = mmap((void *)(WINDOW_AT + at), len, PROT_NONE,
		       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		/* Too many mappings: begin anew. */
		if (len == WINDOW)
			failed("the window cannot be mapped: %s", strerror(errno));
		munmap((void *)WINDOW_AT, WINDOW);
		window_clear(0, WINDOW);
		return;
	}
	set(at, len, NOTHING, 0);
}

/* Unmaps all that has an owner with these bits, or any owner for 0. */
void window_forget(uint32_t owner_mask)
{
	(void)owner_mask;
	window_clear(0, WINDOW);
}

/*
 * A page below @limit, mostly one of a few in each 2M: so that what one writes is seen
 * by others.
 */
uint64_t hot_page(uint64_t limit)
{
	uint64_t page = at_random(limit / 512 + 1) * 512 + at_random(4);

	return page < limit ? page : at_random(limit);
}

/* Near what was mapped lately, rather than anywhere. */
uint64_t window_address(void)
{
	unsigned int i = at_random(NR_RECENT);
	uint64_t at = recent[i].at, len = recent[i].len;

	switch (at_random(16)) {
	case 0:
		break;
	case 1:
		at += len - SZ_4K;
		break;
	case 2:
		at += len;
		break;
	case 3:
		at -= at ? SZ_4K : 0;
		break;
	case 4:
		at = (at + len / 2) & ~(SZ_2M - 1);
		break;
	case 5:
		at = at_random(WINDOW / SZ_4K) * SZ_4K;
		break;
	case 6:
		at += at_random(len / SZ_4K) * SZ_4K;
		break;
	default:
		at += hot_page(len / SZ_4K) * SZ_4K;
	}
	return at < WINDOW ? at : WINDOW - SZ_4K;
}

uint64_t window_length(void)
{
	switch (at_random(16)) {
	case 0:
		return (2 + at_random(14)) * SZ_4K;
	case 1:
	case 2:
	case 3:
		return SZ_2M;
	case 4:
	case 5:
		return (1 + at_random(8)) * SZ_2M;
	case 6:
		return (1 + at_random(16384)) * SZ_4K;
	case 7:
		return one_in(4) ? SZ_1G : 2 * SZ_2M + SZ_4K;
	default:
		return SZ_4K;
	}
}

uint64_t tag_of(uint32_t owner, uint64_t pgoff)
{
	return 0x7aul << 56 | (uint64_t)owner << 32 | pgoff;
}

void check_tag(uint64_t value, uint32_t owner, uint64_t pgoff, const char *how)
{
	if (!value)
		return;
	atomic_fetch_add(&state->tags, 1);
	if (value != tag_of(owner, pgoff))
		failed("foreign bytes by %s: %#llx instead of %#llx", how,
		       (unsigned long long)value,
		       (unsigned long long)tag_of(owner, pgoff));
}

/* Reads the tag of a page; the signal, or 0. */
int window_read(uint64_t at)
{
	uint64_t page = at & ~(SZ_4K - 1), what = shadow[page / SZ_4K], value = 0;
	int sig = sigsetjmp(env, 1);

	if (!sig) {
		armed = 1;
		value = *(volatile uint64_t *)(WINDOW_AT + page);
		armed = 0;
	}
	armed = 0;
	atomic_fetch_add(&state->reads, 1);
	if (sig) {
		atomic_fetch_add(what & KNOWN ? &state->signals : &state->misses, 1);
		if (options.verbose)
			dprintf(1, "# %u signal %d at %#lx known %d\n", self, sig, (long)at, !!(what & KNOWN));
		return sig;
	}
	/* The window's own memory, which a call may have made readable, is empty. */
	if (what == NOTHING && value)
		failed("something is mapped at %#llx, where nothing is: %#llx",
		       (unsigned long long)page, (unsigned long long)value);
	if (what & KNOWN)
		check_tag(value, what >> 32 & 0xffffff, what & 0xffffffff, "a mapping");
	return 0;
}

int window_write(uint64_t at)
{
	uint64_t page = at & ~(SZ_4K - 1), what = shadow[page / SZ_4K];
	int sig;

	if (!(what & KNOWN))
		return window_read(at);
	sig = sigsetjmp(env, 1);
	if (!sig) {
		armed = 1;
		*(volatile uint64_t *)(WINDOW_AT + page) =
			tag_of(what >> 32 & 0xffffff, what & 0xffffffff);
		armed = 0;
	}
	armed = 0;
	atomic_fetch_add(sig ? &state->signals : &state->writes, 1);
	return sig;
}
