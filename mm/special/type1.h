/* SPDX-License-Identifier: GPL-2.0-only */
/* For main.c: a look at VFIO's type1 driver when it arrives. */
#ifndef _PFN_SPECIAL_TYPE1_H
#define _PFN_SPECIAL_TYPE1_H

int pfn_special_type1_init(void);
void pfn_special_type1_exit(void);

#endif /* _PFN_SPECIAL_TYPE1_H */
