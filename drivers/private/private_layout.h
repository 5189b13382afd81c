/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * private_layout.ko: the kernel that runs has the structures that these modules
 * were built with, or they refuse to load.
 */
#ifndef _PRIVATE_LAYOUT_MODULE_H
#define _PRIVATE_LAYOUT_MODULE_H

int private_layout_check_dax(void);
int private_layout_check_nvdimm(void);

#endif /* _PRIVATE_LAYOUT_MODULE_H */
