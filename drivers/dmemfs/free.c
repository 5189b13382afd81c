// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free extents of a node: by address, to merge what is freed, and by length, to
 * cut what is asked for out of the extent that it wastes least of. Called with
 * the pool's lock held.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "free.h"

#define PUD_NR	(PUD_SIZE >> PAGE_SHIFT)
#define PMD_NR	(PMD_SIZE >> PAGE_SHIFT)
/* Extents that are looked at before a smaller alignment will do. */
#define TRIES	32

static bool smaller(const struct dmemfs_extent *a, const struct dmemfs_extent *b)
{
	return a->nr != b->nr ? a->nr < b->nr : a->pfn < b->pfn;
}

static bool less_pfn(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct dmemfs_extent, node)->pfn <
	       rb_entry(b, struct dmemfs_extent, node)->pfn;
}

static bool less_size(struct rb_node *a, const struct rb_node *b)
{
	return smaller(rb_entry(a, struct dmemfs_extent, by_size),
		       rb_entry(b, struct dmemfs_extent, by_size));
}

/**
 * dmemfs_node_of() - the node that some memory is on
 * @sbi: the mount
 * @range: the memory
 */
struct dmemfs_node *dmemfs_node_of(struct dmemfs_sb *sbi,
				   const struct dmemfs_range *range)
{
	return &sbi->nodes[range->node];
}

/**
 * dmemfs_free_add() - an extent becomes free, as it is
 * @sbi: the mount
 * @ext: the extent
 */
void dmemfs_free_add(struct dmemfs_sb *sbi, struct dmemfs_extent *ext)
{
	struct dmemfs_node *node = dmemfs_node_of(sbi, ext->range);

	rb_add(&ext->node, &node->by_pfn, less_pfn);
	rb_add(&ext->by_size, &node->by_size, less_size);
	node->nr_free += ext->nr;
}

/**
 * dmemfs_free_del() - an extent is free no longer
 * @sbi: the mount
 * @ext: the extent
 */
void dmemfs_free_del(struct dmemfs_sb *sbi, struct dmemfs_extent *ext)
{
	struct dmemfs_node *node = dmemfs_node_of(sbi, ext->range);

	rb_erase(&ext->node, &node->by_pfn);
	rb_erase(&ext->by_size, &node->by_size);
	node->nr_free -= ext->nr;
}

/**
 * dmemfs_free_at_or_before() - find free memory by its address
 * @node: the node
 * @pfn: page
 *
 * Return: the extent that holds the page, or the last one before it, or NULL.
 */
struct dmemfs_extent *dmemfs_free_at_or_before(struct dmemfs_node *node,
					       unsigned long pfn)
{
	struct rb_node *rb = node->by_pfn.rb_node;
	struct dmemfs_extent *best = NULL;

	while (rb) {
		struct dmemfs_extent *ext = rb_entry(rb, struct dmemfs_extent,
						     node);

		if (ext->pfn <= pfn) {
			best = ext;
			rb = rb->rb_right;
		} else {
			rb = rb->rb_left;
		}
	}
	return best;
}

/* The smallest free extent that is at least so long. */
static struct dmemfs_extent *free_at_least(struct dmemfs_node *node,
					   unsigned long nr)
{
	struct rb_node *rb = node->by_size.rb_node;
	struct dmemfs_extent *best = NULL;

	while (rb) {
		struct dmemfs_extent *ext = rb_entry(rb, struct dmemfs_extent,
						     by_size);

		if (ext->nr >= nr) {
			best = ext;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return best;
}

static struct dmemfs_extent *free_next_size(struct dmemfs_extent *ext)
{
	struct rb_node *rb = rb_next(&ext->by_size);

	return rb ? rb_entry(rb, struct dmemfs_extent, by_size) : NULL;
}

/**
 * dmemfs_free_largest() - find the longest free extent
 * @node: the node
 *
 * Return: the extent, or NULL if nothing is free.
 */
struct dmemfs_extent *dmemfs_free_largest(struct dmemfs_node *node)
{
	struct rb_node *rb = rb_last(&node->by_size);

	return rb ? rb_entry(rb, struct dmemfs_extent, by_size) : NULL;
}

/* Pages to skip in an extent until it is congruent to the page offset. */
static unsigned long skip_to(const struct dmemfs_extent *ext, pgoff_t pgoff,
			     unsigned long align)
{
	return (pgoff - ext->pfn) & (align - 1);
}

/**
 * dmemfs_free_place() - find a place for a part of a file
 * @node: the node
 * @pgoff: page offset in the file
 * @nr: pages wanted
 * @span: pages that the file may come to have around them
 * @unit: pages in a unit
 * @skip: set to the pages to leave at the start of the extent
 *
 * All @nr pages at once where that is possible, congruent to the page offset by
 * the largest leaf that @span pages of the file can use.
 *
 * Return: the extent, or NULL if nothing is free.
 */
struct dmemfs_extent *dmemfs_free_place(struct dmemfs_node *node, pgoff_t pgoff,
					unsigned long nr, unsigned long span,
					unsigned long unit, unsigned long *skip)
{
	const unsigned long aligns[] = { PUD_NR, PMD_NR, unit };
	struct dmemfs_extent *ext;
	unsigned int i, tries;

	span = max(span, nr);
	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		unsigned long align = max(aligns[i], unit);

		if (span < align)
			continue;
		tries = TRIES;
		/* Room for the rest of the file beside it, if there is any. */
		ext = free_at_least(node, span) ?: free_at_least(node, nr);
		for (; ext && tries--; ext = free_next_size(ext)) {
			*skip = skip_to(ext, pgoff, align);
			if (*skip < ext->nr && ext->nr - *skip >= nr)
				return ext;
		}
	}
	/* No extent has it all: most of what the largest one has. */
	ext = dmemfs_free_largest(node);
	if (!ext)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(aligns); i++) {
		*skip = skip_to(ext, pgoff, max(aligns[i], unit));
		if (*skip < ext->nr / 2)
			return ext;
	}
	*skip = 0;
	return ext;
}

/**
 * dmemfs_free_cut() - cut pages out of a free extent
 * @sbi: the mount
 * @ext: the extent
 * @skip: pages that stay free before them
 * @nr: pages to cut out
 *
 * Return: @ext, no longer free and with just these pages; NULL if there is no
 * memory for the rest of it, and nothing has changed.
 */
struct dmemfs_extent *dmemfs_free_cut(struct dmemfs_sb *sbi,
				      struct dmemfs_extent *ext,
				      unsigned long skip, unsigned long nr)
{
	struct dmemfs_extent *head = NULL, *tail = NULL;

	if (skip) {
		head = dmemfs_extent_alloc();
		if (!head)
			return NULL;
	}
	if (skip + nr < ext->nr) {
		tail = dmemfs_extent_alloc();
		if (!tail) {
			dmemfs_extent_free(head);
			return NULL;
		}
	}
	dmemfs_free_del(sbi, ext);
	if (head) {
		*head = (struct dmemfs_extent) {
			.range = ext->range, .pfn = ext->pfn, .nr = skip,
		};
		dmemfs_free_add(sbi, head);
	}
	if (tail) {
		*tail = (struct dmemfs_extent) {
			.range = ext->range, .pfn = ext->pfn + skip + nr,
			.nr = ext->nr - skip - nr,
		};
		dmemfs_free_add(sbi, tail);
	}
	ext->pfn += skip;
	ext->nr = nr;
	return ext;
}

static void merge(struct dmemfs_sb *sbi, struct dmemfs_extent *a,
		  struct dmemfs_extent *b)
{
	if (a->range != b->range || a->pfn + a->nr != b->pfn)
		return;
	dmemfs_free_del(sbi, a);
	dmemfs_free_del(sbi, b);
	a->nr += b->nr;
	dmemfs_free_add(sbi, a);
	dmemfs_extent_free(b);
}

/**
 * dmemfs_free_merged() - an extent becomes free, one with its neighbours
 * @sbi: the mount
 * @ext: the extent; no longer the caller's
 */
void dmemfs_free_merged(struct dmemfs_sb *sbi, struct dmemfs_extent *ext)
{
	struct rb_node *rb;

	dmemfs_free_add(sbi, ext);
	rb = rb_next(&ext->node);
	if (rb)
		merge(sbi, ext, rb_entry(rb, struct dmemfs_extent, node));
	rb = rb_prev(&ext->node);
	if (rb)
		merge(sbi, rb_entry(rb, struct dmemfs_extent, node), ext);
}
