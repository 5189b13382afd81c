/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that depends on the version of the kernel, included before everything else.
 *
 * The code is written for the newest kernel; here older ones are made to look like it.
 * What a kernel has is asked of its headers ("probe"), since distributions take changes
 * over. The private structures of the dax and nvdimm buses are no matter of this file:
 * drivers/private has them from the kernel itself. Since this includes headers, nobody
 * can have a pr_fmt().
 */
#ifndef _DAX_NONE_COMPAT_H
#define _DAX_NONE_COMPAT_H

#include <linux/version.h>

/* Documentation/kernels.md tells which of these have been tried. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0) || \
	LINUX_VERSION_CODE >= KERNEL_VERSION(7, 4, 0)
#error "dax-none is for kernels 6.12 to 7.3; see Documentation/kernels.md"
#endif

/* mm/special/core_bugs.c: 7.2 looks at folios with vm_normal_folio_pmd(). */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
#define CORE_BUG_MBIND
#endif
/* The same: "mm/pagewalk: fix race between concurrent split and refault". */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 85) || \
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0) && \
	 LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0))
#define CORE_BUG_WALK	1
#else
#define CORE_BUG_WALK	0
#endif

/* What read and write of a binary attribute get, and what lists of them have. */
#ifdef KERNEL_HAS_CONST_BIN_ATTRIBUTE
#define const_bin_attribute const struct bin_attribute
#define const_bin_attribute_list const struct bin_attribute *const
#else
#define const_bin_attribute struct bin_attribute
#define const_bin_attribute_list struct bin_attribute *
#endif

#ifndef KERNEL_HAS_UNMAPPED_AREA_OF_CURRENT
#include <linux/sched/mm.h>
#define mm_get_unmapped_area(...) \
	mm_get_unmapped_area(current->mm, __VA_ARGS__)
#endif

#ifndef KERNEL_HAS_ZAP_SPECIAL_VMA_RANGE
#include <linux/mm.h>
#define zap_special_vma_range zap_vma_ptes
#endif

#ifndef KERNEL_HAS_INODE_JUST_DROP
#include <linux/fs.h>
#define inode_just_drop generic_delete_inode
#endif

/* For directories that are all there is of their files. */
#ifdef KERNEL_HAS_D_MAKE_PERSISTENT
#define kill_persistent_super kill_anon_super
#else
#include <linux/dcache.h>
#include <linux/fs.h>
#define kill_persistent_super kill_litter_super
static inline void d_make_persistent(struct dentry *dentry, struct inode *inode)
{
	d_instantiate(dentry, inode);
	dget(dentry);
}
#endif

/*
 * DEFINE_CREATE(OP, FUNCTION), DEFINE_MKDIR(OP, FUNCTION): OP is for the operations of
 * an inode. FUNCTION is as newer kernels have it: without "excl", and with a dentry to
 * return, NULL for the one that it was given.
 */
#ifdef KERNEL_HAS_CREATE_WITHOUT_EXCL
#define COMPAT_MODE umode_t mode
#else
#define COMPAT_MODE umode_t mode, bool excl
#endif
#define DEFINE_CREATE(op, function)					\
static int op(struct mnt_idmap *idmap, struct inode *dir,		\
	      struct dentry *dentry, COMPAT_MODE)			\
{									\
	return function(idmap, dir, dentry, mode);			\
}

#ifdef KERNEL_HAS_MKDIR_DENTRY
#define COMPAT_MKDIR(call) (call)
#define COMPAT_MKDIR_TYPE struct dentry *
#else
#define COMPAT_MKDIR(call) PTR_ERR_OR_ZERO(call)
#define COMPAT_MKDIR_TYPE int
#endif
#define DEFINE_MKDIR(op, function)					\
static COMPAT_MKDIR_TYPE op(struct mnt_idmap *idmap, struct inode *dir,	\
			    struct dentry *dentry, umode_t mode)	\
{									\
	return COMPAT_MKDIR(function(idmap, dir, dentry, mode));	\
}

/*
 * Newer kernels have soft reserved memory in a tree of its own, and in /proc/iomem only
 * once the dax bus has it.
 */
#ifndef KERNEL_HAS_REGION_INTERSECTS_SOFT_RESERVE
#include <linux/ioport.h>
#define region_intersects_soft_reserve(start, size) \
	region_intersects(start, size, IORESOURCE_MEM, IORES_DESC_SOFT_RESERVED)
#endif

/* Only KVM may ask there what the firmware says: taken for RAM, without a warning. */
#ifdef KERNEL_KEEPS_E820_TO_KVM
#include <asm/e820/api.h>
#define e820__mapped_raw_any(start, end, type) \
	((void)(start), (void)(end), (type) == E820_TYPE_RAM)
#endif

#endif /* _DAX_NONE_COMPAT_H */
