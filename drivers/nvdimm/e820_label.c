// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legacy pmem (memmap=SIZE!START) with namespace labels. nd_e820 makes a region
 * that is one namespace of each range; here a region comes with a DIMM whose
 * label area is in memory, so that a region can be divided into namespaces.
 */
#include <linux/hash.h>
#include <linux/libnvdimm.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/ndctl.h>
#include <linux/notifier.h>
#include <linux/numa.h>
#include <linux/platform_device.h>

#include "nvdimm/nd.h"
#include "e820_label.h"

/**
 * struct e820_region - one range, with the DIMM that keeps its labels
 * @node: in the list of its bus
 * @range: physical addresses, which are the DIMM's addresses too
 * @nid: NUMA node of the memory
 * @nvdimm: the DIMM
 * @set: the interleave set, of this DIMM alone
 */
struct e820_region {
	struct list_head node;
	struct range range;
	int nid;
	struct nvdimm *nvdimm;
	struct nd_interleave_set set;
};

/**
 * struct e820_bus - the binding of the platform device
 * @dev: the platform device
 * @nvdimm_bus: the bus with all regions and DIMMs
 * @bus_dev: its device, with a reference, to know its children by
 * @desc: what libnvdimm wants to know about @nvdimm_bus
 * @regions: list of struct e820_region
 * @nr_regions: their number
 * @notifier: to see namespaces come and go
 */
struct e820_bus {
	struct device *dev;
	struct nvdimm_bus *nvdimm_bus;
	struct device *bus_dev;
	struct nvdimm_bus_descriptor desc;
	struct list_head regions;
	int nr_regions;
	struct notifier_block notifier;
};

static int e820_ndctl(struct nvdimm_bus_descriptor *desc, struct nvdimm *nvdimm,
		      unsigned int cmd, void *buf, unsigned int len,
		      int *cmd_rc)
{
	int rc;

	/* The bus itself has no commands. */
	if (!nvdimm)
		return -ENOTTY;
	rc = e820_label_area_command(nvdimm_provider_data(nvdimm),
				     kobj_to_dev(nvdimm_kobj(nvdimm)),
				     cmd, buf, len);
	if (!rc)
		*cmd_rc = 0;
	return rc;
}

static int e820_clear_to_send(struct nvdimm_bus_descriptor *desc,
			      struct nvdimm *nvdimm, unsigned int cmd,
			      void *data)
{
	if (nvdimm)
		e820_label_area_expect_user(nvdimm_provider_data(nvdimm), cmd);
	return 0;
}

/*
 * libnvdimm can pin the provider of a bus while a region is enabled, and a
 * region always is. Pin this module for as long as there is something to lose:
 * a namespace, or what claims it, has a driver.
 */
static int e820_bus_notify(struct notifier_block *nb, unsigned long event,
			   void *data)
{
	struct e820_bus *bus = container_of(nb, struct e820_bus, notifier);
	struct device *dev = data;

	if (!dev->parent || dev->parent->parent != bus->bus_dev)
		return NOTIFY_DONE;
	if (event == BUS_NOTIFY_BOUND_DRIVER)
		__module_get(THIS_MODULE);
	else if (event == BUS_NOTIFY_UNBOUND_DRIVER)
		module_put(THIS_MODULE);
	else
		return NOTIFY_DONE;
	return NOTIFY_OK;
}

/*
 * Labels are valid only where their cookie matches. Made from the range, it
 * lets saved labels be written back after a reboot, but not to another range.
 */
static u64 range_cookie(const struct range *range)
{
	u64 cookie = hash_64(range->start + hash_64(range_len(range), 64), 64);

	/* 0 is what an unfinished interleave set has. */
	return cookie ?: 1;
}

static int add_dimm(const struct range *range, int nid, void *data)
{
	unsigned long cmds = BIT(ND_CMD_GET_CONFIG_SIZE) |
			     BIT(ND_CMD_GET_CONFIG_DATA) |
			     BIT(ND_CMD_SET_CONFIG_DATA);
	struct e820_label_area *area;
	struct e820_region *region;
	struct e820_bus *bus = data;

	region = devm_kzalloc(bus->dev, sizeof(*region), GFP_KERNEL);
	if (!region)
		return -ENOMEM;
	area = e820_label_area_create(bus->dev, range);
	if (IS_ERR(area))
		return PTR_ERR(area);

	region->range = *range;
	region->nid = nid;
	region->set.cookie1 = range_cookie(range);
	region->set.cookie2 = region->set.cookie1;
	region->set.altcookie = region->set.cookie1;
	region->nvdimm = nvdimm_create(bus->nvdimm_bus, area, NULL,
				       BIT(NDD_LABELING), cmds, 0, NULL);
	if (!region->nvdimm)
		return -ENOMEM;
	list_add_tail(&region->node, &bus->regions);
	bus->nr_regions++;
	return 0;
}

static int add_region(struct e820_bus *bus, struct e820_region *region)
{
	/* Addresses in labels are physical ones, and aligned like these. */
	struct nd_mapping_desc mapping = {
		.nvdimm = region->nvdimm,
		.start = region->range.start,
		.size = range_len(&region->range),
	};
	struct resource res =
		DEFINE_RES_MEM(mapping.start, mapping.size);
	/*
	 * Without ND_REGION_PAGEMAP: a namespace that is not configured, or has
	 * lost what it was, must not get struct pages by default.
	 */
	struct nd_region_desc desc = {
		.res = &res,
		.mapping = &mapping,
		.num_mappings = 1,
		.nd_set = &region->set,
		.numa_node = numa_map_to_online_node(region->nid),
		.target_node = region->nid,
	};

	if (!nvdimm_pmem_region_create(bus->nvdimm_bus, &desc)) {
		dev_warn(bus->dev, "[%#llx-%#llx] not used: no region for it, out of memory?\n",
			 region->range.start, region->range.end);
		return -ENOMEM;
	}
	return 0;
}

static int add_all(struct e820_bus *bus)
{
	struct e820_region *region;
	int rc;

	rc = e820_label_for_each_range(bus->dev, add_dimm, bus);
	if (rc)
		return rc == -EINVAL ? -ENODEV : rc;
	if (!bus->nr_regions)
		return -ENODEV;
	/* A region can only be enabled when its DIMM is. */
	rc = nvdimm_bus_check_dimm_count(bus->nvdimm_bus, bus->nr_regions);
	if (rc)
		return rc;
	list_for_each_entry(region, &bus->regions, node) {
		rc = add_region(bus, region);
		if (rc)
			return rc;
	}
	return 0;
}

/* The notifier sees the last of the namespaces go. */
static void remove_all(struct e820_bus *bus)
{
	nvdimm_bus_unregister(bus->nvdimm_bus);
	bus_unregister_notifier(bus->bus_dev->bus, &bus->notifier);
	put_device(bus->bus_dev);
}

static int e820_label_probe(struct platform_device *pdev)
{
	struct e820_bus *bus;
	int rc;

	bus = devm_kzalloc(&pdev->dev, sizeof(*bus), GFP_KERNEL);
	if (!bus)
		return -ENOMEM;
	bus->dev = &pdev->dev;
	INIT_LIST_HEAD(&bus->regions);
	/* No ->module: e820_bus_notify() does the pinning. */
	bus->desc = (struct nvdimm_bus_descriptor) {
		.provider_name = "e820",
		.ndctl = e820_ndctl,
		.clear_to_send = e820_clear_to_send,
	};
	bus->notifier.notifier_call = e820_bus_notify;

	bus->nvdimm_bus = nvdimm_bus_register(&pdev->dev, &bus->desc);
	if (!bus->nvdimm_bus)
		return -ENOMEM;
	bus->bus_dev = get_device(to_nvdimm_bus_dev(bus->nvdimm_bus));
	/* Fails only for a bus type that is not registered. */
	bus_register_notifier(bus->bus_dev->bus, &bus->notifier);

	rc = add_all(bus);
	if (rc) {
		remove_all(bus);
		dev_warn(&pdev->dev, "no legacy pmem made available (%d): reserve some with memmap=SIZE!START\n",
			 rc);
		return rc;
	}
	platform_set_drvdata(pdev, bus);
	return 0;
}

static void e820_label_remove(struct platform_device *pdev)
{
	remove_all(platform_get_drvdata(pdev));
}

/* The device that arch/x86/kernel/pmem.c makes, and nd_e820 drives. */
static const struct platform_device_id e820_label_ids[] = {
	{ .name = "e820_pmem" },
	{ }
};
MODULE_DEVICE_TABLE(platform, e820_label_ids);

static struct platform_driver e820_label_driver = {
	.probe = e820_label_probe,
	.remove = e820_label_remove,
	.id_table = e820_label_ids,
	.driver = {
		.name = KBUILD_MODNAME,
	},
};
module_platform_driver(e820_label_driver);

/* To be there before nd_pmem gets to see a namespace that is map none. */
MODULE_SOFTDEP("pre: dax_pmem_none");
MODULE_DESCRIPTION("Legacy pmem (e820 type 12) with namespace labels");
MODULE_LICENSE("GPL");
