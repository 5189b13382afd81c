// SPDX-License-Identifier: GPL-2.0-only
/* NUMA policies, and moving pages between nodes. */
#include <linux/mempolicy.h>

#include "table.h"

#define PART	0x10000
#define MODE(m)	((m) << 8)

static uint8_t *start_of(struct area *a, long arg)
{
	return arg & PART ? a->page : a->p;
}

static size_t length_of(struct area *a, long arg)
{
	return arg & PART ? SZ_4K : a->len;
}

static unsigned long node_mask(long mode)
{
	return mode == MPOL_DEFAULT || mode == MPOL_LOCAL ? 0 : 1;
}

static long bind_range(struct area *a, long arg)
{
	int mode = arg >> 8 & 0xff;
	unsigned long nodes = node_mask(mode);

	return syscall(SYS_mbind, start_of(a, arg), length_of(a, arg), mode,
		       nodes ? &nodes : NULL, nodes ? 64UL : 0UL, arg & 0xff);
}

static long home_node(struct area *a, long arg)
{
	unsigned long nodes = 1;

	(void)arg;
	if (syscall(SYS_mbind, a->p, a->len, MPOL_BIND, &nodes, 64UL, 0))
		return -1;
	return syscall(SYS_set_mempolicy_home_node, a->p, a->len, 0UL, 0UL);
}

static long policy_at(struct area *a, long arg)
{
	int mode = -1;

	if (syscall(SYS_get_mempolicy, &mode, NULL, 0UL, a->page, arg))
		return -1;
	return mode;
}

static long move_them(struct area *a, long arg)
{
	void *pages[] = { a->p, a->page, a->p + a->len - SZ_4K };
	int nodes[] = { 0, 0, 0 }, status[] = { 99, 99, 99 };

	if (syscall(SYS_move_pages, 0, 3UL, pages, arg & PART ? nodes : NULL, status,
		    arg & ~PART))
		return -1;
	/* Those of a leaf of hugetlbfs may be the same page. */
	return status[1] < 0 ? say("page: %s", error_name(-status[1])) :
	       say("page: node %d", status[1]);
}

static long migrate(struct area *a, long arg)
{
	unsigned long from = 1, to = 2;

	(void)a;
	(void)arg;
	return syscall(SYS_migrate_pages, 0, 64UL, &from, &to);
}

static const struct row rows[] = {
	{ "mbind(MPOL_DEFAULT)", bind_range, MODE(MPOL_DEFAULT), 0 },
	{ "mbind(MPOL_BIND)", bind_range, MODE(MPOL_BIND), 0 },
	{ "mbind(MPOL_BIND) of a page", bind_range, MODE(MPOL_BIND) | PART, 0 },
	{ "mbind(MPOL_PREFERRED)", bind_range, MODE(MPOL_PREFERRED), 0 },
	{ "mbind(MPOL_PREFERRED_MANY)", bind_range, MODE(5), 0 },
	{ "mbind(MPOL_INTERLEAVE)", bind_range, MODE(MPOL_INTERLEAVE), 0 },
	{ "mbind(MPOL_WEIGHTED_INTERLEAVE)", bind_range, MODE(6), 0 },
	{ "mbind(MPOL_LOCAL)", bind_range, MODE(MPOL_LOCAL), 0 },
	{ "mbind(MPOL_MF_MOVE)", bind_range, MODE(MPOL_BIND) | MPOL_MF_MOVE, 0 },
	{ "mbind(MPOL_MF_MOVE_ALL)", bind_range, MODE(MPOL_BIND) | MPOL_MF_MOVE_ALL, 0 },
	{ "mbind(MPOL_MF_MOVE) of a page", bind_range,
	  MODE(MPOL_BIND) | MPOL_MF_MOVE | PART, 0 },
	{ "set_mempolicy_home_node()", home_node, 0, 0 },
	{ "get_mempolicy(MPOL_F_ADDR)", policy_at, MPOL_F_ADDR, 0 },
	{ "get_mempolicy(MPOL_F_ADDR, MPOL_F_NODE)", policy_at, MPOL_F_ADDR | MPOL_F_NODE, 0 },
	{ "move_pages() to ask", move_them, 0, 0 },
	{ "move_pages()", move_them, PART | MPOL_MF_MOVE, 0 },
	{ "move_pages(MPOL_MF_MOVE_ALL)", move_them, PART | MPOL_MF_MOVE_ALL, 0 },
	{ "migrate_pages()", migrate, 0, 0 },
	{ "mbind(MPOL_MF_STRICT)", bind_range, MODE(MPOL_BIND) | MPOL_MF_STRICT, ROW_LAST },
	{ "mbind(MPOL_MF_STRICT) of a page", bind_range,
	  MODE(MPOL_BIND) | MPOL_MF_STRICT | PART, ROW_LAST },
	{ "mbind(MPOL_DEFAULT, MPOL_MF_STRICT)", bind_range,
	  MODE(MPOL_DEFAULT) | MPOL_MF_STRICT, ROW_LAST },
	{ "mbind(MPOL_INTERLEAVE, MPOL_MF_STRICT)", bind_range,
	  MODE(MPOL_INTERLEAVE) | MPOL_MF_STRICT, ROW_LAST },
	{ "mbind(MPOL_MF_STRICT, MPOL_MF_MOVE)", bind_range,
	  MODE(MPOL_BIND) | MPOL_MF_STRICT | MPOL_MF_MOVE, ROW_LAST },
	{ "mbind(MPOL_MF_STRICT, MPOL_MF_MOVE_ALL)", bind_range,
	  MODE(MPOL_BIND) | MPOL_MF_STRICT | MPOL_MF_MOVE_ALL, ROW_LAST },
};

const struct rows policy_rows = { "NUMA", rows, ARRAY_SIZE(rows) };
