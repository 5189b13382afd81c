// SPDX-License-Identifier: GPL-2.0-only
/* Which physical ranges map none can serve, and as what. */
#include <linux/cc_platform.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <asm/e820/api.h>
#include <asm/processor.h>

#include "dax/dax-private.h"
#include "none.h"
#include "pfn_special.h"

/* Room for two addresses and what is between them. */
#define PART_LEN	48

/*
 * For messages, the part of a range that starts and ends at multiples of a size,
 * followed by some words; nothing if there is no such part.
 */
static const char *aligned_part(char text[PART_LEN], const struct range *range,
				u64 size, const char *words)
{
	u64 start = ALIGN(range->start, size);
	u64 end = ALIGN_DOWN(range->end + 1, size);

	text[0] = '\0';
	if (start < end)
		snprintf(text, PART_LEN, "[%#llx-%#llx]%s", start, end - 1,
			 words);
	return text;
}

static int check_alignment(struct dev_dax *dev_dax, int i)
{
	struct range *range = &dev_dax->ranges[i].range;
	u64 align = dev_dax->align;
	char part[PART_LEN];

	if (IS_ALIGNED(range->start | range_len(range), align))
		return 0;
	dev_warn(&dev_dax->dev,
		 "range %d [%#llx-%#llx] is not aligned to the device's align of %#llx: use %sa smaller align\n",
		 i, range->start, range->end, align,
		 aligned_part(part, range, align, " or "));
	return -EINVAL;
}

/*
 * The kernel makes struct pages for whole sections. Where one section holds
 * normal RAM too, its pages exist for our part as well, and KVM, GUP and the
 * error handling would believe them. Only the first and the last section of a
 * range can be such: normal RAM inside the range would be busy, and the range
 * could not be requested.
 */
static int check_sections(struct dev_dax *dev_dax, int i)
{
	struct range *range = &dev_dax->ranges[i].range;
	u64 section = PFN_PHYS(PAGES_PER_SECTION);
	char part[PART_LEN];
	u64 shared;

	if (pfn_valid(PHYS_PFN(range->start)))
		shared = range->start;
	else if (pfn_valid(PHYS_PFN(range->end)))
		shared = max(range->start, ALIGN_DOWN(range->end, section));
	else
		return 0;
	aligned_part(part, range, section, "");
	dev_warn(&dev_dax->dev,
		 "range %d [%#llx-%#llx] has struct pages at %#llx: it shares a section of %#llx bytes with normal RAM; keep to whole sections, %s\n",
		 i, range->start, range->end, shared, section,
		 *part ? part : "of which it has none");
	return -EINVAL;
}

/*
 * KVM takes a pfn without struct page for MMIO, and VMX then maps it uncached,
 * unless the firmware's own memory map calls it RAM (kvm_is_mmio_pfn()). SVM
 * leaves the memory type to the guest.
 */
static bool kvm_maps_uncached(const struct range *range)
{
	static const enum e820_type others[] = {
		E820_TYPE_RESERVED, E820_TYPE_ACPI, E820_TYPE_NVS,
		E820_TYPE_UNUSABLE, E820_TYPE_PMEM, E820_TYPE_PRAM,
		E820_TYPE_SOFT_RESERVED,
	};
	unsigned int i;

	if (boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
	    boot_cpu_data.x86_vendor == X86_VENDOR_HYGON)
		return false;
	/* It answers for any part of a range, so ask for what must not be. */
	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (e820__mapped_raw_any(range->start, range->end + 1,
					 others[i]))
			return true;
	return !e820__mapped_raw_any(range->start, range->end + 1,
				     E820_TYPE_RAM);
}

/*
 * With AMD's memory encryption the kernel would map this memory decrypted
 * (memremap() of what is not System RAM) and users encrypted: what is cleared here
 * would be garbage there.
 */
static int check_encryption(struct dev_dax *dev_dax)
{
	if (!cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		return 0;
	dev_warn(&dev_dax->dev, "memory encryption of the host (mem_encrypt=on) would show this memory to users other than to the kernel: boot with mem_encrypt=off\n");
	return -EOPNOTSUPP;
}

/**
 * dax_none_check_ranges() - can this device be served without struct page?
 * @dev_dax: the device
 *
 * Context: Device lock held.
 * Return: 0, or -EINVAL or -EOPNOTSUPP after a message that says why not and what
 * to do.
 */
int dax_none_check_ranges(struct dev_dax *dev_dax)
{
	bool warned = false;
	int i, rc;

	rc = check_encryption(dev_dax);
	if (rc)
		return rc;
	for (i = 0; i < dev_dax->nr_range; i++) {
		struct range *range = &dev_dax->ranges[i].range;

		rc = check_alignment(dev_dax, i) ?: check_sections(dev_dax, i);
		if (rc)
			return rc;
		if (warned || !kvm_maps_uncached(range))
			continue;
		dev_warn(&dev_dax->dev,
			 "range %d [%#llx-%#llx] is not RAM in the firmware's memory map: KVM guests on Intel will run uncached on it; reserve RAM with memmap= instead\n",
			 i, range->start, range->end);
		warned = true;
	}
	return 0;
}

/**
 * dax_none_create_memory() - hand the device's ranges to pfn_special
 * @dev_dax: the device; its ranges are copied and may change later
 * @mapping: of all files of the binding
 * @preserve: do not clear them
 *
 * Return: the memory, or an ERR_PTR as from pfn_special_create().
 */
struct pfn_special *dax_none_create_memory(struct dev_dax *dev_dax,
					   struct address_space *mapping,
					   bool preserve)
{
	struct device *dev = &dev_dax->dev;
	struct pfn_special_extent *extents;
	struct pfn_special *ps;
	pgoff_t pgoff = 0;
	int i;

	extents = kvcalloc(dev_dax->nr_range, sizeof(*extents), GFP_KERNEL);
	if (!extents)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < dev_dax->nr_range; i++) {
		struct range *range = &dev_dax->ranges[i].range;

		extents[i] = (struct pfn_special_extent) {
			.pgoff = pgoff,
			.pfn = PHYS_PFN(range->start),
			.nr = PHYS_PFN(range_len(range)),
		};
		pgoff += extents[i].nr;
	}
	ps = pfn_special_create(dev_name(dev), dev_to_node(dev), mapping,
				extents, dev_dax->nr_range,
				preserve ? PFN_SPECIAL_PRESERVE : 0);
	kvfree(extents);
	if (!IS_ERR(ps) && pfn_special_bad_pages(ps))
		dev_warn(dev, "%lu of its pages were hit by memory errors and are withheld: touching them gives SIGBUS, see badblocks in sysfs\n",
			 pfn_special_bad_pages(ps));
	return ps;
}
