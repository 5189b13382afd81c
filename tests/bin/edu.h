/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU's "edu" device, whose DMA engine copies between memory and a buffer of
 * its own: bar 0, as docs/specs/edu describes it.
 */
#ifndef EDU_H
#define EDU_H

#include <stdint.h>
#include <unistd.h>

#define EDU_ID		0x11e81234u	/* device and vendor */
#define EDU_BAR_SIZE	(1UL << 20)
/* QEMU 7.2 takes a transfer that ends where the buffer ends for a bug. */
#define EDU_MAX_LEN	2048u

#define EDU_DMA_SRC	0x80
#define EDU_DMA_DST	0x88
#define EDU_DMA_COUNT	0x90
#define EDU_DMA_CMD	0x98
#define EDU_DMA_RUN	1u
#define EDU_DMA_TO_RAM	2u
#define EDU_BUFFER	0x40000u

static inline void edu_set(volatile uint8_t *bar, unsigned int reg,
			   uint64_t value)
{
	*(volatile uint64_t *)(bar + reg) = value;
}

/**
 * edu_start() - start a transfer; edu_finish() waits for its end
 * @bar: bar 0
 * @to_ram: from the device's buffer to memory, or the other way
 * @addr: address in memory, as the device sees it
 * @len: bytes, at most EDU_MAX_LEN
 */
static inline void edu_start(volatile uint8_t *bar, int to_ram, uint64_t addr,
			     unsigned int len)
{
	edu_set(bar, EDU_DMA_SRC, to_ram ? EDU_BUFFER : addr);
	edu_set(bar, EDU_DMA_DST, to_ram ? addr : EDU_BUFFER);
	edu_set(bar, EDU_DMA_COUNT, len);
	edu_set(bar, EDU_DMA_CMD,
		EDU_DMA_RUN | (to_ram ? EDU_DMA_TO_RAM : 0));
}

/**
 * edu_finish() - wait for the end of a transfer
 * @bar: bar 0
 *
 * It takes a tenth of a second. An IOMMU fault does not show here.
 *
 * Return: 0, or -1 if it is still running after a minute.
 */
static inline int edu_finish(volatile uint8_t *bar)
{
	for (int i = 0; i < 6000; i++) {
		if (!(*(volatile uint64_t *)(bar + EDU_DMA_CMD) & EDU_DMA_RUN))
			return 0;
		usleep(10000);
	}
	return -1;
}

/* A value for each 8 bytes, as dax-mem's fill and check have it. */
static inline uint64_t edu_pattern(uint64_t offset, uint64_t seed)
{
	return (offset + 1) * 0x9e3779b97f4a7c15ull ^
	       seed * 0xc2b2ae3d27d4eb4full;
}

#endif /* EDU_H */
