// SPDX-License-Identifier: GPL-2.0-only
/* Any BTF, of a kernel and of a module on top: refused or read, never a crash. */
#include <stdint.h>
#include <stdlib.h>

#include "drivers/private/types.c"
#include "drivers/private/layout.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int open_types(struct types *types, void **copy, __u32 **index,
		      const void *data, size_t size, const struct types *base)
{
	__u32 nr;

	*copy = malloc(size ? size : 1);
	*index = NULL;
	if (!*copy)
		return -1;
	memcpy(*copy, data, size);
	if (types_count(*copy, size, &nr))
		return -1;
	*index = malloc(nr ? nr * sizeof(__u32) : 1);
	if (!*index)
		return -1;
	return types_open(types, *copy, size, base, *index, nr);
}

static void use(const struct types *types)
{
	static const struct layout table[] = {
		{ "s", NULL, 0, 8 }, { "s", "a", 0, 8 }, { "t", NULL, 0, 8 },
	};
	struct types_place have;
	__u32 id, size;

	layout_compare(types, table, 3, &have);
	for (id = 0; id < types->first_id + types->nr + 2; id++) {
		types_size(types, id, &size);
		types_place(types, id, "a", &have);
		types_next(types, "", BTF_KIND_STRUCT, id);
	}
}

/* The first two bytes tell how much of the rest is the kernel's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *kernel_copy, *module_copy = NULL;
	__u32 *kernel_index, *module_index = NULL;
	struct types kernel, module;
	size_t first;

	if (size < 2)
		return 0;
	first = (data[0] | data[1] << 8) % (size - 1);
	data += 2;
	size -= 2;
	if (!open_types(&kernel, &kernel_copy, &kernel_index, data, first,
			NULL)) {
		use(&kernel);
		if (!open_types(&module, &module_copy, &module_index,
				data + first, size - first, &kernel))
			use(&module);
	}
	free(kernel_copy);
	free(kernel_index);
	free(module_copy);
	free(module_index);
	return 0;
}
