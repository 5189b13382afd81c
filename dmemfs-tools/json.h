/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading JSON that may be anything: numbers, texts and lists, or what is wrong with them. */
#ifndef DMEMFS_JSON_H
#define DMEMFS_JSON_H

#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/* Longest path, and its end. */
#define JSON_BYTES_MAX	4096

/**
 * struct json_parser - where we are
 * @why: what is wrong
 * @size: of @why, in bytes
 * @what: of which list; NULL if of none
 * @index: which one of that
 */
struct json_parser {
	char *why;
	size_t size;
	const char *what;
	size_t index;
};

/* Says what is wrong. Return: -EINVAL, as all below if something is. */
int json_wrong(const struct json_parser *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Whatever is not known may matter: it is refused rather than left out. */
int json_check_keys(const struct json_parser *p, struct json_object *obj,
		    const char *const *known);

int json_number_of(const struct json_parser *p, struct json_object *number,
		   const char *key, int64_t min, int64_t max, int64_t *value);

/* From 0 to @max, which is no more than an int64_t has room for. */
int json_get_number(const struct json_parser *p, struct json_object *obj,
		    const char *key, uint64_t max, uint64_t *value);

int json_get_list(const struct json_parser *p, struct json_object *obj,
		  const char *key, struct json_object **list);

/* Return: NULL if it is no text; one that holds a NUL is none. */
const char *json_text_of(struct json_object *obj);
const char *json_get_text(struct json_object *obj, const char *key);

/**
 * json_get_bytes() - read bytes, at least one and fewer than JSON_BYTES_MAX
 * @p: where we are
 * @obj: the object
 * @key: what of it: printable ASCII, and all else as "%XX"
 * @bytes: set to them, to be freed, also upon failure
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int json_get_bytes(const struct json_parser *p, struct json_object *obj,
		   const char *key, char **bytes);

/**
 * json_get_hex() - read bytes that are written as two digits each
 * @p: where we are
 * @obj: the object
 * @key: what of it
 * @max: most bytes
 * @bytes: set to them, to be freed
 * @size: set to how many they are, from 0 to @max
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int json_get_hex(const struct json_parser *p, struct json_object *obj,
		 const char *key, size_t max, unsigned char **bytes, size_t *size);

#endif /* DMEMFS_JSON_H */
