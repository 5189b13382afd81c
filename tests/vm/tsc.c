// SPDX-License-Identifier: GPL-2.0
/*
 * Prints the frequency of this machine's time stamp counter in kHz.
 *
 * Without -icount, QEMU's emulated CPUs show the guest this machine's counter.
 * A guest finds the frequency by timing short loops with the PIT, which goes
 * wrong by a factor of 50 when the machine is busy; every timeout in the guest
 * then expires too early. tests/vm/run tells the guest instead.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct sample {
	uint64_t ns;
	uint64_t ticks;
};

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* Both clocks at one moment: the pair read in the shortest time. */
static struct sample take_sample(void)
{
	struct sample best = { 0 };
	uint64_t shortest = UINT64_MAX;

	for (int i = 0; i < 20; i++) {
		uint64_t before = __rdtsc();
		uint64_t ns = now();
		uint64_t after = __rdtsc();

		if (after - before < shortest) {
			shortest = after - before;
			best.ns = ns;
			best.ticks = before + (after - before) / 2;
		}
	}
	return best;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	struct sample first = take_sample(), last;

	nanosleep(&pause, NULL);
	last = take_sample();
	printf("%.0f\n", (last.ticks - first.ticks) * 1e6 / (last.ns - first.ns));
	return 0;
}
