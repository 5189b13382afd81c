// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of 4K, of memory that is lent. Free pages are in lists, several for each area: a
 * CPU begins with one that other CPUs do not begin with.
 */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/topology.h>

#include "core.h"
#include "quarantine/quarantine.h"

#define MAX_SHARDS	64
/* So many pages side by side are in the same list. */
#define SHARD_RUN	64

struct tmem_area __rcu *tmem_areas[TMEM_MAX_AREAS];
unsigned int tmem_nr_shards;

void tmem_pages_init(void)
{
	tmem_nr_shards = min(roundup_pow_of_two(nr_cpu_ids), MAX_SHARDS);
}

/* Of a page that is in an area which the caller keeps. */
struct tmem_area *tmem_page_area(const struct tmem_page *page)
{
	/* Held by a read section, by tmem_take_lock, or because it is not added yet. */
	return rcu_dereference_raw(tmem_areas[page->area]);
}

void *tmem_page_addr(const struct tmem_page *page)
{
	const struct tmem_area *area = tmem_page_area(page);

	return area->addr + PFN_PHYS(page - area->pages);
}

unsigned long tmem_page_pfn(const struct tmem_page *page)
{
	const struct tmem_area *area = tmem_page_area(page);

	return area->pfn + (page - area->pages);
}

/* Was it hit by a memory error? One look at a number while there is none anywhere. */
bool tmem_page_is_bad(const struct tmem_page *page)
{
	unsigned long pfn = tmem_page_pfn(page);

	return page->state & TMEM_PAGE_BAD || pfn_quarantine_next(&pfn, pfn);
}

static struct tmem_shard *home(const struct tmem_area *area,
			       const struct tmem_page *page)
{
	unsigned long run = (page - area->pages) / SHARD_RUN;

	return &area->shards[run & (tmem_nr_shards - 1)];
}

static void give_up(struct tmem_area *area, struct tmem_page *page)
{
	page->state = TMEM_PAGE_BAD;
	atomic_long_inc(&area->nr_bad);
}

/**
 * tmem_page_free() - a page is nobody's
 * @page: the page; in no bucket
 *
 * One that a memory error has hit is left out until its device was given back.
 *
 * Context: Any but interrupts. The area is kept.
 */
void tmem_page_free(struct tmem_page *page)
{
	struct tmem_area *area = tmem_page_area(page);
	struct tmem_shard *shard = home(area, page);

	if (tmem_page_is_bad(page)) {
		give_up(area, page);
		return;
	}
	page->state = 0;
	spin_lock(&shard->lock);
	page->next = shard->first;
	WRITE_ONCE(shard->first, page);
	shard->nr++;
	spin_unlock(&shard->lock);
}

static struct tmem_page *pop(struct tmem_shard *shard)
{
	struct tmem_page *page;

	/* Most have some, or none has. */
	if (!READ_ONCE(shard->first))
		return NULL;
	spin_lock(&shard->lock);
	page = shard->first;
	if (page) {
		WRITE_ONCE(shard->first, page->next);
		shard->nr--;
	}
	spin_unlock(&shard->lock);
	return page;
}

static struct tmem_page *alloc_from(struct tmem_area *area)
{
	unsigned int first = raw_smp_processor_id(), i;
	struct tmem_page *page;

	for (i = 0; i < tmem_nr_shards; i++) {
		struct tmem_shard *shard =
			&area->shards[(first + i) & (tmem_nr_shards - 1)];

		while ((page = pop(shard))) {
			if (!tmem_page_is_bad(page))
				return page;
			give_up(area, page);
		}
	}
	return NULL;
}

/**
 * tmem_page_alloc() - take a free page, from this node if there is one
 *
 * Context: Any but interrupts; in a section of rcu_read_lock() that ends when the page
 * is in a bucket, or free again.
 * Return: a page, or NULL.
 */
struct tmem_page *tmem_page_alloc(void)
{
	int near = numa_node_id();
	struct tmem_area *area;
	struct tmem_page *page;
	bool far, is_near;
	unsigned int i;

	for (far = false; ; far = true) {
		for (i = 0; i < TMEM_MAX_AREAS; i++) {
			area = rcu_dereference(tmem_areas[i]);
			if (!area || READ_ONCE(area->closed))
				continue;
			is_near = area->nid == near;
			if (is_near == far)
				continue;
			page = alloc_from(area);
			if (page)
				return page;
		}
		if (far)
			return NULL;
	}
}

/**
 * tmem_area_alloc() - make what is kept for some memory
 * @ext: the memory
 * @nid: its node
 *
 * Context: May sleep.
 * Return: the area, closed, with no memory mapped yet; or NULL.
 */
struct tmem_area *tmem_area_alloc(const struct pfn_special_extent *ext, int nid)
{
	struct tmem_area *area = kzalloc_node(sizeof(*area), GFP_KERNEL, nid);
	unsigned int i;

	if (!area)
		return NULL;
	area->nid = nid == NUMA_NO_NODE ? first_online_node : nid;
	area->closed = true;
	area->pfn = ext->pfn;
	area->nr = ext->nr;
	area->shards = kcalloc_node(tmem_nr_shards, sizeof(*area->shards),
				    GFP_KERNEL, nid);
	area->pages = kvcalloc_node(ext->nr, sizeof(*area->pages), GFP_KERNEL,
				    nid);
	if (!area->shards || !area->pages) {
		tmem_area_free(area);
		return NULL;
	}
	for (i = 0; i < tmem_nr_shards; i++)
		spin_lock_init(&area->shards[i].lock);
	return area;
}

void tmem_area_free(struct tmem_area *area)
{
	if (!area)
		return;
	kvfree(area->pages);
	kfree(area->shards);
	kfree(area);
}

static void fill_lists(struct tmem_area *area)
{
	unsigned long i;

	/* Lists begin with the lowest address. */
	for (i = area->nr; i--;) {
		area->pages[i].area = area->id;
		tmem_page_free(&area->pages[i]);
		if (!(i % 4096))
			cond_resched();
	}
}

/**
 * tmem_area_add() - an area can be used
 * @area: mapped, and closed; to be opened
 *
 * Context: tmem_take_lock held; may sleep.
 * Return: 0, or -ENOSPC if there are as many as there can be.
 */
int tmem_area_add(struct tmem_area *area)
{
	unsigned int i;

	lockdep_assert_held(&tmem_take_lock);
	for (i = 0; i < TMEM_MAX_AREAS; i++)
		if (!rcu_access_pointer(tmem_areas[i]))
			break;
	if (i == TMEM_MAX_AREAS)
		return -ENOSPC;
	area->id = i;
	rcu_assign_pointer(tmem_areas[i], area);
	fill_lists(area);
	return 0;
}

/**
 * tmem_area_del() - end tmem_area_add()
 * @area: closed, with nothing in it. May be freed after a grace period
 *
 * Context: tmem_take_lock held.
 */
void tmem_area_del(struct tmem_area *area)
{
	lockdep_assert_held(&tmem_take_lock);
	if (rcu_access_pointer(tmem_areas[area->id]) == area)
		RCU_INIT_POINTER(tmem_areas[area->id], NULL);
}

/* Of all areas that are in use. */
static u64 sum(unsigned long (*of)(const struct tmem_area *area))
{
	const struct tmem_area *area;
	unsigned int i;
	u64 n = 0;

	rcu_read_lock();
	for (i = 0; i < TMEM_MAX_AREAS; i++) {
		area = rcu_dereference(tmem_areas[i]);
		if (area)
			n += of(area);
	}
	rcu_read_unlock();
	return n;
}

static unsigned long pages(const struct tmem_area *area)
{
	return area->nr;
}

/* Pages that hold something; nobody stands still while they are counted. */
unsigned long tmem_area_used_pages(const struct tmem_area *area)
{
	unsigned long rest = atomic_long_read(&area->nr_bad);
	unsigned int i;

	for (i = 0; i < tmem_nr_shards; i++)
		rest += READ_ONCE(area->shards[i].nr);
	return area->nr - min(rest, area->nr);
}

static unsigned long metadata(const struct tmem_area *area)
{
	return sizeof(*area) + area->nr * sizeof(*area->pages) +
	       tmem_nr_shards * sizeof(*area->shards);
}

u64 tmem_lent_bytes(void)
{
	return sum(pages) << PAGE_SHIFT;
}

u64 tmem_used_bytes(void)
{
	return sum(tmem_area_used_pages) << PAGE_SHIFT;
}

u64 tmem_metadata_bytes(void)
{
	return sum(metadata);
}
