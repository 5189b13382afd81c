// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which node memory comes from: what mbind() says of the mapping, else what the
 * mount says, else what set_mempolicy() says of the task, else the nearest. The task's
 * cpuset is above all of them.
 */
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/seqlock.h>
#include <linux/topology.h>
#include <asm/pgtable_types.h>

#include "policy.h"

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

/**
 * dmemfs_policy_of_vma() - what mbind() said of a mapping
 * @policy: set to the policy, if there is one
 * @vma: the mapping, or NULL
 *
 * Context: If there is a @vma, mmap_lock or the VMA lock is held.
 * Return: is there one?
 */
bool dmemfs_policy_of_vma(struct dmemfs_policy *policy,
			  const struct vm_area_struct *vma)
{
	return vma && from_core(policy, vma->vm_policy);
}

/**
 * dmemfs_policy_of_task() - what the current task said with set_mempolicy()
 * @policy: set to the policy, if there is one
 *
 * Return: is there one?
 */
bool dmemfs_policy_of_task(struct dmemfs_policy *policy)
{
	return from_core(policy, current->mempolicy);
}
#else
bool dmemfs_policy_of_vma(struct dmemfs_policy *policy,
			  const struct vm_area_struct *vma)
{
	return false;
}

bool dmemfs_policy_of_task(struct dmemfs_policy *policy)
{
	return false;
}
#endif

/**
 * dmemfs_policy_confine() - a policy does not reach beyond the task's cpuset
 * @policy: the policy; its @allowed is set
 *
 * As in the page allocator: if the two have no node in common, the cpuset counts
 * alone. It can only name nodes on which the kernel has memory of its own, so all
 * others are everyone's.
 */
void dmemfs_policy_confine(struct dmemfs_policy *policy)
{
#ifdef CONFIG_CPUSETS
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&current->mems_allowed_seq);
		nodes_complement(policy->allowed, node_states[N_MEMORY]);
		nodes_or(policy->allowed, policy->allowed,
			 current->mems_allowed);
	} while (read_seqcount_retry(&current->mems_allowed_seq, seq));
#else
	nodes_setall(policy->allowed);
#endif
	if (!nodes_intersects(policy->nodes, policy->allowed)) {
		policy->mode = MPOL_DEFAULT;
		nodes_clear(policy->nodes);
	}
}

/* Nodes to choose from, as dmemfs_policy_order() was given them. */
struct nodes {
	const int *nids;
	unsigned int nr;
};

static bool has(const struct dmemfs_policy *policy, const struct nodes *nodes,
		unsigned int i)
{
	return node_isset(nodes->nids[i], policy->nodes) &&
	       node_isset(nodes->nids[i], policy->allowed);
}

/*
 * Interleaving: so many pages go to a node before the next one has its turn.
 * Less than 2M would cost the 2M leaves.
 */
static unsigned long stripe(unsigned long unit)
{
	return max(unit, PMD_SIZE >> PAGE_SHIFT);
}

static unsigned int interleaved(const struct dmemfs_policy *policy,
				const struct nodes *nodes, pgoff_t turn)
{
	unsigned int i;

	for (i = 0; i < nodes->nr; i++)
		if (has(policy, nodes, i) && !turn--)
			break;
	return i;
}

/* The nearest node to @from that is not in the list yet. */
static unsigned int nearest(const struct nodes *nodes, int from, bool named,
			    const struct dmemfs_policy *policy,
			    const unsigned int *order, unsigned int n)
{
	unsigned int best = nodes->nr, i, j;

	for (i = 0; i < nodes->nr; i++) {
		for (j = 0; j < n && order[j] != i; j++)
			;
		if (j < n || (named && !has(policy, nodes, i)) ||
		    !node_isset(nodes->nids[i], policy->allowed))
			continue;
		if (best == nodes->nr ||
		    node_distance(from, nodes->nids[i]) <
		    node_distance(from, nodes->nids[best]))
			best = i;
	}
	return best;
}

/**
 * dmemfs_policy_order() - in which order to ask the nodes
 * @policy: the policy, confined
 * @nids: the nodes that there are
 * @nr_nids: how many
 * @unit: pages in a unit
 * @pgoff: page offset in the file
 * @nr: pages wanted; reduced to what the first node should give
 * @order: set to indices in @nids; room for all of them
 *
 * Return: how many; 0 if the policy binds to nodes that there are not, or the task
 * is confined to such.
 */
unsigned int dmemfs_policy_order(const struct dmemfs_policy *policy,
				 const int *nids, unsigned int nr_nids,
				 unsigned long unit, pgoff_t pgoff,
				 unsigned long *nr, unsigned int *order)
{
	const struct nodes nodes = { .nids = nids, .nr = nr_nids };
	unsigned int n = 0, ours = 0, next, i;
	int from = numa_node_id();

	for (i = 0; i < nr_nids; i++)
		ours += has(policy, &nodes, i);
	switch (policy->mode) {
	case MPOL_INTERLEAVE:
	case MPOL_WEIGHTED_INTERLEAVE:
		if (ours > 1)
			*nr = min(*nr, stripe(unit) - pgoff % stripe(unit));
		if (ours)
			order[n++] = interleaved(policy, &nodes, pgoff /
						 stripe(unit) % ours);
		break;
	case MPOL_PREFERRED:
		if (!nodes_empty(policy->nodes))
			from = first_node(policy->nodes);
		break;
	}
	/* Nodes that the policy names come first. */
	while ((next = nearest(&nodes, from, true, policy, order, n)) !=
	       nr_nids)
		order[n++] = next;
	if (policy->mode == MPOL_BIND)
		return n;
	while ((next = nearest(&nodes, from, false, policy, order, n)) !=
	       nr_nids)
		order[n++] = next;
	return n;
}
