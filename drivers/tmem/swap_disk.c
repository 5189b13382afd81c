// SPDX-License-Identifier: GPL-2.0-only
/* Swap devices come and go. */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "swap.h"

static int open(struct gendisk *disk, blk_mode_t mode)
{
	struct tmem_swap *swap = disk->private_data;

	return swap->removing ? -ENXIO : 0;
}

static const struct block_device_operations operations = {
	.owner = THIS_MODULE,
	.open = open,
	.submit_bio = tmem_swap_submit_bio,
	.swap_slot_free_notify = tmem_swap_slot_freed,
};

static ssize_t backing_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct tmem_swap *swap = dev_to_disk(dev)->private_data;

	return sysfs_emit(buf, "%s\n", swap->path);
}
static DEVICE_ATTR_RO(backing);

static struct attribute *disk_attrs[] = {
	&dev_attr_backing.attr,
	NULL,
};

static const struct attribute_group disk_group = {
	.name = "tmem",
	.attrs = disk_attrs,
};

static const struct attribute_group *disk_groups[] = {
	&disk_group,
	NULL,
};

/* Blocks are pages, and the rest is as with the disk behind. */
static void set_limits(struct queue_limits *lim, struct block_device *backing)
{
	*lim = (struct queue_limits) {
		.logical_block_size = PAGE_SIZE,
		.physical_block_size = PAGE_SIZE,
		.io_min = PAGE_SIZE,
		.max_hw_sectors = TMEM_BLOCK_SECTORS,
		.dma_alignment = PAGE_SIZE - 1,
	};
	if (bdev_write_cache(backing))
		lim->features |= BLK_FEAT_WRITE_CACHE;
	if (bdev_write_cache(backing) && bdev_fua(backing))
		lim->features |= BLK_FEAT_FUA;
	if (bdev_stable_writes(backing))
		lim->features |= BLK_FEAT_STABLE_WRITES;
	lim->features |= bdev_get_queue(backing)->limits.features &
			 BLK_FEAT_ROTATIONAL;
}

static int open_backing(struct tmem_swap *swap)
{
	struct block_device *bdev;

	swap->backing = bdev_file_open_by_path(swap->path,
					       BLK_OPEN_READ | BLK_OPEN_WRITE,
					       swap, NULL);
	if (IS_ERR(swap->backing)) {
		int rc = PTR_ERR(swap->backing);

		pr_warn("tmem_swap: %s cannot be opened for itself alone (%d): is it a block device, and not in use?\n",
			swap->path, rc);
		swap->backing = NULL;
		return rc;
	}
	bdev = file_bdev(swap->backing);
	swap->nr_blocks = bdev_nr_bytes(bdev) >> PAGE_SHIFT;
	if (bdev_logical_block_size(bdev) <= PAGE_SIZE && swap->nr_blocks)
		return 0;
	pr_warn("tmem_swap: %s has less than a page, or blocks of more than %lu bytes\n",
		swap->path, PAGE_SIZE);
	return -EINVAL;
}

static void free_swap(struct tmem_swap *swap)
{
	if (swap->disk)
		put_disk(swap->disk);
	if (swap->pool)
		tmem_pool_destroy(swap->pool);
	if (swap->bounce)
		__free_page(swap->bounce);
	bioset_exit(&swap->bios);
	kvfree(swap->lost);
	kvfree(swap->saving);
	if (swap->backing)
		bdev_fput(swap->backing);
	kfree(swap->path);
	kfree(swap);
}

static int alloc_parts(struct tmem_swap *swap)
{
	unsigned long longs = BITS_TO_LONGS(swap->nr_blocks);

	swap->saving = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	swap->lost = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	swap->bounce = alloc_page(GFP_KERNEL);
	if (!swap->saving || !swap->lost || !swap->bounce)
		return -ENOMEM;
	return tmem_swap_bios_init(swap);
}

static int add_disk_of(struct tmem_swap *swap, int major)
{
	struct queue_limits lim;
	struct gendisk *disk;
	char name[DISK_NAME_LEN];
	int rc;

	snprintf(name, sizeof(name), "tmem%d", swap->id);
	swap->pool = tmem_pool_create(name, swap->nr_blocks,
				      &tmem_swap_pool_ops, swap);
	if (IS_ERR(swap->pool)) {
		rc = PTR_ERR(swap->pool);
		swap->pool = NULL;
		return rc;
	}
	set_limits(&lim, file_bdev(swap->backing));
	disk = blk_alloc_disk(&lim, NUMA_NO_NODE);
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	swap->disk = disk;
	disk->major = major;
	disk->first_minor = swap->id;
	disk->minors = 1;
	/* Swap tells whole disks only which slots are free. */
	disk->flags |= GENHD_FL_NO_PART;
	disk->fops = &operations;
	disk->private_data = swap;
	strscpy(disk->disk_name, name);
	set_capacity(disk, swap->nr_blocks * TMEM_BLOCK_SECTORS);
	return device_add_disk(NULL, disk, disk_groups);
}

/**
 * tmem_swap_create() - a swap device in front of a disk
 * @path: the disk, which is not used by anyone else meanwhile
 * @major: of all such devices
 * @id: its number
 *
 * What is on the disk can be read through it.
 *
 * Context: May sleep.
 * Return: the device; ERR_PTR of what opening @path says, -EINVAL if it has larger
 * blocks than pages, -ENOMEM, -ENOSPC if there are too many pools.
 */
struct tmem_swap *tmem_swap_create(const char *path, int major, int id)
{
	struct tmem_swap *swap = kzalloc(sizeof(*swap), GFP_KERNEL);
	int rc;

	if (!swap)
		return ERR_PTR(-ENOMEM);
	swap->id = id;
	spin_lock_init(&swap->lock);
	mutex_init(&swap->bounce_lock);
	bio_list_init(&swap->deferred);
	rc = -ENOMEM;
	swap->path = kstrdup(path, GFP_KERNEL);
	if (!swap->path)
		goto err;
	rc = open_backing(swap);
	if (rc)
		goto err;
	rc = alloc_parts(swap);
	if (rc)
		goto err;
	rc = add_disk_of(swap, major);
	if (rc)
		goto err;
	return swap;

err:
	free_swap(swap);
	return ERR_PTR(rc);
}

/**
 * tmem_swap_busy() - nobody shall open it any more
 * @swap: the device
 *
 * Return: 0, or -EBUSY if somebody has.
 */
int tmem_swap_busy(struct tmem_swap *swap)
{
	int rc = -EBUSY;

	mutex_lock(&swap->disk->open_mutex);
	if (!disk_openers(swap->disk)) {
		swap->removing = true;
		rc = 0;
	}
	mutex_unlock(&swap->disk->open_mutex);
	return rc;
}

/**
 * tmem_swap_destroy() - end tmem_swap_create()
 * @swap: the device, which nobody has open, or can open
 *
 * What was swapped out is forgotten.
 *
 * Context: May sleep.
 */
void tmem_swap_destroy(struct tmem_swap *swap)
{
	del_gendisk(swap->disk);
	free_swap(swap);
}
