// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as people write them, see size.h. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <json-c/json.h>

#include "size.h"

/* Digits behind a point, as a part of 2^@shift; it has to be whole bytes. */
static int fraction(const char **s, unsigned int shift, uint64_t *part)
{
	uint64_t unit = UINT64_C(1) << shift, scale = 1, digits = 0;

	if (!isdigit((unsigned char)**s))
		return -EINVAL;
	for (; isdigit((unsigned char)**s); ++*s) {
		/* More than fit here are more than a byte. */
		if (scale > UINT64_C(100000))
			return -EINVAL;
		digits = 10 * digits + (**s - '0');
		scale *= 10;
	}
	if (digits * unit % scale)
		return -EINVAL;
	*part = digits * unit / scale;
	return 0;
}

int size_parse(const char *s, uint64_t *size)
{
	static const char suffixes[] = "kmgt";
	const char *point, *suffix;
	unsigned long long n;
	unsigned int shift = 0;
	uint64_t part = 0;
	bool hex = !strncasecmp(s, "0x", 2);
	char *end;

	/* strtoull() would accept a sign, and spaces before it. */
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, hex ? 16 : 10);
	if (errno)
		return -errno;
	point = *end == '.' && !hex ? end + 1 : NULL;
	if (point)
		end += 1 + strspn(point, "0123456789");
	if (*end) {
		suffix = strchr(suffixes, tolower((unsigned char)*end));
		if (!suffix)
			return -EINVAL;
		shift = 10 * (suffix - suffixes + 1);
		end++;
		if (*end && strcasecmp(end, "ib") && strcasecmp(end, "b"))
			return -EINVAL;
	}
	if (shift && n >> (64 - shift))
		return -ERANGE;
	if (point && (!shift || fraction(&point, shift, &part)))
		return -EINVAL;
	*size = ((uint64_t)n << shift) + part;
	return 0;
}

int number_parse(const char *s, unsigned long max, unsigned long *number)
{
	char *end;

	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	*number = strtoul(s, &end, 10);
	if (*end)
		return -EINVAL;
	if (errno || *number > max)
		return -ERANGE;
	return 0;
}

const char *size_text(uint64_t size, char *text)
{
	static const char suffixes[] = "\0KMGT";
	unsigned int i = 0;

	while (i < 4 && size && size % 1024 == 0) {
		size /= 1024;
		i++;
	}
	snprintf(text, SIZE_TEXT, "%" PRIu64 "%.1s", size, &suffixes[i]);
	return text;
}

struct json_object *json_size(uint64_t size, bool human)
{
	static const struct {
		double binary, decimal;
		char prefix;
	} scale[] = {
		{ 1024., 1000., 'K' },
		{ 1048576., 1000000., 'M' },
		{ 1073741824., 1000000000., 'G' },
		{ 1099511627776., 1000000000000., 'T' },
	};
	char text[64];
	int i = 0;

	if (!human)
		return json_object_new_int64(size);
	if (size < 5000) {
		snprintf(text, sizeof(text), "%" PRIu64, size);
		return json_object_new_string(text);
	}
	while (i < 3 && size >= scale[i + 1].binary)
		i++;
	snprintf(text, sizeof(text), "%.2f %ciB (%.2f %cB)",
		 size / scale[i].binary, scale[i].prefix,
		 size / scale[i].decimal, scale[i].prefix);
	return json_object_new_string(text);
}

struct json_object *json_hex(uint64_t addr, bool human)
{
	char text[32];

	if (!human)
		return json_object_new_int64(addr);
	snprintf(text, sizeof(text), "%#" PRIx64, addr);
	return json_object_new_string(text);
}
