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

int size_parse(const char *s, uint64_t *size)
{
	static const char suffixes[] = "kmgt";
	unsigned long long n;
	unsigned int shift = 0;
	const char *suffix;
	char *end;

	/* strtoull() would accept a sign, and spaces before it. */
	if (!isdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &end, strncasecmp(s, "0x", 2) ? 10 : 16);
	if (errno)
		return -errno;
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
	*size = (uint64_t)n << shift;
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
