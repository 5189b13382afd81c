/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory that this machine has, as its firmware tells, whatever is reserved. */
#ifndef CARVE_FIRMWARE_H
#define CARVE_FIRMWARE_H

#include "node.h"

/**
 * struct ram - memory of a NUMA node
 * @start: physical address
 * @size: bytes
 * @node: the node
 */
struct ram {
	uint64_t start;
	uint64_t size;
	int node;
};

/**
 * struct firmware - all of it
 * @nr: number of @ram
 * @ram: by rising address
 */
struct firmware {
	size_t nr;
	struct ram *ram;
};

/**
 * firmware_read() - read the memory map and the SRAT
 * @firmware: set to the memory; to be freed by firmware_free(), also upon failure
 *
 * Return: 0, or negative after a complaint.
 */
int firmware_read(struct firmware *firmware);
void firmware_free(struct firmware *firmware);

/**
 * firmware_parse_srat() - which memory is on which node
 * @table: the SRAT
 * @len: of @table, in bytes
 * @ranges: set to the ranges, with their nodes as the kernel numbers them; to be freed
 *
 * Return: the number of ranges, -EINVAL if this is no SRAT, -ENOMEM.
 */
int firmware_parse_srat(const unsigned char *table, size_t len,
			struct ram **ranges);

/**
 * firmware_divide() - divide RAM between nodes
 * @ram: RAM by rising address
 * @ranges: what firmware_parse_srat() says
 * @nr: number of @ranges; without any, all is on node 0
 * @firmware: set to the result
 *
 * Return: 0; -EINVAL if two nodes have the same RAM; -ENOMEM.
 */
int firmware_divide(const struct extents *ram, const struct ram *ranges,
		    size_t nr, struct firmware *firmware);

#endif /* CARVE_FIRMWARE_H */
