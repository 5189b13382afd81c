# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# The Test Anything Protocol for tests/*.t, which run inside the VM. A test says
# near its top what VM it needs, sources this file, and ends with done_testing:
#
#	#!/bin/sh
#	# SPDX-License-Identifier: GPL-2.0
#	# vm: --mem 6G --append 'memmap=2G!4G'
#	# vm-debug: --timeout 1200
#	. tests/lib.sh
#	ok 'the driver loads' modprobe dax_none
#	is 'one device exists' "$(ls /sys/bus/dax/devices)" dax0.0
#	done_testing
#
# The options of a "vm-debug" line come on top of the others on the debug kernel.

tap_count=0
tap_failed=0

# diag TEXT...: a comment in the test's output; several lines are fine.
diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s\n' "$tap_count" "$*"
}

fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	printf 'not ok %d - %s\n' "$tap_count" "$*"
}

# ok NAME COMMAND ARG...: COMMAND succeeds. Its output is shown if it does not.
ok() {
	tap_name=$1
	shift
	tap_status=0
	tap_output=$("$@" 2>&1) || tap_status=$?
	if [ "$tap_status" -eq 0 ]; then
		pass "$tap_name"
		return 0
	fi
	fail "$tap_name"
	diag "status $tap_status: $*"
	[ -z "$tap_output" ] || diag "$tap_output"
	return 0
}

# fails NAME COMMAND ARG...: COMMAND fails, by itself and not by a signal.
fails() {
	tap_name=$1
	shift
	tap_status=0
	tap_output=$("$@" 2>&1) || tap_status=$?
	if [ "$tap_status" -ne 0 ] && [ "$tap_status" -lt 126 ]; then
		pass "$tap_name"
		return 0
	fi
	fail "$tap_name"
	diag "status $tap_status, wanted 1 to 125: $*"
	[ -z "$tap_output" ] || diag "$tap_output"
	return 0
}

# is NAME GOT WANTED: two strings are the same.
is() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		diag "got:    $2"
		diag "wanted: $3"
	fi
}

# like NAME GOT REGEX: some line of GOT matches an extended regular expression.
like() {
	if printf '%s\n' "$2" | grep -Eq -- "$3"; then
		pass "$1"
	else
		fail "$1"
		diag "got:           $2"
		diag "wanted a line: $3"
	fi
}

# at_most NAME GOT LIMIT: a number is not larger than it should be.
at_most() {
	if [ "$2" -le "$3" ]; then
		pass "$1"
	else
		fail "$1"
		diag "got $2, wanted at most $3"
	fi
}

# skip NAME REASON: a test that cannot run here.
skip() {
	tap_count=$((tap_count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$tap_count" "$1" "$2"
}

# skip_all REASON: nothing in this file can run here.
skip_all() {
	printf '1..0 # SKIP %s\n' "$*"
	exit 0
}

# bail REASON: going on makes no sense. Only this file ends, not the whole run.
bail() {
	fail "$*"
	printf '1..%d\n' "$tap_count"
	exit 1
}

# need COMMAND ARG...: preparation, not worth a test of its own while it works.
need() {
	tap_output=$("$@" 2>&1) && return 0
	[ -z "$tap_output" ] || diag "$tap_output"
	bail "needed, but failed: $*"
}

# wait_for SECONDS COMMAND ARG...: repeats COMMAND until it succeeds, quietly.
wait_for() {
	tap_tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tap_tries=$((tap_tries - 1))
		[ "$tap_tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# hmp COMMAND...: gives a command to QEMU's monitor and prints its answer; wants
# "--hmp" on the "vm" line.
hmp() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	timeout 10 bash -c '
		exec 4<>/dev/virtio-ports/hmp
		printf "%s\n" "$1" >&4
		# A banner when it is new; then the command once more, edited as
		# if typed by hand; the answer; and a prompt.
		while IFS= read -r -d ")" -u 4 part; do
			answer+=$part
			case $answer in
			*"QEMU "*" monitor"*"(qemu") answer= ;;
			*"(qemu") break ;;
			*) answer+=")" ;;
			esac
		done
		answer=${answer#*$'\''\n'\''}
		printf %s "${answer%(qemu}"' hmp "$*" | tr -d '\r'
}

# tap_run PROGRAM ARG...: the tests of a program that speaks TAP itself become
# tests of this file. A program that dies before its plan is a failed test.
tap_run() {
	tap_status=0
	tap_file=$(mktemp)
	"$@" >"$tap_file" 2>&1 || tap_status=$?
	tap_plan=
	while IFS= read -r tap_line; do
		case $tap_line in
		'ok '*) pass "${tap_line#ok * - }" ;;
		'not ok '*) fail "${tap_line#not ok * - }" ;;
		1..*) tap_plan=yes ;;
		'#'*) printf '%s\n' "$tap_line" ;;
		*) diag "$tap_line" ;;
		esac
	done <"$tap_file"
	rm -f "$tap_file"
	[ "$tap_plan" ] || fail "$1 ended early, with status $tap_status"
}

# done_testing: the plan, and with it the proof that the test got to its end.
done_testing() {
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}
