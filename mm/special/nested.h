/* SPDX-License-Identifier: GPL-2.0-only */
/* For main.c: a look at KVM when it arrives. */
#ifndef _PFN_SPECIAL_NESTED_H
#define _PFN_SPECIAL_NESTED_H

int pfn_special_nested_init(void);
void pfn_special_nested_exit(void);

#endif /* _PFN_SPECIAL_NESTED_H */
