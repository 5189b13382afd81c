#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 6G --append 'nokaslr memmap=128M%4G-1+0xefffffff'
#
# Promise: kill -9 at any system call of any command that changes something loses
# nothing. The next command says what was half done and puts it right; what is complete
# then is as before, or as it was to be. No name goes to other memory, no content to
# another owner, and bystanders keep all they have.
#
# CARVE_KILLS kills (7 by default, 1000 with "make carve-kills") at random stops, of
# which CARVE_SEED makes others.
# shellcheck disable=SC2317,SC2034 # functions and lists are used by name
. tests/lib.sh
. tests/carve.sh

kills=${CARVE_KILLS:-7}
seed=${CARVE_SEED:-1}
RANDOM=$seed
have_regions
carve=$(dirname "$(command -v daxctl)")/../libexec/daxctl/daxctl-carve

# kernel: what there is, as the kernel has it: size, align, driver and extents. Without
# a process, as it is done so often.
kernel() {
	local dev driver file text extents
	for dev in /sys/bus/dax/devices/dax*; do
		driver=$(echo /sys/bus/dax/drivers/*/"${dev##*/}")
		extents=
		for file in "$dev"/mapping?/start; do
			[ ! -e "$file" ] || read -r text <"$file"
			[ ! -e "$file" ] || extents="$extents $text"
		done
		echo "${dev##*/} $(<"$dev/size") $(<"$dev/align") ${driver#/sys/bus/dax/drivers/}$extents"
	done
}

# list: what there is, as users have it, in $named.
list() {
	named=$("$carve" list -pH -o device,name,size,map,owner,mode)
}

# device NAME: its device, from $named.
device() {
	sed -n "s/\t$1\t.*//p" <<<"$named"
}

fill() {
	dax-mem fill "/dev/$(device "$1")" 0 "$2" "$3"
}

reads() {
	dax-mem check "/dev/$(device "$1")" 0 "$2" "$3" >/dev/null 2>&1
}

zeroes() {
	dax-mem zero "/dev/$(device "$1")" 0 "$2" >/dev/null 2>&1
}

wrong() {
	fail "kill $kill, $op at stop $stop of $total, seed $seed: $1"
	diag "before: $before"
	diag "killed: $then"
	diag "next:   $next: $said"
	diag "now:    $now"
	diag "list:   $named"
}

# Each operation: NAME_prepare, when only the bystander is there; NAME_run, which is
# killed; and NAME_check, when all has been put right.
create_prepare() {
	:
}
create_run=(create --node 0 --size 2M --count 3 --name new)
create_check() {
	local nr i
	nr=$(grep -c $'\tnew-[012]\t' <<<"$named")
	[ "$nr" = 0 ] || [ "$nr" = 3 ] || wrong "$nr of 3 devices"
	[ "$nr" = 3 ] || return 0
	for i in 0 1 2; do
		zeroes "new-$i" 2M || wrong "new-$i has what another wrote"
		fill "new-$i" 2M 7
	done
}

destroy_prepare() {
	"$carve" create --node 0 --size 2M --count 2 --name old && list &&
		fill old-0 2M 8 && fill old-1 2M 9
}
destroy_run=(destroy old-0 old-1)
destroy_check() {
	local i
	for i in 0 1; do
		[ -z "$(device "old-$i")" ] || reads "old-$i" 2M $((8 + i)) ||
			wrong "old-$i is there without its content"
	done
}

restore_prepare() {
	:
}
restore_run=(restore /run/some)
restore_check() {
	local i
	said=$("$carve" restore /run/some 2>&1 >/dev/null) || wrong 'not completed'
	"$carve" save /run/now && list
	[ "$(jq -c '.devices[] | select(.name != "bystander")' /run/now)" = "$some" ] ||
		wrong "not as saved: $(cat /run/now)"
	for i in 0 1 2; do
		zeroes "some-$i" 2M || wrong "some-$i has what another wrote"
		fill "some-$i" 2M 7
	done
}

preserve_prepare() {
	"$carve" restore /run/some && list && fill some-0 2M 10 && fill some-1 2M 11 &&
		fill some-2 2M 12 && "$carve" destroy some-0 some-1 some-2
}
preserve_run=(restore --preserve /run/some)
# What is there under its own name has its content; others get none of it.
preserve_check() {
	local i
	for i in 0 1 2; do
		[ -z "$(device "some-$i")" ] || reads "some-$i" 2M $((10 + i)) ||
			wrong "some-$i is there without its content"
	done
	clean
	"$carve" create --node 0 --size 6M --name other >/dev/null 2>&1 && list
	zeroes other 6M || wrong 'another owner has the content'
}

save_prepare() {
	echo former >/run/saved/file
}
save_run=(save /run/saved/file)
save_check() {
	[ "$(</run/saved/file)" = former ] || cmp -s /run/saved/file /run/bystander ||
		wrong "the file is neither the former nor the new one: $(</run/saved/file)"
	[ "$(echo /run/saved/*)" = /run/saved/file ] || wrong "left: $(echo /run/saved/*)"
}

grow_prepare() {
	"$carve" create --node 0 --size 2M --name sized && list && fill sized 2M 13
}
grow_run=(resize sized --size 4M)
grow_check() {
	case $(grep $'\tsized\t' <<<"$named") in
	*$'\tsized\t'$((2 << 20))$'\tnone\t'*)
		reads sized 2M 13 || zeroes sized 2M || wrong 'half of the content'
		;;
	*$'\tsized\t'$((4 << 20))$'\tnone\t'*)
		zeroes sized 4M || wrong 'it has what another wrote'
		;;
	*) wrong 'neither the former nor the new size' ;;
	esac
}

shrink_prepare() {
	"$carve" create --node 0 --size 4M --name sized && list && fill sized 4M 14
}
shrink_run=(resize sized --size 2M --preserve)
shrink_check() {
	case $(grep $'\tsized\t' <<<"$named") in
	*$'\tsized\t'$((2 << 20))$'\tnone\t'* | *$'\tsized\t'$((4 << 20))$'\tnone\t'*)
		reads sized 2M 14 || wrong 'it lost its content'
		;;
	*) wrong 'neither the former nor the new size' ;;
	esac
}

# clean: only the bystander is left.
clean() {
	local others
	others=$(awk '$2 != "bystander" { print $1 }' <<<"$named")
	# shellcheck disable=SC2086 # words
	[ -z "$others" ] || "$carve" destroy $others >/run/said 2>&1 ||
		wrong "cannot be destroyed: $(</run/said)"
}

ops=(create destroy restore preserve save grow shrink)
# What comes next, whatever it is. The second does nothing, but it may change things.
nexts=('check --repair' 'rename bystander bystander' 'destroy --ignore-missing nobody'
	'create --node 0 --size 2M --name bystander --if-missing --owner 0:6 --mode 0660')

# Everything new is made of what others wrote.
need "$carve" create --node 0 --size 128M --name secret
list
need fill secret 128M 6
need "$carve" destroy secret
need "$carve" create --node 0 --size 2M --name bystander --owner 0:6 --mode 0660
list
need fill bystander 2M 5
bystander=$named
need "$carve" save /run/bystander
need "$carve" create --node 0 --size 2M --count 3 --name some
need "$carve" save /run/some
some=$(jq -c '.devices[] | select(.name != "bystander")' /run/some)
need "$carve" destroy some-0 some-1 some-2
need mkdir /run/saved

declare -A totals
half=0 explained=0
for kill in $(seq "$kills"); do
	op=${ops[kill % ${#ops[@]}]}
	total=${totals[$op]:-?}
	said='' then='' now='' stop='?' next=''
	before=$(kernel)
	"${op}_prepare" >/run/said 2>&1 || wrong "cannot prepare: $(</run/said)"
	run="${op}_run[@]"
	# How many stops there are, once for each.
	if [ "$total" = '?' ]; then
		total=$(kill-at 0 "$carve" "${!run}" 2>&1 >/dev/null | tail -n 1)
		totals[$op]=$total
		list && clean && "${op}_prepare" >/run/said 2>&1
	fi
	before=$(kernel)
	stop=$(((RANDOM << 15 | RANDOM) % total + 1))
	kill-at "$stop" "$carve" "${!run}" >/run/out 2>&1
	then=$(kernel)
	if [ $((RANDOM % 4)) = 0 ]; then
		list
		while read -r dev size _; do
			[ "$size" = 0 ] || [[ $named = *"$dev"$'\t'* ]] ||
				wrong "list does not have $dev"
		done <<<"$then"
	fi
	next=${nexts[RANDOM % ${#nexts[@]}]}
	# shellcheck disable=SC2086 # words
	said=$("$carve" $next 2>&1 >/dev/null)
	now=$(kernel)
	list
	[[ $said != *' killed '* ]] || explained=$((explained + 1))
	# Whatever has changed was half done, and that is told.
	if [ "$now" != "$then" ]; then
		half=$((half + 1))
		[[ $said = *' killed '* ]] || wrong 'repaired, and nothing said'
	fi
	while read -r dev size _ driver; do
		case $size:$driver in
		0:*) [ "$dev" = dax1000.0 ] || wrong "$dev is left, without memory" ;;
		*:dax_none/*) ;;
		*) wrong "$dev is left, without its driver" ;;
		esac
	done <<<"$now"
	[[ $named = *"$bystander"* ]] || wrong 'a bystander is not as before'
	reads bystander 2M 5 || wrong 'a bystander lost its content'
	"${op}_check"
	list
	clean
	[ "$tap_failed" -lt 5 ] || break
done
[ "$tap_failed" -ne 0 ] || pass "$kills kills at random stops"
diag "$half left something half done, the next command told of $explained; stops: ${totals[*]@K}"
need "$carve" destroy --all
is 'all memory is free again' "$(free 0)" "$(query '.[].size' -n 0)"
is 'and nothing has a name' "$(ls -A /run/dax-none/label)" ''
is 'nor is anything to be done' "$(ls -A /run/dax-none)" 'label
lock'
done_testing
