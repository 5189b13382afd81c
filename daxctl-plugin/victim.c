// SPDX-License-Identifier: GPL-2.0-only
/* Devices that are to go, see victim.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"
#include "holder.h"
#include "journal.h"
#include "message.h"
#include "size.h"
#include "victim.h"

int victims_init(const struct nodes *nodes, struct victims *victims)
{
	size_t i, nr = 0;

	for (i = 0; i < nodes->nr; i++)
		nr += nodes->node[i].nr_devs;
	*victims = (struct victims){
		.victim = calloc(nr + 1, sizeof(*victims->victim)),
	};
	return victims->victim ? 0 : fail("out of memory");
}

void victims_add(struct victims *victims, struct node *node, struct dev *dev)
{
	size_t i;

	for (i = 0; i < victims->nr; i++)
		if (victims->victim[i].dev == dev)
			return;
	victims->victim[victims->nr++] = (struct victim){ node, dev };
}

void victims_free(struct victims *victims)
{
	free(victims->victim);
	*victims = (struct victims){ 0 };
}

/* The kernel has said that it is in use; /proc may know by whom. */
static int tell_users(const struct nodes *nodes, const struct dev *dev,
		      const struct users *users)
{
	const struct holder *holder;
	struct holders holders;
	char place[256], held[SIZE_TEXT];
	int rc = 0;

	if (users->nr_claims) {
		claim_place(users->claims[0], place, sizeof(place));
		if (*place)
			return fail_as(STATUS_BUSY, "%s is claimed by %s, mounted at %s: unmount it first",
				       dev->name, users->claims[0], place);
		return fail_as(STATUS_BUSY,
			       "%s is claimed by %s, which is mounted nowhere that can be seen: processes still have files of it open",
			       dev->name, users->claims[0]);
	}
	if (holders_read(nodes, &holders))
		return -1;
	holder = holders_next(&holders, dev, NULL);
	if (holder)
		rc = fail_as(STATUS_BUSY,
			     "%s is in use by %s, pid %d: end that, or take it away with --force",
			     dev->name, holder->what, holder->pid);
	else if (users->open)
		rc = fail_as(STATUS_BUSY,
			     "%s is open %lu times, by nobody who can be seen in /proc: a process that has just ended, or a descriptor on its way through a socket; try again, or take it away with --force",
			     dev->name, users->open);
	else
		rc = fail_as(STATUS_BUSY,
			     "%s: VFIO has %s of it mapped for devices: end that, or take it away with --force",
			     dev->name, size_text(users->held, held));
	holders_free(&holders);
	return rc;
}

static int check(const struct nodes *nodes, const struct dev *dev)
{
	struct users users;
	int rc;

	if (dev->mode == MODE_RAM)
		return fail_as(STATUS_BUSY,
			       "%s is in use as system RAM: --force takes it offline first",
			       dev->name);
	rc = users_read(dev, &users);
	if (rc == -ENOENT)
		return fail_as(STATUS_BUSY,
			       "%s: the module dax_none that is loaded does not tell who uses a device: load the one that belongs to these tools, or use --force if nobody does",
			       dev->name);
	if (rc)
		return fail("%s: cannot find out who uses it: %s", dev->name,
			    strerror(-rc));
	if (users_in_the_way(&users))
		rc = tell_users(nodes, dev, &users);
	users_free(&users);
	return rc;
}

int victims_check(const struct nodes *nodes, const struct victims *victims)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < victims->nr; i++)
		if (check(nodes, victims->victim[i].dev))
			rc = -1;
	return rc;
}

int victims_destroy(const struct victims *victims, size_t *done)
{
	int rc = 0;
	size_t i;

	*done = 0;
	for (i = 0; i < victims->nr; i++) {
		const struct victim *victim = &victims->victim[i];

		if (interrupted)
			return fail("interrupted: %zu devices are left",
				    victims->nr - i);
		say("%s: destroying it", victim->dev->name);
		if (journal_destroy(victim->dev))
			return -1;
		if (device_destroy(victim->node, victim->dev))
			rc = -1;
		else
			++*done;
	}
	return rc;
}
