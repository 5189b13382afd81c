// SPDX-License-Identifier: GPL-2.0-only
/* The memory of a node as a picture, see picture.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clear.h"
#include "message.h"
#include "picture.h"
#include "report.h"
#include "size.h"

/* Characters of a line, and devices that have a letter of their own. */
#define WIDTH	48
#define LETTERS	52

static char letter(const struct node *node, const struct dev *dev)
{
	size_t i, nr = 0;

	for (i = 0; i < node->nr_devs && &node->devs[i] != dev; i++)
		nr += node->devs[i].size > 0;
	return nr < 26 ? 'a' + nr : nr < LETTERS ? 'A' + nr - 26 : '+';
}

/* The leaf that maps @addr of @ext, which begins at @offset of its device. */
static char leaf(const struct plan_extent *ext, uint64_t offset, uint64_t addr)
{
	static const struct {
		uint64_t size;
		char name;
	} leaves[] = { { PLAN_UNIT, 'G' }, { PLAN_GRANULE, 'M' } };
	uint64_t start;
	int i;

	for (i = 0; i < 2; i++) {
		start = addr - addr % leaves[i].size;
		if (offset % leaves[i].size == ext->start % leaves[i].size &&
		    start >= ext->start &&
		    start + leaves[i].size <= ext->start + ext->size)
			return leaves[i].name;
	}
	return 'K';
}

static bool has(const struct extents *mem, uint64_t addr)
{
	size_t i;

	for (i = 0; i < mem->nr; i++)
		if (addr - mem->ext[i].start < mem->ext[i].size)
			return true;
	return false;
}

static char what(const struct node *node, const struct dev *dev, uint64_t addr)
{
	size_t i, j;

	for (i = 0; i < node->nr_devs; i++) {
		const struct dev *have = &node->devs[i];
		uint64_t offset = 0;

		for (j = 0; j < have->mem.nr; j++) {
			const struct plan_extent *ext = &have->mem.ext[j];

			if (addr - ext->start < ext->size)
				return !dev ? letter(node, have) :
				       have == dev ? leaf(ext, offset, addr) :
				       'o';
			offset += ext->size;
		}
	}
	return '.';
}

void picture_cells(const struct node *node, const struct dev *dev,
		   uint64_t start, uint64_t size, char *cells, unsigned int nr)
{
	uint64_t step = size / nr, addr;
	unsigned int i;
	size_t j;

	for (i = 0; i < nr; i++)
		cells[i] = what(node, dev, start + step * i + step / 2);
	/* However small, a bad page is seen. */
	for (j = 0; j < node->bad.nr; j++) {
		addr = node->bad.ext[j].start;
		if (addr - start < size && step)
			cells[(addr - start) / step < nr ?
			      (addr - start) / step : nr - 1] = '!';
	}
	cells[nr] = '\0';
}

static void print_range(const struct node *node, const struct dev *dev,
			const struct plan_extent *range, uint64_t largest)
{
	unsigned int nr = WIDTH * range->size / largest;
	char cells[WIDTH + 1], size[SIZE_TEXT];

	if (!nr)
		nr = 1;
	picture_cells(node, dev, range->start, range->size, cells, nr);
	printf("  %#14" PRIx64 " %6s  |%s|\n", range->start,
	       size_text(range->size, size), cells);
}

static void print_devs(const struct node *node)
{
	char size[SIZE_TEXT];
	size_t i;

	for (i = 0; i < node->nr_devs; i++) {
		const struct dev *dev = &node->devs[i];

		if (dev->size)
			printf("  %c  %-12s %6s  %s\n", letter(node, dev),
			       dev->name, size_text(dev->size, size), dev->label);
	}
}

static void print_dev(const struct dev *dev)
{
	static const char *const name[] = { "K  4K", "M  2M", "G  1G" };
	static const uint64_t leaf_size[] = { 4096, PLAN_GRANULE, PLAN_UNIT };
	char size[SIZE_TEXT], text[CLEAR_TEXT];
	struct clear clear;
	uint64_t leaves[3];
	int i;

	plan_leaves(dev->mem.ext, dev->mem.nr, leaves);
	for (i = 2; i >= 0; i--)
		if (leaves[i])
			printf("  %s leaves %9" PRIu64 "  %s\n", name[i],
			       leaves[i] / leaf_size[i],
			       size_text(leaves[i], size));
	printf("  o  other devices\n");
	if (dev->mode == MODE_NONE) {
		clear_read(dev, &clear);
		printf("  clear: %s\n", clear_text(&clear, text));
	}
}

int picture_print(const struct node *node, const struct dev *dev)
{
	char size[SIZE_TEXT], left[SIZE_TEXT];
	uint64_t largest = 0;
	bool any_bad = false;
	size_t i;

	if (dev)
		printf("%s%s%s: %s in %zu extent%s of node %d\n", dev->name,
		       *dev->label ? " " : "", dev->label,
		       size_text(dev->size, size), dev->mem.nr,
		       dev->mem.nr == 1 ? "" : "s", node->id);
	else
		printf("node %d: %s, %s of it free\n", node->id,
		       size_text(extents_size(&node->mem), size),
		       size_text(extents_size(&node->free), left));
	for (i = 0; i < node->mem.nr; i++)
		if (node->mem.ext[i].size > largest)
			largest = node->mem.ext[i].size;
	for (i = 0; i < node->mem.nr; i++)
		print_range(node, dev, &node->mem.ext[i], largest);
	if (dev)
		print_dev(dev);
	else
		print_devs(node);
	for (i = 0; i < node->bad.nr; i++)
		any_bad |= has(&node->mem, node->bad.ext[i].start);
	printf("  .  free\n%s", any_bad ? "  !  has pages that memory errors hit\n" : "");
	return report_flush();
}
