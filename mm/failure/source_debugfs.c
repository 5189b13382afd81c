// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/debug/pfn_special/inject: errors for drills. The page is withdrawn
 * as if the hardware had reported it; its content is not harmed, and writing its
 * address to /sys/kernel/pfn_quarantine/clear ends the drill.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/pfn.h>

#include "failure.h"
#include "sources.h"

static struct dentry *dir;

static int inject_set(void *data, u64 addr)
{
	int rc = pfn_special_memory_failure(PHYS_PFN(addr), MF_SW_SIMULATED);

	if (rc == -ENOENT)
		pr_warn("pfn_special: inject: %#llx is not a physical address in memory bound to dax_none or set aside for it, see /proc/iomem\n",
			addr);
	return rc;
}

DEFINE_DEBUGFS_ATTRIBUTE(inject_fops, NULL, inject_set, "%llu\n");

void pfn_special_debugfs_init(void)
{
	dir = debugfs_create_dir("pfn_special", NULL);
	debugfs_create_file_unsafe("inject", 0200, dir, NULL, &inject_fops);
}

void pfn_special_debugfs_exit(void)
{
	debugfs_remove_recursive(dir);
}
