/* SPDX-License-Identifier: GPL-2.0-only */
/* Parts of layout_parse(). */
#ifndef DMEMFS_PARSE_H
#define DMEMFS_PARSE_H

#include <stdint.h>

struct json_parser;
struct layout;

/* Each: 0, -EINVAL after it has said what is wrong, or -ENOMEM. */

/* Each path is there once, and what it is in or leads to is there before it. */
int layout_check_paths(struct json_parser *p, const struct layout *layout);

/* Files have whole pages of the mount, though parts of one can differ in what was seen. */
int layout_check_units(struct json_parser *p, const struct layout *layout,
		       uint64_t pagesize);

/* No memory is there twice. */
int layout_check_overlap(const struct json_parser *p, const struct layout *layout);

#endif /* DMEMFS_PARSE_H */
