/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as people write them, and as they like to read them. */
#ifndef CARVE_SIZE_H
#define CARVE_SIZE_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/**
 * size_parse() - read a size
 * @s: digits, or 0x and hexadecimal digits, and maybe K, M, G or T, maybe
 *     followed by "iB" or "B"; each means powers of 1024, and before it digits may
 *     have a fraction that is whole bytes, as in "2.5G"
 * @size: set to the number of bytes
 *
 * Return: 0; -EINVAL if @s is something else; -ERANGE if it is too large.
 */
int size_parse(const char *s, uint64_t *size);

/**
 * number_parse() - read a plain decimal number
 * @s: digits only
 * @max: largest number that makes sense
 * @number: set to the number
 *
 * Return: 0; -EINVAL if @s is something else; -ERANGE if it is too large.
 */
int number_parse(const char *s, unsigned long max, unsigned long *number);

/* Longest text of size_text(). */
#define SIZE_TEXT	48

/**
 * size_text() - write a size in the words of --size
 * @size: bytes
 * @text: SIZE_TEXT bytes, filled with a number and the largest unit that divides
 *        it, "1536M" for instance
 *
 * Return: @text.
 */
const char *size_text(uint64_t size, char *text);

/**
 * json_size() - a size as daxctl prints it
 * @size: bytes
 * @human: "1.50 GiB (1.61 GB)" instead of a number
 *
 * Return: an object, NULL without memory.
 */
struct json_object *json_size(uint64_t size, bool human);

/**
 * json_hex() - an address as daxctl prints it
 * @addr: address
 * @human: "0x100000000" instead of a number
 *
 * Return: an object, NULL without memory.
 */
struct json_object *json_hex(uint64_t addr, bool human);

#endif /* CARVE_SIZE_H */
