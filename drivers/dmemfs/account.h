/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of a pool some files may have together, and have. */
#ifndef _DMEMFS_ACCOUNT_H
#define _DMEMFS_ACCOUNT_H

#include <linux/types.h>

struct dmemfs_pool;

/**
 * struct dmemfs_account - what the files in a directory have together
 * @nr_users: inodes that refer to it
 * @nr_used: pages that files have, or had and that are withheld
 * @nr_limit: pages that files may have
 *
 * Protected by dmemfs_pool.lock. Lives until nobody refers to it, and nothing counts
 * there that is withheld.
 */
struct dmemfs_account {
	unsigned long nr_users;
	unsigned long nr_used;
	unsigned long nr_limit;
};

struct dmemfs_account *dmemfs_account_get(struct dmemfs_pool *pool,
					  struct dmemfs_account *const *from);
void dmemfs_account_put(struct dmemfs_pool *pool,
			struct dmemfs_account *account);
int dmemfs_account_open(struct dmemfs_pool *pool,
			struct dmemfs_account **account, unsigned long limit);
void dmemfs_account_close(struct dmemfs_pool *pool,
			  struct dmemfs_account **account);
void dmemfs_account_limit(struct dmemfs_pool *pool,
			  struct dmemfs_account *account, unsigned long limit);
bool dmemfs_account_full(struct dmemfs_pool *pool,
			 const struct dmemfs_account *account);

/* With the pool's lock held; no account will do. */
void dmemfs_account_use(struct dmemfs_account *account, unsigned long nr);
void dmemfs_account_end(struct dmemfs_account *account, unsigned long nr);
unsigned long dmemfs_account_left(const struct dmemfs_account *account);

#endif /* _DMEMFS_ACCOUNT_H */
