/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pfn_special

#if !defined(_PFN_SPECIAL_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _PFN_SPECIAL_TRACE_H

#include <linux/mm.h>
#include <linux/tracepoint.h>
#include <asm/pgtable_types.h>

#include "../pfn_special.h"

TRACE_DEFINE_ENUM(PFN_SPECIAL_4K);
TRACE_DEFINE_ENUM(PFN_SPECIAL_2M);
TRACE_DEFINE_ENUM(PFN_SPECIAL_1G);

#define show_leaf(leaf)					\
	__print_symbolic(leaf,				\
		{ PFN_SPECIAL_4K, "4K" },		\
		{ PFN_SPECIAL_2M, "2M" },		\
		{ PFN_SPECIAL_1G, "1G" })

/* Write-back is what RAM must be mapped as; anything else is a defect. */
#define is_write_back(prot)						\
	((pgprot_val(prot) & _PAGE_CACHE_MASK) ==			\
	 cachemode2protval(_PAGE_CACHE_MODE_WB))

/* Leaves were installed: nr of them from address on, starting with pfn. */
TRACE_EVENT(pfn_special_fault,
	TP_PROTO(const char *name, const struct vm_fault *vmf,
		 enum pfn_special_leaf leaf, unsigned long address,
		 unsigned long pfn, unsigned long nr),
	TP_ARGS(name, vmf, leaf, address, pfn, nr),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned long, fault)
		__field(unsigned long, address)
		__field(unsigned long, pfn)
		__field(unsigned long, nr)
		__field(int, leaf)
		__field(bool, wb)
		__field(bool, write)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->fault = vmf->address;
		__entry->address = address;
		__entry->pfn = pfn;
		__entry->nr = nr;
		__entry->leaf = leaf;
		__entry->wb = is_write_back(vmf->vma->vm_page_prot);
		__entry->write = vmf->flags & FAULT_FLAG_WRITE;
	),
	TP_printk("%s %s at %#lx: leaf=%s nr=%lu address=%#lx pfn=%#lx cache=%s",
		  __get_str(name), __entry->write ? "write" : "read",
		  __entry->fault, show_leaf(__entry->leaf), __entry->nr,
		  __entry->address, __entry->pfn,
		  __entry->wb ? "wb" : "other")
);

/* nr pages from page offset pgoff on have been cleared. */
DECLARE_EVENT_CLASS(pfn_special_cleared,
	TP_PROTO(const char *name, pgoff_t pgoff, unsigned long nr),
	TP_ARGS(name, pgoff, nr),
	TP_STRUCT__entry(
		__string(name, name)
		__field(pgoff_t, pgoff)
		__field(unsigned long, nr)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->pgoff = pgoff;
		__entry->nr = nr;
	),
	TP_printk("%s pgoff=%#lx nr=%lu", __get_str(name), __entry->pgoff,
		  __entry->nr)
);

/* By a task that needs them. */
DEFINE_EVENT(pfn_special_cleared, pfn_special_zero,
	TP_PROTO(const char *name, pgoff_t pgoff, unsigned long nr),
	TP_ARGS(name, pgoff, nr)
);

/* Before anyone needed them. */
DEFINE_EVENT(pfn_special_cleared, pfn_special_ahead,
	TP_PROTO(const char *name, pgoff_t pgoff, unsigned long nr),
	TP_ARGS(name, pgoff, nr)
);

/* The memory was taken away from all who mapped it. */
TRACE_EVENT(pfn_special_kill,
	TP_PROTO(const char *name, unsigned long nr_pages),
	TP_ARGS(name, nr_pages),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned long, nr_pages)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->nr_pages = nr_pages;
	),
	TP_printk("%s nr_pages=%lu", __get_str(name), __entry->nr_pages)
);

/* A memory error; flags as for memory_failure(). */
TRACE_EVENT(pfn_special_memory_failure,
	TP_PROTO(const char *name, unsigned long pfn, int flags, bool known,
		 int told),
	TP_ARGS(name, pfn, flags, known, told),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned long, pfn)
		__field(int, flags)
		__field(int, told)
		__field(bool, known)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->pfn = pfn;
		__entry->flags = flags;
		__entry->told = told;
		__entry->known = known;
	),
	TP_printk("%s pfn=%#lx flags=%#x %s told=%d", __get_str(name),
		  __entry->pfn, __entry->flags,
		  __entry->known ? "known" : "new", __entry->told)
);

#endif /* _PFN_SPECIAL_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
