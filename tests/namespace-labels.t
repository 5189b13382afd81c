#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 10G --append 'memmap=4G!4G'
# vm-debug: --timeout 1200
#
# Promise: whatever is in the label area, nothing crashes, the log tells what is
# wrong, and good labels bring back everything.
. tests/lib.sh
. tests/namespace.sh

have_regions
create_none --size 512M --align 2M --name first
first_uuid=$(json .uuid)
create_none --size 1G --align 1G
second_uuid=$(json .uuid)
uuids() {
	ndctl list --namespaces --region 0 |
		jq -r '.[] | [.uuid, .map] | join(" ")' | sort
}
both=$(printf '%s none\n' "$first_uuid" "$second_uuid" | sort)
is 'two namespaces' "$(uuids)" "$both"
fails 'labels that are in use cannot be overwritten' ndctl zero-labels nmem0
is 'nothing happened to them' "$(uuids)" "$both"

# driver VERB NAME DRIVER: what ndctl does, too, but it takes its time.
driver() {
	echo "$2" >"/sys/bus/nd/drivers/$3/$1"
}

# labels FILE: overwrites all of them, and lets libnvdimm have a look.
labels() {
	[ ! -e $nd/region0/driver ] || driver unbind region0 nd_region
	ndctl write-labels -i "$1" nmem0 || return 1
	[ ! -e $nd/nmem0/driver ] || driver unbind nmem0 nvdimm
	driver bind nmem0 nvdimm
	driver bind region0 nd_region
	# Waits for the namespaces as well.
	cat $nd/ndbus0/wait_probe
}
# damage FILE OFFSET: flips some bits.
damage() {
	dd if=/tmp/labels bs=1 skip="$2" count=16 2>/dev/null |
		tr '\000-\377' '\125-\377\000-\124' |
		dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
need ndctl disable-region region0
need ndctl read-labels -o /tmp/labels nmem0
is 'labels can be saved, all of them' "$(stat -c %s /tmp/labels)" 131072
cp /tmp/labels /tmp/damaged
damage /tmp/damaged 0
need labels /tmp/damaged
like 'the log tells of a damaged index block' "$(log)" \
	'label area damaged, only one of two index blocks'
cp /tmp/labels /tmp/damaged
damage /tmp/damaged 0
damage /tmp/damaged 256
need labels /tmp/damaged
is 'with both of them damaged the namespaces are missing' "$(uuids)" ''
like 'and the log tells what to do' "$(log)" 'write good labels with'
ok 'the region can be used still' ndctl create-namespace -r 0 -m devdax -M none -s 64M
need labels /tmp/labels
is 'good labels bring back all, map none included' "$(uuids)" "$both"
cp /tmp/labels /tmp/damaged
# In the bytes of its name, wherever a copy of the label is.
grep -abo first /tmp/labels | cut -d : -f 1 >/tmp/offsets
while read -r offset; do
	damage /tmp/damaged "$offset"
done </tmp/offsets
need labels /tmp/damaged
like 'the log tells of a damaged label' "$(log)" 'damaged, 1 labels are not valid'
is 'only its namespace is missing' "$(uuids)" "$second_uuid none"

# Labels that are wrong and yet have a valid checksum, as no tool makes them.
# put FILE OFFSET VALUE: 64 bits of it, little endian.
put() {
	local value=$3 bytes='' i
	for ((i = 0; i < 8; i++, value >>= 8)); do
		bytes+=$(printf '\\%03o' $((value & 255)))
	done
	# shellcheck disable=SC2059
	printf "$bytes" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
# seal FILE OFFSET: the sum of a label, which is in its last 8 bytes.
seal() {
	local low=0 high=0 word
	put "$1" $(($2 + 248)) 0
	for word in $(od -An -v -tu4 -j "$2" -N 256 "$1"); do
		low=$(((low + word) & 0xffffffff))
		high=$(((high + low) & 0xffffffff))
	done
	put "$1" $(($2 + 248)) $((high << 32 | low))
}
# A label's start, by its name at 16; its dpa is at 104, its rawsize at 112.
first=$(($(grep -abo first /tmp/labels | tail -n 1 | cut -d : -f 1) - 16))
# wrong NAME OFFSET VALUE...
wrong() {
	local name=$1
	shift
	cp /tmp/labels /tmp/damaged
	while [ $# -gt 0 ]; do
		put /tmp/damaged $((first + $1)) "$2"
		shift 2
	done
	seal /tmp/damaged $first
	labels /tmp/damaged >/tmp/labels.out 2>&1
	# The debug kernel takes its time; it is here for its own reports.
	[ "$DAX_NONE_KERNEL" = stock ] || return 0
	need labels /tmp/labels
	is "nothing is lost by $name" "$(uuids)" "$both"
}
wrong 'a label without change'
wrong 'a start that is not aligned' 104 $(((4 << 30) + 4096))
wrong 'a start outside' 104 $((64 << 30))
wrong 'a start at the end of all' 104 $((-4096))
wrong 'a size that is not aligned' 112 $(((512 << 20) + 4096))
wrong 'a size of 0' 112 0
wrong 'a size that is too large' 112 $((5 << 30))
wrong 'a size beyond all' 112 -1
wrong 'an overlap' 112 $((2 << 30))
wrong 'labels of another range' 88 12345
like 'the log tells of labels outside' "$(log)" 'is outside of'
like 'and of overlaps' "$(log)" 'overlaps'
wrong 'a uuid of zeroes' 0 0 8 0
wrong 'an abstraction nobody knows' 144 -1 152 -1

need labels /tmp/labels
is 'good labels still bring back all' "$(uuids)" "$both"
ok 'labels can be zeroed' sh -c '
	ndctl disable-region region0 && ndctl zero-labels nmem0 &&
	ndctl disable-dimm nmem0 && ndctl enable-dimm nmem0 &&
	ndctl enable-region region0'
is 'which leaves an empty region' "$(uuids) $(available)" " $((4 << 30))"

done_testing
