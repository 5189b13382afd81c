/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of nd_e820_label.ko share.
 *
 * Lifetime: everything hangs off the binding of the platform device, by devm,
 * and is freed after nvdimm_bus_unregister() has waited for all who use it. The
 * module is pinned while a namespace of ours is active, and only then.
 *
 * Locking: a label area has a mutex of its own. libnvdimm calls in with or
 * without its bus lock, so that lock comes first and this one is innermost.
 */
#ifndef _E820_LABEL_H
#define _E820_LABEL_H

#include <linux/mutex.h>
#include <linux/range.h>
#include <linux/types.h>

struct device;

/*
 * Room for 510 labels. Costs as much once more in libnvdimm, and nothing that
 * grows with the size of the range.
 */
#define E820_LABEL_AREA_SIZE	SZ_128K

/**
 * struct e820_label_area - what a DIMM would keep its namespace labels in
 * @range: the addresses that labels can be about
 * @lock: serializes access to the rest
 * @from_user: the command that comes next is an ioctl
 * @written_by_user: an ioctl wrote labels that nobody has looked at yet
 * @data: E820_LABEL_AREA_SIZE bytes, zeroes to begin with
 */
struct e820_label_area {
	struct range range;
	struct mutex lock;	/* see above */
	bool from_user;
	bool written_by_user;
	u8 *data;
};

struct e820_label_area *e820_label_area_create(struct device *dev,
					       const struct range *range);
int e820_label_area_command(struct e820_label_area *area, struct device *dev,
			    unsigned int cmd, void *buf, unsigned int len);
void e820_label_area_expect_user(struct e820_label_area *area,
				 unsigned int cmd);

void e820_label_check(struct device *dev, const u8 *data,
		      const struct range *range);

typedef int (*e820_label_range_fn)(const struct range *range, int nid,
				   void *data);
int e820_label_for_each_range(struct device *dev, e820_label_range_fn fn,
			      void *data);

#endif /* _E820_LABEL_H */
