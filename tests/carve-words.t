#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host
# stock
#
# Promise: what the parser of daxctl carve takes is what --help, the manual and
# completion say, command by command and option by option.
. tests/lib.sh

tools=${BUILD:-build}/tools
carve=$tools/libexec/daxctl/daxctl-carve
man="daxctl-plugin/daxctl-carve.1"
need make -s tools
[ -x "$carve" ] || bail "no $carve"

commands=$("$carve" --list-cmds)
is 'the manual has a section for each command, and no other' \
	"$(sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/s/^\.B \([a-z]*\)$/\1/p' "$man" | sort)" \
	"$(echo "$commands" | sort)"
is 'and --help a line' "$("$carve" --help | sed -n 's/^    \([a-z][a-z]*\) .*/\1/p' | sort)" \
	"$(echo "$commands" | sort)"

# synopsis COMMAND: long options that it has there, besides those of all commands.
synopsis() {
	awk -v command="$1" '
		/^\.SH SYNOPSIS/ { on = 1 } /^\.fi/ { on = 0 }
		on && /^\\fIdaxctl carve/ { mine = index($0, "carve " command "\\fR") }
		on && mine' "$man" | sed 's/\\-/-/g' | grep -o -e '--[a-z-]*' | sort -u
}

# complete WORD...: what bash offers for the last word.
complete() {
	bash -c '
		. daxctl-plugin/completion
		words=("$@") cword=$(($# - 1)) cur=${words[cword]} prev=${words[cword - 1]}
		_daxctl_carve
		printf "%s\n" "${COMPREPLY[@]}"' complete "$@"
}

# daxctl itself, which runs the command
daxctl=$tools/bin/daxctl
common='--help
--json
--verbose'
for command in $commands; do
	parser=$("$carve" "$command" --list-opts | sort)
	is "$command: --help has what the parser takes" \
		"$("$carve" "$command" --help | grep -o -e '^ *\(-., \)\? *--[a-z-]*' |
			grep -o -e '--[a-z-]*' | sort)" "$parser"
	is "$command: so has the manual" \
		"$(printf '%s\n' "$(synopsis "$command")" "$common" | grep . | sort -u)" "$parser"
	is "$command: and bash's completion" \
		"$(complete "$daxctl" carve "$command" -- | sort)" "$parser"
done
all=$(for command in $commands; do "$carve" "$command" --list-opts; done | sort -u)
is 'the manual explains each option, and no other' \
	"$(sed -n '/^\.SH OPTIONS/,/^\.SH EXIT/p' "$man" | sed 's/\\-/-/g' |
		grep '^\.BR\? ' | grep -o -e '--[a-z-]*' | sort -u)" "$all"
is 'commands are completed' "$(complete "$daxctl" carve '' | grep -v '^--' | sort)" \
	"$(echo "$commands" | sort)"
# Columns of the manual and of completion are those that the program has.
columns=$("$carve" list -o bogus 2>&1 | sed 's/.*can have //; s/, /\n/g' | sort)
is 'columns are completed' "$(complete "$daxctl" carve list --output '' | sort)" "$columns"
is 'and in the manual' "$(sed -n '/^A table with columns out of/,/^\.TP/p' "$man" |
	sed 's/A table with columns out of//; s/\.TP//' | tr -s ' ,.\n' '\n' |
	grep -vx and | grep . | sort)" "$columns"
is 'there is a version' "$("$carve" --version)" \
	"$(sed 's/.*(\(.*\)).*/\1/;q' debian/changelog)"
done_testing
