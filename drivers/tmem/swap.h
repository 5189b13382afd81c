/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Swap devices in transcendent memory. A /dev/tmemN has the size and the block numbers of
 * the disk behind it. What is swapped out is put, and goes to the disk if it is refused;
 * all else passes through. So a block is in one of these states:
 *
 *   put         the disk has nothing, or something old
 *   being saved put, and on its way to the disk: what is to be written to the disk of
 *               that block waits in @deferred, so that the older one does not come last
 *   on disk     in no pool
 *   lost        in no pool, and what the disk has is not it: reads fail
 * Slots that are freed, and writes of others than swap, flush.
 *
 * Locks: saving and lost are changed under the lock that tmem holds for the block; @lock
 * comes after that, and makes deferring and the end of saving exclude each other.
 */
#ifndef _TMEM_SWAP_H
#define _TMEM_SWAP_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "tmem.h"

#define TMEM_BLOCK_SECTORS	(PAGE_SIZE >> SECTOR_SHIFT)

/**
 * struct tmem_swap - a swap device
 * @node: among all of them
 * @id: its number
 * @disk: the block device
 * @backing: the disk behind it
 * @path: of @backing, as it was given
 * @pool: what it keeps
 * @nr_blocks: its size, in pages
 * @removing: it cannot be opened any more; under the disk's open_mutex
 * @lock: protects @deferred, and clearing bits in @saving
 * @saving: a bit for each block
 * @lost: a bit for each block
 * @deferred: writes that wait
 * @bios: for saving
 * @bounce_lock: protects @bounce
 * @bounce: for reads that are not to one page
 */
struct tmem_swap {
	struct list_head node;
	int id;
	struct gendisk *disk;
	struct file *backing;
	char *path;
	struct tmem_pool *pool;
	unsigned long nr_blocks;
	bool removing;
	spinlock_t lock;	/* see @lock */
	unsigned long *saving;
	unsigned long *lost;
	struct bio_list deferred;
	struct bio_set bios;
	struct mutex bounce_lock;	/* see @bounce_lock */
	struct page *bounce;
};

/* swap_bio.c */
extern const struct tmem_pool_ops tmem_swap_pool_ops;
void tmem_swap_submit_bio(struct bio *bio);
void tmem_swap_slot_freed(struct block_device *bdev, unsigned long index);
int tmem_swap_bios_init(struct tmem_swap *swap);

/* swap_disk.c */
struct tmem_swap *tmem_swap_create(const char *path, int major, int id);
int tmem_swap_busy(struct tmem_swap *swap);
void tmem_swap_destroy(struct tmem_swap *swap);

#endif /* _TMEM_SWAP_H */
