// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is told of a memory error.
 *
 * The kernel tells of an AO error those who have the page in their page tables.
 * Here it is everyone who maps the memory and asked for early kill: a guest that
 * knows of a page that it has not touched yet will never touch it, and touching
 * it later would end the guest (KVM in 6.12 turns it into EFAULT).
 */
#include <linux/fs.h>
#include <linux/interval_tree_generic.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "failure.h"

static unsigned long vma_first(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static unsigned long vma_last(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

/* The core's iterators over i_mmap are not exported; the tree is the same. */
INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long,
		     shared.rb_subtree_last, vma_first, vma_last,
		     static inline, i_mmap)

static unsigned long vma_addr(const struct vm_area_struct *vma, pgoff_t pgoff)
{
	return vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);
}

static bool has_leaf(struct vm_area_struct *vma, unsigned long addr)
{
	struct follow_pfnmap_args args = { .vma = vma, .address = addr };

	if (follow_pfnmap_start(&args))
		return false;
	follow_pfnmap_end(&args);
	return true;
}

/**
 * pfn_special_current_address() - where the current task maps a page
 * @mapping: the memory
 * @pgoff: the page
 * @mapped: only where a leaf is in the page table
 *
 * Context: Process context; takes i_mmap_rwsem.
 * Return: a user address, 0 if there is none.
 */
unsigned long pfn_special_current_address(struct address_space *mapping,
					  pgoff_t pgoff, bool mapped)
{
	struct vm_area_struct *vma;
	unsigned long addr = 0;

	i_mmap_lock_read(mapping);
	for (vma = i_mmap_iter_first(&mapping->i_mmap, pgoff, pgoff); vma;
	     vma = i_mmap_iter_next(vma, pgoff, pgoff)) {
		if (vma->vm_mm != current->mm)
			continue;
		if (mapped && !has_leaf(vma, vma_addr(vma, pgoff)))
			continue;
		addr = vma_addr(vma, pgoff);
		break;
	}
	i_mmap_unlock_read(mapping);
	return addr;
}

/* The thread that a process wants such signals in: prctl(PR_MCE_KILL). */
static struct task_struct *early_kill_thread(struct task_struct *process,
					     const struct mm_struct *mm,
					     bool by_default)
{
	struct task_struct *t;

	if (process->flags & PF_KTHREAD)
		return NULL;
	for_each_thread(process, t) {
		if (READ_ONCE(t->mm) != mm)
			continue;
		if (t->flags & PF_MCE_PROCESS ? t->flags & PF_MCE_EARLY :
						by_default)
			return t;
	}
	return NULL;
}

static int signal_mm(struct mm_struct *mm, unsigned long addr,
		     bool skip_current, bool by_default)
{
	struct task_struct *process, *t;
	int told = 0;

	rcu_read_lock();
	for_each_process(process) {
		if (skip_current && same_thread_group(process, current))
			continue;
		t = early_kill_thread(process, mm, by_default);
		if (t && !send_sig_mceerr(BUS_MCEERR_AO, (void __user *)addr,
					  PAGE_SHIFT, t))
			told++;
	}
	rcu_read_unlock();
	return told;
}

/**
 * pfn_special_signal_early() - tell those who want to know early
 * @mapping: the memory
 * @pgoff: the page that is lost
 * @skip_current: not the current process, which is told otherwise
 *
 * Context: Process context; takes i_mmap_rwsem.
 * Return: how many processes got a signal.
 */
int pfn_special_signal_early(struct address_space *mapping, pgoff_t pgoff,
			     bool skip_current)
{
	bool by_default = pfn_special_early_kill();
	struct vm_area_struct *vma;
	int told = 0;

	i_mmap_lock_read(mapping);
	for (vma = i_mmap_iter_first(&mapping->i_mmap, pgoff, pgoff); vma;
	     vma = i_mmap_iter_next(vma, pgoff, pgoff))
		told += signal_mm(vma->vm_mm, vma_addr(vma, pgoff),
				  skip_current, by_default);
	i_mmap_unlock_read(mapping);
	return told;
}
