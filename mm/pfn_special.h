/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory without struct page: what the owners of such memory may use.
 *
 * A struct pfn_special is a linear range of page offsets backed by physical
 * extents that have no struct page. The library maps it into user page tables
 * with special leaves of 1G, 2M and 4K, clears it before anyone sees it, and
 * takes all of it back at once. It knows nothing of devices or files.
 */
#ifndef _PFN_SPECIAL_H
#define _PFN_SPECIAL_H

#include <linux/bits.h>
#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#include "special/extent.h"

struct address_space;
struct file;
struct module;
struct resource;
struct pfn_special;
struct vm_fault;

/* The sizes a leaf can have, largest last; the index of statistics. */
enum pfn_special_leaf {
	PFN_SPECIAL_4K,
	PFN_SPECIAL_2M,
	PFN_SPECIAL_1G,
	PFN_SPECIAL_NR_LEAVES,
};

/* The memory holds data that its next owner wants: do not clear it. */
#define PFN_SPECIAL_PRESERVE	BIT(0)

/**
 * struct pfn_special_range - memory behind part of a mapping
 * @node: first and last pfn
 * @mapping: address_space of all VMAs that may have leaves of it
 * @pgoff: page offset in @mapping that the first pfn is behind
 * @name: for messages and tracepoints
 */
struct pfn_special_range {
	struct interval_tree_node node;
	struct address_space *mapping;
	pgoff_t pgoff;
	const char *name;
};

void pfn_special_range_add(struct pfn_special_range *range);
void pfn_special_range_del(struct pfn_special_range *range);
void pfn_special_range_resize(struct pfn_special_range *range,
			      unsigned long last);

/* Ranges of a mapping that are nobody's from now on. */
void pfn_special_gone(struct address_space *mapping, pgoff_t first,
		      pgoff_t last);
pgoff_t pfn_special_leaf_start(const struct pfn_special_extent *ext,
			       pgoff_t pgoff);
pgoff_t pfn_special_leaf_end(const struct pfn_special_extent *ext,
			     pgoff_t pgoff);

/* Who maps memory without page tables, for its owners, after pfn_special_gone(). */
bool pfn_special_held(unsigned long pfn, unsigned long nr);
bool pfn_special_held_next(unsigned long *pfn, unsigned long last,
			   unsigned long *nr);
unsigned long pfn_special_holds_ended(void);
bool pfn_special_may_be_held(void);

/**
 * struct pfn_special_taken - physical ranges that nobody else can request
 * @node: among those that are withheld
 * @name: in /proc/iomem
 * @nr: number of @res
 * @res: the ranges in the resource tree, from request_mem_region(); NULL from
 *       the first on that could not be had
 */
struct pfn_special_taken {
	struct list_head node;
	const char *name;
	unsigned int nr;
	struct resource *res[] __counted_by(nr);
};

void pfn_special_taken_release(struct pfn_special_taken *taken);
bool pfn_special_taken_is_held(const struct pfn_special_taken *taken);
void pfn_special_withhold(struct pfn_special_taken *taken);
void pfn_special_withheld_look(void);

/**
 * struct pfn_special_owner - who has claimed all of some memory
 * @name: for messages
 * @gone: the memory is being taken away: unmap all of it. No fault brings it
 *        back. May sleep; must not claim or unclaim. Not for owners with @yield.
 * @yield: NULL; or, of an owner who has the memory only while nobody else wants it,
 *         and shows it to nobody: somebody does. Stop using all of it, and return 0:
 *         it is then no longer the owner's. Else return a negative errno, and go on
 *         using it. If @dying, whatever the owner has there will be gone: it must
 *         return 0, and not because it is killed return early. Called by whoever
 *         wants it, once at a time, without a lock of this library; may sleep, for
 *         as long as it takes to get that much data out; must not claim or unclaim
 *         this memory. pfn_special_unclaim() waits for it, and is to be called all
 *         the same afterwards.
 */
struct pfn_special_owner {
	const char *name;
	void (*gone)(struct pfn_special_owner *owner);
	int (*yield)(struct pfn_special_owner *owner, bool dying);
};

struct pfn_special *pfn_special_create(const char *name, int node,
				       struct address_space *mapping,
				       const struct pfn_special_extent *extents,
				       unsigned int nr_extents,
				       unsigned long flags);
void pfn_special_get(struct pfn_special *ps);
void pfn_special_put(struct pfn_special *ps);
void pfn_special_kill(struct pfn_special *ps);
bool pfn_special_alive(struct pfn_special *ps);

unsigned long pfn_special_nr_pages(const struct pfn_special *ps);
size_t pfn_special_metadata_bytes(const struct pfn_special *ps);
u64 pfn_special_zeroed_bytes(struct pfn_special *ps);
u64 pfn_special_ahead_bytes(struct pfn_special *ps);
u64 pfn_special_unclear_bytes(struct pfn_special *ps);
u64 pfn_special_leaves(struct pfn_special *ps, enum pfn_special_leaf leaf);

unsigned long pfn_special_bad_pages(const struct pfn_special *ps);
bool pfn_special_next_bad(const struct pfn_special *ps, pgoff_t *pgoff,
			  unsigned long *nr);

bool pfn_special_extent_at(const struct pfn_special *ps, pgoff_t pgoff,
			   struct pfn_special_extent *ext);
bool pfn_special_lookup(const struct pfn_special *ps, pgoff_t pgoff,
			struct pfn_special_extent *run);

int pfn_special_mmap(struct pfn_special *ps, struct vm_area_struct *vma);
void pfn_special_vma_open(struct vm_area_struct *vma);
vm_fault_t pfn_special_fault(struct pfn_special *ps, struct vm_fault *vmf,
			     unsigned int order);
void pfn_special_split(struct vm_area_struct *vma, unsigned long addr);
int pfn_special_protect(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, unsigned long newflags);
void pfn_special_before_move(struct file *file);
unsigned long pfn_special_pagesize(const struct pfn_special *ps,
				   struct vm_area_struct *vma);
unsigned long pfn_special_get_unmapped_area(const struct pfn_special *ps,
					    struct file *file,
					    unsigned long addr,
					    unsigned long len, pgoff_t pgoff,
					    unsigned long flags);
unsigned long pfn_special_best_address(const struct pfn_special *ps,
				       pgoff_t pgoff, unsigned long nr,
				       unsigned long *want);
int pfn_special_access(struct pfn_special *ps, struct vm_area_struct *vma,
		       unsigned long addr, void *buf, int len, int write);
int pfn_special_zero(struct pfn_special *ps, pgoff_t pgoff, unsigned long nr);

/**
 * struct pfn_special_provider - where some memory comes from
 * @module: stays while the memory is claimed
 * @get: the physical ranges are the provider's until @put, even if it kills the
 *       memory before: an IOMMU may go on mapping them
 * @put: ends @get; may sleep
 */
struct pfn_special_provider {
	struct module *module;
	void (*get)(void *data);
	void (*put)(void *data);
};

/* All of some memory, for one owner who divides it. */
void pfn_special_offer(struct pfn_special *ps,
		       const struct pfn_special_provider *provider, void *data);
int pfn_special_open(struct pfn_special *ps);
unsigned int pfn_special_users(struct pfn_special *ps, char *owner, size_t len);
u64 pfn_special_held_bytes(const struct pfn_special *ps);
void pfn_special_close(struct pfn_special *ps);

/**
 * enum pfn_special_claim_how - what becomes of what claimed memory holds
 * @PFN_SPECIAL_CLEAR: it is cleared before anyone sees it
 * @PFN_SPECIAL_NOZERO: it is shown, and cleared for the next owner
 * @PFN_SPECIAL_KEEP: as pfn_special_keep_range() says: the owner knows what it is. For
 *                    memory that was created with %PFN_SPECIAL_PRESERVE, or that its
 *                    last owner gave back after pfn_special_keep()
 */
enum pfn_special_claim_how {
	PFN_SPECIAL_CLEAR,
	PFN_SPECIAL_NOZERO,
	PFN_SPECIAL_KEEP,
};

struct pfn_special *pfn_special_claim(const char *name,
				      struct pfn_special_owner *owner,
				      enum pfn_special_claim_how how);
void pfn_special_unclaim(struct pfn_special *ps,
			 struct pfn_special_owner *owner);
bool pfn_special_preserves(const struct pfn_special *ps);

/* What it holds outlives an owner, for one who comes after him. */
void pfn_special_keep(struct pfn_special *ps, bool keep);
unsigned long pfn_special_clear_run(struct pfn_special *ps, pgoff_t pgoff,
				    unsigned long nr, bool *clear);
void pfn_special_keep_range(struct pfn_special *ps, pgoff_t pgoff,
			    unsigned long nr);
void pfn_special_keep_end(struct pfn_special *ps);

int pfn_special_node(const struct pfn_special *ps);

/* What an owner with yield() has, in the kernel. */
void *pfn_special_map(const struct pfn_special_extent *ext);
void pfn_special_unmap(void **addrs, unsigned int nr);

/* Parts of it, in any order. */
int pfn_special_mmap_run(struct vm_area_struct *vma);
vm_fault_t pfn_special_fault_run(struct pfn_special *ps, struct vm_fault *vmf,
				 unsigned int order,
				 const struct pfn_special_extent *run,
				 pgoff_t base);
unsigned long pfn_special_place(struct file *file, unsigned long addr,
				unsigned long len, pgoff_t pgoff,
				unsigned long flags,
				const struct pfn_special_extent *ext,
				unsigned long size);
int pfn_special_copy(struct pfn_special *ps, u64 offset, void *buf, size_t len,
		     bool write);
int pfn_special_clear(struct pfn_special *ps, u64 offset, u64 len);
int pfn_special_recycle(struct pfn_special *ps, pgoff_t pgoff,
			unsigned long nr);

#endif /* _PFN_SPECIAL_H */
