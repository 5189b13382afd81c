// SPDX-License-Identifier: GPL-2.0-only
/* Built with the kernel's own source: there is nothing to compare. */
#include <linux/export.h>
#include <linux/module.h>

#include "private_layout.h"

int private_layout_check_dax(void)
{
	return 0;
}
EXPORT_SYMBOL_GPL(private_layout_check_dax);

int private_layout_check_nvdimm(void)
{
	return 0;
}
EXPORT_SYMBOL_GPL(private_layout_check_nvdimm);

MODULE_DESCRIPTION("Stands for a check that is needed outside the kernel's tree");
MODULE_LICENSE("GPL");
