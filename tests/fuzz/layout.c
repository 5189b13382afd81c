// SPDX-License-Identifier: GPL-2.0-only
/* Any file given to "carve restore": refused or well-formed, never a crash. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "daxctl-plugin/extents.c"
#include "daxctl-plugin/layout.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

bool label_valid(const char *label)
{
	return strlen(label) < LABEL_NAME;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), why[256] = "";
	struct layout layout;
	int rc;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	rc = layout_parse(text, size, &layout, why, sizeof(why));
	if (rc == -EINVAL && !why[0])
		abort();
	/* What a layout may ask for is bounded, however it asks. */
	for (size_t i = 0; !rc && i < layout.nr; i++)
		if (layout.devs[i].dev.id > ID_MAX ||
		    layout.devs[i].node > NODE_MAX)
			abort();
	layout_free(&layout);
	free(text);
	return 0;
}
