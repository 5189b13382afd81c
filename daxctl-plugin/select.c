// SPDX-License-Identifier: GPL-2.0-only
/* Which nodes and devices a command is about, see select.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carve.h"
#include "select.h"
#include "size.h"

static int no_such_node(const struct nodes *nodes, const char *id)
{
	char have[256] = "";
	size_t i, len = 0;

	for (i = 0; i < nodes->nr && len < sizeof(have) - 16; i++)
		len += snprintf(have + len, sizeof(have) - len, "%s%d",
				i ? ", " : "", nodes->node[i].id);
	return fail("there is no node %s with a dax region: --node can be %s",
		    id, have);
}

static int select_one(const struct nodes *nodes, const char *word,
		      struct select *select)
{
	unsigned long id;
	struct node *node;
	size_t i;

	if (number_parse(word, 0xffff, &id))
		return fail("\"%s\" is not the number of a node: --node takes numbers, separated by commas",
			    word);
	node = nodes_find(nodes, id);
	if (!node)
		return no_such_node(nodes, word);
	for (i = 0; i < select->nr; i++)
		if (select->node[i] == node)
			return 0;
	select->node[select->nr++] = node;
	return 0;
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
		rc = select_one(nodes, word, select);
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

struct dev *select_dev(const struct nodes *nodes, const char *name,
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
	fail("there is no device %s on any node that has a dax region: see daxctl carve list",
	     name);
	return NULL;
}
