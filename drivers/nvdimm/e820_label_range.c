// SPDX-License-Identifier: GPL-2.0-only
/* Which parts of legacy pmem can be used, and what NUMA node they are on. */
#include <linux/device.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/numa.h>
#include <linux/sizes.h>

#include "e820_label.h"

/* A namespace, and whatever maps it, wants at least this. */
#define RANGE_ALIGN	SZ_2M
/* libnvdimm's unit of allocation, and its smallest namespace with a claim. */
#define RANGE_MIN	SZ_16M

struct walk {
	struct device *dev;
	e820_label_range_fn fn;
	void *data;
};

/*
 * The kernel makes struct pages for whole sections. Where one section holds
 * normal RAM too, they exist for our part as well: it cannot be map none, and
 * map dev would fail to add what is there already.
 */
static void trim_shared_sections(struct device *dev, struct range *range)
{
	u64 section = PFN_PHYS(PAGES_PER_SECTION);
	struct range old = *range;

	while (range->start < range->end && pfn_valid(PHYS_PFN(range->start)))
		range->start = ALIGN(range->start + 1, section);
	while (range->start < range->end && pfn_valid(PHYS_PFN(range->end)))
		range->end = ALIGN_DOWN(range->end, section) - 1;

	if (range->start != old.start)
		dev_warn(dev, "[%#llx-%#llx] not used: it shares a section of %#llx bytes with normal RAM; let ranges start at a multiple of that\n",
			 old.start, min(range->start - 1, old.end), section);
	if (range->end != old.end && range->start < old.end)
		dev_warn(dev, "[%#llx-%#llx] not used: it shares a section of %#llx bytes with normal RAM; let ranges end at a multiple of that\n",
			 max(range->end + 1, range->start), old.end, section);
}

static void trim_to_alignment(struct device *dev, struct range *range)
{
	struct range old = *range;

	range->start = ALIGN(old.start, RANGE_ALIGN);
	range->end = ALIGN_DOWN(old.end + 1, RANGE_ALIGN) - 1;
	if (range->start != old.start)
		dev_warn(dev, "[%#llx-%#llx] not used: ranges start at multiples of %#x\n",
			 old.start, range->start - 1, RANGE_ALIGN);
	if (range->end != old.end)
		dev_warn(dev, "[%#llx-%#llx] not used: ranges end at multiples of %#x\n",
			 range->end + 1, old.end, RANGE_ALIGN);
}

/* Where the first part of a range that is on one node ends. */
static u64 end_of_node(const struct range *range, int nid)
{
	u64 addr;

	for (addr = range->start; addr < range->end; addr += RANGE_ALIGN)
		if (phys_to_target_node(addr) != nid)
			return addr - 1;
	return range->end;
}

static int walk_resource(struct resource *res, void *data)
{
	struct range whole = { .start = res->start, .end = res->end };
	struct walk *walk = data;
	struct range part;
	int nid, rc;

	trim_shared_sections(walk->dev, &whole);
	if (whole.start < whole.end)
		trim_to_alignment(walk->dev, &whole);

	for (; whole.start < whole.end; whole.start = part.end + 1) {
		nid = phys_to_target_node(whole.start);
		part.start = whole.start;
		part.end = end_of_node(&whole, nid);
		if (range_len(&part) < RANGE_MIN) {
			dev_warn(walk->dev, "[%#llx-%#llx] not used: smaller than %#x\n",
				 part.start, part.end, RANGE_MIN);
			continue;
		}
		rc = walk->fn(&part, nid, walk->data);
		if (rc)
			return rc;
	}
	return 0;
}

/**
 * e820_label_for_each_range() - walk over usable legacy pmem
 * @dev: device that messages about unusable parts are for
 * @fn: called for each range, with the NUMA node it is on; not 0 ends the walk
 * @data: for @fn
 *
 * A range is physically contiguous, on one node, aligned to 2 MiB, at least
 * 16 MiB long, and has no struct page.
 *
 * Context: May sleep, if @fn does.
 * Return: What the last call of @fn returned, -EINVAL if there is no range.
 */
int e820_label_for_each_range(struct device *dev, e820_label_range_fn fn,
			      void *data)
{
	struct walk walk = { .dev = dev, .fn = fn, .data = data };

	return walk_iomem_res_desc(IORES_DESC_PERSISTENT_MEMORY_LEGACY,
				   IORESOURCE_MEM, 0, -1, &walk, walk_resource);
}
