/* SPDX-License-Identifier: GPL-2.0-only */
/* Who clears which granules. Inside pfn_special.ko only. */
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
 */
struct zero_piece {
	struct list_head node;
	unsigned long first;
	unsigned long last;
};

bool zero_piece_take(struct pfn_special_zero_state *zero,
		     struct zero_piece *piece, unsigned long first,
		     unsigned long last);
bool zero_piece_take_ahead(struct pfn_special *ps, struct zero_piece *piece,
			   unsigned long granule);
void zero_piece_give_back(struct pfn_special_zero_state *zero,
			  struct zero_piece *piece);
bool zero_piece_none(struct pfn_special_zero_state *zero);

#endif /* _PFN_SPECIAL_PIECE_H */
