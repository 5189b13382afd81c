/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In place of the kernel's drivers/dax/bus.h, which no package of headers has. What
 * BTF tells is generated; this is what it does not tell.
 */
#ifndef _PRIVATE_DAX_BUS_H
#define _PRIVATE_DAX_BUS_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/range.h>

#include "generated-dax.h"

/* For alloc_dax_region(): devices have their ids from who creates them. */
#define IORESOURCE_DAX_STATIC	BIT(0)

#define dax_driver_register(driver) \
	__dax_driver_register(driver, THIS_MODULE, KBUILD_MODNAME)

#endif /* _PRIVATE_DAX_BUS_H */
