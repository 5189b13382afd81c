/* SPDX-License-Identifier: GPL-2.0-only */
/* source_*.c, for sources.c alone: each calls pfn_special_memory_failure(). */
#ifndef _PFN_SPECIAL_SOURCES_H
#define _PFN_SPECIAL_SOURCES_H

int pfn_special_redirect_init(void);
void pfn_special_redirect_exit(void);
void pfn_special_mce_init(void);
void pfn_special_mce_exit(void);
void pfn_special_ghes_init(void);
void pfn_special_ghes_exit(void);
void pfn_special_debugfs_init(void);
void pfn_special_debugfs_exit(void);

#endif /* _PFN_SPECIAL_SOURCES_H */
