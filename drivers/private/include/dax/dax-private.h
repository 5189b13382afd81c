/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of the kernel's drivers/dax/dax-private.h. */
#ifndef _PRIVATE_DAX_PRIVATE_H
#define _PRIVATE_DAX_PRIVATE_H

#include <linux/cdev.h>
#include <linux/container_of.h>

#include "bus.h"

static inline struct dev_dax *to_dev_dax(struct device *dev)
{
	return container_of(dev, struct dev_dax, dev);
}

#endif /* _PRIVATE_DAX_PRIVATE_H */
