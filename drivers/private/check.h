/* SPDX-License-Identifier: GPL-2.0-only */
/* For the files of private_layout.ko, with a table for each of the two buses. */
#ifndef _PRIVATE_CHECK_H
#define _PRIVATE_CHECK_H

#include "layout.h"

int private_layout_check(const char *module, const struct layout *table,
			 size_t nr);

#endif /* _PRIVATE_CHECK_H */
