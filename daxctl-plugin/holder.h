/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who uses a device. The kernel's word decides, which sees other namespaces, lazy
 * unmounts, and mappings whose file is closed; /proc helps to tell who they are.
 */
#ifndef CARVE_HOLDER_H
#define CARVE_HOLDER_H

#include <stddef.h>
#include <sys/types.h>

#include "node.h"

/**
 * struct users - what the kernel says about a device
 * @open: files that are open, or mapped
 * @held: bytes that VFIO maps
 * @nr_claims: number of @claims
 * @claims: who else has it, such as "dmemfs 0:52"
 */
struct users {
	unsigned long open;
	uint64_t held;
	size_t nr_claims;
	char **claims;
};

/**
 * users_read() - ask the kernel who uses a device
 * @dev: the device
 * @users: set to that; to be freed by users_free() if that succeeds. For device_dax,
 *         which does not tell, it is what /proc has.
 *
 * Return: 0; or a negative errno: -ENOENT if a driver that should know does not.
 */
int users_read(const struct dev *dev, struct users *users);
void users_free(struct users *users);

/* Does anybody? */
bool users_any(const struct users *users);

/* Does anybody who keeps it? What is lent (see tmem(7)) is given back when it is wanted. */
bool users_in_the_way(const struct users *users);

/* Is that claim one of what is lent? */
bool claim_is_lent(const char *claim);

/**
 * users_parse() - the same, from text
 * @text: lines of the attribute "users", see Documentation/ABI
 * @users: set to what it says; to be freed by users_free(), also upon failure
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int users_parse(const char *text, struct users *users);

/**
 * struct holder - somebody in /proc
 * @major: of the device
 * @minor: of the device
 * @pid: of the process; 0 for a mount
 * @what: name of the process, or where it is mounted
 */
struct holder {
	unsigned int major;
	unsigned int minor;
	pid_t pid;
	char what[64];
};

/**
 * struct holders - processes that have any device open or mapped
 * @nr: number of @holder
 * @holder: each process once per device, by rising pid
 */
struct holders {
	size_t nr;
	struct holder *holder;
};

/**
 * holders_read() - look for processes in /proc
 * @nodes: the devices
 * @holders: set to what was found; to be freed by holders_free(), also upon failure
 *
 * Return: 0, or negative after a complaint.
 */
int holders_read(const struct nodes *nodes, struct holders *holders);
void holders_free(struct holders *holders);

/**
 * holders_next() - go through the processes of a device
 * @holders: those of all devices
 * @dev: the device
 * @last: what the last call returned, NULL at first
 *
 * Return: the next one, NULL at the end.
 */
const struct holder *holders_next(const struct holders *holders,
				  const struct dev *dev,
				  const struct holder *last);

/**
 * claim_place() - where the mount is that has claimed a device
 * @claim: "dmemfs 0:52"
 * @place: set to the place in some process's view, or to ""
 * @size: of @place, in bytes
 */
void claim_place(const char *claim, char *place, size_t size);

#endif /* CARVE_HOLDER_H */
