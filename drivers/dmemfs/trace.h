/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dmemfs

#if !defined(_DMEMFS_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DMEMFS_TRACE_H

#include <linux/mm.h>
#include <linux/tracepoint.h>

#include "pool.h"

DECLARE_EVENT_CLASS(dmemfs_extent,
	TP_PROTO(struct dmemfs_pool *pool, const struct dmemfs_extent *ext),
	TP_ARGS(pool, ext),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(pgoff_t, pgoff)
		__field(unsigned long, pfn)
		__field(unsigned long, nr)
		__field(int, nid)
	),
	TP_fast_assign(
		__entry->dev = pool->dev;
		__entry->pgoff = ext->pgoff;
		__entry->pfn = ext->pfn;
		__entry->nr = ext->nr;
		__entry->nid = pool->nids[ext->range->node];
	),
	TP_printk("dev=%u:%u pgoff=%#lx pfn=%#lx nr=%lu node=%d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->pgoff,
		  __entry->pfn, __entry->nr, __entry->nid)
);

/* A file got memory at page offset pgoff. */
DEFINE_EVENT(dmemfs_extent, dmemfs_alloc,
	TP_PROTO(struct dmemfs_pool *pool, const struct dmemfs_extent *ext),
	TP_ARGS(pool, ext)
);

/* A file lost memory that it had at page offset pgoff. */
DEFINE_EVENT(dmemfs_extent, dmemfs_free,
	TP_PROTO(struct dmemfs_pool *pool, const struct dmemfs_extent *ext),
	TP_ARGS(pool, ext)
);

/* A fault was served, or not; pfn_special_fault tells with which leaf. */
TRACE_EVENT(dmemfs_fault,
	TP_PROTO(const struct inode *inode, const struct vm_fault *vmf,
		 unsigned int order, vm_fault_t ret),
	TP_ARGS(inode, vmf, order, ret),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(unsigned long, ino)
		__field(pgoff_t, pgoff)
		__field(unsigned long, address)
		__field(unsigned int, order)
		__field(unsigned int, ret)
	),
	TP_fast_assign(
		__entry->dev = inode->i_sb->s_dev;
		__entry->ino = inode->i_ino;
		__entry->pgoff = vmf->pgoff;
		__entry->address = vmf->address;
		__entry->order = order;
		__entry->ret = (__force unsigned int)ret;
	),
	TP_printk("dev=%u:%u ino=%lu pgoff=%#lx address=%#lx order=%u ret=%#x",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->pgoff, __entry->address, __entry->order,
		  __entry->ret)
);

#endif /* _DMEMFS_TRACE_H */

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
