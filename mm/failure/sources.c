// SPDX-License-Identifier: GPL-2.0-only
/* Where memory errors come from, beside the handler that knows none of it. */
#include "failure.h"
#include "sources.h"

int pfn_special_failure_init(void)
{
	int rc = pfn_special_handle_init();

	if (rc)
		return rc;
	if (pfn_special_redirect_init())
		pfn_special_mce_init();
	pfn_special_ghes_init();
	pfn_special_debugfs_init();
	return 0;
}

void pfn_special_failure_exit(void)
{
	pfn_special_debugfs_exit();
	pfn_special_ghes_exit();
	pfn_special_mce_exit();
	pfn_special_redirect_exit();
	pfn_special_handle_exit();
}
