// SPDX-License-Identifier: GPL-2.0-only
/* dmemfs-layout: files of dmemfs outlive their mount. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../daxctl-plugin/message.h"
#include "commands.h"

#ifndef DMEMFS_VERSION
#define DMEMFS_VERSION	"unknown"
#endif

static const char usage[] =
	"usage: dmemfs-layout save MNT FILE      write down which memory the files have\n"
	"       dmemfs-layout restore FILE MNT   mount them again, with what they held\n"
	"       dmemfs-layout forget MNT         let go of what save wanted kept\n"
	"       dmemfs-layout --version\n"
	"FILE can be \"-\". dmemfs-layout(8) has the rest.\n";

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* A file that is opened later must not become stdout. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	int rc;

	message_program = "dmemfs-layout";
	open_standard_files();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts(DMEMFS_VERSION);
		return STATUS_OK;
	}
	if (argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return STATUS_OK;
	}
	if (argc == 4 && !strcmp(argv[1], "save")) {
		rc = cmd_save(argv[2], argv[3]);
	} else if (argc == 4 && !strcmp(argv[1], "restore")) {
		rc = cmd_restore(argv[2], argv[3]);
	} else if (argc == 3 && !strcmp(argv[1], "forget")) {
		rc = cmd_forget(argv[2]);
	} else {
		fputs(usage, stderr);
		return STATUS_BAD_INPUT;
	}
	return rc ? (int)message_status() : STATUS_OK;
}
