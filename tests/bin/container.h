/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VFIO container of one or more of QEMU's edu devices, for test programs. What
 * goes wrong before there is one ends the program.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <errno.h>
#include <fcntl.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "edu.h"

static int container = -1;

static inline void vfio_die(const char *what)
{
	fprintf(stderr, "vfio: %s: %s\n", what, strerror(errno));
	exit(2);
}

static inline int vfio_group(const char *bdf)
{
	char path[128], link[256];
	ssize_t len;
	int group;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", bdf);
	len = readlink(path, link, sizeof(link) - 1);
	if (len < 0)
		vfio_die(path);
	link[len] = 0;
	snprintf(path, sizeof(path), "/dev/vfio%s", strrchr(link, '/'));
	group = open(path, O_RDWR);
	if (group < 0)
		vfio_die(path);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		vfio_die("VFIO_GROUP_SET_CONTAINER");
	return group;
}

/**
 * vfio_open() - a device joins the container
 * @bdf: its address, such as 0000:00:04.0; it is bound to vfio-pci
 *
 * Return: its bar 0. It may do DMA.
 */
static inline volatile uint8_t *vfio_open(const char *bdf)
{
	struct vfio_region_info info = { .argsz = sizeof(info) };
	int group, device, first = container < 0;
	uint16_t command;
	uint32_t id;
	void *bar;

	if (first)
		container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		vfio_die("/dev/vfio/vfio");
	group = vfio_group(bdf);
	if (first && ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		vfio_die("VFIO_SET_IOMMU");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	if (device < 0)
		vfio_die("VFIO_GROUP_GET_DEVICE_FD");

	info.index = VFIO_PCI_CONFIG_REGION_INDEX;
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		vfio_die("VFIO_DEVICE_GET_REGION_INFO");
	if (pread(device, &id, sizeof(id), info.offset) != sizeof(id))
		vfio_die("config space");
	if (id != EDU_ID) {
		fprintf(stderr, "vfio: %s is %#x and no edu device\n", bdf, id);
		exit(2);
	}
	if (pread(device, &command, sizeof(command),
		  info.offset + PCI_COMMAND) != sizeof(command))
		vfio_die("config space");
	command |= PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY;
	if (pwrite(device, &command, sizeof(command),
		   info.offset + PCI_COMMAND) != sizeof(command))
		vfio_die("config space");

	info = (struct vfio_region_info) {
		.argsz = sizeof(info), .index = VFIO_PCI_BAR0_REGION_INDEX,
	};
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		vfio_die("VFIO_DEVICE_GET_REGION_INFO");
	bar = mmap(NULL, EDU_BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   device, info.offset);
	if (bar == MAP_FAILED)
		vfio_die("mmap of bar 0");
	return bar;
}

/**
 * vfio_map() - let devices of the container read and write memory
 * @mem: where it is mapped in this process
 * @len: bytes
 * @iova: where the devices find it
 *
 * Return: 0, or -1 with errno.
 */
static inline int vfio_map(const void *mem, uint64_t len, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)mem,
		.iova = iova,
		.size = len,
	};

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

/**
 * vfio_unmap() - undo vfio_map()
 * @iova: as given there
 * @len: bytes; set to how many of them were unmapped
 *
 * Return: 0, or -1 with errno.
 */
static inline int vfio_unmap(uint64_t iova, uint64_t *len)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap), .iova = iova, .size = *len,
	};
	int rc = ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap);

	*len = unmap.size;
	return rc;
}

#endif /* CONTAINER_H */
