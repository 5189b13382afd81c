// SPDX-License-Identifier: GPL-2.0-only
/* Which nodes and devices a command is about, see select.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "select.h"
#include "size.h"

static int no_such_node(const struct nodes *nodes, const char *id)
{
	char have[256] = "";
	size_t i, len = 0;

	for (i = 0; i < nodes->nr && len < sizeof(have) - 16; i++)
		len += snprintf(have + len, sizeof(have) - len, "%s%d",
				i ? ", " : "", nodes->node[i].id);
	return fail_as(STATUS_NOT_FOUND,
		    "there is no node %s with a dax region: --node can be %s",
		    id, have);
}

static void add(struct select *select, struct node *node)
{
	size_t i;

	for (i = 0; i < select->nr; i++)
		if (select->node[i] == node)
			return;
	select->node[select->nr++] = node;
}

/* "2", "0-3" for those of them that there are, or "all". */
static int select_word(const struct nodes *nodes, const char *word,
		       struct select *select)
{
	unsigned long first, last;
	char *dash, number[16];
	bool found = false;
	size_t i;

	dash = strchr(word, '-');
	snprintf(number, sizeof(number), "%.*s",
		 (int)(dash ? dash - word : (long)strlen(word)), word);
	if (!strcmp(word, "all")) {
		first = 0;
		last = NODE_MAX;
	} else if (strlen(word) >= sizeof(number) ||
		   number_parse(number, NODE_MAX, &first) ||
		   (dash && (number_parse(dash + 1, NODE_MAX, &last) ||
			     last < first))) {
		return fail_as(STATUS_BAD_INPUT,
			       "\"%s\" is not the number of a node: --node takes numbers, 0,2 or 0-3, or all",
			       word);
	} else if (!dash) {
		last = first;
	}
	for (i = 0; i < nodes->nr; i++)
		if (nodes->node[i].id >= (int)first &&
		    nodes->node[i].id <= (int)last) {
			add(select, &nodes->node[i]);
			found = true;
		}
	return found ? 0 : no_such_node(nodes, word);
}

int select_nodes(const struct nodes *nodes, const char *list,
		 struct select *select)
{
	char *copy, *rest, *word;
	size_t i;
	int rc = 0;

	select->nr = 0;
	select->node = calloc(nodes->nr + 1, sizeof(*select->node));
	if (!select->node)
		return fail("out of memory");
	if (!list) {
		for (i = 0; i < nodes->nr; i++)
			select->node[select->nr++] = &nodes->node[i];
		return 0;
	}
	copy = rest = strdup(list);
	if (!copy)
		rc = fail("out of memory");
	while (!rc && (word = strsep(&rest, ",")))
		rc = select_word(nodes, word, select);
	free(copy);
	if (rc)
		select_free(select);
	return rc;
}

void select_free(struct select *select)
{
	free(select->node);
	*select = (struct select){ 0 };
}

struct dev *select_find(const struct nodes *nodes, const char *name,
			struct node **node)
{
	const char *base = strncmp(name, "/dev/", 5) ? name : name + 5;
	size_t i, j;

	for (i = 0; i < nodes->nr; i++) {
		*node = &nodes->node[i];
		for (j = 0; j < (*node)->nr_devs; j++) {
			struct dev *dev = &(*node)->devs[j];

			if (!strcmp(dev->name, base) ||
			    (dev->label[0] && !strcmp(dev->label, name)))
				return dev;
		}
	}
	return NULL;
}

struct dev *select_dev(const struct nodes *nodes, const char *name,
		       struct node **node)
{
	struct dev *dev = select_find(nodes, name, node);

	if (!dev)
		fail_as(STATUS_NOT_FOUND,
			"there is no device %s on any node that has a dax region: see daxctl carve list",
			name);
	return dev;
}
