// SPDX-License-Identifier: GPL-2.0-only
/*
 * Compares the private structures that modules were built with to what the running
 * kernel says in /sys/kernel/btf. That is 5 MB of the kernel's own making; it is
 * read as carefully as anything else, and forgotten right away.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "check.h"
#include "private_layout.h"

/* BTF that was read, with its index. */
struct source {
	struct types types;
	void *data;
	size_t size;
	u32 *index;
};

/*
 * Not kernel_read_file(), which wants to know what the file is for, and warns of
 * what it does not know (IPE does).
 */
static int read_all(struct file *file, struct source *source)
{
	loff_t size = i_size_read(file_inode(file)), pos = 0;
	ssize_t got;

	if (size <= 0 || size > TYPES_MAX_BYTES)
		return -EFBIG;
	source->data = kvmalloc(size, GFP_KERNEL);
	if (!source->data)
		return -ENOMEM;
	while (pos < size) {
		got = kernel_read(file, source->data + pos, size - pos, &pos);
		if (got <= 0)
			return got ?: -EIO;
	}
	source->size = size;
	return 0;
}

static int read_file(const char *path, struct source *source)
{
	struct file *file = filp_open(path, O_RDONLY, 0);
	int rc;

	if (IS_ERR(file))
		return PTR_ERR(file);
	rc = read_all(file, source);
	fput(file);
	return rc;
}

static int make_index(struct source *source, const struct types *base)
{
	u32 nr;
	int rc;

	rc = types_count(source->data, source->size, &nr);
	if (rc)
		return rc;
	source->index = kvmalloc_array(nr, sizeof(*source->index), GFP_KERNEL);
	if (!source->index)
		return -ENOMEM;
	return types_open(&source->types, source->data, source->size, base,
			  source->index, nr);
}

static void close_source(struct source *source)
{
	kvfree(source->index);
	kvfree(source->data);
}

static int open_source(struct source *source, const char *path,
		       const struct types *base)
{
	int rc;

	*source = (struct source) {};
	rc = read_file(path, source);
	if (rc) {
		pr_err("private_layout: %s cannot be read (%d): sysfs has to be mounted, and the kernel to have CONFIG_DEBUG_INFO_BTF\n",
		       path, rc);
		goto err;
	}
	rc = make_index(source, base);
	if (rc == -EINVAL)
		pr_err("private_layout: %s is not in a form that is known here: update these modules\n",
		       path);
	if (!rc)
		return 0;
err:
	close_source(source);
	return rc;
}

static int compare(const struct types *types, const struct layout *table,
		   size_t nr)
{
	const struct layout *wrong;
	struct types_place have;

	wrong = layout_compare(types, table, nr, &have);
	if (!wrong)
		return 0;
	if (!wrong->member && have.size)
		pr_err("private_layout: struct %s has %u bytes in this kernel, not %u: build these modules for the kernel that runs\n",
		       wrong->structure, have.size, wrong->size);
	else if (!wrong->member)
		pr_err("private_layout: struct %s is not in this kernel: build these modules for the kernel that runs\n",
		       wrong->structure);
	else if (have.size)
		pr_err("private_layout: struct %s has %s at %u with %u bytes in this kernel, not at %u with %u: build these modules for the kernel that runs\n",
		       wrong->structure, wrong->member, have.offset, have.size,
		       wrong->offset, wrong->size);
	else
		pr_err("private_layout: struct %s has no %s in this kernel: build these modules for the kernel that runs\n",
		       wrong->structure, wrong->member);
	return -ENOEXEC;
}

/**
 * private_layout_check() - compare a table with the kernel that runs
 * @module: where the structures are, or NULL for the kernel itself
 * @table: what is expected
 * @nr: number of its entries
 *
 * Context: May sleep. Reads files in the name of the calling process.
 * Return: 0; after a message, -ENOEXEC if a structure is different, or why that
 * cannot be told.
 */
int private_layout_check(const char *module, const struct layout *table,
			 size_t nr)
{
	struct source kernel, part;
	int rc;

	rc = open_source(&kernel, "/sys/kernel/btf/vmlinux", NULL);
	if (rc)
		return rc;
	if (module) {
		rc = open_source(&part, module, &kernel.types);
		if (!rc) {
			rc = compare(&part.types, table, nr);
			close_source(&part);
		}
	} else {
		rc = compare(&kernel.types, table, nr);
	}
	close_source(&kernel);
	return rc;
}

MODULE_DESCRIPTION("Checks that private structures are the running kernel's");
MODULE_LICENSE("GPL");
