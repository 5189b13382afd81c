/* SPDX-License-Identifier: GPL-2.0-only */
/* What dmemfs-layout does. */
#ifndef DMEMFS_COMMANDS_H
#define DMEMFS_COMMANDS_H

/* Each: 0, or negative after a complaint, with everything as before. */

/* Writes the layout of a mount, which from then on is kept when it is unmounted. */
int cmd_save(const char *mnt, const char *file);

/* Ends that. */
int cmd_forget(const char *mnt);

/* Mounts the files again. */
int cmd_restore(const char *file, const char *mnt);

#endif /* DMEMFS_COMMANDS_H */
