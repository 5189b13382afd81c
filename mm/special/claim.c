// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has some memory: the open files of its device, or one owner who claims
 * all of it by name and divides it, such as a file system. Never both. An owner
 * with yield() is asked to give it back when somebody else wants it.
 */
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "ahead.h"
#include "special.h"
#include "type1.h"

static LIST_HEAD(live);
/* Protects live; users, owner, wanted, asked and held_by_* of all that is or was in it. */
static DEFINE_MUTEX(claim_lock);
/* Woken when an owner who was asked to yield has answered. */
static DECLARE_WAIT_QUEUE_HEAD(answered);

/**
 * pfn_special_offer() - let somebody claim all of some memory
 * @ps: the memory; until pfn_special_kill()
 * @provider: what holds its physical ranges for whoever claims it
 * @data: for the functions of @provider; valid until the memory is killed, and
 *        from each get() to its put()
 *
 * Context: May sleep.
 */
void pfn_special_offer(struct pfn_special *ps,
		       const struct pfn_special_provider *provider, void *data)
{
	mutex_lock(&claim_lock);
	ps->provider = provider;
	ps->provider_data = data;
	list_add_tail(&ps->live, &live);
	mutex_unlock(&claim_lock);
	pfn_special_ahead_kick(ps->ahead);
}
EXPORT_SYMBOL_GPL(pfn_special_offer);

/*
 * The memory is dead, and whoever has claimed it hears of that. Done under the
 * lock, so that the owner cannot go away meanwhile.
 */
void pfn_special_unlist(struct pfn_special *ps)
{
	mutex_lock(&claim_lock);
	list_del_init(&ps->live);
	/* Whoever yields has done that: pfn_special_take_back(). */
	if (ps->owner && !WARN_ON_ONCE(ps->owner->yield))
		ps->owner->gone(ps->owner);
	mutex_unlock(&claim_lock);
}

/**
 * pfn_special_held_bytes() - how much of the memory is mapped without page tables
 * @ps: the memory
 *
 * Context: May sleep.
 * Return: bytes that VFIO says it maps, each page counted once.
 */
u64 pfn_special_held_bytes(const struct pfn_special *ps)
{
	unsigned long pfn, last, nr;
	unsigned int i;
	u64 pages = 0;

	for (i = 0; i < ps->nr_extents; i++) {
		last = ps->extents[i].pfn + ps->extents[i].nr - 1;
		for (pfn = ps->extents[i].pfn;
		     pfn <= last && pfn_special_held_next(&pfn, last, &nr);
		     pfn += nr) {
			pages += nr;
			cond_resched();
		}
	}
	return pages << PAGE_SHIFT;
}
EXPORT_SYMBOL_GPL(pfn_special_held_bytes);

/* May somebody map any of it who has no page table of it, and no file? */
static bool is_held(const struct pfn_special *ps)
{
	unsigned int i;

	if (pfn_special_may_be_held())
		return true;
	for (i = 0; i < ps->nr_extents; i++)
		if (pfn_special_held(ps->extents[i].pfn, ps->extents[i].nr))
			return true;
	return false;
}

/*
 * The memory changes hands within a binding. Whoever had it before may have left
 * it in an IOMMU.
 */
static int changes_hands(struct pfn_special *ps, bool *held)
{
	if (!*held)
		return 0;
	*held = is_held(ps);
	if (!*held)
		return 0;
	pr_warn_ratelimited("pfn_special: %s: VFIO may still map what its last user had: end the processes that have VFIO devices, or, if they are to be trusted, set /sys/module/pfn_special/parameters/trust_vfio\n",
			    ps->name);
	return -EBUSY;
}

/* The owner has it no longer, and nothing that is in it is for the next one. */
static void release(struct pfn_special *ps)
{
	lockdep_assert_held(&claim_lock);
	spin_lock(&ps->zero.lock);
	/* What VFIO maps is not cleared ahead: a device may write there afterwards. */
	if (!ps->owner->yield)
		ps->held_by_owner = true;
	/* As if it had never been claimed, if it is still to be preserved. */
	ps->zero.skip = ps->preserve;
	spin_unlock(&ps->zero.lock);
	ps->owner = NULL;
	pfn_special_zero_forget(ps);
}

/* Outside of the lock: it may be the last that kept the memory. */
static void release_provider(struct pfn_special *ps)
{
	struct module *module = ps->provider->module;

	ps->provider->put(ps->provider_data);
	module_put(module);
}

static int ask(struct pfn_special *ps, bool dying)
{
	struct pfn_special_owner *owner = ps->owner;
	int rc;

	ps->asked = true;
	mutex_unlock(&claim_lock);
	rc = owner->yield(owner, dying);
	mutex_lock(&claim_lock);
	if (!rc)
		release(ps);
	WRITE_ONCE(ps->asked, false);
	wake_up_all(&answered);
	if (!rc) {
		mutex_unlock(&claim_lock);
		release_provider(ps);
		mutex_lock(&claim_lock);
	}
	return rc;
}

static int wait_for_answer(struct pfn_special *ps, bool dying)
{
	int rc = 0;

	mutex_unlock(&claim_lock);
	/* Which may take long, and is not to be taken for a task that hangs. */
	if (dying)
		wait_event_idle(answered, !READ_ONCE(ps->asked));
	else if (wait_event_killable(answered, !READ_ONCE(ps->asked)))
		rc = -EINTR;
	mutex_lock(&claim_lock);
	return rc;
}

/*
 * Somebody wants the memory, and holds a reference to it. Gives up claim_lock if the
 * owner is one to be asked: all that it protects may be different afterwards. Returns 0
 * if the memory has no owner, -EBUSY if it has one who keeps it, or why it was not
 * given back.
 */
static int ask_back(struct pfn_special *ps, bool dying)
{
	int rc = 0;

	lockdep_assert_held(&claim_lock);
	ps->wanted++;
	while (!rc && ps->owner) {
		if (!ps->owner->yield)
			rc = -EBUSY;
		else if (ps->asked)
			rc = wait_for_answer(ps, dying);
		else
			rc = ask(ps, dying);
	}
	/* What is dying is nobody's to lend any more. */
	if (!dying)
		ps->wanted--;
	return rc;
}

/**
 * pfn_special_take_back() - the memory is about to be taken away
 * @ps: the memory
 *
 * Whoever lends it out gives it back first, and gets what he has there to safety. Nobody
 * claims it to lend it after that.
 *
 * Context: May sleep, for as long as that takes.
 */
void pfn_special_take_back(struct pfn_special *ps)
{
	mutex_lock(&claim_lock);
	/* An owner who is not asked is told when it is gone. */
	ask_back(ps, true);
	mutex_unlock(&claim_lock);
}

/**
 * pfn_special_users() - who has some memory
 * @ps: the memory
 * @owner: set to the name of the owner who has claimed it, or to ""
 * @len: bytes that @owner has room for
 *
 * Context: May sleep.
 * Return: how many files of its device are open.
 */
unsigned int pfn_special_users(struct pfn_special *ps, char *owner, size_t len)
{
	unsigned int users;

	mutex_lock(&claim_lock);
	users = ps->users;
	strscpy(owner, ps->owner ? ps->owner->name : "", len);
	mutex_unlock(&claim_lock);
	return users;
}
EXPORT_SYMBOL_GPL(pfn_special_users);

/**
 * pfn_special_open() - one more file of the memory's device is open
 * @ps: the memory
 *
 * An owner who yields is asked to.
 *
 * Context: May sleep, for as long as that takes.
 * Return: 0, to be balanced by pfn_special_close(); -EBUSY if all of the memory
 * has an owner, or after a message if VFIO may map it from when it had one; -EINTR if
 * the task is being killed; or what the owner's yield() returns who cannot.
 */
int pfn_special_open(struct pfn_special *ps)
{
	int rc;

	mutex_lock(&claim_lock);
	rc = ask_back(ps, false);
	if (!rc)
		rc = changes_hands(ps, &ps->held_by_owner);
	if (!rc) {
		ps->users++;
		/* It is this user's now, and the last owner's no more. */
		if (!ps->preserve && ps->zero.kept)
			pfn_special_zero_keep(ps, false);
	}
	mutex_unlock(&claim_lock);
	return rc;
}
EXPORT_SYMBOL_GPL(pfn_special_open);

/**
 * pfn_special_close() - a file of the memory's device was closed
 * @ps: the memory
 */
void pfn_special_close(struct pfn_special *ps)
{
	mutex_lock(&claim_lock);
	if (!--ps->users)
		ps->held_by_users = true;
	mutex_unlock(&claim_lock);
}
EXPORT_SYMBOL_GPL(pfn_special_close);

static struct pfn_special *find_live(const char *name)
{
	struct pfn_special *ps;

	lockdep_assert_held(&claim_lock);
	list_for_each_entry(ps, &live, live)
		if (!strcmp(ps->name, name) && pfn_special_alive(ps))
			return ps;
	return NULL;
}

/*
 * Have whoever lends that memory give it back, for somebody who claims it. What comes of
 * it the caller finds out by looking again.
 */
static int ask_by_name(const char *name)
{
	struct pfn_special *ps;
	int rc;

	mutex_lock(&claim_lock);
	ps = find_live(name);
	if (!ps || !ps->owner || !ps->owner->yield) {
		mutex_unlock(&claim_lock);
		return 0;
	}
	pfn_special_get(ps);
	rc = ask_back(ps, false);
	mutex_unlock(&claim_lock);
	pfn_special_put(ps);
	return rc;
}

/* May that owner have it? Makes ready for one who keeps what it holds. */
static int may_claim(struct pfn_special *ps,
		     const struct pfn_special_owner *owner,
		     enum pfn_special_claim_how how)
{
	if (ps->owner || ps->users)
		return -EBUSY;
	/* Who lends it comes after everyone who needs it. */
	if (owner->yield && ps->wanted)
		return -EBUSY;
	if (changes_hands(ps, &ps->held_by_users) ||
	    changes_hands(ps, &ps->held_by_owner))
		return -EBUSY;
	if (ps->preserve && (how == PFN_SPECIAL_CLEAR || owner->yield))
		return -EPERM;
	if (how != PFN_SPECIAL_KEEP)
		return 0;
	if (!ps->preserve && !ps->zero.kept)
		return -ENODATA;
	return ps->zero.done ? 0 : pfn_special_zero_begin(ps);
}

/**
 * pfn_special_claim() - take all of some memory
 * @name: its name, as given to pfn_special_create(); it has been offered
 * @owner: who takes it; must live until pfn_special_unclaim()
 * @how: what becomes of what it holds
 *
 * Whatever was in it will be cleared before anyone sees it, unless @how says
 * otherwise. Memory that was created with PFN_SPECIAL_PRESERVE does not go to an
 * owner for whom it is cleared, nor to one who yields it.
 *
 * An owner who yields is asked to, unless @owner is another such.
 *
 * Context: May sleep, for as long as that takes.
 * Return: the memory with a reference held; ERR_PTR of -ENODEV if there is none
 * of that name, -EBUSY if it has an owner, its device is open, or VFIO may map it
 * from its last user, -EPERM if it is preserved, -ENODATA if it is to be kept and
 * was not, -ENOMEM; -EINTR if the task is being killed, or what yield() of an owner
 * returns who cannot.
 */
struct pfn_special *pfn_special_claim(const char *name,
				      struct pfn_special_owner *owner,
				      enum pfn_special_claim_how how)
{
	struct pfn_special *ps;
	int rc = owner->yield ? 0 : ask_by_name(name);

	if (rc)
		return ERR_PTR(rc);
	mutex_lock(&claim_lock);
	ps = find_live(name);
	rc = ps ? may_claim(ps, owner, how) : -ENODEV;
	if (!rc && !try_module_get(ps->provider->module))
		rc = -ENODEV;
	if (!rc) {
		ps->provider->get(ps->provider_data);
		ps->owner = owner;
		pfn_special_zero_claim(ps, how == PFN_SPECIAL_NOZERO,
				       how == PFN_SPECIAL_KEEP);
		pfn_special_zero_forget(ps);
		pfn_special_get(ps);
	}
	mutex_unlock(&claim_lock);
	return rc ? ERR_PTR(rc) : ps;
}
EXPORT_SYMBOL_GPL(pfn_special_claim);

/* Is he still the owner? If he is being asked whether he yields, that is known later. */
static bool still_owns(struct pfn_special *ps,
		       const struct pfn_special_owner *owner)
{
	lockdep_assert_held(&claim_lock);
	while (ps->owner == owner && ps->asked)
		wait_for_answer(ps, true);
	return ps->owner == owner;
}

/**
 * pfn_special_unclaim() - give claimed memory back
 * @ps: the memory, as from pfn_special_claim(); no page table holds any of it
 * @owner: who has claimed it, and may be freed afterwards. If he has yielded it, others
 *         may have it, and it stays theirs.
 *
 * What it holds stays if pfn_special_keep() was called for it, until somebody else has
 * the memory.
 *
 * Context: May sleep. The owner holds nothing that his yield() waits for.
 */
void pfn_special_unclaim(struct pfn_special *ps,
			 struct pfn_special_owner *owner)
{
	bool owned;

	mutex_lock(&claim_lock);
	owned = still_owns(ps, owner);
	if (owned)
		release(ps);
	mutex_unlock(&claim_lock);
	if (owned)
		release_provider(ps);
	pfn_special_put(ps);
}
EXPORT_SYMBOL_GPL(pfn_special_unclaim);

/* When to look again at memory that cannot be cleared now. */
static unsigned long not_before(struct pfn_special *ps)
{
	lockdep_assert_held(&claim_lock);
	/* Tasks that wait for memory come in bursts. */
	if (atomic_read(&ps->zero.wanted))
		return msecs_to_jiffies(10);
	/* Trust is for who hands memory on; here nobody has asked for any. */
	if (ps->held_by_owner && !pfn_special_type1_may_hold())
		ps->held_by_owner = is_held(ps);
	return ps->held_by_owner ? HZ : 0;
}

/**
 * pfn_special_enter_unclear() - find some memory that can be cleared ahead
 * @ahead: for whom
 * @later: lowered to the jiffies after which there may be more of it, by itself
 *
 * Context: May sleep.
 * Return: the memory, in use until pfn_special_leave(); or NULL.
 */
struct pfn_special *
pfn_special_enter_unclear(const struct pfn_special_ahead *ahead,
			  unsigned long *later)
{
	struct pfn_special *ps, *found = NULL;
	unsigned long wait;

	mutex_lock(&claim_lock);
	list_for_each_entry(ps, &live, live) {
		if (ps->ahead != ahead || !pfn_special_alive(ps) ||
		    !pfn_special_zero_has_work(ps))
			continue;
		wait = not_before(ps);
		if (wait) {
			*later = min(*later, wait);
		} else if (pfn_special_enter(ps)) {
			found = ps;
			break;
		}
	}
	mutex_unlock(&claim_lock);
	return found;
}

/**
 * pfn_special_node() - where the memory is
 * @ps: the memory
 *
 * Return: its NUMA node, or NUMA_NO_NODE.
 */
int pfn_special_node(const struct pfn_special *ps)
{
	return ps->node;
}
EXPORT_SYMBOL_GPL(pfn_special_node);

/**
 * pfn_special_preserves() - does some memory hold data for whoever gets it?
 * @ps: the memory
 *
 * Return: true if it was created with %PFN_SPECIAL_PRESERVE, and no owner has told it from
 * what is to be cleared since.
 */
bool pfn_special_preserves(const struct pfn_special *ps)
{
	return READ_ONCE(ps->preserve);
}
EXPORT_SYMBOL_GPL(pfn_special_preserves);

/**
 * pfn_special_keep_end() - all that is to be kept counts as clear
 * @ps: the memory, claimed with %PFN_SPECIAL_KEEP
 *
 * What does not is cleared before anyone sees it, and the next owner gets none of it,
 * unless it is kept for him by pfn_special_keep().
 *
 * Context: May sleep.
 */
void pfn_special_keep_end(struct pfn_special *ps)
{
	mutex_lock(&claim_lock);
	WRITE_ONCE(ps->preserve, false);
	mutex_unlock(&claim_lock);
}
EXPORT_SYMBOL_GPL(pfn_special_keep_end);
