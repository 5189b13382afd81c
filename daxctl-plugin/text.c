// SPDX-License-Identifier: GPL-2.0-only
/* Text that others chose, see text.h. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Length of the valid character that begins at @p, 0 if none does. */
static unsigned int character(const unsigned char *p, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int i, len = *p < 0x80 ? 1 : *p < 0xc0 ? 0 :
			      *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf8 ? 4 : 0;

	*code = len == 1 ? *p : len ? *p & (0x7f >> len) : 0;
	for (i = 1; i < len; i++) {
		/* The end of the text is no continuation either. */
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* Control characters, and those that change the direction of what follows. */
static int is_harmless(uint32_t code)
{
	return code >= 0x20 && (code < 0x7f || code > 0x9f) &&
	       (code < 0x200e || code > 0x200f) &&
	       (code < 0x2028 || code > 0x202e) &&
	       (code < 0x2066 || code > 0x2069);
}

char *text_clean(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char *clean = malloc(4 * strlen(text) + 1), *to = clean;
	unsigned int len;
	uint32_t code;

	if (!clean)
		return NULL;
	while (*p) {
		len = character(p, &code);
		if (len && is_harmless(code)) {
			memcpy(to, p, len);
			to += len;
			p += len;
			continue;
		}
		for (len = len ? len : 1; len; len--)
			to += sprintf(to, "\\x%02x", *p++);
	}
	*to = '\0';
	return clean;
}

size_t text_width(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}
