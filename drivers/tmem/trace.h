/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tmem

#if !defined(_TMEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TMEM_TRACE_H

#include <linux/tracepoint.h>
#include <linux/types.h>

DECLARE_EVENT_CLASS(tmem_page,
	TP_PROTO(const char *pool, u64 object, u64 index, bool done),
	TP_ARGS(pool, object, index, done),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(u64, object)
		__field(u64, index)
		__field(bool, done)
	),
	TP_fast_assign(
		__assign_str(pool);
		__entry->object = object;
		__entry->index = index;
		__entry->done = done;
	),
	TP_printk("%s object=%#llx index=%#llx done=%d", __get_str(pool),
		  __entry->object, __entry->index, __entry->done)
);

/* A page was put, or refused. */
DEFINE_EVENT(tmem_page, tmem_put,
	TP_PROTO(const char *pool, u64 object, u64 index, bool done),
	TP_ARGS(pool, object, index, done)
);

/* A page was got, or missed. */
DEFINE_EVENT(tmem_page, tmem_get,
	TP_PROTO(const char *pool, u64 object, u64 index, bool done),
	TP_ARGS(pool, object, index, done)
);

/* A page was flushed; or, not done, all of an object, page by page. */
DEFINE_EVENT(tmem_page, tmem_flush,
	TP_PROTO(const char *pool, u64 object, u64 index, bool done),
	TP_ARGS(pool, object, index, done)
);

/* A page was lost to a memory error, or because it could not be saved. */
TRACE_EVENT(tmem_lost,
	TP_PROTO(const char *pool, u64 object, u64 index, unsigned long pfn),
	TP_ARGS(pool, object, index, pfn),
	TP_STRUCT__entry(
		__string(pool, pool)
		__field(u64, object)
		__field(u64, index)
		__field(unsigned long, pfn)
	),
	TP_fast_assign(
		__assign_str(pool);
		__entry->object = object;
		__entry->index = index;
		__entry->pfn = pfn;
	),
	TP_printk("%s object=%#llx index=%#llx pfn=%#lx", __get_str(pool),
		  __entry->object, __entry->index, __entry->pfn)
);

/* A device was lent. */
TRACE_EVENT(tmem_lend,
	TP_PROTO(const char *device, unsigned long nr_pages),
	TP_ARGS(device, nr_pages),
	TP_STRUCT__entry(
		__string(device, device)
		__field(unsigned long, nr_pages)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->nr_pages = nr_pages;
	),
	TP_printk("%s nr_pages=%lu", __get_str(device), __entry->nr_pages)
);

/* A device was taken back, or could not be: for itself, or since others want it. */
TRACE_EVENT(tmem_take,
	TP_PROTO(const char *device, bool wanted, unsigned long saved,
		 unsigned long dropped, unsigned long lost, int rc),
	TP_ARGS(device, wanted, saved, dropped, lost, rc),
	TP_STRUCT__entry(
		__string(device, device)
		__field(unsigned long, saved)
		__field(unsigned long, dropped)
		__field(unsigned long, lost)
		__field(int, rc)
		__field(bool, wanted)
	),
	TP_fast_assign(
		__assign_str(device);
		__entry->saved = saved;
		__entry->dropped = dropped;
		__entry->lost = lost;
		__entry->rc = rc;
		__entry->wanted = wanted;
	),
	TP_printk("%s %s: saved=%lu dropped=%lu lost=%lu rc=%d",
		  __get_str(device), __entry->wanted ? "wanted" : "taken",
		  __entry->saved, __entry->dropped, __entry->lost, __entry->rc)
);

#endif /* _TMEM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
