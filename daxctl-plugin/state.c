// SPDX-License-Identifier: GPL-2.0-only
/* One at a time, see state.h. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "journal.h"
#include "message.h"
#include "node.h"
#include "state.h"

/* How long to wait for another instance, in tenths of a second. */
#define LOCK_TRIES	50

static int lock_fd = -1;

static int make_dirs(void)
{
	if ((mkdir(STATE_DIR, 0755) && errno != EEXIST) ||
	    (mkdir(STATE_DIR "/label", 0755) && errno != EEXIST))
		return -errno;
	return 0;
}

int state_lock(void)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	int tries, rc = make_dirs();

	if (!rc) {
		lock_fd = open(STATE_DIR "/lock",
			       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (lock_fd < 0)
			rc = -errno;
	}
	if (rc == -EACCES || rc == -EPERM)
		return fail_as(STATUS_DENIED,
			       "no permission to change anything: run this as root");
	if (rc)
		return fail("cannot lock " STATE_DIR "/lock: %s",
			    strerror(-rc));
	for (tries = 0; tries < LOCK_TRIES && !interrupted; tries++) {
		if (!flock(lock_fd, LOCK_EX | LOCK_NB))
			return 0;
		if (!tries)
			say("another instance is at work, waiting for it");
		nanosleep(&pause, NULL);
	}
	state_unlock();
	return fail_as(STATUS_BUSY,
		       "another instance of daxctl carve is at work: try again when it is done");
}

void state_unlock(void)
{
	if (lock_fd >= 0)
		close(lock_fd);
	lock_fd = -1;
}

int state_begin(struct nodes *nodes)
{
	int rc;

	*nodes = (struct nodes){ 0 };
	rc = state_lock();
	if (rc)
		return rc;
	rc = nodes_read(nodes);
	if (!rc && journal_recover(nodes)) {
		nodes_free(nodes);
		rc = nodes_read(nodes);
	}
	if (rc)
		state_unlock();
	return rc;
}

void state_end(void)
{
	journal_clear();
	state_unlock();
}
