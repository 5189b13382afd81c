// SPDX-License-Identifier: GPL-2.0-only
/*
 * A label area in ordinary memory, and the three commands by which libnvdimm
 * and ndctl use it. What is in it is libnvdimm's business: it starts out as
 * zeroes, and libnvdimm writes index blocks with the first label.
 */
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/mm.h>
#include <linux/ndctl.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "e820_label.h"

static void area_free(void *data)
{
	kvfree(data);
}

/**
 * e820_label_area_create() - an empty label area
 * @dev: device whose binding it lives with
 * @range: the addresses that labels can be about
 *
 * Return: the area, or an ERR_PTR of -ENOMEM.
 */
struct e820_label_area *e820_label_area_create(struct device *dev,
					       const struct range *range)
{
	struct e820_label_area *area;
	int rc;

	area = devm_kzalloc(dev, sizeof(*area), GFP_KERNEL);
	if (!area)
		return ERR_PTR(-ENOMEM);
	area->range = *range;
	rc = devm_mutex_init(dev, &area->lock);
	if (rc)
		return ERR_PTR(rc);
	area->data = kvzalloc(E820_LABEL_AREA_SIZE, GFP_KERNEL);
	if (!area->data)
		return ERR_PTR(-ENOMEM);
	rc = devm_add_action_or_reset(dev, area_free, area->data);
	return rc ? ERR_PTR(rc) : area;
}

static int get_size(struct nd_cmd_get_config_size *cmd, unsigned int len)
{
	if (len < sizeof(*cmd))
		return -EINVAL;
	*cmd = (struct nd_cmd_get_config_size) {
		.config_size = E820_LABEL_AREA_SIZE,
		.max_xfer = E820_LABEL_AREA_SIZE,
	};
	return 0;
}

/* Is [offset, offset + length) inside the area, and the data inside the buffer? */
static bool fits(u32 offset, u32 length, size_t overhead, unsigned int len)
{
	return offset <= E820_LABEL_AREA_SIZE &&
	       length <= E820_LABEL_AREA_SIZE - offset &&
	       size_add(overhead, length) <= len;
}

static int get_data(struct e820_label_area *area,
		    struct nd_cmd_get_config_data_hdr *cmd, unsigned int len)
{
	if (len < sizeof(*cmd) ||
	    !fits(cmd->in_offset, cmd->in_length, sizeof(*cmd), len))
		return -EINVAL;
	memcpy(cmd->out_buf, area->data + cmd->in_offset, cmd->in_length);
	cmd->status = 0;
	return 0;
}

static int set_data(struct e820_label_area *area,
		    struct nd_cmd_set_config_hdr *cmd, unsigned int len)
{
	/* The status comes after the data, wherever that may be. */
	if (len < sizeof(*cmd) ||
	    !fits(cmd->in_offset, cmd->in_length, sizeof(*cmd) + sizeof(u32),
		  len))
		return -EINVAL;
	memcpy(area->data + cmd->in_offset, cmd->in_buf, cmd->in_length);
	put_unaligned(0, (u32 *)(cmd->in_buf + cmd->in_length));
	return 0;
}

/**
 * e820_label_area_expect_user() - the next command comes from an ioctl
 * @area: the area
 * @cmd: the command, ND_CMD_*
 */
void e820_label_area_expect_user(struct e820_label_area *area, unsigned int cmd)
{
	guard(mutex)(&area->lock);
	area->from_user = true;
	if (cmd == ND_CMD_SET_CONFIG_DATA)
		area->written_by_user = true;
}

/**
 * e820_label_area_command() - serve one command
 * @area: the area
 * @dev: device that messages are for
 * @cmd: the command, ND_CMD_*
 * @buf: its input and output, see include/uapi/linux/ndctl.h
 * @len: size of @buf in bytes
 *
 * Context: Process context. May sleep.
 * Return: 0, -ENOTTY for a command that there is not, or -EINVAL for one that
 * reaches out of the area or of @buf.
 */
int e820_label_area_command(struct e820_label_area *area, struct device *dev,
			    unsigned int cmd, void *buf, unsigned int len)
{
	bool from_user;

	guard(mutex)(&area->lock);
	from_user = area->from_user;
	area->from_user = false;

	switch (cmd) {
	case ND_CMD_GET_CONFIG_SIZE:
		/*
		 * libnvdimm asks when it is about to read labels. It drops what
		 * is damaged without a word, so this is the time for one.
		 */
		if (!from_user && area->written_by_user) {
			area->written_by_user = false;
			e820_label_check(dev, area->data, &area->range);
		}
		return get_size(buf, len);
	case ND_CMD_GET_CONFIG_DATA:
		return get_data(area, buf, len);
	case ND_CMD_SET_CONFIG_DATA:
		return set_data(area, buf, len);
	}
	return -ENOTTY;
}
