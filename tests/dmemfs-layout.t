#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# vm: --mem 6G --append 'nokaslr memmap=128M%4G-1+0xefffffff memmap=128M%4608M-1+0xefffffff'
# vm-debug: --timeout 1800
#
# Promise: files outlive their mount, the module and the binding of their devices, if
# their layout was saved: names, owners, times, holes and content. What no file had, or
# nobody had looked at, reads as zeroes. Until that is so nobody sees anything, and
# whatever is killed or refused before leaves the memory as it was.
#
# LAYOUT_KILLS is how often restore is killed, and save half as often: 3 by default.
# shellcheck disable=SC2317 # functions are used by name
. tests/lib.sh
. tests/dmemfs.sh

# What has been freed is not to become clear by itself, so that it shows if it is kept.
no_ahead
have_dmemfs dax0.0 dax1.0
layout=/run/layout

kills=${LAYOUT_KILLS:-3}

# all_clear DEVICE: all of it becomes clear, since nobody needs the CPU.
all_clear() {
	wait_for 120 eval "[ \"\$(cat $bus/devices/$1/unclear_bytes)\" = 0 ]"
}

# names: all that stat() says of all files, but for ctime, which nobody can set, and what
# belongs to them.
names() {
	find $mnt -mindepth 0 -printf '%P %y %m %U %G %s %n %b %T@ %A@ %l\n' | sort
	find $mnt ! -type l -print0 | sort -z | xargs -0 getfacl -np
	find $mnt -print0 | sort -z | xargs -0 getfattr --absolute-names -hd -m -
	# Nothing lists it.
	getfattr --absolute-names -n trusted.dmemfs.size $mnt/alice/deep 2>&1
}

# rebind: the devices, with what they hold.
rebind() {
	need rmmod dmemfs
	local device
	for device in dax0.0 dax1.0; do
		need unbind $device
		need bind_preserve $device
	done
	need modprobe dmemfs
}

# scribble: what the layout says nobody has, or has looked at, is something else now, where
# it begins and where it ends.
scribble() {
	local device offset length part
	while read -r device offset length; do
		part=$((length < 1 << 20 ? length : 1 << 20))
		need dax-mem fill "/dev/dax$device.0" "$offset" $part 99
		need dax-mem fill "/dev/dax$device.0" $((offset + length - part)) $part 99
		scribbled=$((scribbled + 1))
	done < <(jq -r '. as $all | range(2) as $d | $all.devices[$d].size as $size |
		[$all.files[].extents[]? | select(.device == $d and (.unseen | not)) |
			[.base, .base + .length]] | sort + [[$size, $size]] |
		reduce .[] as $e ({at: 0, gaps: []}; if $e[0] > .at then
			.gaps += [[.at, $e[0] - .at]] else . end | .at = $e[1]) |
		.gaps[] | "\($d) \(.[0]) \(.[1])"' $layout)
}

# zeroes NAME: whatever the mount can still give reads as zero.
zeroes() {
	local size
	size=$(avail)
	ok "$1" eval "fallocate -l $size $mnt/rest && dax-mem zero $mnt/rest 0 $size"
	need rm $mnt/rest
}

restore() {
	dmemfs-layout restore "$layout" "$mnt"
}

# With pages of 4K: files that share granules, with holes and parts that nobody has seen.
files_4k() {
	local i
	need fallocate -l 110M $mnt/untouched
	need mkdir $mnt/alice $mnt/alice/deep
	need setfattr -n trusted.dmemfs.size -v 32M $mnt/alice/deep
	for i in 1 2 3; do
		need fallocate -l $((i * 12))K "$mnt/alice/small$i"
		need dax-mem fill "$mnt/alice/small$i" 0 $((i * 12))K "$i"
	done
	need rm $mnt/alice/small2
	need fallocate -l 24M $mnt/alice/deep/guest
	need dax-mem fill $mnt/alice/deep/guest 0 3M 11
	need dax-mem fill $mnt/alice/deep/guest 9M 4K 12
	need dax-mem fill $mnt/alice/deep/guest 20M 68K 13
	need truncate -s 96M $mnt/holes
	need dax-mem fill $mnt/holes 30M 40M 14
	need fallocate -n -o 100M -l 1M $mnt/holes
	need ln $mnt/holes "$mnt/alice/another name%"
	need ln -s ../../etc/passwd $mnt/alice/link
	need touch $mnt/$'odd\n\xff'
	need chown 1000:1001 $mnt/alice/deep/guest $mnt/alice
	need chown -h 1000 $mnt/alice/link
	need chmod 4640 $mnt/alice/deep/guest
	need chmod 1750 $mnt/alice
	need setfacl -m u:1002:rw,g::- $mnt/alice/small3
	need setfacl -d -m u:1003:rwx $mnt/alice
	need setfattr -n user.note -v 0x00ff25 $mnt/holes
	need setfattr -n trusted.empty -v '' $mnt/alice/deep
	need setfattr -h -n trusted.link -v here $mnt/alice/link
	need touch -d '2020-02-02 02:02:02.123456789' $mnt/alice/small1 $mnt/alice/deep $mnt
	need touch -h -d '2021-01-01' $mnt/alice/link
}

content_4k() {
	local i
	for i in 1 3; do
		dax-mem check "$mnt/alice/small$i" 0 $((i * 12))K "$i" || return
	done
	dax-mem check $mnt/alice/deep/guest 0 3M 11 &&
		dax-mem check $mnt/alice/deep/guest 9M 4K 12 &&
		dax-mem check $mnt/alice/deep/guest 20M 68K 13 &&
		dax-mem zero $mnt/alice/deep/guest 10M 10M &&
		dax-mem zero $mnt/alice/deep/guest 9220K 64K &&
		dax-mem check $mnt/holes 30M 40M 14
}

need mount_dmem dax=dax0.0:dax1.0,pagesize=4K,size=220M,mode=711,nr_inodes=500,noatime,nosuid
files_4k
before=$(names)
options=$(findmnt -no OPTIONS $mnt)
ok 'a layout is saved' dmemfs-layout save $mnt $layout
is 'for root alone' "$(stat -c %a $layout)" 600
is 'with a name for each file' "$(jq '.files | length' $layout)" \
	"$(find $mnt -printf x | wc -c)"
ok 'of which some is unseen' jq -e 'any(.files[].extents[]?; .unseen)' $layout
is 'on both devices' "$(jq -c '[.files[].extents[]?.device] | unique' $layout)" '[0,1]'
need umount $mnt
need rmmod dmemfs
need modprobe dmemfs
ok 'the module can be another one' restore
is 'everything has its name, owner and times' "$(names)" "$before"
is 'the mount its options' "$(findmnt -no OPTIONS $mnt)" "$options"
ok 'and the files what they held' content_4k
fails 'a directory has no more than it had' fallocate -l 9M $mnt/alice/deep/more
need rm $mnt/alice/deep/more
need touch -d '2020-02-02 02:02:02.123456789' $mnt/alice/deep
zeroes 'all else reads as zeroes'

# Once more, with the devices bound anew, and all else overwritten meanwhile.
need dmemfs-layout save $mnt $layout
before=$(names)
need umount $mnt
rebind
scribbled=0
scribble
diag "others' data in $scribbled places"
fails 'an ordinary mount is refused' mount_dmem dax=dax0.0:dax1.0

# What goes wrong on the way.
while read -r what change; do
	jq -c "$change" $layout >/run/wrong
	fails "refused: $what" dmemfs-layout restore /run/wrong $mnt
	fails "not mounted: $what" mountpoint -q $mnt
done <<'END'
another-place .devices[0].mappings[0] |= (.start += 4096 | .end += 4096)
another-name .devices[0].name = "other"
one-device-twice .devices |= [.[1], .[1]]
outside-of-the-device (.files[].extents[]? | select(.device == 1)).base += 134217728
a-path-that-leads-up .files[-1].path = "../out"
an-option-that-fails .options.size = "1E"
less-than-they-have .options.size = "8M"
END
fails 'refused: no directory to mount at' dmemfs-layout restore $layout /run/layout

total=$(kill-at 0 dmemfs-layout restore $layout $mnt 2>&1 >/dev/null | tail -n 1)
step=$((total / kills)) killed=0
is 'all of that left everything as it was' "$(names)" "$before"
ok 'and the files what they held' content_4k
fails 'a directory has no more than it had' fallocate -l 9M $mnt/alice/deep/more
need rm $mnt/alice/deep/more
need touch -d '2020-02-02 02:02:02.123456789' $mnt/alice/deep
zeroes 'all else reads as zeroes, whatever it was'
need dmemfs-layout save $mnt $layout
before=$(names)
need umount $mnt
# Some system calls apart; each may have been the last one.
for stop in $(seq $((total % step + 1)) $step $((total - 1))); do
	kill-at "$stop" dmemfs-layout restore $layout $mnt >/dev/null 2>&1
	if mountpoint -q $mnt; then
		{ [ "$(names)" = "$before" ] && content_4k; } ||
			fail "killed at stop $stop of $total: mounted, but not as before"
		need dmemfs-layout save $mnt $layout
		need umount $mnt
	fi
	killed=$((killed + 1))
	# The last use of the mount ends a moment after the process.
	wait_for 10 eval "! grep -q dmemfs /sys/bus/dax/devices/dax?.0/users"
done
ok "killed $killed times, at system calls all the way" restore
is 'everything has its name, owner and times' "$(names)" "$before"
ok 'and the files what they held' content_4k
echo former >/run/file
total=$(kill-at 0 dmemfs-layout save $mnt /run/whole 2>&1 | tail -n 1)
for stop in $(seq 1 $((2 * total / kills)) "$total"); do
	kill-at "$stop" dmemfs-layout save $mnt /run/file >/dev/null 2>&1
	[ "$(cat /run/file)" = former ] || jq -e .files /run/file >/dev/null ||
		fail "save killed at stop $stop: the file is neither the former nor complete"
done
ok 'save was killed as well, and files can be used' content_4k

# Whoever goes on after that loses it, and not to others.
need dmemfs-layout save $mnt $layout
need fallocate -l 1M $mnt/later
need umount $mnt
like 'the log says that files were changed' "$(dmesg)" 'changed or touched since their layout'
fails 'what was changed after it was saved is not restored' restore
need mount_dmem dax=dax0.0:dax1.0,pagesize=4K
zeroes 'but cleared for the next'
need dmemfs-layout save $mnt $layout
need umount $mnt
ok 'and for whoever opens a device first' dax-mem zero /dev/dax0.0 0 4M
fails 'which is not restored either' restore
need mount_dmem dax=dax0.0:dax1.0,pagesize=4K
need dmemfs-layout save $mnt $layout
ok 'a mount need not be kept' dmemfs-layout forget $mnt
need umount $mnt
fails 'and then is not' restore

# By hand, and half-way.
need mount_dmem dax=dax0.0,pagesize=4K
need fallocate -l 8M $mnt/kept
need dax-mem fill $mnt/kept 0 8M 21
tap_run dmemfs-place sealed $mnt
need dmemfs-layout save $mnt $layout
need umount $mnt
ahead
ok 'memory is cleared ahead' all_clear dax1.0
is 'but not what is kept' "$(cat $bus/devices/dax0.0/unclear_bytes)" $((128 << 20))
need mount_dmem dax=dax0.0,pagesize=4K,restore
like 'an unsealed mount says so' "$(findmnt -no OPTIONS $mnt)" ',restore$'
tap_run dmemfs-place unsealed $mnt $((128 << 20))
fails 'it is not saved' dmemfs-layout save $mnt /run/wrong
need umount $mnt
ok 'and leaves all as it was' restore
ok 'before all else is cleared ahead' all_clear dax0.0
ok 'with the content' dax-mem check $mnt/kept 0 8M 21
no_ahead
need umount $mnt
fails 'which is not kept without being saved again' restore
fails 'remount: not for restoring' eval "mount_dmem dax=dax0.0 && mount -o remount,restore $mnt"
need umount $mnt
fails 'nozero is not for restoring' mount_dmem dax=dax0.0,restore,nozero

# Pages of 2M, and pages that went bad: one of a file, one of nobody.
need mount_dmem dax=dax0.0:dax1.0,pagesize=2M,hugetlbfs
need fallocate -l 40M $mnt/guest
need dax-mem fill $mnt/guest 0 6M 31
need dax-mem fill $mnt/guest 13M 4K 32
need dmemfs-layout save $mnt $layout
start=$(jq '.files[1].extents[0] as $e | .devices[$e.device].mappings[0].start + $e.base' $layout)
other=$(jq '(1 - .files[1].extents[0].device) as $d | .devices[$d].mappings[0].start' $layout)
for page in $((start + 0x3000)) $((other + (32 << 20))); do
	printf '%#x\n' "$page" >/sys/devices/system/memory/hard_offline_page ||
		bail "no error at $page"
done
free=$(avail)
need umount $mnt
bad=$(cat /sys/kernel/pfn_quarantine/pages)
need rmmod dmemfs
need modprobe dmemfs
ok 'pages of 2M, one with an error' restore
like 'as hugetlbfs' "$(findmnt -no OPTIONS $mnt)" 'hugetlbfs'
is 'the error is where it was' "$(cat /sys/kernel/pfn_quarantine/pages)" "$bad"
fails 'and is not read' dd if=$mnt/guest of=/dev/null bs=4K skip=3 count=1 status=none
ok 'all else is there' eval "dax-mem check $mnt/guest 16K 6128K 31 &&
	dax-mem check $mnt/guest 13M 4K 32 && dax-mem zero $mnt/guest 14M 26M"
is 'and the page around the other one is nobody'\''s' "$(avail)" $((free - (2 << 20)))
zeroes 'nobody had the rest'
need umount $mnt
need rmmod dmemfs
done_testing
