// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stretches the windows of races: a task that calls one of the chosen functions
 * spins at its entry, as if an interrupt had come just there.
 *
 *	modprobe delay at=SYMBOL[@CALLER][:US],... [comm=NAME]
 *
 * SYMBOL is a function that ftrace knows. With CALLER it counts only where it is
 * called from that function, or, as "[MODULE]", from anywhere in that module; a
 * function that the compiler has split ("name.isra.0") goes by its plain name too.
 * It spins for so many microseconds (1000 where none are said, 100000 at most). With
 * NAME so only tasks that have this name (prctl(PR_SET_NAME)).
 *
 * Interrupts stay enabled, and where they are not nothing is delayed. Preemption is
 * off meanwhile, so that whoever is to run into the window needs another CPU. Locks
 * that are held stay held: this makes a machine slow, not wrong.
 *
 * /sys/module/delay/parameters/hits has how often each was delayed, in the order of
 * "at": a test that wants a window stretched can see that it was.
 */
#include <linux/ftrace.h>
#include <linux/hash.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#define MOST_POINTS	8
#define DEFAULT_US	1000
#define MOST_US		100000
/* Call sites whose verdicts are remembered; _raw_spin_lock() has some 20,000. */
#define SITES_BITS	14

static char at[256];
module_param_string(at, at, sizeof(at), 0444);
MODULE_PARM_DESC(at, "functions to delay at, and microseconds: SYMBOL[@CALLER][:US],...");

static char comm[TASK_COMM_LEN];
module_param_string(comm, comm, sizeof(comm), 0444);
MODULE_PARM_DESC(comm, "only tasks of this name (default: all)");

/**
 * struct point - one function to delay at
 * @ops: has ftrace call us there
 * @caller: a function, a module in brackets, or NULL
 * @ns: how long
 * @hits: delays so far
 * @sites: verdicts on callers, by hash of the return address: the address itself
 *         if it is in @caller, its complement if it is not
 *
 * A site that two tasks judge at once gets the same verdict twice, and is written
 * and read as a whole: no lock.
 */
struct point {
	struct ftrace_ops ops;
	const char *caller;
	u64 ns;
	atomic_long_t hits;
	unsigned long sites[1 << SITES_BITS];
};

static struct point *points[MOST_POINTS];
static unsigned int nr_points;
/* What "at" holds, cut into pieces. */
static char names[sizeof(at)];

static int hits_get(char *buffer, const struct kernel_param *param)
{
	int len = 0;
	unsigned int i;

	for (i = 0; i < nr_points; i++)
		len += sysfs_emit_at(buffer, len, "%s%ld", i ? " " : "",
				     atomic_long_read(&points[i]->hits));
	return len + sysfs_emit_at(buffer, len, "\n");
}

static const struct kernel_param_ops hits_ops = {
	.get = hits_get,
};
module_param_cb(hits, &hits_ops, NULL, 0444);
MODULE_PARM_DESC(hits, "delays so far, for each function");

/* Does "name[.suffix]+offset/size [module]" lie in a function or "[module]"? */
static bool notrace symbol_is_in(const char *symbol, const char *caller)
{
	size_t len = strlen(caller);

	if (*caller == '[') {
		const char *module = strchr(symbol, '[');

		return module && !strncmp(module, caller, len);
	}
	return !strncmp(symbol, caller, len) &&
	       (symbol[len] == '+' || symbol[len] == '.');
}

static bool notrace called_from(struct point *point, unsigned long ip)
{
	unsigned long *site = &point->sites[hash_long(ip, SITES_BITS)];
	unsigned long known = READ_ONCE(*site);
	char symbol[KSYM_SYMBOL_LEN];
	bool in;

	if (known == ip || known == ~ip)
		return known == ip;
	/* The address to return to may be past the end of a function. */
	sprint_symbol(symbol, ip - 1);
	in = symbol_is_in(symbol, point->caller);
	WRITE_ONCE(*site, in ? ip : ~ip);
	return in;
}

static void notrace delay(unsigned long ip, unsigned long parent_ip,
			  struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct point *point = container_of(ops, struct point, ops);
	u64 end;

	if (irqs_disabled() || !in_task())
		return;
	if (*comm && strcmp(current->comm, comm))
		return;
	if (point->caller && !called_from(point, parent_ip))
		return;
	atomic_long_inc(&point->hits);
	end = ktime_get_mono_fast_ns() + point->ns;
	while (ktime_get_mono_fast_ns() < end)
		cpu_relax();
}

/* ftrace waits until nobody is on the way through any of them. */
static void remove_points(void)
{
	while (nr_points) {
		struct point *point = points[--nr_points];

		unregister_ftrace_function(&point->ops);
		ftrace_free_filter(&point->ops);
		kvfree(point);
	}
}

static int add_point(char *spec)
{
	unsigned int us = DEFAULT_US;
	struct point *point;
	char *symbol, *caller;
	int rc;

	caller = strsep(&spec, ":");
	if (spec && (kstrtouint(spec, 10, &us) || us > MOST_US))
		return -EINVAL;
	symbol = strsep(&caller, "@");
	if (nr_points == MOST_POINTS)
		return -E2BIG;
	point = kvzalloc(sizeof(*point), GFP_KERNEL);
	if (!point)
		return -ENOMEM;
	point->caller = caller;
	point->ns = us * NSEC_PER_USEC;
	/* Without a flag: ftrace keeps us from calling ourselves. */
	point->ops.func = delay;
	rc = ftrace_set_filter(&point->ops, symbol, strlen(symbol), 1);
	if (!rc)
		rc = register_ftrace_function(&point->ops);
	if (rc) {
		pr_err("delay: cannot delay at \"%s\": not among tracing/available_filter_functions?\n",
		       symbol);
		ftrace_free_filter(&point->ops);
		kvfree(point);
		return rc;
	}
	points[nr_points++] = point;
	return 0;
}

static int __init delay_init(void)
{
	char *rest = names, *name;
	int rc = -EINVAL;

	strscpy(names, at);
	while ((name = strsep(&rest, ","))) {
		rc = *name ? add_point(name) : -EINVAL;
		if (rc)
			break;
	}
	if (rc)
		remove_points();
	return rc;
}
module_init(delay_init);

static void __exit delay_exit(void)
{
	remove_points();
}
module_exit(delay_exit);

MODULE_DESCRIPTION("Test aid: stretches windows of races");
MODULE_LICENSE("GPL");
