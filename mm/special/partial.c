// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who touches 4 KiB here and there shall not wait for 2 MiB each time: of some granules,
 * as many as a small table has room for, it is known which chunks are clear.
 *
 * A granule that counts as clear is not in the table. Of one that does not, nobody sees
 * anything but chunks that the table has.
 */
#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "partial.h"

/*
 * Where a granule may be: as many entries as a cache line has. An entry is the granule in
 * the upper half, and a bit for each of its chunks in the lower one; with none it is free.
 */
#define WAYS		8UL
/* 8 KiB: enough for what a program does at random before it is cleared ahead. */
#define MOST_ENTRIES	1024UL

static unsigned long nr_entries(const struct pfn_special_zero_state *zero)
{
	return zero->nr_buckets * WAYS;
}

/* The granule's entry, or a free one for it if @or_free, or NULL. */
static u64 *find(const struct pfn_special_zero_state *zero,
		 unsigned long granule, bool or_free)
{
	/* Whoever sees the table sees it empty: pairs with zero_partial_prepare(). */
	u64 *entry = smp_load_acquire(&zero->partial), *end, *free = NULL;

	if (!entry)
		return NULL;
	entry += (granule & (zero->nr_buckets - 1)) * WAYS;
	for (end = entry + WAYS; entry < end; entry++) {
		/* Whoever sees a chunk sees zeroes: pairs with set(). */
		u64 value = smp_load_acquire(entry);

		if (!value)
			free = entry;
		else if (value >> 32 == granule)
			return entry;
	}
	return or_free ? free : NULL;
}

static void set(u64 *entry, u64 value)
{
	/* Pairs with find(). */
	smp_store_release(entry, value);
}

/* For memory that is to be cleared. The table comes when it is needed, if it ever is. */
void zero_partial_init(struct pfn_special_zero_state *zero,
		       unsigned long nr_granules)
{
	zero->nr_buckets = clamp(roundup_pow_of_two(nr_granules), WAYS,
				 MOST_ENTRIES) / WAYS;
}

/**
 * zero_partial_prepare() - somebody is about to need little of a granule
 * @zero: the memory's state
 * @node: NUMA node, or NUMA_NO_NODE
 *
 * Makes room to remember that, at most once in the life of the memory: most of it is used
 * by whole granules, and binding it is not to cost more for the rest. Without the table, for
 * which there may be no room now, all is cleared by granules.
 *
 * Context: May sleep. zero.lock not held.
 */
void zero_partial_prepare(struct pfn_special_zero_state *zero, int node)
{
	u64 *table;

	if (READ_ONCE(zero->partial))
		return;
	table = kcalloc_node(nr_entries(zero), sizeof(*table),
			     GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN, node);
	if (!table)
		return;
	spin_lock(&zero->lock);
	if (!zero->partial) {
		/* Pairs with find(). */
		smp_store_release(&zero->partial, table);
		table = NULL;
	}
	spin_unlock(&zero->lock);
	kfree(table);
}

void zero_partial_exit(struct pfn_special_zero_state *zero)
{
	kfree(zero->partial);
}

size_t zero_partial_metadata_bytes(const struct pfn_special_zero_state *zero)
{
	return READ_ONCE(zero->partial) ? nr_entries(zero) * sizeof(*zero->partial) : 0;
}

/**
 * zero_partial() - which chunks of a granule are clear
 * @zero: the memory's state
 * @granule: the granule, which does not count as clear
 *
 * Context: Any. If zero.lock is not held, the granule may have become clear meanwhile,
 * and no longer be in the table.
 * Return: a bit for each chunk; whoever sees one sees zeroes.
 */
u32 zero_partial(const struct pfn_special_zero_state *zero,
		 unsigned long granule)
{
	const u64 *entry;
	u64 value;

	if (!READ_ONCE(zero->nr_partial))
		return 0;
	entry = find(zero, granule, false);
	if (!entry)
		return 0;
	/* It may have become another one's. */
	value = smp_load_acquire(entry);
	return value >> 32 == granule ? lower_32_bits(value) : 0;
}

/**
 * zero_partial_has_room() - can it be known of a granule which chunks are clear?
 * @zero: the memory's state
 * @granule: the granule
 *
 * Context: zero.lock held.
 */
bool zero_partial_has_room(const struct pfn_special_zero_state *zero,
			   unsigned long granule)
{
	lockdep_assert_held(&zero->lock);
	return find(zero, granule, true);
}

/**
 * zero_partial_add() - some chunks of a granule are clear
 * @zero: the memory's state
 * @granule: the granule, others of whose chunks may be clear already
 * @chunks: a bit for each
 *
 * Context: zero.lock held. If there is no room any more, they do not count as clear.
 */
void zero_partial_add(struct pfn_special_zero_state *zero,
		      unsigned long granule, u32 chunks)
{
	u64 *entry;

	lockdep_assert_held(&zero->lock);
	entry = find(zero, granule, true);
	if (!entry)
		return;
	if (!*entry)
		WRITE_ONCE(zero->nr_partial, zero->nr_partial + 1);
	set(entry, (u64)granule << 32 | lower_32_bits(*entry) | chunks);
}

static void drop(struct pfn_special_zero_state *zero, u64 *entry)
{
	set(entry, 0);
	WRITE_ONCE(zero->nr_partial, zero->nr_partial - 1);
}

/**
 * zero_partial_drop() - granules count as clear now, or no longer at all
 * @zero: the memory's state
 * @first: first granule
 * @end: granule after the last one
 *
 * Context: zero.lock held. Looks at 1024 entries at most.
 */
void zero_partial_drop(struct pfn_special_zero_state *zero, unsigned long first,
		       unsigned long end)
{
	u64 *entry, *last;

	lockdep_assert_held(&zero->lock);
	if (!zero->nr_partial)
		return;
	if (end - first == 1) {
		entry = find(zero, first, false);
		if (entry)
			drop(zero, entry);
		return;
	}
	last = zero->partial + nr_entries(zero);
	for (entry = zero->partial; entry < last; entry++)
		if (*entry && *entry >> 32 >= first && *entry >> 32 < end)
			drop(zero, entry);
}

/**
 * zero_partial_chunks() - how many chunks are clear beside whole granules
 * @zero: the memory's state
 *
 * Context: Any.
 */
unsigned long zero_partial_chunks(const struct pfn_special_zero_state *zero)
{
	/* Pairs with zero_partial_prepare(). */
	const u64 *table = smp_load_acquire(&zero->partial);
	unsigned long i, nr = 0;

	if (table && READ_ONCE(zero->nr_partial))
		for (i = 0; i < nr_entries(zero); i++)
			nr += hweight32(lower_32_bits(READ_ONCE(table[i])));
	return nr;
}
