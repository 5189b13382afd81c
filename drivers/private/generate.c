// SPDX-License-Identifier: GPL-2.0-only
/*
 * generate NAME LIST BTF [BASE]: prints a header with what LIST asks for, as the
 * kernel that BTF comes from has it. BTF and BASE are files of BTF and nothing else,
 * BASE that of the kernel if BTF is that of a module. Lines of LIST:
 *
 *	struct NAME MEMBER...	a structure in which these members can be used
 *	enum NAME VALUE...	an enumeration, in which there are these at least
 *	func NAME		a function
 *
 * All else in a structure is room without a name, so that what is not listed cannot
 * be used: the list is also what gets compared when a module is loaded. For that, the
 * header ends in a macro PRIVATE_NAME_LAYOUT.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "types.c"

#define NAMES_MAX	256
#define MEMBERS_MAX	64

/* If the compiler disagrees with BTF, in two places. */
#define IN_THE_KERNEL	"in the kernel: are these its headers, with its configuration?"

struct member {
	const char *name;
	struct types_place place;
};

static const char *list_name;
static unsigned int line_nr;
static struct types types, base;
/* The header is put together from these. */
static FILE *body, *layout;
/* Structures that have to be declared before anything else. */
static char *names[NAMES_MAX];
static size_t nr_names;

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "drivers/private: ");
	if (line_nr)
		fprintf(stderr, "%s:%u: ", list_name, line_nr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void *check(void *memory)
{
	if (!memory)
		die("out of memory");
	return memory;
}

static char *__attribute__((format(printf, 1, 2))) text(const char *format, ...)
{
	va_list args;
	char *new;
	int rc;

	va_start(args, format);
	rc = vasprintf(&new, format, args);
	va_end(args);
	return check(rc < 0 ? NULL : new);
}

static void open_types(struct types *to, const char *file,
		       const struct types *from)
{
	size_t size, room = TYPES_MAX_BYTES;
	void *data = check(malloc(room));
	FILE *in = fopen(file, "r");
	__u32 nr;

	if (!in)
		die("%s: %s", file, strerror(errno));
	size = fread(data, 1, room, in);
	if (ferror(in) || size == room)
		die("%s cannot be read, or is too large", file);
	fclose(in);
	data = check(realloc(data, size ? size : 1));
	if (types_count(data, size, &nr) ||
	    types_open(to, data, size, from,
		       check(calloc(nr ? nr : 1, sizeof(__u32))), nr))
		die("%s is not BTF, or of a newer form than this program knows",
		    file);
}

static const struct btf_type *get(__u32 id)
{
	const struct btf_type *type = types_get(&types, id);

	if (!type)
		die("the BTF refers to a type %u that is not there", id);
	return type;
}

static const char *name_of(const struct btf_type *type)
{
	return types_name(&types, type->name_off);
}

static void remember_name(const char *keyword, const char *name)
{
	char *both = text("%s %s", keyword, name);
	size_t i;

	for (i = 0; i < nr_names; i++) {
		if (!strcmp(names[i], both)) {
			free(both);
			return;
		}
	}
	if (nr_names == NAMES_MAX)
		die("too many structures");
	names[nr_names++] = both;
}

static char *declare(__u32 id, char *inner, int depth);

static char *parameters(const struct btf_type *proto, int depth)
{
	const struct btf_param *param = (const void *)(proto + 1);
	__u32 i, nr = vlen_of(proto);
	char *all = text(nr ? "" : "void");

	for (i = 0; i < nr; i++, param++) {
		char *before = all, *one;

		if (!param->type && i == nr - 1)
			one = text("...");
		else
			one = declare(param->type,
				      text("%s", types_name(&types, param->name_off)),
				      depth);
		all = text("%s%s%s", before, i ? ", " : "", one);
		free(before);
		free(one);
	}
	return all;
}

/* "KEYWORD NAME INNER" of a structure, union or enumeration. */
static char *tagged(const char *keyword, const struct btf_type *type,
		    const char *inner)
{
	const char *name = name_of(type);

	if (!name[0])
		die("a type without a name cannot be written down");
	if (strcmp(keyword, "enum"))
		remember_name(keyword, name);
	return text("%s %s %s", keyword, name, inner);
}

/* The declaration of @inner, which is freed, as something of a type. */
static char *declare(__u32 id, char *inner, int depth)
{
	const struct btf_type *type;
	char *old = inner, *new, *more;
	__u32 target;

	if (++depth > DEPTH_MAX)
		die("the BTF has a type that never ends");
	if (!id) {
		new = text("void %s", inner);
		free(inner);
		return new;
	}
	type = get(id);
	target = type->type;
	switch (kind_of(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPEDEF:
		new = text("%s %s", name_of(type), inner);
		free(inner);
		return new;
	case BTF_KIND_STRUCT:
		new = tagged("struct", type, inner);
		free(inner);
		return new;
	case BTF_KIND_UNION:
		new = tagged("union", type, inner);
		free(inner);
		return new;
	case BTF_KIND_FWD:
		new = tagged(BTF_INFO_KFLAG(type->info) ? "union" : "struct",
			     type, inner);
		free(inner);
		return new;
	case BTF_KIND_ENUM:
	case TYPES_KIND_ENUM64:
		new = tagged("enum", type, inner);
		free(inner);
		return new;
	case BTF_KIND_PTR:
		inner = text("*%s", old);
		if (target && (kind_of(get(target)) == BTF_KIND_ARRAY ||
			       kind_of(get(target)) == BTF_KIND_FUNC_PROTO)) {
			more = inner;
			inner = text("(%s)", more);
			free(more);
		}
		break;
	case BTF_KIND_ARRAY: {
		const struct btf_array *array = (const void *)(type + 1);

		target = array->type;
		inner = array->nelems ? text("%s[%u]", old, array->nelems) :
					text("%s[]", old);
		break;
	}
	case BTF_KIND_FUNC_PROTO:
		more = parameters(type, depth);
		inner = text("%s(%s)", old, more);
		free(more);
		break;
	case BTF_KIND_CONST:
		inner = text("const %s", old);
		break;
	case BTF_KIND_VOLATILE:
		inner = text("volatile %s", old);
		break;
	case BTF_KIND_RESTRICT:
		inner = text("__restrict %s", old);
		break;
	case TYPES_KIND_TYPE_TAG:
		return declare(target, inner, depth);
	default:
		die("\"%s\" has a type of kind %u", inner, kind_of(type));
	}
	free(old);
	return declare(target, inner, depth);
}

/* The only one of that name; where there are several, they have to be alike. */
static __u32 find(const char *name, __u32 kind, const char *keyword)
{
	__u32 id = types_next(&types, name, kind, 0);

	if (!id)
		die("this kernel has no %s %s, which these modules use", keyword,
		    name);
	return id;
}

static int by_offset(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return x->place.offset < y->place.offset ? -1 :
	       x->place.offset > y->place.offset;
}

static void room(__u32 from, __u32 to)
{
	if (to < from)
		die("members overlap: a union cannot be written down");
	if (to > from)
		fprintf(body, "\t__u8 __not_listed_%u[%u];\n", from, to - from);
}

static bool same_members(__u32 id, const struct member *member, size_t nr,
			 __u32 size)
{
	struct types_place place;
	__u32 other;
	size_t i;

	if (types_size(&types, id, &other) || other != size)
		return false;
	for (i = 0; i < nr; i++)
		if (types_place(&types, id, member[i].name, &place) ||
		    place.offset != member[i].place.offset ||
		    place.size != member[i].place.size)
			return false;
	return true;
}

static void print_struct(const char *name)
{
	__u32 id = find(name, BTF_KIND_STRUCT, "struct"), size, end = 0, other;
	struct member member[MEMBERS_MAX];
	size_t nr = 0, i;
	char *word, *line;

	while ((word = strtok(NULL, " \t\n"))) {
		if (nr == MEMBERS_MAX)
			die("too many members");
		member[nr].name = word;
		switch (types_place(&types, id, word, &member[nr].place)) {
		case 0:
			break;
		case -ENOENT:
			die("struct %s of this kernel has no member %s, which these modules use",
			    name, word);
		default:
			die("struct %s of this kernel has a member %s of another kind",
			    name, word);
		}
		nr++;
	}
	if (types_size(&types, id, &size))
		die("struct %s has no size", name);
	for (other = id; (other = types_next(&types, name, BTF_KIND_STRUCT, other)); )
		if (!same_members(other, member, nr, size))
			die("this kernel has several different struct %s", name);

	qsort(member, nr, sizeof(*member), by_offset);
	fprintf(layout, " \\\n\t{ .structure = \"%s\", .size = %u },", name, size);
	fprintf(body, "\nstruct %s {\n", name);
	for (i = 0; i < nr; i++) {
		room(end, member[i].place.offset);
		line = declare(member[i].place.type, text("%s", member[i].name), 0);
		fprintf(body, "\t%s;\n", line);
		free(line);
		end = member[i].place.offset + member[i].place.size;
		if (member[i].place.size)
			fprintf(layout, " \\\n\t{ \"%s\", \"%s\", %u, %u },", name,
				member[i].name, member[i].place.offset,
				member[i].place.size);
	}
	room(end, size);
	/* At least as strict as it is, whatever the room stands for. */
	fprintf(body, "}%s;\n", size % 8 ? "" : " __attribute__((aligned(8)))");

	/* sparse has its own idea of the size of struct device. */
	fprintf(body, "#ifndef __CHECKER__\n");
	fprintf(body, "static_assert(sizeof(struct %s) == %u,\n", name, size);
	fprintf(body, "\t      \"struct %s has another size " IN_THE_KERNEL "\");\n",
		name);
	for (i = 0; i < nr; i++) {
		fprintf(body, "static_assert(offsetof(struct %s, %s) == %u,\n",
			name, member[i].name, member[i].place.offset);
		fprintf(body, "\t      \"struct %s has its %s elsewhere " IN_THE_KERNEL "\");\n",
			name, member[i].name);
	}
	fprintf(body, "#endif\n");
}

static void print_enum(const char *name)
{
	const struct btf_type *type = get(find(name, BTF_KIND_ENUM, "enum"));
	const struct btf_enum *value = (const void *)(type + 1);
	__u32 i, nr = vlen_of(type);
	char *word;

	while ((word = strtok(NULL, " \t\n"))) {
		for (i = 0; i < nr; i++)
			if (!strcmp(types_name(&types, value[i].name_off), word))
				break;
		if (i == nr)
			die("enum %s of this kernel has no %s, which these modules use",
			    name, word);
	}
	fprintf(body, "\nenum %s {\n", name);
	for (i = 0; i < nr; i++)
		fprintf(body, "\t%s = %d,\n",
			types_name(&types, value[i].name_off), value[i].val);
	fprintf(body, "};\n");
}

static void print_func(const char *name)
{
	const struct btf_type *type = get(find(name, BTF_KIND_FUNC, "function"));
	char *line = declare(type->type, text("%s", name), 0);

	fprintf(body, "\n%s;\n", line);
	free(line);
}

static void print_line(char *line)
{
	char *what = strtok(line, " \t\n"), *name = strtok(NULL, " \t\n");

	if (!what || what[0] == '#')
		return;
	if (!name)
		die("%s of what?", what);
	if (!strcmp(what, "struct"))
		print_struct(name);
	else if (!strcmp(what, "enum"))
		print_enum(name);
	else if (!strcmp(what, "func"))
		print_func(name);
	else
		die("\"%s\" is not struct, enum or func", what);
}

int main(int argc, char **argv)
{
	char *body_text, *layout_text, line[4096];
	size_t body_size, layout_size, i;
	FILE *list;

	if (argc != 4 && argc != 5)
		die("usage: generate NAME LIST BTF [BASE]");
	list_name = argv[2];
	list = fopen(list_name, "r");
	if (!list)
		die("%s: %s", list_name, strerror(errno));
	if (argc == 5)
		open_types(&base, argv[4], NULL);
	open_types(&types, argv[3], argc == 5 ? &base : NULL);

	body = check(open_memstream(&body_text, &body_size));
	layout = check(open_memstream(&layout_text, &layout_size));
	while (fgets(line, sizeof(line), list)) {
		line_nr++;
		print_line(line);
	}
	line_nr = 0;
	if (ferror(list))
		die("%s cannot be read", list_name);
	fclose(list);
	fclose(body);
	fclose(layout);

	printf("/* SPDX-License-Identifier: GPL-2.0-only */\n"
	       "/* Made from the BTF of a kernel by drivers/private/generate. */\n\n");
	for (i = 0; i < nr_names; i++)
		printf("%s;\n", names[i]);
	printf("%s\n#define PRIVATE_%s_LAYOUT%s\n", body_text, argv[1], layout_text);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
