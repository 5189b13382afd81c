/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of the kernel's drivers/nvdimm/label.h: the label area of a DIMM, as the
 * UEFI specification has it (NVDIMM label protocol).
 */
#ifndef _PRIVATE_NVDIMM_LABEL_H
#define _PRIVATE_NVDIMM_LABEL_H

#include "nd.h"

#define NSINDEX_SIG_LEN		16
/* Index blocks are a multiple of this. */
#define NSINDEX_ALIGN		256
/* Sequence numbers have two bits. */
#define NSINDEX_SEQ_MASK	3

#endif /* _PRIVATE_NVDIMM_LABEL_H */
