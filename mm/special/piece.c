// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whoever needs memory clears it himself, and so all who need the same do it together:
 * each takes a piece that nobody has, until there is none left.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "partial.h"
#include "piece.h"

/*
 * Of a granule of which more chunks than that are needed all is cleared: each kernel
 * mapping costs as much as clearing 40 KiB.
 */
#define FEW_CHUNKS	8

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

/* Does this go on from what is clear? Then it will be the turn of the rest soon. */
static bool goes_on(const struct pfn_special *ps, unsigned long granule,
		    u32 have, u32 more)
{
	u32 next_to = have << 1 | have >> 1;

	if (granule && test_bit(granule - 1, ps->zero.done))
		next_to |= 1;
	if ((granule + 1) * GRANULE_PAGES < ps->nr_pages &&
	    test_bit(granule + 1, ps->zero.done))
		next_to |= BIT(CHUNKS - 1);
	return more & next_to;
}

/*
 * What is to be cleared of granule @first, and, if it is all of that, how many after it,
 * up to @last at most, where the range up to @end ends. Returns false if what the range
 * has of @first is clear.
 */
static bool choose(const struct pfn_special *ps, struct zero_piece *piece,
		   unsigned long first, unsigned long last, pgoff_t pgoff,
		   pgoff_t end)
{
	const struct pfn_special_zero_state *zero = &ps->zero;
	u32 all = chunks_in(first, 0, ps->nr_pages);
	u32 need = chunks_in(first, pgoff, end);
	u32 have = zero_partial(zero, first), more = need & ~have;

	if (!more)
		return false;
	if (need == all || hweight32(need | have) > FEW_CHUNKS ||
	    goes_on(ps, first, have, more) ||
	    !zero_partial_has_room(zero, first))
		more = all & ~have;
	piece->first = first;
	piece->last = first;
	piece->ahead = false;
	piece->forgotten = false;
	piece->chunks = more;
	piece->rest = (more | have) == all;
	piece->whole = more == all;
	if (need != all || !piece->whole)
		return true;
	if (end < ps->nr_pages)
		last = min(last, end / GRANULE_PAGES - 1);
	while (piece->last < last && !zero_partial(zero, piece->last + 1))
		piece->last++;
	return true;
}

/*
 * A piece from granule @first on, up to @last, of a range. If somebody is at that, returns
 * false, and @next is the granule after his; if it has been cleared meanwhile, @next is
 * the one after it.
 */
static bool take_from(struct pfn_special *ps, struct zero_piece *piece,
		      unsigned long first, unsigned long last, pgoff_t pgoff,
		      pgoff_t end, unsigned long *next)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	const struct zero_piece *other = NULL;
	bool taken = false;

	last = min(last, first + PIECE_GRANULES - 1);
	spin_lock(&zero->lock);
	/* Who has cleared something marks that before he gives it back. */
	last = find_next_bit(zero->done, last + 1, first) - 1;
	if (last + 1 > first) {
		other = find_busy(zero, first, &last);
		taken = !other && choose(ps, piece, first, last, pgoff, end);
	}
	if (taken)
		list_add(&piece->node, &zero->busy);
	/* His piece may have gone when the lock is released. */
	*next = other ? other->last + 1 : first + 1;
	spin_unlock(&zero->lock);
	return taken;
}

/**
 * zero_piece_take() - take something to clear
 * @ps: the memory
 * @piece: set to what is the caller's now, until zero_piece_give_back()
 * @pgoff: first page offset that is needed
 * @end: page offset after what is needed
 *
 * Whole granules, but of those that are needed in part few chunks.
 *
 * Context: Any but interrupts.
 * Return: false if all of the range is clear, or others are at it.
 */
bool zero_piece_take(struct pfn_special *ps, struct zero_piece *piece,
		     pgoff_t pgoff, pgoff_t end)
{
	unsigned long first = pgoff / GRANULE_PAGES;
	unsigned long last = (end - 1) / GRANULE_PAGES;

	for (;;) {
		first = find_next_zero_bit(ps->zero.done, last + 1, first);
		if (first > last)
			return false;
		if (take_from(ps, piece, first, last, pgoff, end, &first))
			return true;
	}
}

/**
 * zero_piece_take_ahead() - take what nobody waits for
 * @ps: the memory
 * @piece: set to what is the caller's now, until zero_piece_give_back()
 * @granule: what to take
 *
 * Not if an owner has it who wants it as it is, or one wanted it kept, nor if a device may
 * write to it that belongs to the last owner. If the granule's bit is clear otherwise,
 * nobody has any of it mapped, in page tables or without, but for chunks that are left out,
 * and nobody will before it is given back.
 *
 * Context: Any but interrupts.
 * Return: false if it is not to be cleared, or somebody is at it.
 */
bool zero_piece_take_ahead(struct pfn_special *ps, struct zero_piece *piece,
			   unsigned long granule)
{
	struct pfn_special_zero_state *zero = &ps->zero;
	u32 have;
	bool ours;

	piece->first = granule;
	piece->last = granule;
	piece->ahead = true;
	piece->forgotten = false;
	piece->rest = true;
	spin_lock(&zero->lock);
	have = zero_partial(zero, granule);
	piece->chunks = chunks_in(granule, 0, ps->nr_pages) & ~have;
	piece->whole = !have;
	ours = !zero->skip && !zero->kept && !READ_ONCE(ps->held_by_owner) &&
	       !test_bit(granule, zero->done) &&
	       !find_busy(zero, granule, &piece->last);
	if (ours)
		list_add(&piece->node, &zero->busy);
	spin_unlock(&zero->lock);
	return ours;
}

/**
 * zero_piece_chunks_done() - chunks that somebody took are clear
 * @zero: the memory's state
 * @piece: not a whole one
 *
 * The others of the granule may have been in use all the time, and if that ended
 * meanwhile, what they hold now is to be cleared.
 *
 * Context: Any but interrupts.
 */
void zero_piece_chunks_done(struct pfn_special_zero_state *zero,
			    const struct zero_piece *piece)
{
	spin_lock(&zero->lock);
	if (!piece->rest) {
		zero_partial_add(zero, piece->first, piece->chunks);
	} else if (!piece->forgotten) {
		/* In this order no more counts as clear than is, see unclear_bytes. */
		zero_partial_drop(zero, piece->first, piece->first + 1);
		/* Whoever sees the bit sees zeroes. */
		smp_mb__before_atomic();
		set_bit(piece->first, zero->done);
	}
	spin_unlock(&zero->lock);
}

/**
 * zero_piece_forget() - granules have lost their user
 * @zero: the memory's state
 * @first: first granule
 * @end: granule after the last one
 *
 * None of their chunks counts as clear any more, nor will what others clear beside them
 * make a granule clear.
 *
 * Context: Any but interrupts. Nobody uses the granules.
 */
void zero_piece_forget(struct pfn_special_zero_state *zero, unsigned long first,
		       unsigned long end)
{
	struct zero_piece *piece;

	spin_lock(&zero->lock);
	list_for_each_entry(piece, &zero->busy, node)
		if (piece->first < end && piece->last >= first)
			piece->forgotten = true;
	zero_partial_drop(zero, first, end);
	spin_unlock(&zero->lock);
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

/* Is somebody clearing something that nobody waits for? */
bool zero_piece_any_ahead(struct pfn_special_zero_state *zero)
{
	const struct zero_piece *piece;
	bool any = false;

	spin_lock(&zero->lock);
	list_for_each_entry(piece, &zero->busy, node)
		any |= piece->ahead;
	spin_unlock(&zero->lock);
	return any;
}
