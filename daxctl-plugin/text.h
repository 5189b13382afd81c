/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that others chose, such as the names of processes. */
#ifndef CARVE_TEXT_H
#define CARVE_TEXT_H

#include <stddef.h>

/**
 * text_clean() - make any bytes fit for terminals and for JSON
 * @text: the bytes
 *
 * What is no UTF-8, and what a terminal would take for a command, becomes "\xNN"
 * for each byte of it; a new line, too, so that it stays one line.
 *
 * Return: the text, to be freed; NULL without memory.
 */
char *text_clean(const char *text);

/**
 * text_width() - columns that a text takes on a terminal
 * @text: UTF-8, as text_clean() returns it
 *
 * Return: the number of characters; wide ones are not counted twice.
 */
size_t text_width(const char *text);

#endif /* CARVE_TEXT_H */
