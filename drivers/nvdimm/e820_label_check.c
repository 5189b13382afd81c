// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells what is wrong with labels that came through the label-write ioctl. It
 * only tells: libnvdimm validates for itself what it uses.
 */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/libnvdimm.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/uuid.h>

#include "nvdimm/label.h"
#include "e820_label.h"

static const char index_signature[NSINDEX_SIG_LEN] = "NAMESPACE_INDEX";

static bool has_v1_2_labels(const struct nd_namespace_index *index)
{
	return le16_to_cpu(index->major) > 1 || le16_to_cpu(index->minor) >= 2;
}

static size_t label_size(const struct nd_namespace_index *index)
{
	return has_v1_2_labels(index) ? sizeof(struct nvdimm_efi_label) :
		offsetof(struct nvdimm_efi_label, align);
}

/* The fletcher64 sum of @size bytes, taking the sum itself for zero. */
static u64 checksum(const void *from, size_t size, size_t sum_offset)
{
	u64 sum;
	u8 *copy;

	copy = kvmemdup(from, size, GFP_KERNEL);
	if (!copy)
		return 0;
	put_unaligned_le64(0, copy + sum_offset);
	sum = nd_fletcher64(copy, size, true);
	kvfree(copy);
	return sum;
}

static const struct nd_namespace_index *valid_index(const u8 *data, u64 offset)
{
	const struct nd_namespace_index *index = (const void *)(data + offset);
	u64 size, labels;
	u32 nslot;

	if (offset > E820_LABEL_AREA_SIZE - sizeof(*index))
		return NULL;
	size = le64_to_cpu(index->mysize);
	labels = le64_to_cpu(index->labeloff);
	nslot = le32_to_cpu(index->nslot);

	if (memcmp(index->sig, index_signature, sizeof(index->sig)) ||
	    !(le32_to_cpu(index->seq) & NSINDEX_SEQ_MASK) ||
	    le64_to_cpu(index->myoff) != offset)
		return NULL;
	if (size < struct_size(index, free, DIV_ROUND_UP(nslot, 8)) ||
	    size > E820_LABEL_AREA_SIZE - offset ||
	    labels > E820_LABEL_AREA_SIZE ||
	    nslot > (E820_LABEL_AREA_SIZE - labels) / label_size(index))
		return NULL;
	if (checksum(index, size, offsetof(typeof(*index), checksum)) !=
	    le64_to_cpu(index->checksum))
		return NULL;
	return index;
}

/* Sequence numbers go round 1, 2, 3. */
static bool is_newer(const struct nd_namespace_index *a,
		     const struct nd_namespace_index *b)
{
	return (le32_to_cpu(b->seq) & NSINDEX_SEQ_MASK) % 3 + 1 ==
	       (le32_to_cpu(a->seq) & NSINDEX_SEQ_MASK);
}

struct labels {
	const struct nvdimm_efi_label *label;
	const u8 *free;
	u32 nr;
};

static bool in_use(const struct labels *labels, u32 slot)
{
	return !(labels->free[slot / 8] & BIT(slot % 8));
}

static bool is_valid(const struct labels *labels, u32 slot)
{
	const struct nvdimm_efi_label *label = &labels->label[slot];

	return le32_to_cpu(label->slot) == slot &&
	       checksum(label, sizeof(*label),
			offsetof(typeof(*label), checksum)) ==
	       le64_to_cpu(label->checksum);
}

/* [start, start + size), if that is inside of @range. */
static bool get_extent(const struct nvdimm_efi_label *label,
		       const struct range *range, u64 *start, u64 *size)
{
	*start = le64_to_cpu(label->dpa);
	*size = le64_to_cpu(label->rawsize);
	return *start >= range->start && *start <= range->end && *size &&
	       *size - 1 <= range->end - *start;
}

/* A label among the first @nr ones that overlaps the one in slot @nr. */
static int find_overlap(const struct labels *labels, u32 nr,
			const struct range *range)
{
	u64 start, size, other_start, other_size;
	u32 slot;

	get_extent(&labels->label[nr], range, &start, &size);
	for (slot = 0; slot < nr; slot++)
		if (in_use(labels, slot) &&
		    get_extent(&labels->label[slot], range, &other_start,
			       &other_size) &&
		    start < other_start + other_size &&
		    other_start < start + size)
			return slot;
	return -1;
}

static void check_labels(struct device *dev, const struct labels *labels,
			 const struct range *range)
{
	unsigned int damaged = 0;
	u64 start, size;
	int other;
	u32 slot;

	for (slot = 0; slot < labels->nr; slot++) {
		if (!in_use(labels, slot))
			continue;
		if (!is_valid(labels, slot)) {
			damaged++;
			continue;
		}
		if (!get_extent(&labels->label[slot], range, &start, &size)) {
			dev_warn(dev, "label %u is for %#llx bytes at %#llx, which is outside of [%#llx-%#llx]: the region may not work; write good labels with \"ndctl write-labels\"\n",
				 slot, size, start, range->start, range->end);
			continue;
		}
		other = find_overlap(labels, slot, range);
		if (other >= 0)
			dev_warn(dev, "label %u is for %#llx bytes at %#llx, which overlaps label %d: the region may not work; write good labels with \"ndctl write-labels\"\n",
				 slot, size, start, other);
	}
	if (damaged)
		dev_warn(dev, "label area damaged, %u labels are not valid: their namespaces are missing; write good labels with \"ndctl write-labels\"\n",
			 damaged);
}

/**
 * e820_label_check() - warn about labels that libnvdimm will not use
 * @dev: device that messages are for
 * @data: the label area, E820_LABEL_AREA_SIZE bytes
 * @range: the addresses that labels can be about
 *
 * Context: Process context. May sleep.
 */
void e820_label_check(struct device *dev, const u8 *data,
		      const struct range *range)
{
	const struct nd_namespace_index *index, *other;
	struct labels labels;
	u64 size;

	if (!memchr_inv(data, 0, E820_LABEL_AREA_SIZE))
		return;

	/* The second block says itself where it is; 256 is what fits ours. */
	index = valid_index(data, 0);
	size = index ? le64_to_cpu(index->mysize) : NSINDEX_ALIGN;
	other = valid_index(data, size);
	if (!index && !other) {
		dev_warn(dev, "label area damaged, no valid index block: all namespaces are missing; write good labels with \"ndctl write-labels\", or begin anew with \"ndctl init-labels\"\n");
		return;
	}
	if (!index || !other) {
		dev_warn(dev, "label area damaged, only one of two index blocks is valid: the last change to a namespace may be missing\n");
		if (!index)
			index = other;
	} else if (is_newer(other, index)) {
		index = other;
	}

	/* Those before version 1.2 have no checksum. */
	if (!has_v1_2_labels(index))
		return;
	labels = (struct labels) {
		.label = (const void *)(data + le64_to_cpu(index->labeloff)),
		.free = index->free,
		.nr = le32_to_cpu(index->nslot),
	};
	check_labels(dev, &labels, range);
}
