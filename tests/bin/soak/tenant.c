// SPDX-License-Identifier: GPL-2.0-only
/* A tenant: an ordinary user who makes calls at random until all are made. */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "soak.h"

struct object device = { .fd = -1 };

static void open_device(void)
{
	uint32_t binding = atomic_load(&state->binding);

	if (device.fd >= 0)
		close(device.fd);
	device.fd = open(options.device, O_RDWR | O_CLOEXEC);
	if (device.fd < 0)
		return;
	/* The binding did not change meanwhile, so the file is of this one. */
	if (binding != atomic_load(&state->binding)) {
		close(device.fd);
		device.fd = -1;
		return;
	}
	device.owner = OWNER_DEVICE | binding;
	device.size = SZ_1G + 64 * SZ_2M;
}

struct object *any_object(void)
{
	if (one_in(2))
		return any_file();
	if (device.fd < 0 || device.owner != (OWNER_DEVICE | atomic_load(&state->binding)) ||
	    one_in(50))
		open_device();
	return device.fd < 0 ? NULL : &device;
}

static unsigned int total(const struct op *ops, size_t nr)
{
	unsigned int sum = 0;

	for (size_t i = 0; i < nr; i++)
		if (wanted(ops[i].name))
			sum += ops[i].weight;
	return sum;
}

static const struct op *choose(const struct op *ops, size_t nr, unsigned int sum)
{
	unsigned int n = at_random(sum);

	for (size_t i = 0; i < nr; i++) {
		if (!wanted(ops[i].name))
			continue;
		if (n < ops[i].weight)
			return &ops[i];
		n -= ops[i].weight;
	}
	return ops;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ul + ts.tv_nsec;
}

/* @index: of the operation among calls and files. */
static void run(const struct op *op, size_t index)
{
	uint64_t begin = now();

	doing(op->name);
	op->run();
	atomic_fetch_add(&state->costs[index].times, 1);
	atomic_fetch_add(&state->costs[index].ns, now() - begin);
}

void tenant(void)
{
	unsigned int calls = total(call_ops, nr_call_ops);
	unsigned int on_files = total(file_ops, nr_file_ops);
	struct rlimit limit = { 1ul << 30, 1ul << 30 };

	setrlimit(RLIMIT_MEMLOCK, &limit);
	limit = (struct rlimit) { 0, 0 };
	setrlimit(RLIMIT_CORE, &limit);
	if (setgid(1000 + self) || setuid(1000 + self))
		failed("setuid: %s", strerror(errno));
	/* Or /proc/self would be root's. */
	prctl(PR_SET_DUMPABLE, 1);
	window_open();
	while (!atomic_load(&state->stop) && !atomic_load(&state->failed)) {
		const struct op *op;

		if (atomic_load(&state->leave)) {
			doing("leaving");
			files_leave();
			while (atomic_load(&state->leave) && !atomic_load(&state->stop))
				usleep(1000);
			continue;
		}
		files_enter();
		if (at_random(calls + on_files) < calls) {
			op = choose(call_ops, nr_call_ops, calls);
			run(op, op - call_ops);
		} else {
			op = choose(file_ops, nr_file_ops, on_files);
			run(op, nr_call_ops + (op - file_ops));
		}
		atomic_fetch_add(&state->processes[self].ops, 1);
		if (atomic_fetch_add(&state->ops, 1) + 1 >= state->limit)
			atomic_store(&state->stop, 1);
	}
	doing("ending");
	files_leave();
}
