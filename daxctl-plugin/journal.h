/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the command that has the lock is about to do: a line is written before the
 * kernel is asked, and the file goes when all is done. Whoever gets the lock and finds
 * one knows that its writer was killed, and how far it may have come.
 *
 *	idle REGION			makes devices without memory: delete them
 *	create NAME BIRTH START		makes a device whose first extent is there: undo it
 *	keep NAME BIRTH			that one is complete: leave it
 *	destroy NAME BIRTH IDENTITY	destroys it: complete that
 *	resize NAME BIRTH IDENTITY OLD NEW MODE PRESERVE
 *					shrinks or grows it: complete that, or undo it
 *	temp PATH			writes that file, and renames it: remove it
 */
#ifndef CARVE_JOURNAL_H
#define CARVE_JOURNAL_H

#include "node.h"

/* Each: 0, or negative after a complaint. */
int journal_idle(const struct node *node);
int journal_create(const struct dev *dev);
int journal_keep(const struct dev *dev);
int journal_destroy(const struct dev *dev);
int journal_resize(const struct dev *dev, uint64_t size, bool preserve);

/**
 * journal_temp() - a temporary file is about to be made
 * @path: absolute, and nothing that anybody else would think of
 *
 * Return: 0, or negative after a complaint.
 */
int journal_temp(const char *path);

/**
 * journal_stays() - something could not be undone: the next command has to try again
 */
void journal_stays(void);

/**
 * journal_clear() - all is done, or undone
 */
void journal_clear(void);

/**
 * journal_pending() - did a command that was killed leave anything to do?
 *
 * Return: whether.
 */
bool journal_pending(void);

/**
 * journal_recover() - put right what a command that was killed left
 * @nodes: what there is; to be read again if anything was done
 *
 * Says what it does. For whoever has the lock.
 *
 * Return: whether there was anything to do.
 */
bool journal_recover(const struct nodes *nodes);

#endif /* CARVE_JOURNAL_H */
