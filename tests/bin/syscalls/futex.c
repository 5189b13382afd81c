// SPDX-License-Identifier: GPL-2.0-only
/* Futexes: by address alone, and by what is behind the address. */
#include <linux/futex.h>
#include <time.h>

#include "table.h"

static long futex(uint32_t *word, int op, uint32_t value, void *timeout, uint32_t *word2,
		  uint32_t value3)
{
	return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

static long call(struct area *a, long op)
{
	uint32_t *word = (uint32_t *)(a->page + 512), *other = word + 64;
	struct timespec now = { 0, 1000 };
	void *third = &now;

	*word = 0;
	*other = 0;
	switch (op & ~FUTEX_PRIVATE_FLAG) {
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
	case FUTEX_CMP_REQUEUE_PI:
	case FUTEX_WAKE_OP:
		third = (void *)1L;
		break;
	case FUTEX_WAKE:
	case FUTEX_UNLOCK_PI:
	case FUTEX_TRYLOCK_PI:
		third = NULL;
		break;
	}
	if ((op & ~FUTEX_PRIVATE_FLAG) == FUTEX_UNLOCK_PI)
		*word = syscall(SYS_gettid);
	return futex(word, op, (op & ~FUTEX_PRIVATE_FLAG) == FUTEX_CMP_REQUEUE_PI, third, other,
		     (op & ~FUTEX_PRIVATE_FLAG) == FUTEX_WAKE_OP ?
			FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 0) :
		     (op & ~FUTEX_PRIVATE_FLAG) == FUTEX_WAIT_BITSET ||
		     (op & ~FUTEX_PRIVATE_FLAG) == FUTEX_WAKE_BITSET ? ~0u : 0);
}

/* The kernel walks this list when the thread ends. */
static long robust(struct area *a, long arg)
{
	struct robust_list_head *head = (void *)(a->page + 1024);
	pid_t pid;

	head->list.next = (void *)(a->page + 1536);
	*(void **)(a->page + 1536) = &head->list;
	head->futex_offset = 64;
	head->list_op_pending = NULL;
	pid = fork();
	if (!pid) {
		if (syscall(SYS_set_robust_list, head, sizeof(*head)))
			_exit(1);
		*(uint32_t *)(a->page + 1536 + 64) = syscall(SYS_gettid);
		if (arg)
			munmap(a->page, SZ_4K);
		_exit(0);
	}
	if (exit_status(pid))
		return -1;
	return *(volatile uint32_t *)(a->page + 1536 + 64) & FUTEX_OWNER_DIED ?
	       say("0, the owner is known to have died") : 0;
}

struct waiter {
	uint64_t value, address;
	uint32_t flags, reserved;
};

static long wait_many(struct area *a, long private)
{
	struct waiter w = {
		.address = (uintptr_t)(a->page + 512),
		.flags = 2 | (private ? FUTEX_PRIVATE_FLAG : 0),
	};
	struct timespec now = { 0, 1000 };

	*(uint32_t *)(a->page + 512) = 0;
	return syscall(449 /* futex_waitv */, &w, 1, 0, &now, 1);
}

#define BOTH(name, op) \
	{ "futex(" name "), shared", call, op, ROW_WRITES }, \
	{ "futex(" name "), private", call, (op) | FUTEX_PRIVATE_FLAG, ROW_WRITES }

static const struct row rows[] = {
	BOTH("FUTEX_WAIT", FUTEX_WAIT),
	BOTH("FUTEX_WAKE", FUTEX_WAKE),
	BOTH("FUTEX_WAIT_BITSET", FUTEX_WAIT_BITSET),
	BOTH("FUTEX_WAKE_BITSET", FUTEX_WAKE_BITSET),
	BOTH("FUTEX_REQUEUE", FUTEX_REQUEUE),
	BOTH("FUTEX_CMP_REQUEUE", FUTEX_CMP_REQUEUE),
	BOTH("FUTEX_WAKE_OP", FUTEX_WAKE_OP),
	BOTH("FUTEX_LOCK_PI", FUTEX_LOCK_PI),
	BOTH("FUTEX_LOCK_PI2", 13),
	BOTH("FUTEX_TRYLOCK_PI", FUTEX_TRYLOCK_PI),
	BOTH("FUTEX_UNLOCK_PI", FUTEX_UNLOCK_PI),
	BOTH("FUTEX_CMP_REQUEUE_PI", FUTEX_CMP_REQUEUE_PI),
	{ "futex_waitv(), shared", wait_many, 0, ROW_WRITES },
	{ "futex_waitv(), private", wait_many, 1, ROW_WRITES },
	{ "set_robust_list(), and the thread ends", robust, 0, ROW_WRITES },
	{ "set_robust_list(), unmapped, and the thread ends", robust, 1, ROW_WRITES },
};

const struct rows futex_rows = { "Futexes", rows, ARRAY_SIZE(rows) };
