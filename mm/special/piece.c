// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever needs memory clears it himself, and so all who need the same do it together:
 * each takes a piece that nobody has, until there is none left.
 */
#include <linux/bitmap.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "piece.h"

/*
 * What others have of granules @first to @last: one that has @first itself, or NULL; then
 * @last becomes the last one before anything that they have.
 */
static const struct zero_piece *
find_busy(const struct pfn_special_zero_state *zero, unsigned long first,
	  unsigned long *last)
{
	const struct zero_piece *other;

	lockdep_assert_held(&zero->lock);
	list_for_each_entry(other, &zero->busy, node) {
		if (other->first > *last || other->last < first)
			continue;
		if (other->first <= first)
			return other;
		*last = other->first - 1;
	}
	return NULL;
}

/*
 * A piece from granule @first on. If somebody is at that, returns false, and @next is the
 * granule after his; if it has been cleared meanwhile, @next is the one after it.
 */
static bool take_from(struct pfn_special_zero_state *zero,
		      struct zero_piece *piece, unsigned long first,
		      unsigned long last, unsigned long *next)
{
	const struct zero_piece *other;

	last = min(last, first + PIECE_GRANULES - 1);
	spin_lock(&zero->lock);
	/* Who has cleared something marks that before he gives it back. */
	last = find_next_bit(zero->done, last + 1, first) - 1;
	*next = first + 1;
	if (last + 1 > first) {
		other = find_busy(zero, first, &last);
		*next = other ? other->last + 1 : first;
	}
	if (*next == first) {
		piece->first = first;
		piece->last = last;
		list_add(&piece->node, &zero->busy);
	}
	spin_unlock(&zero->lock);
	return *next == first;
}

/**
 * zero_piece_take() - take something to clear
 * @zero: the memory's state
 * @piece: set to what is the caller's now, until zero_piece_give_back()
 * @first: first granule that is needed
 * @last: last granule that is needed
 *
 * Context: Any but interrupts.
 * Return: false if all of these granules are clear, or others are at them.
 */
bool zero_piece_take(struct pfn_special_zero_state *zero,
		     struct zero_piece *piece, unsigned long first,
		     unsigned long last)
{
	for (;;) {
		first = find_next_zero_bit(zero->done, last + 1, first);
		if (first > last)
			return false;
		if (take_from(zero, piece, first, last, &first))
			return true;
	}
}

/**
 * zero_piece_take_ahead() - take what nobody waits for
 * @ps: the memory
 * @piece: set to what is the caller's now, until zero_piece_give_back()
 * @granule: what to take
 *
 * Not if an owner has it who wants it as it is, nor if a device may write to it that
 * belongs to the last owner. If the granule's bit is clear otherwise, nobody has any of it
 * mapped, in page tables or without, and nobody will before it is given back.
 *
 * Context: Any but interrupts.
 * Return: false if it is not to be cleared, or somebody is at it.
 */
bool zero_piece_take_ahead(struct pfn_special *ps, struct zero_piece *piece,
			   unsigned long granule)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	bool ours;

	piece->first = granule;
	piece->last = granule;
	spin_lock(&zero->lock);
	ours = !zero->skip && !READ_ONCE(ps->held_by_owner) &&
	       !test_bit(granule, zero->done) &&
	       !find_busy(zero, granule, &piece->last);
	if (ours)
		list_add(&piece->node, &zero->busy);
	spin_unlock(&zero->lock);
	return ours;
}

/**
 * zero_piece_give_back() - a piece is clear, or is left to others
 * @zero: the memory's state
 * @piece: the piece; what is clear of it has been marked
 */
void zero_piece_give_back(struct pfn_special_zero_state *zero,
			  struct zero_piece *piece)
{
	spin_lock(&zero->lock);
	list_del(&piece->node);
	spin_unlock(&zero->lock);
	wake_up_all(&zero->wait);
}

/* Is nobody clearing anything? */
bool zero_piece_none(struct pfn_special_zero_state *zero)
{
	bool none;

	spin_lock(&zero->lock);
	none = list_empty(&zero->busy);
	spin_unlock(&zero->lock);
	return none;
}
