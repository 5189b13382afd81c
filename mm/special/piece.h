/* SPDX-License-Identifier: GPL-2.0-only */
/* Who clears which granules, or chunks of one. Inside pfn_special.ko only. */
#ifndef _PFN_SPECIAL_PIECE_H
#define _PFN_SPECIAL_PIECE_H

#include <linux/list.h>

#include "special.h"

/*
 * Granules in a piece: 32 MiB, which one kernel mapping is made for, so that making it
 * and unmaking it costs nothing to speak of, and which one task can clear in a
 * millisecond or two, so that nobody waits for more than that of somebody else's.
 */
#define PIECE_GRANULES	16UL

/**
 * struct zero_piece - granules that one task clears, on its stack
 * @node: in pfn_special_zero_state.busy
 * @first: first granule
 * @last: last granule
 * @whole: all of them; else chunks of a single one, others of which may be in use
 * @ahead: nobody waits for it
 * @rest: with @chunks, all of the granule will be clear
 * @forgotten: the granule has lost its user meanwhile; set with zero.lock held
 * @chunks: if not @whole, which chunks
 */
struct zero_piece {
	struct list_head node;
	unsigned long first;
	unsigned long last;
	bool whole;
	bool ahead;
	bool rest;
	bool forgotten;
	u32 chunks;
};

bool zero_piece_take(struct pfn_special *ps, struct zero_piece *piece,
		     pgoff_t pgoff, pgoff_t end);
bool zero_piece_take_ahead(struct pfn_special *ps, struct zero_piece *piece,
			   unsigned long granule);
void zero_piece_chunks_done(struct pfn_special_zero_state *zero,
			    const struct zero_piece *piece);
void zero_piece_forget(struct pfn_special_zero_state *zero, unsigned long first,
		       unsigned long end);
void zero_piece_give_back(struct pfn_special_zero_state *zero,
			  struct zero_piece *piece);
bool zero_piece_none(struct pfn_special_zero_state *zero);
bool zero_piece_any_ahead(struct pfn_special_zero_state *zero);

#endif /* _PFN_SPECIAL_PIECE_H */
