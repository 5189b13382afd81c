# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# For tests/tmem*.t: memory that is lent, with devices of tests/dmemfs.sh.

tmem=/sys/kernel/tmem

lend() {
	echo "$1" >$tmem/lend
}

# take WHAT: a device, or bytes.
take() {
	echo "$1" >$tmem/take
}

# lent: how many bytes are.
lent() {
	cat $tmem/lent
}

# pool NAME COUNTER
pool() {
	cat "$tmem/pools/$1/$2"
}

# What is mapped into the kernel from 4G on, on kernels that tell; reserved memory is there.
kernel_maps() {
	grep -E 'phys=0x0*1[0-7][0-9a-f]{7} .*ioremap' /proc/vmallocinfo
}
