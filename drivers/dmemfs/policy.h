/* SPDX-License-Identifier: GPL-2.0-only */
/* Which node memory comes from: policies, and nothing of what they choose from. */
#ifndef _DMEMFS_POLICY_H
#define _DMEMFS_POLICY_H

#include <linux/nodemask.h>
#include <linux/types.h>

struct seq_file;
struct vm_area_struct;

/**
 * struct dmemfs_policy - where memory shall come from
 * @mode: MPOL_DEFAULT, MPOL_LOCAL, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE
 * @nodes: the nodes that it names
 * @allowed: the nodes that the task may use at all, from dmemfs_policy_confine()
 */
struct dmemfs_policy {
	unsigned short mode;
	nodemask_t nodes;
	nodemask_t allowed;
};

int dmemfs_policy_parse(struct dmemfs_policy *policy, char *text);
void dmemfs_policy_show(struct seq_file *m, const struct dmemfs_policy *policy);
bool dmemfs_policy_of_vma(struct dmemfs_policy *policy,
			  const struct vm_area_struct *vma);
bool dmemfs_policy_of_task(struct dmemfs_policy *policy);
void dmemfs_policy_confine(struct dmemfs_policy *policy);
unsigned int dmemfs_policy_order(const struct dmemfs_policy *policy,
				 const int *nids, unsigned int nr_nids,
				 unsigned long unit, pgoff_t pgoff,
				 unsigned long *nr, unsigned int *order);

#endif /* _DMEMFS_POLICY_H */
