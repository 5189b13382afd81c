/* SPDX-License-Identifier: GPL-2.0-only */
/* What users are told: complaints, exit statuses, progress. */
#ifndef CARVE_MESSAGE_H
#define CARVE_MESSAGE_H

#include <stdbool.h>

/* Exit statuses, as daxctl-carve(1) has them. Of several, the first one counts. */
enum status {
	STATUS_OK,
	STATUS_FAILED,		/* anything else */
	STATUS_BAD_INPUT,	/* options, arguments, or a file */
	STATUS_NO_ROOM,		/* not enough free memory, or not in such pieces */
	STATUS_BUSY,		/* in use, or another instance is at work */
	STATUS_EXISTS,		/* there is one of that name already */
	STATUS_NOT_FOUND,	/* no such device, node or file */
	STATUS_DENIED,		/* no permission */
	STATUS_NR,
};

/**
 * fail_as() - complain
 * @status: of what kind it is
 * @fmt: what was wrong, what was expected, and what to do, in one sentence
 *
 * Return: -1, so that callers can pass it on: who gets a negative number knows
 * that the user has been told.
 */
int fail_as(enum status status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for what is of no special kind. */
#define fail(...)	fail_as(STATUS_FAILED, __VA_ARGS__)

/**
 * fail_errno() - of what kind an error is
 * @error: a positive errno
 *
 * Return: the status.
 */
enum status fail_errno(int error);

/**
 * caution() - tell of something that is not as one would expect, but no failure
 * @fmt: what it is and what follows, in one sentence
 */
void caution(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * say() - tell something, with --verbose only
 * @fmt: what is going on
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * done() - what has been done, on stderr, for people
 * @fmt: that
 */
void done(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/**
 * message_status() - what to exit with
 *
 * Return: the status of the first complaint, STATUS_FAILED if there was none.
 */
enum status message_status(void);

/* Who says it. */
extern const char *message_program;

/* Set by --verbose. */
extern bool verbose;

/* Set by --json: complaints are JSON, too. */
extern bool message_json;

/* Set by SIGINT, SIGTERM and SIGHUP: finish or undo what is half done. */
extern volatile int interrupted;

#endif /* CARVE_MESSAGE_H */
