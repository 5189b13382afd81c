// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the administrator decided about memory errors, vm.memory_failure_*: the
 * variables are not exported, so they are read where everyone else reads them.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kstrtox.h>
#include <linux/mount.h>

#include "failure.h"

static struct vfsmount *proc;
static struct file *early_kill;
static struct file *recovery;

static bool read_flag(struct file *file, bool otherwise)
{
	char text[8] = "";
	loff_t pos = 0;
	int value;

	if (kernel_read(file, text, sizeof(text) - 1, &pos) <= 0 ||
	    kstrtoint(strim(text), 0, &value))
		return otherwise;
	return value;
}

/* vm.memory_failure_early_kill: tell processes that did not say what they want. */
bool pfn_special_early_kill(void)
{
	return early_kill && read_flag(early_kill, false);
}

/* vm.memory_failure_recovery: off means that any such error is to panic. */
bool pfn_special_recovery(void)
{
	return !recovery || read_flag(recovery, true);
}

static struct file *open_sysctl(const char *name)
{
	struct path root = { .mnt = proc, .dentry = proc->mnt_root };

	return file_open_root(&root, name, O_RDONLY, 0);
}

int pfn_special_policy_init(void)
{
	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		return 0;
	/* Of its own: whether and where /proc is mounted is nobody's business. */
	proc = kern_mount(get_fs_type("proc"));
	if (IS_ERR(proc))
		return PTR_ERR(proc);
	early_kill = open_sysctl("sys/vm/memory_failure_early_kill");
	if (IS_ERR(early_kill)) {
		kern_unmount(proc);
		return PTR_ERR(early_kill);
	}
	recovery = open_sysctl("sys/vm/memory_failure_recovery");
	if (IS_ERR(recovery)) {
		fput(early_kill);
		kern_unmount(proc);
		return PTR_ERR(recovery);
	}
	return 0;
}

void pfn_special_policy_exit(void)
{
	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		return;
	fput(recovery);
	fput(early_kill);
	kern_unmount(proc);
}
