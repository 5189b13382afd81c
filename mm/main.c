// SPDX-License-Identifier: GPL-2.0-only
/* pfn_special.ko, from top to bottom. */
#include <linux/module.h>

#include "failure/failure.h"
#include "special/ahead.h"
#include "special/core_bugs.h"
#include "special/nested.h"
#include "special/type1.h"
#include "special/withheld.h"

static int __init pfn_special_init(void)
{
	int rc;

	core_bugs_init();
	rc = pfn_special_type1_init();
	if (rc)
		goto err_bugs;
	rc = pfn_special_nested_init();
	if (rc)
		goto err_type1;
	rc = pfn_special_failure_init();
	if (rc)
		goto err_nested;
	return 0;

err_nested:
	pfn_special_nested_exit();
err_type1:
	pfn_special_type1_exit();
err_bugs:
	core_bugs_exit();
	return rc;
}
module_init(pfn_special_init);

static void __exit pfn_special_exit(void)
{
	pfn_special_ahead_exit();
	pfn_special_withheld_exit();
	pfn_special_failure_exit();
	pfn_special_nested_exit();
	pfn_special_type1_exit();
	core_bugs_exit();
}
module_exit(pfn_special_exit);

MODULE_DESCRIPTION("User mappings of memory without struct page");
MODULE_LICENSE("GPL");
