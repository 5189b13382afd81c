// SPDX-License-Identifier: GPL-2.0-only
#include <linux/array_size.h>
#include <linux/export.h>

#include "check.h"
#include "dax/bus.h"
#include "dax/dax-private.h"
#include "private_layout.h"

static const struct layout table[] = { PRIVATE_DAX_LAYOUT };

/**
 * private_layout_check_dax() - is the dax bus as these modules were built for?
 *
 * Context: May sleep. For module_init(), before anything else.
 * Return: 0; -ENOEXEC or another errno after a message.
 */
int private_layout_check_dax(void)
{
	return private_layout_check(NULL, table, ARRAY_SIZE(table));
}
EXPORT_SYMBOL_GPL(private_layout_check_dax);
