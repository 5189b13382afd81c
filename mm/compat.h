/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that depends on the version of the kernel, included before everything else.
 *
 * The private structures of the dax and nvdimm buses are the same in every 6.12.y,
 * and so is what we call; "make modules-all" compares. There is nothing to adapt
 * within the series, and no promise of any kind beyond it: a module built with
 * another release's idea of a structure would load, and then write somewhere.
 * Documentation/newer-kernels.md has what later releases would need here.
 */
#ifndef _DAX_NONE_COMPAT_H
#define _DAX_NONE_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_MAJOR != 6 || LINUX_VERSION_PATCHLEVEL != 12
#error "dax-none is for kernels 6.12.y; see Documentation/newer-kernels.md"
#endif

#endif /* _DAX_NONE_COMPAT_H */
