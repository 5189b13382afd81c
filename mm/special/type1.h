/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be known of VFIO's type1 driver, and for main.c a look when it arrives. */
#ifndef _PFN_SPECIAL_TYPE1_H
#define _PFN_SPECIAL_TYPE1_H

#include <linux/types.h>

bool pfn_special_type1_may_hold(void);
int pfn_special_type1_init(void);
void pfn_special_type1_exit(void);

#endif /* _PFN_SPECIAL_TYPE1_H */
