// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs: dmemfs/MAJOR:MINOR tells what a mount has, and nodeN there what it has on
 * a node.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/seq_file.h>

#include "extents.h"
#include "mount.h"

static struct dentry *debug_root;

static unsigned long files_on(struct dmemfs_sb *sbi, unsigned int node)
{
	struct inode *inode = NULL;
	unsigned long n = 0;

	while ((inode = dmemfs_next_file(sbi, inode))) {
		n += dmemfs_extents_on(inode, node);
		cond_resched();
	}
	return n;
}

static int node_show(struct seq_file *m, void *unused)
{
	struct dmemfs_node *node = m->private;
	struct dmemfs_pool *pool = node->pool;
	struct dmemfs_sb *sbi = container_of(pool, struct dmemfs_sb, pool);
	unsigned long total, free, largest, extents;

	mutex_lock(&pool->lock);
	total = node->nr_total;
	free = node->free.nr;
	largest = dmemfs_free_largest(&node->free);
	extents = node->free.nr_extents;
	mutex_unlock(&pool->lock);
	seq_printf(m, "total_bytes %llu\n", (u64)total << PAGE_SHIFT);
	seq_printf(m, "free_bytes %llu\n", (u64)free << PAGE_SHIFT);
	seq_printf(m, "largest_free_bytes %llu\n", (u64)largest << PAGE_SHIFT);
	seq_printf(m, "free_extents %lu\n", extents);
	seq_printf(m, "files %lu\n", files_on(sbi, node - pool->nodes));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(node);

static int extents_show(struct seq_file *m, void *unused)
{
	const struct dmemfs_bound *bound = m->private;

	seq_printf(m, "extents %ld\n", atomic_long_read(&bound->nr));
	seq_printf(m, "extents_limit %lu\n", READ_ONCE(bound->max));
	seq_printf(m, "extents_bytes %llu\n", dmemfs_bound_bytes(bound));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(extents);

static int withheld_get(void *data, u64 *value)
{
	struct dmemfs_pool *pool = data;

	dmemfs_pool_regain(pool);
	mutex_lock(&pool->lock);
	*value = (u64)(pool->nr_lost + pool->withheld.nr) << PAGE_SHIFT;
	mutex_unlock(&pool->lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(withheld_fops, withheld_get, NULL, "%llu\n");

/**
 * dmemfs_debug_add() - show a mount
 * @sbi: the mount, until dmemfs_debug_del()
 */
void dmemfs_debug_add(struct dmemfs_sb *sbi)
{
	char name[24];
	unsigned int i;

	snprintf(name, sizeof(name), "%u:%u", MAJOR(sbi->sb->s_dev),
		 MINOR(sbi->sb->s_dev));
	sbi->debug = debugfs_create_dir(name, debug_root);
	debugfs_create_file("withheld_bytes", 0400, sbi->debug,
			    &sbi->pool, &withheld_fops);
	debugfs_create_file("extents", 0400, sbi->debug, &sbi->pool.bound,
			    &extents_fops);
	for (i = 0; i < sbi->pool.nr_nodes; i++) {
		snprintf(name, sizeof(name), "node%d", sbi->pool.nids[i]);
		debugfs_create_file(name, 0400, sbi->debug,
				    &sbi->pool.nodes[i], &node_fops);
	}
}

/**
 * dmemfs_debug_del() - show a mount no more
 * @sbi: the mount; nobody reads about it any more when this returns
 */
void dmemfs_debug_del(struct dmemfs_sb *sbi)
{
	debugfs_remove(sbi->debug);
}

void dmemfs_debug_init(void)
{
	debug_root = debugfs_create_dir("dmemfs", NULL);
}

void dmemfs_debug_exit(void)
{
	debugfs_remove(debug_root);
}
