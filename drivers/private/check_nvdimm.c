// SPDX-License-Identifier: GPL-2.0-only
#include <linux/array_size.h>
#include <linux/export.h>

#include "check.h"
#include "nvdimm/nd.h"
#include "nvdimm/pfn.h"
#include "private_layout.h"

static const struct layout table[] = { PRIVATE_NVDIMM_LAYOUT };

/* Absent where libnvdimm is part of the kernel. */
static const char *const module = IS_MODULE(CONFIG_LIBNVDIMM) ?
	"/sys/kernel/btf/libnvdimm" : NULL;

/**
 * private_layout_check_nvdimm() - is libnvdimm as these modules were built for?
 *
 * Context: May sleep. For module_init(), before anything else. libnvdimm is loaded.
 * Return: 0; -ENOEXEC or another errno after a message.
 */
int private_layout_check_nvdimm(void)
{
	return private_layout_check(module, table, ARRAY_SIZE(table));
}
EXPORT_SYMBOL_GPL(private_layout_check_nvdimm);
