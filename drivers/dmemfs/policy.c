// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which node memory comes from: what mbind() says of the mapping, else what the
 * mount says, else what set_mempolicy() says of the task, else the nearest.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/topology.h>
#include <asm/pgtable_types.h>

#include "dmemfs.h"

static const struct {
	const char *name;
	unsigned short mode;
	bool nodes;
} modes[] = {
	{ "default", MPOL_DEFAULT, false },
	{ "local", MPOL_LOCAL, false },
	{ "prefer", MPOL_PREFERRED, true },
	{ "bind", MPOL_BIND, true },
	{ "interleave", MPOL_INTERLEAVE, true },
};

/**
 * dmemfs_policy_parse() - read a policy as tmpfs writes it
 * @policy: set to the policy
 * @text: MODE or MODE:NODES; changed and put back
 *
 * Return: 0 or -EINVAL.
 */
int dmemfs_policy_parse(struct dmemfs_policy *policy, char *text)
{
	char *list = strchr(text, ':');
	unsigned int i;
	int rc = 0;

	if (list)
		*list = '\0';
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (!strcmp(text, modes[i].name))
			break;
	if (list)
		*list++ = ':';
	if (i == ARRAY_SIZE(modes) || !list == modes[i].nodes)
		return -EINVAL;
	policy->mode = modes[i].mode;
	nodes_clear(policy->nodes);
	if (list)
		rc = nodelist_parse(list, policy->nodes);
	if (rc || (list && nodes_empty(policy->nodes)))
		return -EINVAL;
	return 0;
}

/**
 * dmemfs_policy_show() - write a policy for /proc/mounts
 * @m: where to
 * @policy: the policy
 */
void dmemfs_policy_show(struct seq_file *m, const struct dmemfs_policy *policy)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].mode == policy->mode)
			seq_printf(m, ",mpol=%s", modes[i].name);
	if (!nodes_empty(policy->nodes))
		seq_printf(m, ":%*pbl", nodemask_pr_args(&policy->nodes));
}

#ifdef CONFIG_NUMA
static bool from_core(struct dmemfs_policy *policy,
		      const struct mempolicy *pol)
{
	if (!pol || pol->mode == MPOL_DEFAULT)
		return false;
	policy->mode = pol->mode;
	policy->nodes = pol->nodes;
	return true;
}

static bool from_vma(struct dmemfs_policy *policy,
		     const struct vm_area_struct *vma)
{
	return vma && from_core(policy, vma->vm_policy);
}

static bool from_task(struct dmemfs_policy *policy)
{
	return from_core(policy, current->mempolicy);
}
#else
static bool from_vma(struct dmemfs_policy *policy,
		     const struct vm_area_struct *vma)
{
	return false;
}

static bool from_task(struct dmemfs_policy *policy)
{
	return false;
}
#endif

/**
 * dmemfs_policy_get() - the policy that counts here and now
 * @policy: set to the policy
 * @sbi: the mount
 * @vma: the mapping in which memory is missing, or NULL
 *
 * Context: If there is a @vma, mmap_lock or the VMA lock is held.
 */
void dmemfs_policy_get(struct dmemfs_policy *policy, struct dmemfs_sb *sbi,
		       const struct vm_area_struct *vma)
{
	if (from_vma(policy, vma))
		return;
	mutex_lock(&sbi->lock);
	*policy = sbi->options.policy;
	mutex_unlock(&sbi->lock);
	if (policy->mode == MPOL_DEFAULT)
		from_task(policy);
}

static bool has(const struct dmemfs_policy *policy, struct dmemfs_sb *sbi,
		unsigned int i)
{
	return node_isset(sbi->nodes[i].nid, policy->nodes);
}

/*
 * Interleaving: so many pages go to a node before the next one has its turn.
 * Less than 2M would cost the 2M leaves.
 */
static unsigned long stripe(const struct dmemfs_sb *sbi)
{
	return max(sbi->unit, PMD_SIZE >> PAGE_SHIFT);
}

static unsigned int interleaved(const struct dmemfs_policy *policy,
				struct dmemfs_sb *sbi, pgoff_t pgoff,
				unsigned int ours)
{
	unsigned int turn = (pgoff / stripe(sbi)) % ours, i;

	for (i = 0; i < sbi->nr_nodes; i++)
		if (has(policy, sbi, i) && !turn--)
			break;
	return i;
}

/* The nearest node to @from that is not in the list yet. */
static unsigned int nearest(struct dmemfs_sb *sbi, int from, bool named,
			    const struct dmemfs_policy *policy,
			    const unsigned int *order, unsigned int n)
{
	unsigned int best = sbi->nr_nodes, i, j;

	for (i = 0; i < sbi->nr_nodes; i++) {
		for (j = 0; j < n && order[j] != i; j++)
			;
		if (j < n || (named && !has(policy, sbi, i)))
			continue;
		if (best == sbi->nr_nodes ||
		    node_distance(from, sbi->nodes[i].nid) <
		    node_distance(from, sbi->nodes[best].nid))
			best = i;
	}
	return best;
}

/**
 * dmemfs_policy_order() - in which order to ask the nodes
 * @policy: the policy
 * @sbi: the mount
 * @pgoff: page offset in the file
 * @nr: pages wanted; reduced to what the first node should give
 * @order: set to indices in dmemfs_sb.nodes; room for all of them
 *
 * Return: how many; 0 if the policy binds to nodes that the mount has not.
 */
unsigned int dmemfs_policy_order(const struct dmemfs_policy *policy,
				 struct dmemfs_sb *sbi, pgoff_t pgoff,
				 unsigned long *nr, unsigned int *order)
{
	unsigned int n = 0, ours = 0, next, i;
	int from = numa_node_id();

	for (i = 0; i < sbi->nr_nodes; i++)
		ours += has(policy, sbi, i);
	switch (policy->mode) {
	case MPOL_INTERLEAVE:
	case MPOL_WEIGHTED_INTERLEAVE:
		if (ours > 1)
			*nr = min(*nr, stripe(sbi) - pgoff % stripe(sbi));
		if (ours)
			order[n++] = interleaved(policy, sbi, pgoff, ours);
		break;
	case MPOL_PREFERRED:
		if (!nodes_empty(policy->nodes))
			from = first_node(policy->nodes);
		break;
	}
	/* Nodes that the policy names come first. */
	while ((next = nearest(sbi, from, true, policy, order, n)) !=
	       sbi->nr_nodes)
		order[n++] = next;
	if (policy->mode == MPOL_BIND)
		return n;
	while ((next = nearest(sbi, from, false, policy, order, n)) !=
	       sbi->nr_nodes)
		order[n++] = next;
	return n;
}
