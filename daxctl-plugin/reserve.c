// SPDX-License-Identifier: GPL-2.0-only
/* What to reserve at boot, see reserve.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reserve.h"
#include "size.h"

/* Guests and bytes that make sense; sums cannot overflow. */
#define GUESTS_MAX	4096
#define SIZE_MAX_GUEST	(UINT64_C(1) << 46)

int guests_parse(const char *text, struct guests **guests, size_t *nr)
{
	char *copy = strdup(text), *rest = copy, *word, *times;
	struct guests *more;
	int rc = copy ? 0 : -ENOMEM;

	*guests = NULL;
	*nr = 0;
	while (!rc && (word = strsep(&rest, ","))) {
		struct guests one = { .count = 1 };

		times = strchr(word, 'x');
		/* "0x40000000" is one guest of that many bytes. */
		if (times && (times != word + 1 || *word != '0')) {
			*times = '\0';
			rc = number_parse(word, GUESTS_MAX, &one.count);
			word = times + 1;
		}
		if (!rc)
			rc = size_parse(word, &one.size);
		if (!rc && (!one.count || !one.size ||
			    one.size > SIZE_MAX_GUEST || one.size % PLAN_GRANULE))
			rc = -EINVAL;
		if (rc)
			break;
		more = realloc(*guests, (*nr + 1) * sizeof(*more));
		if (!more) {
			rc = -ENOMEM;
			break;
		}
		*guests = more;
		more[(*nr)++] = one;
	}
	free(copy);
	return rc == -ERANGE ? -EINVAL : rc;
}

static struct reserve_node *get_node(struct reserve *reserve, int node)
{
	struct reserve_node *more;
	size_t i;

	for (i = 0; i < reserve->nr_nodes; i++)
		if (reserve->nodes[i].node == node)
			return &reserve->nodes[i];
	more = realloc(reserve->nodes, (i + 1) * sizeof(*more));
	if (!more)
		return NULL;
	reserve->nodes = more;
	reserve->nr_nodes++;
	more[i] = (struct reserve_node){ .node = node };
	return &more[i];
}

/* What of @ram can be reserved, in multiples of @unit. */
static uint64_t usable(const struct ram *ram, uint64_t unit, uint64_t *start)
{
	uint64_t first = ram->start < RESERVE_LOW ? RESERVE_LOW : ram->start;
	uint64_t last = ram->start + ram->size;

	first += unit - 1;
	first -= first % unit;
	last -= last % unit;
	*start = first;
	return last > first ? last - first : 0;
}

/* Of a node, without what the host keeps of it. */
static uint64_t room(const struct firmware *firmware,
		     const struct reserve_node *node, uint64_t host)
{
	uint64_t all = 0, sum = 0, start, keep;
	size_t i;

	for (i = 0; i < firmware->nr; i++) {
		all += firmware->ram[i].size;
		if (firmware->ram[i].node == node->node)
			sum += usable(&firmware->ram[i], RESERVE_SECTION, &start);
	}
	/* Its share; what cannot be reserved is part of that. */
	keep = all ? (uint64_t)((double)host * node->ram / all) : 0;
	keep = keep > node->ram - sum ? keep - (node->ram - sum) : 0;
	return sum > keep ? sum - keep : 0;
}

/* The largest guests first, each where most is left. */
static int guests_by_size(const void *a, const void *b)
{
	const struct guests *x = a, *y = b;

	return x->size > y->size ? -1 : x->size < y->size;
}

static int place(struct reserve *reserve, uint64_t *left, uint64_t size)
{
	size_t i, best = 0;

	for (i = 1; i < reserve->nr_nodes; i++)
		if (left[i] > left[best])
			best = i;
	if (!reserve->nr_nodes || left[best] < size)
		return -ENOSPC;
	left[best] -= size;
	reserve->nodes[best].guests += size;
	reserve->nodes[best].count++;
	return 0;
}

static int place_all(struct reserve *reserve, const struct firmware *firmware,
		     const struct guests *guests, size_t nr, uint64_t host)
{
	uint64_t *left = calloc(reserve->nr_nodes + 1, sizeof(*left));
	struct guests *sorted = malloc((nr + 1) * sizeof(*sorted));
	unsigned long n;
	size_t i;
	int rc = 0;

	if (!left || !sorted) {
		free(left);
		free(sorted);
		return -ENOMEM;
	}
	for (i = 0; i < reserve->nr_nodes; i++)
		left[i] = room(firmware, &reserve->nodes[i], host);
	memcpy(sorted, guests, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), guests_by_size);
	for (i = 0; i < nr; i++)
		for (n = 0; n < sorted[i].count; n++)
			if (place(reserve, left, sorted[i].size)) {
				reserve->missing += sorted[i].size;
				rc = -ENOSPC;
			}
	free(left);
	free(sorted);
	return rc;
}

static int take(struct reserve *reserve, uint64_t start, uint64_t size, int node)
{
	struct ram *more;

	more = realloc(reserve->range, (reserve->nr + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	reserve->range = more;
	more[reserve->nr++] = (struct ram){ start, size, node };
	return 0;
}

static uint64_t round_up(uint64_t x, uint64_t unit)
{
	return x % unit ? x - x % unit + unit : x;
}

/* From the largest range on: few of them. */
static int cut(const struct firmware *firmware, struct reserve *reserve,
	       struct reserve_node *node)
{
	bool *used = calloc(firmware->nr + 1, sizeof(*used));
	uint64_t want = node->guests, unit, start, size, best_size;
	size_t i, best;
	int rc = 0;

	if (!used)
		return -ENOMEM;
	while (want && !rc) {
		best = firmware->nr;
		best_size = 0;
		for (i = 0; i < firmware->nr; i++) {
			if (used[i] || firmware->ram[i].node != node->node)
				continue;
			size = usable(&firmware->ram[i], RESERVE_SECTION, &start);
			if (size > best_size) {
				best = i;
				best_size = size;
			}
		}
		if (best == firmware->nr)
			break;
		used[best] = true;
		/* Gigabytes, if what they leave out is not needed. */
		unit = PLAN_UNIT;
		if (usable(&firmware->ram[best], unit, &start) <
		    round_up(want < best_size ? want : best_size, unit))
			unit = RESERVE_SECTION;
		size = usable(&firmware->ram[best], unit, &start);
		if (size > round_up(want, unit)) {
			start += size - round_up(want, unit);
			size = round_up(want, unit);
		}
		if (!size)
			continue;
		rc = take(reserve, start, size, node->node);
		node->reserved += size;
		want -= size < want ? size : want;
	}
	free(used);
	return rc;
}

static int range_by_start(const void *a, const void *b)
{
	const struct ram *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

int reserve_make(const struct firmware *firmware, const struct guests *guests,
		 size_t nr, uint64_t host, struct reserve *reserve)
{
	struct reserve_node *node;
	size_t i;
	int rc;

	*reserve = (struct reserve){ 0 };
	for (i = 0; i < firmware->nr; i++) {
		node = get_node(reserve, firmware->ram[i].node);
		if (!node)
			return -ENOMEM;
		node->ram += firmware->ram[i].size;
	}
	rc = place_all(reserve, firmware, guests, nr, host);
	for (i = 0; i < reserve->nr_nodes && !rc; i++)
		rc = cut(firmware, reserve, &reserve->nodes[i]);
	if (reserve->nr)
		qsort(reserve->range, reserve->nr, sizeof(*reserve->range),
		      range_by_start);
	return rc;
}

void reserve_free(struct reserve *reserve)
{
	free(reserve->range);
	free(reserve->nodes);
	*reserve = (struct reserve){ 0 };
}
