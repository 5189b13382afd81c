// SPDX-License-Identifier: GPL-2.0-only
/* What users are told, see message.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "message.h"
#include "text.h"

const char *message_program = "daxctl carve";
bool verbose;
bool message_json;
volatile int interrupted;

static enum status first = STATUS_OK;

static const char *const kinds[STATUS_NR] = {
	[STATUS_FAILED] = "failed",
	[STATUS_BAD_INPUT] = "bad-input",
	[STATUS_NO_ROOM] = "no-room",
	[STATUS_BUSY] = "busy",
	[STATUS_EXISTS] = "exists",
	[STATUS_NOT_FOUND] = "not-found",
	[STATUS_DENIED] = "denied",
};

/* A line each, so that a script need not guess where one ends. */
static void tell_json(const char *key, enum status status, const char *text)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *in = json_object_new_object();

	if (!obj || !in) {
		json_object_put(obj);
		json_object_put(in);
		return;
	}
	if (status) {
		json_object_object_add(in, "kind",
				       json_object_new_string(kinds[status]));
		json_object_object_add(in, "status",
				       json_object_new_int(status));
	}
	json_object_object_add(in, "message", json_object_new_string(text));
	json_object_object_add(obj, key, in);
	fprintf(stderr, "%s\n",
		json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(obj);
}

static void tell(const char *key, enum status status, const char *fmt,
		 va_list args)
{
	char *text, *clean;

	fflush(stdout);
	if (vasprintf(&text, fmt, args) < 0)
		return;
	/* It may hold what others chose: names of files and of processes. */
	clean = text_clean(text);
	if (clean && message_json)
		tell_json(key, status, clean);
	else if (clean)
		fprintf(stderr, "%s: %s\n", message_program, clean);
	free(clean);
	free(text);
}

int fail_as(enum status status, const char *fmt, ...)
{
	va_list args;

	if (!first)
		first = status;
	va_start(args, fmt);
	tell("error", status, fmt, args);
	va_end(args);
	return -1;
}

enum status fail_errno(int error)
{
	switch (error) {
	case EACCES:
	case EPERM:
	case EROFS:
		return STATUS_DENIED;
	case ENOENT:
	case ENODEV:
		return STATUS_NOT_FOUND;
	case EBUSY:
		return STATUS_BUSY;
	default:
		return STATUS_FAILED;
	}
}

void caution(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	tell("warning", STATUS_OK, fmt, args);
	va_end(args);
}

void say(const char *fmt, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, fmt);
	tell("note", STATUS_OK, fmt, args);
	va_end(args);
}

void done(const char *fmt, ...)
{
	va_list args;

	if (message_json)
		return;
	va_start(args, fmt);
	fflush(stdout);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
}

enum status message_status(void)
{
	return first ? first : STATUS_FAILED;
}
