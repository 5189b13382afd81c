/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What "dmemfs-layout save" writes and "restore" reads: a mount, its devices, and all
 * files with the memory that they have; as JSON.
 */
#ifndef DMEMFS_LAYOUT_H
#define DMEMFS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAYOUT_VERSION	1

/* Bytes: a few hundred thousand files, or a million extents. */
#define LAYOUT_MAX	(256 << 20)

/* As many as the kernel has for a mount. */
#define LAYOUT_DEVICES	64

/* Longest path or target of a link, and its end. */
#define LAYOUT_PATH	4096

/* Longest name of a device or label, and its end. */
#define LAYOUT_NAME	64

/**
 * struct layout_option - an option of the mount
 * @name: as in mount.dmemfs(8)
 * @value: NULL if it has none
 */
struct layout_option {
	const char *name;
	char *value;
};

#define LAYOUT_OPTIONS	12

/**
 * struct layout_range - contiguous physical memory
 * @start: address
 * @size: bytes
 */
struct layout_range {
	uint64_t start;
	uint64_t size;
};

/**
 * struct layout_device - a device of the mount
 * @chardev: "dax1000.0"
 * @name: what its creator called it, or ""
 * @size: bytes
 * @nr: number of @ranges
 * @ranges: in the order of offsets
 */
struct layout_device {
	char chardev[LAYOUT_NAME];
	char name[LAYOUT_NAME];
	uint64_t size;
	size_t nr;
	struct layout_range *ranges;
};

/**
 * struct layout_extent - contiguous memory of a file
 * @offset: bytes, in the file
 * @length: bytes
 * @device: index of its device
 * @base: bytes, in the device
 * @unseen: nobody has looked at it: it will read as zero
 */
struct layout_extent {
	uint64_t offset;
	uint64_t length;
	unsigned int device;
	uint64_t base;
	bool unseen;
};

enum layout_type {
	LAYOUT_DIRECTORY,
	LAYOUT_FILE,
	LAYOUT_SYMLINK,
	LAYOUT_LINK,	/* another name of a file */
	LAYOUT_TYPES,
};

/* Since 1970, as the kernel has it. */
struct layout_time {
	int64_t sec;
	uint32_t nsec;
};

/* Most bytes of an attribute's value, and of its name with its end; as in the kernel. */
#define LAYOUT_XATTR_VALUE	65536
#define LAYOUT_XATTR_NAME	256

/**
 * struct layout_xattr - an extended attribute
 * @name: with its prefix, such as "user."; "system.posix_acl_access" is an ACL
 * @size: of @value, in bytes
 * @value: as getxattr(2) gives it
 */
struct layout_xattr {
	char *name;
	size_t size;
	unsigned char *value;
};

/**
 * struct layout_entry - something that has a name
 * @path: from the root of the mount, which is "."; directories come before what is in them
 * @type: of what kind it is; of a %LAYOUT_LINK, only @path and @target count
 * @mode: permissions
 * @uid: owner
 * @gid: group
 * @atime: when it was last read
 * @mtime: when it was last changed
 * @size: of a file, bytes
 * @nr: number of @extents
 * @extents: memory of a file, by rising offset
 * @nr_xattrs: number of @xattrs
 * @xattrs: extended attributes
 * @target: of a symbolic link, what is in it; of a link, the path of the file
 */
struct layout_entry {
	char *path;
	enum layout_type type;
	unsigned int mode;
	uint32_t uid;
	uint32_t gid;
	struct layout_time atime;
	struct layout_time mtime;
	uint64_t size;
	size_t nr;
	struct layout_extent *extents;
	size_t nr_xattrs;
	struct layout_xattr *xattrs;
	char *target;
};

/* Of the mount itself, as in "mount -o". */
#define LAYOUT_RO		(1 << 0)
#define LAYOUT_NOSUID		(1 << 1)
#define LAYOUT_NODEV		(1 << 2)
#define LAYOUT_NOEXEC		(1 << 3)
#define LAYOUT_NOATIME		(1 << 4)
#define LAYOUT_NODIRATIME	(1 << 5)
#define LAYOUT_FLAGS		6

extern const char *const layout_flag_names[LAYOUT_FLAGS];
extern const char *const layout_type_names[LAYOUT_TYPES];

/**
 * struct layout - a mount
 * @flags: LAYOUT_RO, ...
 * @nr_options: number of @options
 * @options: those that are not as by default, and "pagesize"
 * @nr_devices: number of @devices
 * @devices: in the order of the option "dax"
 * @nr: number of @entries
 * @entries: the root first
 */
struct layout {
	unsigned int flags;
	size_t nr_options;
	struct layout_option options[LAYOUT_OPTIONS];
	size_t nr_devices;
	struct layout_device devices[LAYOUT_DEVICES];
	size_t nr;
	struct layout_entry *entries;
};

/**
 * layout_option_name() - is there such an option?
 * @name: its name
 * @flag: set to whether it goes without a value
 *
 * Return: the name, for as long as the program runs; NULL if it is none that is saved.
 */
const char *layout_option_name(const char *name, bool *flag);

/**
 * layout_add_option() - one more option
 * @layout: the layout
 * @name: from layout_option_name()
 * @value: copied; NULL if it has none
 *
 * Return: 0, -EINVAL if there are too many, -ENOMEM.
 */
int layout_add_option(struct layout *layout, const char *name, const char *value);

/**
 * layout_add_entry() - room for one more entry
 * @layout: the layout
 * @path: copied
 *
 * Return: the entry, valid until the next one is added; NULL without memory.
 */
struct layout_entry *layout_add_entry(struct layout *layout, const char *path);

/**
 * layout_add_extent() - one more extent, or more of the last one
 * @entry: the file
 * @extent: the extent; joined with the last one if it goes on with that
 *
 * Return: 0, -ENOMEM.
 */
int layout_add_extent(struct layout_entry *entry, const struct layout_extent *extent);

/**
 * layout_add_xattr() - one more attribute
 * @entry: what has it
 * @name: its name, copied
 * @value: copied
 * @size: of @value, in bytes
 *
 * Return: 0, -ENOMEM.
 */
int layout_add_xattr(struct layout_entry *entry, const char *name,
		     const void *value, size_t size);

void layout_free(struct layout *layout);

/**
 * layout_parse() - read a layout
 * @text: JSON, and a NUL behind it
 * @len: length of @text without that, in bytes
 * @layout: set to the content; to be freed by layout_free(), also upon failure
 * @why: set to what is wrong with @text
 * @size: of @why, in bytes
 *
 * What it returns makes sense by itself: whatever is in there is known, paths lead to
 * directories that come before them and nowhere else, and no memory is there twice.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int layout_parse(const char *text, size_t len, struct layout *layout, char *why,
		 size_t size);

/**
 * layout_describe() - write a layout
 * @layout: the layout
 *
 * Return: JSON, to be freed; NULL without memory.
 */
char *layout_describe(const struct layout *layout);

#endif /* DMEMFS_LAYOUT_H */
