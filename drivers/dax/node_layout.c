// SPDX-License-Identifier: GPL-2.0-only
/* Which memory of a node a region can hand out. */
#include <linux/align.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/numa.h>
#include <linux/slab.h>

#include "node.h"

/*
 * One range of the memory map can reach over a border between nodes, of which
 * its hmem device only knows the first.
 */
static int node_of(u64 addr, int nid)
{
	int here = phys_to_target_node(addr);

	return here == NUMA_NO_NODE ? nid : here;
}

/**
 * node_usable_parts() - what can be used of a range of memory
 * @whole: the range, as the firmware or the command line has it
 * @nid: node of what the firmware does not say more about
 * @parts: filled with the usable parts by rising address, or NULL to count them
 *
 * Parts are aligned to DAX_NODE_ALIGN and have no struct page: a section that
 * holds normal RAM too has pages for all of itself.
 *
 * Return: number of parts, 0 if nothing is left.
 */
unsigned int node_usable_parts(const struct range *whole, int nid,
			       struct node_part *parts)
{
	u64 section = PFN_PHYS(PAGES_PER_SECTION);
	u64 addr = ALIGN(whole->start, DAX_NODE_ALIGN);
	u64 end = ALIGN_DOWN(whole->end + 1, DAX_NODE_ALIGN);
	int here, last = NUMA_NO_NODE;
	unsigned int nr = 0;
	u64 next;

	for (; addr < end; addr = next) {
		here = node_of(addr, nid);
		next = min(ALIGN_DOWN(addr, section) + section, end);
		if (node_of(next - 1, nid) != here)
			next = addr + DAX_NODE_ALIGN;
		if (pfn_valid(PHYS_PFN(addr)) ||
		    node_of(next - 1, nid) != here) {
			last = NUMA_NO_NODE;
			continue;
		}
		if (here != last) {
			if (parts) {
				parts[nr].range.start = addr;
				parts[nr].nid = here;
			}
			nr++;
		}
		if (parts)
			parts[nr - 1].range.end = next - 1;
		last = here;
	}
	return nr;
}

/**
 * node_layout_alloc() - put together what a node has
 * @nid: NUMA node
 * @sources: list of struct node_source, by rising address; may be empty
 *
 * Parts that touch become one extent, even if they are of different sources:
 * a device may cross from one to the other.
 *
 * Return: the layout, to be freed by kfree(), or NULL without memory.
 */
struct node_layout *node_layout_alloc(int nid, const struct list_head *sources)
{
	struct node_source *source;
	struct node_layout *layout;
	unsigned int i, nr = 0;

	list_for_each_entry(source, sources, list)
		nr += source->nr;
	layout = kzalloc(struct_size(layout, extents, nr), GFP_KERNEL);
	if (!layout)
		return NULL;
	layout->nid = nid;
	layout->nr = nr;

	nr = 0;
	list_for_each_entry(source, sources, list) {
		for (i = 0; i < source->nr; i++) {
			const struct range *part = &source->parts[i].range;

			if (source->parts[i].nid != nid)
				continue;
			if (nr && layout->extents[nr - 1].end + 1 == part->start)
				layout->extents[nr - 1].end = part->end;
			else
				layout->extents[nr++] = *part;
		}
	}
	layout->nr = nr;
	return layout;
}
