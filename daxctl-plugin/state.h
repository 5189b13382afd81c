/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One at a time: a lock in STATE_DIR, and what a command that was killed left behind,
 * which the next one finds in the journal and puts right before it does anything.
 */
#ifndef CARVE_STATE_H
#define CARVE_STATE_H

#ifndef STATE_DIR
#define STATE_DIR	"/run/dax-none"
#endif

struct nodes;

/**
 * state_begin() - keep other instances out, and read what there is
 * @nodes: set to it; to be freed by nodes_free(), also upon failure
 *
 * Waits some seconds for one that is at work. Completes or undoes what one that was
 * killed was about to do, and says so.
 *
 * Return: 0, or negative after a complaint, unlocked.
 */
int state_begin(struct nodes *nodes);

/**
 * state_end() - let others in: all is done, or undone
 */
void state_end(void);

/**
 * state_lock() - the lock alone
 *
 * Return: 0, or negative after a complaint.
 */
int state_lock(void);
void state_unlock(void);

#endif /* CARVE_STATE_H */
