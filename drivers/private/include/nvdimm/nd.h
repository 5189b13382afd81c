/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of the kernel's drivers/nvdimm/nd.h, which no package of headers has. What
 * BTF tells is generated; this is what it does not tell.
 */
#ifndef _PRIVATE_NVDIMM_ND_H
#define _PRIVATE_NVDIMM_ND_H

#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/libnvdimm.h>
#include <linux/nd.h>
#include <linux/uuid.h>

#include "generated-nvdimm.h"

/* What an info block says when nothing is kept from the namespace for them. */
#define MAX_STRUCT_PAGE_SIZE	64

#endif /* _PRIVATE_NVDIMM_ND_H */
