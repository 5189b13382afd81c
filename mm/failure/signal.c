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
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "failure.h"

/* VMAs or threads to look at before the CPU is offered to others. */
#define AT_ONCE		1024

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
	unsigned long addr = 0, seen = 0;

	i_mmap_lock_read(mapping);
	for (vma = i_mmap_iter_first(&mapping->i_mmap, pgoff, pgoff); vma;
	     vma = i_mmap_iter_next(vma, pgoff, pgoff)) {
		if (!(++seen % AT_ONCE))
			cond_resched();
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

/*
 * Those who map a page, found without mmap_lock: the tree of the mapping is all
 * there is. It may be large, and what is behind it is the tenants' doing, so it is
 * walked once for as many as there is room for, and again with more room only for
 * those after them: by the address of the mm, which is kept from being reused.
 */
#define FIRST_ROOM	128

/**
 * struct pfn_special_mapper - one who maps the page
 * @mm: the mm; a reference to the structure, not to what it maps
 * @addr: where: in the largest VMA that shows the page
 * @nr: pages of that VMA
 */
struct pfn_special_mapper {
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long nr;
};

/* Where in the list, from @first on, is the mm, or would be? */
static size_t place_of(const struct pfn_special_audience *audience,
		       size_t first, const struct mm_struct *mm)
{
	size_t lo = first, hi = audience->nr;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (audience->list[mid].mm < mm)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Returns false if somebody is left out: the last of the list makes room. */
static bool note(struct pfn_special_audience *audience, size_t first,
		 struct vm_area_struct *vma, pgoff_t pgoff)
{
	size_t i = place_of(audience, first, vma->vm_mm);
	struct pfn_special_mapper *mapper = &audience->list[i];
	bool room = audience->nr < audience->room;

	if (i < audience->nr && mapper->mm == vma->vm_mm) {
		if (vma_pages(vma) <= mapper->nr)
			return true;
	} else {
		if (i == audience->room)
			return false;
		memmove(mapper + 1, mapper, (audience->nr - i - !room) *
					    sizeof(*mapper));
		audience->nr += room;
	}
	*mapper = (struct pfn_special_mapper) {
		.mm = vma->vm_mm,
		.addr = vma_addr(vma, pgoff),
		.nr = vma_pages(vma),
	};
	return room;
}

/* Those who come after the last of the list. Returns false if there are more. */
static bool walk(struct pfn_special_audience *audience,
		 struct address_space *mapping, pgoff_t pgoff)
{
	size_t i, first = audience->nr;
	const struct mm_struct *last = first ? audience->list[first - 1].mm : NULL;
	struct vm_area_struct *vma;
	unsigned long seen = 0;
	bool all = true;

	i_mmap_lock_read(mapping);
	for (vma = i_mmap_iter_first(&mapping->i_mmap, pgoff, pgoff); vma;
	     vma = i_mmap_iter_next(vma, pgoff, pgoff)) {
		if (vma->vm_mm > last && !note(audience, first, vma, pgoff))
			all = false;
		if (!(++seen % AT_ONCE))
			cond_resched();
	}
	/* None has gone so far: it would have taken its VMA out of the tree. */
	for (i = first; i < audience->nr; i++)
		mmgrab(audience->list[i].mm);
	i_mmap_unlock_read(mapping);
	return all;
}

static bool make_room(struct pfn_special_audience *audience)
{
	size_t room = audience->room * 2 ?: FIRST_ROOM;
	void *list = kvrealloc(audience->list, room * sizeof(*audience->list),
			       GFP_NOFS);

	if (!list)
		return false;
	audience->list = list;
	audience->room = room;
	return true;
}

/**
 * pfn_special_audience_find() - find all who map a page
 * @audience: all zero
 * @mapping: the memory
 * @pgoff: the page
 *
 * Without memory for the list there are some left out, who learn of the error by
 * touching the page.
 *
 * Context: Process context; @mapping is held by a use of its range. Takes
 * i_mmap_rwsem.
 */
void pfn_special_audience_find(struct pfn_special_audience *audience,
			       struct address_space *mapping, pgoff_t pgoff)
{
	while (make_room(audience))
		if (walk(audience, mapping, pgoff))
			break;
}

/**
 * pfn_special_audience_free() - end pfn_special_audience_find()
 * @audience: as found there
 */
void pfn_special_audience_free(struct pfn_special_audience *audience)
{
	size_t i;

	for (i = 0; i < audience->nr; i++)
		mmdrop(audience->list[i].mm);
	kvfree(audience->list);
}

/* prctl(PR_MCE_KILL), or what is the default. */
static bool wants_early(const struct task_struct *t, bool by_default)
{
	return t->flags & PF_MCE_PROCESS ? t->flags & PF_MCE_EARLY : by_default;
}

/* In the middle of a list: returns false if @t is not in it any more. */
static bool rest(struct task_struct *t)
{
	bool alive;

	get_task_struct(t);
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
	alive = pid_alive(t);
	put_task_struct(t);
	return alive;
}

/*
 * The first thread that wants to know gets the signal. Most processes are passed
 * by at their first thread, since all of them have the same mm.
 */
static bool tell_process(const struct pfn_special_audience *audience,
			 struct task_struct *process, bool by_default)
{
	const struct pfn_special_mapper *mapper = NULL;
	unsigned int seen = 0, restarts = 0;
	struct task_struct *t;

	if (process->flags & PF_KTHREAD)
		return false;
again:
	for_each_thread(process, t) {
		const struct mm_struct *mm = READ_ONCE(t->mm);
		size_t i;

		if (mm && (!mapper || mapper->mm != mm)) {
			i = place_of(audience, 0, mm);
			mapper = &audience->list[i];
			if (i == audience->nr || mapper->mm != mm)
				return false;
		}
		if (mm && wants_early(t, by_default))
			return !send_sig_mceerr(BUS_MCEERR_AO,
						(void __user *)mapper->addr,
						PAGE_SHIFT, t);
		if (++seen % AT_ONCE || rest(t))
			continue;
		/* Who plays with his threads like that learns by touching. */
		if (restarts++ == 4)
			return false;
		goto again;
	}
	return false;
}

/**
 * pfn_special_audience_tell() - tell those who want to know early
 * @audience: who maps the page that is lost
 * @consumer: a process that is told otherwise, or NULL
 *
 * One signal for each process. All processes of the host are looked at, one after
 * the other, and no lock is held in between.
 *
 * Context: Process context, no locks held.
 * Return: how many processes got a signal.
 */
int pfn_special_audience_tell(const struct pfn_special_audience *audience,
			      const struct pid *consumer)
{
	bool by_default = pfn_special_early_kill();
	struct task_struct *process;
	struct pid *pid;
	int nr, told = 0;

	if (!audience->nr)
		return 0;
	rcu_read_lock();
	for (nr = 1; (pid = find_ge_pid(nr, &init_pid_ns)); nr++) {
		nr = pid_nr(pid);
		process = pid == consumer ? NULL : pid_task(pid, PIDTYPE_TGID);
		if (process) {
			get_task_struct(process);
			told += tell_process(audience, process, by_default);
			put_task_struct(process);
		}
		if (!(nr % AT_ONCE) || need_resched()) {
			rcu_read_unlock();
			cond_resched();
			rcu_read_lock();
		}
	}
	rcu_read_unlock();
	return told;
}
