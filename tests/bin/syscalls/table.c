// SPDX-License-Identifier: GPL-2.0-only
/* Runs all calls, and keeps and prints what they answered. */
#include <poll.h>
#include <sys/prctl.h>
#include <time.h>

#include "table.h"

/* Longest text of a result. */
#define RESULT	96
#define NR_TAGS	4
/* Nothing takes that long, however busy the machine is. */
#define PATIENCE_S	300

enum { ALONE, SHARED, NR_WAYS };

static const struct rows *const groups[] = {
	&mapping_rows, &advice_rows, &policy_rows, &proc_rows, &userfault_rows,
	&futex_rows, &transfer_rows, &ring_rows, &file_rows, &guest_rows,
};

#define MAX_ROWS	512

static struct cell {
	char text[RESULT];
} cells[MAX_ROWS][NR_KINDS][NR_SIZES][NR_WAYS];
static const struct row *rows[MAX_ROWS];
static unsigned int nr_rows;

/* What a run tells its parent. */
static struct report {
	char text[RESULT];
	char after[RESULT];
	char problem[RESULT];
	bool done;
} *report;

static uint64_t tag = 0x7a61670000000000;

const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	/* Kernels have some that are not for users. */
	return name ? name : "an unknown error";
}

long say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(report->text, RESULT, fmt, ap);
	va_end(ap);
	return TEXT;
}

/* Where the bytes are that show whose memory it is: in a page that no call writes. */
static uint64_t *tag_at(struct area *area, unsigned int i)
{
	size_t where[] = { 64, area->len / 2 + 64, area->len - SZ_4K + 64, SZ_4K + 64 };

	return (uint64_t *)(area->p + where[i]);
}

static void put_tags(struct area *area)
{
	for (unsigned int i = 0; i < NR_TAGS; i++)
		*tag_at(area, i) = tag + i;
}

/* What became of them, in a word, and "" if nothing did. */
static const char *look_at_tags(struct area *area, unsigned int flags, bool *foreign)
{
	unsigned int nr = flags & ROW_WRITES ? NR_TAGS - 1 : NR_TAGS;
	const char *word = "";

	*foreign = false;
	for (unsigned int i = 0; i < nr; i++) {
		int sig = try_read((uint8_t *)tag_at(area, i));

		if (sig) {
			word = sig == SIGBUS ? "SIGBUS" : "SIGSEGV";
		} else if (!*tag_at(area, i)) {
			word = "zeroes";
		} else if (*tag_at(area, i) != tag + i) {
			*foreign = !(flags & ROW_CHANGES);
			word = "other bytes";
		}
	}
	return word;
}

static void run_in_child(const struct row *row, enum kind kind, enum size size)
{
	struct area area, look;
	bool foreign;
	long ret;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	catch_faults();
	if (!memory_map(kind, size, &area)) {
		strcpy(report->problem, "cannot be mapped");
		_exit(1);
	}
	if (!memory_touch(&area, report->problem, RESULT))
		_exit(1);
	put_tags(&area);
	look = area;
	errno = 0;
	ret = row->run(&area, row->arg);
	if (ret == -1 && errno)
		strcpy(report->text, error_name(errno));
	else if (ret != TEXT)
		snprintf(report->text, RESULT, "%ld", ret);
	strcpy(report->after, look_at_tags(&look, row->flags, &foreign));
	if (foreign)
		strcpy(report->problem, "bytes of somebody else");
	report->done = true;
	_exit(0);
}

/* Maps and touches the same memory, and looks at it when the call was made. */
struct other {
	pid_t pid;
	int in[2], out[2];
};

static void start_other(struct other *other, enum kind kind, enum size size)
{
	struct area area;
	char byte, problem[RESULT];

	if (pipe2(other->in, O_CLOEXEC) || pipe2(other->out, O_CLOEXEC))
		bail("pipe");
	fflush(stdout);
	other->pid = fork();
	if (other->pid) {
		close(other->in[0]);
		close(other->out[1]);
		if (read(other->out[0], &byte, 1) != 1)
			bail("the other process did not start");
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	catch_faults();
	close(other->in[1]);
	close(other->out[0]);
	if (!memory_map(kind, size, &area) ||
	    !memory_touch(&area, problem, sizeof(problem)))
		_exit(1);
	if (write(other->out[1], "x", 1) != 1 || read(other->in[0], &byte, 1) != 1)
		_exit(1);
	for (unsigned int i = 0; i < NR_TAGS; i++)
		try_read((uint8_t *)tag_at(&area, i));
	_exit(0);
}

static bool end_other(struct other *other)
{
	bool good = write(other->in[1], "x", 1) == 1 && !exit_status(other->pid);

	close(other->in[1]);
	close(other->out[0]);
	return good;
}

/* The exit status, or -1 for a call that does not come back. */
static int wait_patiently(pid_t pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int ready = poll(&poll_fd, 1, PATIENCE_S * 1000);

	close(fd);
	if (ready != 1) {
		kill(pid, SIGKILL);
		return -1;
	}
	return exit_status(pid);
}

static bool run_cell(const struct row *row, enum kind kind, enum size size, int way,
		     char *text)
{
	struct other other = {};
	int status;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	/* Each tag is a number that no other has, and none is 0. */
	tag += NR_TAGS;
	if (way == SHARED)
		start_other(&other, kind, size);
	fflush(stdout);
	pid = fork();
	if (!pid)
		run_in_child(row, kind, size);
	status = wait_patiently(pid);
	if (way == SHARED && !end_other(&other))
		strcpy(report->problem, "the other process did not end well");
	if (status < 0)
		strcpy(report->problem, "does not come back");
	if (report->problem[0]) {
		printf("# %s, %s, %s%s: %s\n", row->name, kind_names[kind],
		       size_names[size], way ? ", shared" : "", report->problem);
		snprintf(text, RESULT, "(%.80s)", report->problem);
		return false;
	}
	if (status > 128)
		snprintf(text, RESULT, "SIG%s", sigabbrev_np(status - 128));
	else if (!report->done)
		snprintf(text, RESULT, "exit %d", status);
	else if (report->after[0])
		snprintf(text, RESULT, "%.60s, then %.20s", report->text, report->after);
	else
		snprintf(text, RESULT, "%.90s", report->text);
	memory_restore(kind, size);
	return true;
}

static bool run_row(unsigned int i, bool verbose)
{
	bool good = true;

	for (int kind = 0; kind < NR_KINDS; kind++)
		for (int size = 0; size < NR_SIZES; size++)
			for (int way = 0; way < NR_WAYS && memory_has(kind, size); way++) {
				if (rows[i]->flags & ROW_OURS && kind > DMEMFS) {
					strcpy(cells[i][kind][size][way].text, "-");
					continue;
				}
				/* The last words before a crash. */
				if (verbose)
					printf("# %s, %s, %s%s\n", rows[i]->name,
					       kind_names[kind], size_names[size],
					       way ? ", shared" : "");
				good &= run_cell(rows[i], kind, size, way,
						 cells[i][kind][size][way].text);
				if (verbose)
					printf("# = %s\n", cells[i][kind][size][way].text);
			}
	return good;
}

/**
 * table_run() - make all calls
 * @only: part of the names of those to be made, or NULL
 * @without: part of the names of those to be left out, or NULL
 * @verbose: tell of each; of those that have crashed kernels in any case
 *
 * Return: true if none went wrong.
 */
bool table_run(const char *only, const char *without, bool verbose)
{
	unsigned int bad = 0;

	report = mmap(NULL, SZ_4K, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		bail("mmap");
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
		for (size_t i = 0; i < groups[g]->nr; i++)
			rows[nr_rows++] = &groups[g]->rows[i];
	for (unsigned int last = 0; last <= ROW_LAST; last += ROW_LAST) {
		for (unsigned int i = 0; i < nr_rows; i++) {
			if ((rows[i]->flags & ROW_LAST) != last ||
			    (only && !strstr(rows[i]->name, only)) ||
			    (without && strstr(rows[i]->name, without)))
				continue;
			bad += !run_row(i, last || verbose);
		}
	}
	return !bad;
}

/* What the runs with leaves of one size said. */
static void describe_size(struct cell *ways, char *text, size_t len)
{
	if (strcmp(ways[ALONE].text, ways[SHARED].text))
		snprintf(text, len, "%s (shared: %s)", ways[ALONE].text, ways[SHARED].text);
	else
		snprintf(text, len, "%s", ways[ALONE].text);
}

static void describe(unsigned int i, enum kind kind, char *text, size_t len)
{
	char sizes[NR_SIZES][3 * RESULT], *first = NULL;
	bool same = true;

	for (int size = 0; size < NR_SIZES; size++) {
		if (!memory_has(kind, size))
			continue;
		describe_size(cells[i][kind][size], sizes[size], sizeof(sizes[size]));
		if (first)
			same &= !strcmp(first, sizes[size]);
		else
			first = sizes[size];
	}
	*text = '\0';
	if (same && first) {
		snprintf(text, len, "%s", first);
		return;
	}
	for (int size = 0; size < NR_SIZES; size++) {
		size_t used = strlen(text);

		if (memory_has(kind, size))
			snprintf(text + used, len - used, "%s%s: %s", used ? "; " : "",
				 size_names[size], sizes[size]);
	}
}

/* By name; NULL if there is no such row. */
const char *table_result(const char *row, enum kind kind)
{
	static char text[10 * RESULT];

	for (unsigned int i = 0; i < nr_rows; i++) {
		if (!strcmp(rows[i]->name, row)) {
			describe(i, kind, text, sizeof(text));
			return text;
		}
	}
	return NULL;
}

void table_print(FILE *f)
{
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		fprintf(f, "\n## %s\n\n| call |", groups[g]->title);
		for (int kind = 0; kind < NR_KINDS; kind++)
			fprintf(f, " %s |", kind_names[kind]);
		fprintf(f, "\n|---|---|---|---|---|\n");
		for (size_t i = 0; i < groups[g]->nr; i++) {
			fprintf(f, "| %s |", groups[g]->rows[i].name);
			for (int kind = 0; kind < NR_KINDS; kind++)
				fprintf(f, " %s |",
					table_result(groups[g]->rows[i].name, kind));
			fputc('\n', f);
		}
	}
}
