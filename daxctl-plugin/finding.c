// SPDX-License-Identifier: GPL-2.0-only
/* What "carve check" finds, see finding.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "finding.h"
#include "message.h"
#include "report.h"
#include "text.h"

static const char *const levels[] = {
	[LEVEL_OK] = "ok",
	[LEVEL_WARNING] = "warning",
	[LEVEL_ERROR] = "error",
	[LEVEL_UNKNOWN] = "unknown",
};

void found(struct findings *findings, enum level level, const char *check,
	   const char *remedy, const char *fmt, ...)
{
	struct finding *more = realloc(findings->finding,
				       (findings->nr + 1) * sizeof(*more));
	char *text = NULL;
	va_list args;

	if (!more)
		return;
	findings->finding = more;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	more[findings->nr++] = (struct finding){
		.level = level,
		.check = check,
		.text = text_clean(text ? text : "out of memory"),
		.remedy = remedy ? text_clean(remedy) : NULL,
	};
	free(text);
}

static int print_json(const struct findings *findings)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; array && i < findings->nr; i++) {
		const struct finding *finding = &findings->finding[i];
		struct json_object *obj = json_object_new_object();

		if (!obj)
			break;
		json_object_object_add(obj, "level",
				       json_object_new_string(levels[finding->level]));
		json_object_object_add(obj, "check",
				       json_object_new_string(finding->check));
		json_object_object_add(obj, "text",
				       json_object_new_string(finding->text));
		if (finding->remedy)
			json_object_object_add(obj, "remedy",
					       json_object_new_string(finding->remedy));
		json_object_array_add(array, obj);
	}
	return report_print(array);
}

static int print_text(const struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->nr; i++) {
		const struct finding *finding = &findings->finding[i];

		printf("%-8s %-10s %s\n", levels[finding->level],
		       finding->check, finding->text);
		if (finding->remedy)
			printf("%19s -> %s\n", "", finding->remedy);
	}
	return report_flush();
}

enum level findings_print(const struct findings *findings, int json)
{
	enum level worst = LEVEL_OK;
	size_t i;

	if (json ? print_json(findings) : print_text(findings))
		return LEVEL_UNKNOWN;
	for (i = 0; i < findings->nr; i++) {
		enum level level = findings->finding[i].level;

		/* What is known to be broken is worse than what is not known. */
		if (level == LEVEL_ERROR || (worst != LEVEL_ERROR && level > worst))
			worst = level;
	}
	return worst;
}

void findings_free(struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->nr; i++) {
		free(findings->finding[i].text);
		free(findings->finding[i].remedy);
	}
	free(findings->finding);
	*findings = (struct findings){ 0 };
}
