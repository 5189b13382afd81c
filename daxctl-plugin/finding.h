/* SPDX-License-Identifier: GPL-2.0-only */
/* What "carve check" finds. */
#ifndef CARVE_FINDING_H
#define CARVE_FINDING_H

#include <stddef.h>

struct nodes;

/* In the order of exit statuses, those of monitoring plugins. */
enum level {
	LEVEL_OK,
	LEVEL_WARNING,	/* works, but not as well or as long as it could */
	LEVEL_ERROR,	/* does not work */
	LEVEL_UNKNOWN,	/* cannot be told */
};

/**
 * struct finding - one of them
 * @level: how bad it is
 * @check: what was looked at, a word
 * @text: what was found
 * @remedy: what to do; NULL if nothing
 */
struct finding {
	enum level level;
	const char *check;
	char *text;
	char *remedy;
};

/**
 * struct findings - all of them
 * @nr: number of @finding
 * @finding: in the order in which they were found
 */
struct findings {
	size_t nr;
	struct finding *finding;
};

/**
 * found() - add a finding
 * @findings: to these
 * @level: how bad it is
 * @check: what was looked at, a constant
 * @remedy: what to do, NULL if nothing
 * @fmt: what was found
 */
void found(struct findings *findings, enum level level, const char *check,
	   const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/**
 * findings_print() - print them
 * @findings: these
 * @json: as JSON
 *
 * Return: the worst level, LEVEL_UNKNOWN if it cannot be printed.
 */
enum level findings_print(const struct findings *findings, int json);
void findings_free(struct findings *findings);

/* Kernel, firmware, and modules; @nodes may be empty. */
void check_host(const struct nodes *nodes, struct findings *findings);

/* Devices, what is in /dev, and what is written down about them. */
void check_devices(const struct nodes *nodes, struct findings *findings);

/* The file that is restored at boot. */
void check_saved(const struct nodes *nodes, struct findings *findings);

#endif /* CARVE_FINDING_H */
