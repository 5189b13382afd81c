// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/pfn_quarantine: the record for operators, and the way to carry it
 * over a reboot. Documentation/ABI describes each file.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "internal.h"

/*
 * A line of "pages": "0x", 13 hexadecimal digits (a physical address has at most
 * 52 bits on x86) and the newline. Its length divides PAGE_SIZE, so that a copy
 * of the file, which sysfs takes a page at a time, is never cut inside a line.
 */
#define LINE_LEN	16
#define ADDRESS_BITS	52

static int parse_one(const char *token, size_t len, unsigned long *pfn)
{
	char text[24];
	u64 addr;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, token, len);
	text[len] = '\0';
	if (kstrtou64(text, 0, &addr) || addr >> ADDRESS_BITS || !PHYS_PFN(addr))
		return -EINVAL;
	*pfn = PHYS_PFN(addr);
	return 0;
}

/**
 * pfn_quarantine_parse() - read a list of physical addresses
 * @text: addresses, separated by white space or commas
 * @len: bytes of @text
 * @use: called for the page of each address, once all are found to be valid;
 *       an error ends it
 *
 * Return: 0, -EINVAL for anything else in @text or nothing at all, -EINTR if the
 * task is being killed, or what @use returned.
 */
int pfn_quarantine_parse(const char *text, size_t len,
			 int (*use)(unsigned long pfn))
{
	bool checking;
	int pass, rc;

	for (pass = 0; pass < 2; pass++) {
		size_t at = 0, found = 0;

		checking = !pass;
		while (at < len) {
			size_t start = at;
			unsigned long pfn;

			while (at < len && !isspace(text[at]) && text[at] != ',')
				at++;
			if (at == start) {
				at++;
				continue;
			}
			rc = parse_one(text + start, at - start, &pfn);
			if (!rc && !checking)
				rc = fatal_signal_pending(current) ? -EINTR :
								     use(pfn);
			if (rc)
				return rc;
			found++;
			cond_resched();
		}
		if (!found)
			return -EINVAL;
	}
	return 0;
}

static ssize_t pages_read(struct file *file, struct kobject *kobj,
			  const_bin_attribute *attr, char *buf, loff_t off,
			  size_t count)
{
	size_t skip = off % LINE_LEN, done = 0;
	char line[LINE_LEN + 1];
	unsigned long pfn;
	bool more;

	for (more = pfn_quarantine_nth(off / LINE_LEN, &pfn);
	     more && done < count;
	     pfn++, more = pfn_quarantine_next(&pfn, ULONG_MAX)) {
		size_t part = min(count - done, LINE_LEN - skip);

		snprintf(line, sizeof(line), "0x%013llx\n", (u64)PFN_PHYS(pfn));
		memcpy(buf + done, line + skip, part);
		done += part;
		skip = 0;
	}
	return done;
}

static ssize_t pages_write(struct file *file, struct kobject *kobj,
			   const_bin_attribute *attr, char *buf, loff_t off,
			   size_t count)
{
	int rc = pfn_quarantine_parse(buf, count, pfn_quarantine_add_by_hand);

	return rc ?: count;
}

static struct bin_attribute pages_attr = {
	.attr = { .name = "pages", .mode = 0600 },
	.read = pages_read,
	.write = pages_write,
};

static ssize_t clear_store(struct kobject *kobj, struct kobj_attribute *attr,
			   const char *buf, size_t count)
{
	int rc = pfn_quarantine_parse(buf, count, pfn_quarantine_clear);

	return rc ?: count;
}

static struct kobj_attribute clear_attr = __ATTR_WO(clear);

static ssize_t nr_pages_show(struct kobject *kobj, struct kobj_attribute *attr,
			     char *buf)
{
	return sysfs_emit(buf, "%lu\n", pfn_quarantine_nr());
}

static struct kobj_attribute nr_pages_attr = __ATTR_RO(nr_pages);

static struct attribute *quarantine_attrs[] = {
	&clear_attr.attr,
	&nr_pages_attr.attr,
	NULL,
};

static const_bin_attribute_list quarantine_bin_attrs[] = {
	&pages_attr,
	NULL,
};

static const struct attribute_group quarantine_group = {
	.attrs = quarantine_attrs,
	.bin_attrs = quarantine_bin_attrs,
};

static struct kobject *quarantine_kobj;

int pfn_quarantine_sysfs_init(void)
{
	int rc;

	quarantine_kobj = kobject_create_and_add("pfn_quarantine", kernel_kobj);
	if (!quarantine_kobj)
		return -ENOMEM;
	rc = sysfs_create_group(quarantine_kobj, &quarantine_group);
	if (rc)
		kobject_put(quarantine_kobj);
	return rc;
}

void pfn_quarantine_sysfs_exit(void)
{
	kobject_put(quarantine_kobj);
}
