// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of a pool the files in a directory may have together. They refer to the
 * same account, and what they have counts there as it counts in the pool.
 */
#include <linux/lockdep.h>
#include <linux/slab.h>

#include "account.h"
#include "pool.h"

/**
 * dmemfs_account_get() - one more inode has an account
 * @pool: its pool
 * @from: where the account is found, that of the inode's directory
 *
 * Context: May sleep; takes the pool's lock.
 * Return: the account, or NULL if there is none.
 */
struct dmemfs_account *dmemfs_account_get(struct dmemfs_pool *pool,
					  struct dmemfs_account *const *from)
{
	struct dmemfs_account *account;

	mutex_lock(&pool->lock);
	account = *from;
	if (account)
		account->nr_users++;
	mutex_unlock(&pool->lock);
	return account;
}

static void free_unused(struct dmemfs_account *account)
{
	if (!account->nr_users && !account->nr_used)
		kfree(account);
}

/**
 * dmemfs_account_put() - an inode has no account any more
 * @pool: the pool
 * @account: the account, or NULL
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_account_put(struct dmemfs_pool *pool,
			struct dmemfs_account *account)
{
	if (!account)
		return;
	mutex_lock(&pool->lock);
	account->nr_users--;
	free_unused(account);
	mutex_unlock(&pool->lock);
}

/**
 * dmemfs_account_open() - a directory gets an account
 * @pool: the pool
 * @account: where the directory has it; has none yet
 * @limit: pages
 *
 * Context: May sleep; takes the pool's lock.
 * Return: 0 or -ENOMEM.
 */
int dmemfs_account_open(struct dmemfs_pool *pool,
			struct dmemfs_account **account, unsigned long limit)
{
	struct dmemfs_account *new = kzalloc(sizeof(*new), GFP_KERNEL);

	if (!new)
		return -ENOMEM;
	new->nr_users = 1;
	new->nr_limit = limit;
	mutex_lock(&pool->lock);
	*account = new;
	mutex_unlock(&pool->lock);
	return 0;
}

/**
 * dmemfs_account_close() - a directory loses its account
 * @pool: the pool
 * @account: where the directory has it
 *
 * Who has it by then keeps it.
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_account_close(struct dmemfs_pool *pool,
			  struct dmemfs_account **account)
{
	struct dmemfs_account *old;

	mutex_lock(&pool->lock);
	old = *account;
	*account = NULL;
	mutex_unlock(&pool->lock);
	dmemfs_account_put(pool, old);
}

/**
 * dmemfs_account_limit() - change what files may have
 * @pool: the pool
 * @account: the account
 * @limit: pages; if that is less than they have, they get no more until they have less
 *
 * Context: May sleep; takes the pool's lock.
 */
void dmemfs_account_limit(struct dmemfs_pool *pool,
			  struct dmemfs_account *account, unsigned long limit)
{
	mutex_lock(&pool->lock);
	account->nr_limit = limit;
	mutex_unlock(&pool->lock);
}

/**
 * dmemfs_account_full() - is it the account that files get nothing from?
 * @pool: the pool
 * @account: the account, or NULL
 *
 * Context: May sleep; takes the pool's lock.
 */
bool dmemfs_account_full(struct dmemfs_pool *pool,
			 const struct dmemfs_account *account)
{
	bool full;

	mutex_lock(&pool->lock);
	full = dmemfs_account_left(account) < pool->unit;
	mutex_unlock(&pool->lock);
	return full;
}

/**
 * dmemfs_account_use() - files have so many pages more
 * @account: the account, or NULL
 * @nr: pages
 *
 * Context: The pool's lock held.
 */
void dmemfs_account_use(struct dmemfs_account *account, unsigned long nr)
{
	if (account)
		account->nr_used += nr;
}

/**
 * dmemfs_account_end() - so many pages are files' no more, nor withheld
 * @account: the account, or NULL; gone afterwards if nothing else keeps it
 * @nr: pages
 *
 * Context: The pool's lock held.
 */
void dmemfs_account_end(struct dmemfs_account *account, unsigned long nr)
{
	if (!account)
		return;
	account->nr_used -= nr;
	free_unused(account);
}

/**
 * dmemfs_account_left() - pages that files may still get
 * @account: the account, or NULL
 *
 * Context: The pool's lock held.
 */
unsigned long dmemfs_account_left(const struct dmemfs_account *account)
{
	if (!account)
		return ULONG_MAX;
	return account->nr_limit > account->nr_used ?
		account->nr_limit - account->nr_used : 0;
}
