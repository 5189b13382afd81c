// SPDX-License-Identifier: GPL-2.0-only
/* What is read and written, and what is saved when memory is taken back. */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "swap.h"

/**
 * struct save - pages that are being saved
 * @saved: the pages
 * @left: bios that are under way, and one
 * @done: no more are
 */
struct save {
	struct tmem_saved *saved;
	atomic_t left;
	struct completion done;
};

/* Some of them, with blocks in a row. */
struct save_bio {
	struct save *save;
	unsigned int first;
	unsigned int nr;
	struct bio bio;
};

int tmem_swap_bios_init(struct tmem_swap *swap)
{
	return bioset_init(&swap->bios, 4, offsetof(struct save_bio, bio),
			   BIOSET_NEED_BVECS);
}

static struct tmem_swap *bio_swap(const struct bio *bio)
{
	return bio->bi_bdev->bd_disk->private_data;
}

static unsigned long first_block(const struct bio *bio)
{
	return bio->bi_iter.bi_sector / TMEM_BLOCK_SECTORS;
}

static unsigned long end_block(const struct bio *bio)
{
	return DIV_ROUND_UP_ULL(bio_end_sector(bio), TMEM_BLOCK_SECTORS);
}

static void pass(struct tmem_swap *swap, struct bio *bio)
{
	bio_set_dev(bio, file_bdev(swap->backing));
	submit_bio_noacct(bio);
}

/* None of its blocks is in the pool any more. */
static void write_to_disk(struct tmem_swap *swap, struct bio *bio)
{
	unsigned long end = end_block(bio);

	spin_lock(&swap->lock);
	if (find_next_bit(swap->saving, end, first_block(bio)) < end) {
		bio_list_add(&swap->deferred, bio);
		bio = NULL;
	}
	spin_unlock(&swap->lock);
	if (bio)
		pass(swap, bio);
}

static void write_through(struct tmem_swap *swap, struct bio *bio)
{
	unsigned long block, end = end_block(bio);

	for (block = first_block(bio); block < end; block++)
		tmem_flush_page(swap->pool, 0, block);
	write_to_disk(swap, bio);
}

static bool is_a_page(const struct bio *bio)
{
	return bio_iter_len(bio, bio->bi_iter) == PAGE_SIZE;
}

static void put(struct tmem_swap *swap, struct bio *bio)
{
	struct bio_vec bvec = bio_iter_iovec(bio, bio->bi_iter);
	void *data;
	int rc;

	data = bvec_kmap_local(&bvec);
	rc = tmem_put(swap->pool, 0, first_block(bio), data);
	kunmap_local(data);
	if (rc)
		write_to_disk(swap, bio);
	else
		bio_endio(bio);
}

/* What is read goes to parts of several pages. */
static int get_in_parts(struct tmem_swap *swap, struct bio *bio)
{
	unsigned int offset = 0;
	struct bvec_iter iter;
	struct bio_vec bvec;
	int rc;

	mutex_lock(&swap->bounce_lock);
	rc = tmem_get(swap->pool, 0, first_block(bio),
		      page_address(swap->bounce));
	if (!rc) {
		bio_for_each_segment(bvec, bio, iter) {
			memcpy_to_bvec(&bvec, page_address(swap->bounce) + offset);
			offset += bvec.bv_len;
		}
	}
	mutex_unlock(&swap->bounce_lock);
	return rc;
}

static int get_page_of(struct tmem_swap *swap, struct bio *bio)
{
	struct bio_vec bvec = bio_iter_iovec(bio, bio->bi_iter);
	void *data = bvec_kmap_local(&bvec);
	int rc = tmem_get(swap->pool, 0, first_block(bio), data);

	kunmap_local(data);
	return rc;
}

static void get(struct tmem_swap *swap, struct bio *bio)
{
	int rc;

	if (is_a_page(bio))
		rc = get_page_of(swap, bio);
	else
		rc = get_in_parts(swap, bio);
	if (!rc)
		bio_endio(bio);
	else if (test_bit(first_block(bio), swap->lost))
		bio_io_error(bio);
	else
		pass(swap, bio);
}

/**
 * tmem_swap_submit_bio() - block_device_operations.submit_bio
 * @bio: in whole blocks, as the limits of the disk say
 */
void tmem_swap_submit_bio(struct bio *bio)
{
	struct tmem_swap *swap = bio_swap(bio);

	if (!bio_sectors(bio)) {
		pass(swap, bio);
		return;
	}
	switch (bio_op(bio)) {
	case REQ_OP_READ:
		/* A block at a time: some may be here and some there. */
		bio = bio_split_to_limits(bio);
		if (bio)
			get(swap, bio);
		break;
	case REQ_OP_WRITE:
		if (!(bio->bi_opf & REQ_SWAP)) {
			write_through(swap, bio);
			break;
		}
		bio = bio_split_to_limits(bio);
		if (!bio)
			break;
		if (is_a_page(bio))
			put(swap, bio);
		else
			write_through(swap, bio);
		break;
	default:
		/* The limits have none of them. */
		bio->bi_status = BLK_STS_NOTSUPP;
		bio_endio(bio);
	}
}

/**
 * tmem_swap_slot_freed() - block_device_operations.swap_slot_free_notify
 * @bdev: the disk
 * @index: the block
 *
 * Context: Spinlocks of swap are held.
 */
void tmem_swap_slot_freed(struct block_device *bdev, unsigned long index)
{
	struct tmem_swap *swap = bdev->bd_disk->private_data;

	if (index < swap->nr_blocks)
		tmem_flush_page(swap->pool, 0, index);
}

static void mark(void *data, u64 object, u64 index, enum tmem_mark mark)
{
	struct tmem_swap *swap = data;

	switch (mark) {
	case TMEM_FRESH:
		if (test_bit(index, swap->lost))
			clear_bit(index, swap->lost);
		break;
	case TMEM_SAVING:
		set_bit(index, swap->saving);
		break;
	case TMEM_LOST:
		set_bit(index, swap->lost);
		break;
	}
}

static void save_put(struct save *save)
{
	if (atomic_dec_and_test(&save->left))
		complete(&save->done);
}

static void save_ended(struct bio *bio)
{
	struct save_bio *part = container_of(bio, struct save_bio, bio);
	struct save *save = part->save;
	unsigned int i;

	if (bio->bi_status)
		for (i = part->first; i < part->first + part->nr; i++)
			save->saved[i].error = blk_status_to_errno(bio->bi_status);
	bio_put(bio);
	save_put(save);
}

static struct save_bio *save_begin(struct tmem_swap *swap, struct save *save,
				   unsigned int first, unsigned int most)
{
	struct bio *bio = bio_alloc_bioset(file_bdev(swap->backing),
					   bio_max_segs(most),
					   REQ_OP_WRITE | REQ_SYNC, GFP_NOIO,
					   &swap->bios);
	struct save_bio *part = container_of(bio, struct save_bio, bio);

	part->save = save;
	part->first = first;
	part->nr = 0;
	bio->bi_iter.bi_sector = save->saved[first].index * TMEM_BLOCK_SECTORS;
	bio->bi_end_io = save_ended;
	atomic_inc(&save->left);
	return part;
}

static int by_index(const void *a, const void *b)
{
	const struct tmem_saved *one = a, *other = b;

	return one->index < other->index ? -1 : one->index > other->index;
}

static void write_saved(struct tmem_swap *swap, struct save *save,
			unsigned int nr)
{
	struct save_bio *part = NULL;
	struct blk_plug plug;
	unsigned int i;

	blk_start_plug(&plug);
	for (i = 0; i < nr; i++) {
		struct tmem_saved *one = &save->saved[i];

		if (part && one->index == one[-1].index + 1 &&
		    bio_add_page(&part->bio, one->page, PAGE_SIZE, 0)) {
			part->nr++;
			continue;
		}
		if (part)
			submit_bio(&part->bio);
		part = save_begin(swap, save, i, nr - i);
		__bio_add_page(&part->bio, one->page, PAGE_SIZE, 0);
		part->nr++;
	}
	if (part)
		submit_bio(&part->bio);
	blk_finish_plug(&plug);
}

/* What is saved is on the disk, or is not; what has waited for that goes there. */
static void end_saving(struct tmem_swap *swap, const struct tmem_saved *saved,
		       unsigned int nr)
{
	struct bio_list deferred;
	struct bio *bio;
	unsigned int i;

	spin_lock(&swap->lock);
	for (i = 0; i < nr; i++)
		clear_bit(saved[i].index, swap->saving);
	deferred = swap->deferred;
	bio_list_init(&swap->deferred);
	spin_unlock(&swap->lock);
	while ((bio = bio_list_pop(&deferred)))
		pass(swap, bio);
}

static void save_to_disk(void *data, struct tmem_saved *saved, unsigned int nr)
{
	struct tmem_swap *swap = data;
	struct save save = { .saved = saved };

	sort(saved, nr, sizeof(*saved), by_index, NULL);
	atomic_set(&save.left, 1);
	init_completion(&save.done);
	write_saved(swap, &save, nr);
	save_put(&save);
	wait_for_completion_io(&save.done);
	end_saving(swap, saved, nr);
}

const struct tmem_pool_ops tmem_swap_pool_ops = {
	.mark = mark,
	.save = save_to_disk,
};
