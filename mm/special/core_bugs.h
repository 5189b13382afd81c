/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core of some kernels gets wrong about special leaves, kept away from it. */
#ifndef _PFN_SPECIAL_CORE_BUGS_H
#define _PFN_SPECIAL_CORE_BUGS_H

#include <linux/types.h>

void core_bugs_init(void);
void core_bugs_exit(void);
bool core_allows_1g_leaves(void);
bool core_allows_2m_leaves(void);

#endif /* _PFN_SPECIAL_CORE_BUGS_H */
