/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of the kernel's drivers/nvdimm/pfn.h: the info block of a namespace. */
#ifndef _PRIVATE_NVDIMM_PFN_H
#define _PRIVATE_NVDIMM_PFN_H

#include "nd.h"

/* All of the 16 bytes, of which the last is the string's own. */
#define DAX_SIG	"NVDIMM_DAX_INFO"

#endif /* _PRIVATE_NVDIMM_PFN_H */
