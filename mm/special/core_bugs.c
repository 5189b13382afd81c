// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the core gets wrong about special leaves, and how it is kept from doing so:
 * a block for each, with the releases that it is for. Where a block is not needed it
 * does no harm.
 *
 *   fork     6.12 to 7.3   copies a 2M leaf that is gone
 *   mbind    6.12          takes a 2M leaf for one of a folio
 *   smaps    6.12 on       drops 1G leaves in search of folios
 *   walk     to 6.12.84, and 6.13 to 7.0
 *                          takes a 1G leaf that has just come back for a table
 *   split    6.12 to 7.3   leaves a 1G leaf across the border of two VMAs
 *   mprotect 6.12 to 7.3   takes a 1G leaf without access for one that is not there
 *   mremap   6.12 to 7.3   takes a 1G leaf for a corrupt table
 */
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kallsyms.h>
#include <linux/mm.h>
#include <linux/pagewalk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "../pfn_special.h"
#include "core_bugs.h"

/* fork */

/**
 * pfn_special_vma_open() - vm_operations_struct.open for all mappings
 * @vma: a VMA that has come to exist
 *
 * copy_huge_pmd() reads the parent's entry without a lock and installs it in the
 * child later, whatever has become of it: pfn_special_gone() may have been there.
 * So a child copies nothing and gets its leaves by faults. VM_WIPEONFORK is what
 * dup_mmap() looks at right after it has called this for the child's VMA, and
 * mmap_lock keeps madvise() from changing it in between. It means no more than
 * that: the child maps the same memory.
 *
 * Context: mmap_lock of @vma's mm held for writing.
 */
void pfn_special_vma_open(struct vm_area_struct *vma)
{
	/* Split and mremap open VMAs of the task's own. */
	if (vma->vm_mm != current->mm)
		vm_flags_set(vma, VM_WIPEONFORK);
}
EXPORT_SYMBOL_GPL(pfn_special_vma_open);

/* A function of the core that passes our mappings by. */

static bool is_ours(const struct vm_area_struct *vma)
{
	return vma->vm_ops && vma->vm_ops->open == pfn_special_vma_open;
}

/* As for memory_failure(): not to be turned off by a sysctl. */
#define DETOUR_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
			 FTRACE_OPS_FL_RECURSION)

static int detour_init(struct ftrace_ops *ops, const char *function)
{
	char name[KSYM_NAME_LEN];
	int rc;

	strscpy(name, function);
	rc = ftrace_set_filter(ops, name, strlen(name), 1);
	if (!rc)
		rc = register_ftrace_function(ops);
	if (rc)
		ftrace_free_filter(ops);
	return rc;
}

static void detour_exit(struct ftrace_ops *ops)
{
	unregister_ftrace_function(ops);
	ftrace_free_filter(ops);
	/* The last instructions of whoever is inside. */
	synchronize_rcu_tasks();
}

/* mbind */

#if defined(CONFIG_NUMA) && defined(CORE_BUG_MBIND)

static bool mbind_is_kept_away;

/*
 * mbind() with MPOL_MF_STRICT looks for misplaced folios even in VMAs that cannot
 * be migrated, and takes the folio of a special 2M leaf, which has none. In place
 * of the function that looks at a table: there is nothing to find.
 */
static noinline int no_folios(pmd_t *pmd, unsigned long addr, unsigned long end,
			      struct mm_walk *walk)
{
	barrier();
	return 0;
}

static void notrace skip_table(unsigned long ip, unsigned long parent_ip,
			       struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct mm_walk *walk = (void *)ftrace_regs_get_argument(fregs, 3);

	if (is_ours(walk->vma))
		ftrace_regs_set_instruction_pointer(fregs,
						    (unsigned long)no_folios);
}

static struct ftrace_ops mbind_ops = {
	.func = skip_table,
	.flags = DETOUR_FLAGS,
};

static void mbind_init(void)
{
	static const char function[] = "queue_folios_pte_range";
	int rc = detour_init(&mbind_ops, function);

	if (rc)
		pr_warn("pfn_special: %s() cannot be redirected (%d): is kernel.ftrace_enabled 0, or the function live-patched? There will be no 2M leaves until the module is loaded anew, since mbind() would crash the kernel on one\n",
			function, rc);
	mbind_is_kept_away = !rc;
}

static void mbind_exit(void)
{
	if (mbind_is_kept_away)
		detour_exit(&mbind_ops);
}

#else

static const bool mbind_is_kept_away = true;

static void mbind_init(void)
{
}

static void mbind_exit(void)
{
}

#endif

/**
 * core_allows_2m_leaves() - does no part of the core stumble over them?
 *
 * Context: Any.
 */
bool core_allows_2m_leaves(void)
{
	return mbind_is_kept_away;
}

/* smaps */

static bool smaps_is_kept_away;

/*
 * Reading smaps and numa_maps walks page tables in search of folios, also where
 * other walks look at VM_PFNMAP and go on, and drops each 1G leaf on the way. In
 * place of that walk, which has no other callers: there is nothing to find.
 */
static noinline int no_walk(struct vm_area_struct *vma,
			    const struct mm_walk_ops *ops, void *private)
{
	barrier();
	return 0;
}

static void notrace skip_vma(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	const struct vm_area_struct *vma =
		(void *)ftrace_regs_get_argument(fregs, 0);

	if (is_ours(vma))
		ftrace_regs_set_instruction_pointer(fregs,
						    (unsigned long)no_walk);
}

static struct ftrace_ops smaps_ops = {
	.func = skip_vma,
	.flags = DETOUR_FLAGS,
};

static void smaps_init(void)
{
	static const char function[] = "walk_page_vma";
	int rc = detour_init(&smaps_ops, function);

	if (rc)
		pr_warn("pfn_special: %s() cannot be redirected (%d): whoever reads smaps or numa_maps drops 1G leaves, which come back by faults\n",
			function, rc);
	smaps_is_kept_away = !rc;
}

static void smaps_exit(void)
{
	if (smaps_is_kept_away)
		detour_exit(&smaps_ops);
}

/* walk */

/**
 * core_allows_1g_leaves() - does no part of the core stumble over them?
 *
 * Before 6.12.85 a walk that drops a 1G leaf, as that of mbind(MPOL_MF_STRICT) does,
 * took what a fault put back at that moment for a table.
 *
 * Context: Any.
 */
bool core_allows_1g_leaves(void)
{
	return !CORE_BUG_WALK;
}

/* split, mremap */

/* Is there a 1G leaf at this address? The VMA is locked against faults. */
static bool has_pud_leaf(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;

	if (pgd_none(*pgd))
		return false;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return false;
	pud = pud_offset(p4d, addr);
	return pud_leaf(READ_ONCE(*pud));
}

static void zap_pud_leaves(struct vm_area_struct *vma, unsigned long start,
			   unsigned long end)
{
	unsigned long addr = max(ALIGN(vma->vm_start, PUD_SIZE),
				 ALIGN_DOWN(start, PUD_SIZE));

	mmap_assert_write_locked(vma->vm_mm);
	/* Faults that come with the VMA lock alone stay out from here on. */
	vma_start_write(vma);
	for (; addr < end && addr < vma->vm_end && vma->vm_end - addr >= PUD_SIZE;
	     addr += PUD_SIZE)
		if (has_pud_leaf(vma->vm_mm, addr))
			zap_special_vma_range(vma, addr, PUD_SIZE);
}

/**
 * pfn_special_split() - the core is about to split a mapping
 * @vma: the mapping
 * @addr: where, from vm_operations_struct.may_split
 *
 * The core splits a 2M leaf that would straddle two VMAs but forgets a 1G one,
 * which then shows to either half what is behind the other. Drop it; the halves
 * fault smaller leaves in.
 *
 * Context: mmap_lock held for writing.
 */
void pfn_special_split(struct vm_area_struct *vma, unsigned long addr)
{
	if (!IS_ALIGNED(addr, PUD_SIZE))
		zap_pud_leaves(vma, addr, addr + 1);
}
EXPORT_SYMBOL_GPL(pfn_special_split);

/**
 * pfn_special_protect() - vm_operations_struct.mprotect for all mappings
 * @vma: the mapping
 * @start: address from which it gets other access
 * @end: address after that
 * @newflags: its flags then
 *
 * pud_present() does not know PROT_NONE, as pmd_present() does, and CONFIG_DEBUG_VM
 * warns when such a leaf of 1G gets access again. So there are none: they come back with
 * the next access.
 *
 * Context: mmap_lock held for writing.
 * Return: 0.
 */
int pfn_special_protect(struct vm_area_struct *vma, unsigned long start,
			unsigned long end, unsigned long newflags)
{
	if (!(newflags & VM_ACCESS_FLAGS))
		zap_pud_leaves(vma, start, end);
	return 0;
}
EXPORT_SYMBOL_GPL(pfn_special_protect);

/* arch/x86/entry/syscalls/syscall_32.tbl, of which modules see nothing. */
#define NR_MREMAP_IA32	163

/* What the system call that is being served moves, if it is mremap(). */
static bool moving(unsigned long *start, unsigned long *end)
{
	struct pt_regs *regs = current_pt_regs();
	unsigned long args[6];
	int nr = syscall_get_nr(current, regs) & ~__X32_SYSCALL_BIT;

	/* What has either number in the other ABI does not get here. */
	if (nr != __NR_mremap && nr != NR_MREMAP_IA32)
		return false;
	syscall_get_arguments(current, regs, args);
	*start = untagged_addr(args[0]) & PAGE_MASK;
	return !check_add_overflow(*start, args[1], end);
}

/**
 * pfn_special_before_move() - the core may be about to move a mapping
 * @file: its file
 *
 * mremap() takes a 1G leaf for a corrupt page table: it prints "bad pud", clears
 * the entry and does not flush the TLB, which would leave the memory reachable at
 * the old address. It asks for the new address before it moves anything, so the
 * leaves can be dropped in time. What it is about to move it does not say there,
 * but its arguments do; mmap() asks in the same way, and nothing is moved then.
 *
 * Context: mmap_lock held for writing, from file_operations.get_unmapped_area.
 */
void pfn_special_before_move(struct file *file)
{
	struct vm_area_struct *vma;
	struct vma_iterator vmi;
	unsigned long start, end;

	if (!moving(&start, &end))
		return;
	vma_iter_init(&vmi, current->mm, start);
	for_each_vma_range(vmi, vma, end)
		if (vma->vm_file == file)
			zap_pud_leaves(vma, max(start, vma->vm_start),
				       min(end, vma->vm_end));
}
EXPORT_SYMBOL_GPL(pfn_special_before_move);

void core_bugs_init(void)
{
	mbind_init();
	smaps_init();
	if (!core_allows_1g_leaves())
		pr_warn("pfn_special: users could crash this kernel by mbind() on a leaf of 1G: there will be none; update it, to 6.12.85 or 7.1 at least\n");
}

void core_bugs_exit(void)
{
	smaps_exit();
	mbind_exit();
}
