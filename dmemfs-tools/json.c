// SPDX-License-Identifier: GPL-2.0-only
/* What is in JSON, and what is wrong with it: see json.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int json_wrong(const struct json_parser *p, const char *fmt, ...)
{
	va_list args;
	int len = 0;

	if (p->what)
		len = snprintf(p->why, p->size, "%s %zu: ", p->what, p->index);
	va_start(args, fmt);
	if (len >= 0 && (size_t)len < p->size)
		vsnprintf(p->why + len, p->size - len, fmt, args);
	va_end(args);
	return -EINVAL;
}

int json_check_keys(const struct json_parser *p, struct json_object *obj,
		    const char *const *known)
{
	size_t i;

	if (!json_object_is_type(obj, json_type_object))
		return json_wrong(p, "not an object");
	json_object_object_foreach(obj, key, value) {
		(void)value;
		for (i = 0; known[i] && strcmp(key, known[i]); i++)
			;
		if (!known[i])
			return json_wrong(p, "\"%.40s\" is not known here", key);
	}
	return 0;
}

int json_number_of(const struct json_parser *p, struct json_object *number,
		   const char *key, int64_t min, int64_t max, int64_t *value)
{
	if (!json_object_is_type(number, json_type_int))
		return json_wrong(p, "\"%s\" is not a number", key);
	/* What does not fit an int64 comes as the one that is next to it. */
	*value = json_object_get_int64(number);
	if (*value < min || *value > max)
		return json_wrong(p, "\"%s\" is out of range", key);
	return 0;
}

int json_get_number(const struct json_parser *p, struct json_object *obj,
		    const char *key, uint64_t max, uint64_t *value)
{
	struct json_object *number = NULL;
	int64_t n;
	int rc;

	json_object_object_get_ex(obj, key, &number);
	rc = json_number_of(p, number, key, 0, max, &n);
	if (!rc)
		*value = n;
	return rc;
}

int json_get_list(const struct json_parser *p, struct json_object *obj,
		  const char *key, struct json_object **list)
{
	if (json_object_object_get_ex(obj, key, list) &&
	    json_object_is_type(*list, json_type_array))
		return 0;
	return json_wrong(p, "\"%s\" is not a list", key);
}

const char *json_text_of(struct json_object *obj)
{
	const char *text;

	if (!json_object_is_type(obj, json_type_string))
		return NULL;
	text = json_object_get_string(obj);
	return strlen(text) == (size_t)json_object_get_string_len(obj) ? text :
									 NULL;
}

const char *json_get_text(struct json_object *obj, const char *key)
{
	struct json_object *text = NULL;

	json_object_object_get_ex(obj, key, &text);
	return json_text_of(text);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int json_get_bytes(const struct json_parser *p, struct json_object *obj,
		   const char *key, char **bytes)
{
	const char *text = json_get_text(obj, key);
	char *to;

	if (!text || !*text || strlen(text) >= 3 * JSON_BYTES_MAX)
		return json_wrong(p, "\"%s\" is not a text", key);
	*bytes = to = malloc(strlen(text) + 1);
	if (!to)
		return -ENOMEM;
	for (; *text; text++) {
		int high, low;

		if (*text != '%') {
			if (*text < ' ' || *text > '~')
				return json_wrong(p, "\"%s\" has what is not %%XX", key);
			*to++ = *text;
			continue;
		}
		high = hex_digit(text[1]);
		low = high < 0 ? -1 : hex_digit(text[2]);
		if (low < 0 || !(high | low))
			return json_wrong(p, "\"%s\" has what is not %%XX", key);
		*to++ = high << 4 | low;
		text += 2;
	}
	*to = '\0';
	if (strlen(*bytes) >= JSON_BYTES_MAX)
		return json_wrong(p, "\"%s\" is too long", key);
	return 0;
}

int json_get_hex(const struct json_parser *p, struct json_object *obj,
		 const char *key, size_t max, unsigned char **bytes, size_t *size)
{
	const char *text = json_get_text(obj, key);
	size_t len = text ? strlen(text) : 0, i;

	if (!text || len % 2 || len / 2 > max ||
	    strspn(text, "0123456789ABCDEF") != len)
		return json_wrong(p, "\"%s\" is not up to %zu bytes of two digits each",
				  key, max);
	*bytes = malloc(len / 2 + 1);
	if (!*bytes)
		return -ENOMEM;
	for (i = 0; i < len / 2; i++)
		(*bytes)[i] = hex_digit(text[2 * i]) << 4 |
			      hex_digit(text[2 * i + 1]);
	*size = len / 2;
	return 0;
}
