/* SPDX-License-Identifier: GPL-2.0-only */
/* For main.c: the end of what withheld.c does by itself. */
#ifndef _PFN_SPECIAL_WITHHELD_H
#define _PFN_SPECIAL_WITHHELD_H

void pfn_special_withheld_exit(void);

#endif /* _PFN_SPECIAL_WITHHELD_H */
