#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 10G --numa 2
# vm: --append 'nokaslr memmap=512M%5G-1+0xefffffff memmap=2G%8G-1+0xefffffff'
# vm-debug: --timeout 1800
#
# Promise: a device of dax_node changes mode as often as one likes, and daxctl's
# own regression tests pass on such a region.
. tests/lib.sh
. tests/carve.sh

have_regions
is 'node 1 has all of its 2G' "$(free 1)" $((2 << 30))

# none -> system-ram -> none
echo offline >/sys/devices/system/memory/auto_online_blocks
need daxctl carve create --node 1 --size 1G
total() {
	awk '/MemTotal/ { print $4 }' /sys/devices/system/node/node1/meminfo
}
log=$(mktemp)
before=$(total)
rounds=0
# Memory hotplug under KASAN takes minutes for what takes seconds without.
wanted=${1:-4}
[ "$DAX_NONE_KERNEL" = stock ] || wanted=2
while [ $rounds -lt "$wanted" ]; do
	daxctl reconfigure-device --mode=system-ram dax1001.0 >/dev/null || break
	[ "$(query '.[].devices[].mode' -n 1)" = system-ram ] || break
	[ $(($(total) - before)) -ge $((1000 << 10)) ] || break
	daxctl reconfigure-device --force --mode=devdax --map=none dax1001.0 \
		>/dev/null || break
	[ "$(query '.[].devices[].map' -n 1)" = none ] || break
	[ "$(total)" -eq "$before" ] || break
	rounds=$((rounds + 1))
done 2>"$log"
is "none to system-ram, all of it online, and back, $wanted times" $rounds "$wanted"
[ $rounds -eq "$wanted" ] || diag "$(cat "$log")"
ok 'what was system RAM is cleared' dax-mem zero /dev/dax1001.0 0 256M

need daxctl reconfigure-device --mode=system-ram dax1001.0
refuses 'system RAM is not destroyed' 'in use as system RAM' destroy dax1001.0
ok 'except by force' daxctl carve destroy --force dax1001.0
is 'and then all is free' "$(free 1)" $((2 << 30))

# Upstream's tests: only names are changed.
upstream=$DAX_NONE_BUILD/ndctl/src/test
dir=$(mktemp -d)
cp "$upstream/common" "$dir"
sed 's/cxl_acpi\.0/dax_node.1/; s/cxl_test/loop/' "$upstream/daxctl-create.sh" \
	>"$dir/daxctl-create.sh"
cp "$upstream/daxctl-devices.sh" "$dir"
chmod +x "$dir"/*.sh

# A region plays the namespace: its memory cannot be taken while it is in use.
cat >"$dir/ndctl" <<'END'
#!/bin/bash
case "$*" in
list*-X*) echo '[{"daxregion":{"devices":[{"chardev":"dax1001.0"}]}}]' ;;
list*) echo '[{"dev":"dax_node.1"}]' ;;
create-namespace*)
	echo 2147483648 >/sys/bus/dax/devices/dax1001.0/size &&
		echo '{"dev":"dax_node.1"}' ;;
destroy-namespace*)
	daxctl disable-device dax1001.0
	echo 0 >/sys/bus/dax/devices/dax1001.0/size ;;
disable-namespace*)
	for source in /sys/bus/platform/drivers/dax_node/hmem.*; do
		[ "$(cat "$source/numa_node")" != 1 ] ||
			echo "${source##*/}" >/sys/bus/platform/drivers/dax_node/unbind
	done ;;
esac
END
chmod +x "$dir/ndctl"

# They expect what cxl_test has: one device, with all memory, in use.
need daxctl reconfigure-device -s "$(free 1)" dax1001.0
need daxctl enable-device dax1001.0
cd "$dir" || bail "no $dir"
ok "daxctl's own daxctl-create.sh" env DAXCTL=daxctl NDCTL=true CXL=true \
	bash -Ex "$dir/daxctl-create.sh"
need "$dir/ndctl" destroy-namespace
ok "daxctl's own daxctl-devices.sh" env DAXCTL=daxctl "NDCTL=$dir/ndctl" CXL=true \
	bash -Ex "$dir/daxctl-devices.sh"
cd "$OLDPWD" || bail 'no way back'
is 'and all is free again' "$(free 1)" $((2 << 30))

# Hand-over, in any order. Node 0 has hmem.0, node 1 hmem.1.
# shellcheck disable=SC2317 # used through "ok"
give_back() {
	echo "$1" >"$hmem/unbind" &&
		echo >"/sys/bus/platform/devices/$1/driver_override" &&
		echo "$1" >/sys/bus/platform/drivers/hmem/bind
}
# shellcheck disable=SC2317
take() {
	echo "$1" >/sys/bus/platform/drivers/hmem/unbind &&
		echo dax_node >"/sys/bus/platform/devices/$1/driver_override" &&
		echo "$1" >"$hmem/bind"
}
need daxctl carve create --node 1 --size 2M
ok 'a region goes while another is in use' give_back hmem.0
ok 'to be a region of dax_hmem' test -d /sys/bus/dax/devices/dax0.0
is 'the other is as it was' "$(query '.[] | [.node, (.devices | length)]')" '[1,1]'
ok 'it comes back' take hmem.0
is 'and is what it was' "$(free 0)" $((512 << 20))
fails 'a range that is bound is not bound again' sh -c "echo hmem.0 >$hmem/bind"
fails 'nor is what holds no memory' sh -c "echo hmem_platform.0 >$hmem/bind"
need daxctl carve destroy --all
ok 'both can go' give_back hmem.1
ok 'the last one, too' give_back hmem.0
ok 'dax_node can be unloaded then' rmmod dax_node
ok 'and loaded' modprobe dax_node
is 'it takes nothing that another driver has' "$(ls -d "$hmem"/hmem.* 2>/dev/null)" ''
ok 'it can have them' take hmem.1
ok 'in the other order' take hmem.0
is 'regions are the same' "$(query '.[] | [.region, .available_size]')" \
"[1000,$((512 << 20))]
[1001,$((2 << 30))]"
done_testing
