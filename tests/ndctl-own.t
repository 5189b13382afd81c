#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# stock
# vm: --mem 9G --append 'nokaslr memmap=1G%4G-1+0xefffffff memmap=3G!6G'
#
# Promise: the tests that our patches add to those of ndctl and daxctl pass: every way
# into and out of map none, what is refused, and what is said then.
. tests/lib.sh
# Regions of either kind have their numbers from one place.
dax=dax1.0
. tests/device.sh
. tests/namespace.sh

TEST_PATH=$DAX_NONE_BUILD/ndctl/src/test
# The third is not built; nothing here asks for it.
export TEST_PATH NDCTL=ndctl DAXCTL=daxctl CXL=true

# own TEST: what it printed last, if it fails; a test that skips itself has failed.
own() {
	own_status=0
	bash -Ex "$TEST_PATH/$1" >/tmp/own 2>&1 || own_status=$?
	is "$1" $own_status 0
	[ $own_status -eq 0 ] || diag "$(tail -n 40 /tmp/own)"
}

have_regions
own daxdev-map-none.sh
have_device
need bind device_dax
own daxctl-map-none.sh
done_testing
