# SPDX-License-Identifier: GPL-2.0
#
# Start with "make help". Nothing outside this directory and the cache is written,
# except that missing Debian packages are installed and that "install" installs.

# Where results go, and what is worth keeping: downloaded and debug kernels.
BUILD ?= $(CURDIR)/build
ifndef DAX_NONE_CACHE
DAX_NONE_CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dax-none
endif
# The kernel that "install" is for, and where it installs to.
KVER ?= $(shell uname -r)
DESTDIR ?=
PREFIX ?= /usr/local
# Tests to run, and how many at a time.
TESTS ?= $(filter-out tests/packages.t,$(sort $(wildcard tests/*.t)))
# Those with a line "# stock" would show nothing more on the debug kernel: they are
# about tools, speed, or guests, whose paths in the kernel the others take as well. (One,
# syscalls, takes too long for every run, and is for that kernel as well.)
TESTS_DEBUG = $(shell grep -L '^\# stock$$' $(TESTS))
# Those with a line "# debug" need what the stock kernel does not offer. Those with a line
# "# race" try again and again to hit a moment. Where check-debug does that, which sees more,
# they are left out, unless TESTS names them; check-all leaves out nothing.
TESTS_STOCK = $(filter-out $(TESTS_RACE),$(shell grep -L '^\# debug$$' $(TESTS)))
TESTS_RACE = $(if $(and $(filter file,$(origin TESTS)),$(filter 6.12,$(KERNEL))),\
	$(shell grep -l '^\# race$$' $(TESTS)))
# Those that depend on the kernel, for another series than the first.
TESTS_KERNEL := $(patsubst %,tests/%.t,mapping unbinding zeroing refusing failure \
	failure-unbound failure-ghes guest carve-middle namespaces dmemfs-mapping dmemfs-vfio \
	vfio vfio-holding)
JOBS ?= 2

# The series of stock kernels to build for and to run, or "newest".
KERNEL ?= 6.12

export BUILD DAX_NONE_CACHE KERNEL

VM := tests/vm
UNIT_CFLAGS := -std=gnu11 -g -O1 -Wall -Wextra -Werror -I. -Itests/unit \
	-fsanitize=address,undefined -fno-sanitize-recover=all
TEST_CFLAGS := -std=gnu11 -g -O2 -Wall -Wextra -Werror

FUZZ_CFLAGS := $(filter-out -Werror,$(UNIT_CFLAGS)) -D_GNU_SOURCE -fsanitize=fuzzer
# Enough to notice that something broke; "-runs=-1" to search in earnest.
FUZZ_ARGS ?= -runs=20000 -seed=1 -max_len=1024 -timeout=10

unit_programs := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
fuzz_programs := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/*.c))
test_programs := $(patsubst tests/bin/%.c,$(BUILD)/tests/%,$(wildcard tests/bin/*.c)) \
	$(patsubst tests/bin/%/main.c,$(BUILD)/tests/%,$(wildcard tests/bin/*/main.c))
guest_images := $(patsubst tests/guest/%.c,$(BUILD)/guest/%.cpio,$(wildcard tests/guest/*.c)) \
	$(patsubst tests/guest/%.S,$(BUILD)/guest/%.bin,$(wildcard tests/guest/*.S))
bench_programs := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))

.PHONY: help
help:
	@echo 'Building'
	@echo '  modules        the modules, for the newest stock kernel of the series'
	@echo '  modules-all    the same for every kernel of Debian 12 and 13 from 6.12 on, to see'
	@echo '                 that they build'
	@echo '  modules-debug  the same for the debug kernel'
	@echo '  tools          ndctl and daxctl with our patches'
	@echo 'Trying it, in a VM'
	@echo '  demo           a KVM guest on memory without struct page'
	@echo '  check          all tests, but for races, which check-debug looks for;'
	@echo '                 TESTS=tests/NAME.t for one of them'
	@echo '  check-debug    all tests on a kernel with KASAN, lockdep and more'
	@echo '  soak           OPS random calls ($(OPS)) on that kernel, with SEED ($(SEED))'
	@echo '  check-newest   what depends on the kernel, on the newest that Debian has;'
	@echo '                 check-all runs everything on both'
	@echo '  check-qemu     those with guests, under the newest QEMU that Debian has for this release'
	@echo '  carve-kills    daxctl carve is killed KILLS times ($(KILLS)), with SEED ($(SEED))'
	@echo '  owners         memory has ROUNDS owners ($(ROUNDS)) while it is cleared ahead, with SEED'
	@echo '  check-packages from a plain Debian 12 host to a guest, with the packages alone'
	@echo '  bench          what everything costs, in instructions; then bench-accept'
	@echo '                 makes that what the documentation says'
	@echo '  bench-clear    how fast this machine clears memory, page by page and as we do'
	@echo '  bench-together how much faster two threads are that wait for the same memory'
	@echo '  syscalls-accept  makes what the system calls answer what the documentation says'
	@echo '  KERNEL=7.3     with any of these: another series than 6.12; or KERNEL=newest'
	@echo 'Working on it'
	@echo '  unit           tests of pure logic, without a VM'
	@echo '  lint           checkpatch, sparse, W=1 and shellcheck'
	@echo '  kernel         fetch the stock kernel: image, headers, private headers'
	@echo '  deps           install the Debian packages that all of this needs'
	@echo 'Using it'
	@echo '  install        modules for KVER=$(KVER), tools to PREFIX=$(PREFIX);'
	@echo '                 honours DESTDIR'
	@echo '  install-dkms   source of the modules for dkms; with KSRC, that of 6.12, of VFIO as well'
	@echo '  deb            Debian packages, in $(BUILD)/deb'
	@echo '  livepatch      from FIX=FILE.patch a livepatch for the modules of KVER, to replace'
	@echo '                 code under running guests; see Documentation/livepatch.md'
	@echo '  clean          remove $(BUILD)'
	@echo
	@echo 'The cache, which clean leaves alone: $(DAX_NONE_CACHE)'

.PHONY: deps
deps:
	@$(VM)/deps build vm debug unit check fs libvirt lint

.PHONY: kernel
kernel:
	@$(VM)/deps build
	@$(VM)/kernel

# What is out of date is left to kbuild, to meson, and to the scripts: a warm run
# of any of these takes a second or two.
.PHONY: modules modules-debug
modules:
	@$(VM)/deps build
	@$(VM)/build-modules stock
modules-debug:
	@$(VM)/deps build
	@$(VM)/build-modules debug

.PHONY: modules-all
modules-all:
	@$(VM)/build-all-kernels

.PHONY: tools
tools:
	@if [ -x ndctl-patches/build ]; then ndctl-patches/build $(BUILD); fi
	@$(MAKE) -s --no-print-directory -C daxctl-plugin BUILD=$(BUILD)
	@$(MAKE) -s --no-print-directory -C dmemfs-tools BUILD=$(BUILD)

.PHONY: test-programs
test-programs: $(test_programs)
$(BUILD)/tests/%: tests/bin/%.c $(wildcard tests/bin/*.h)
	@$(VM)/deps build
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -o $@ $< -lpthread
# A program of several files has a directory.
.SECONDEXPANSION:
$(BUILD)/tests/%: $$(wildcard tests/bin/$$*/*.[ch]) tests/bin/tap.h
	@$(VM)/deps build
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -D_GNU_SOURCE -o $@ $(filter %.c,$^) -lpthread

.PHONY: bench-programs
bench-programs: $(bench_programs)
$(BUILD)/bench/clear: mm/special/clear.h
$(BUILD)/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h)
	@$(VM)/deps build
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -static -o $@ $<

# The one program of a guest inside the VM.
$(BUILD)/guest/%.cpio: tests/guest/%.c $(wildcard tests/bin/*.h)
	@$(VM)/deps build vm
	@mkdir -p $(@D)/$*.d
	$(CC) $(TEST_CFLAGS) -static -o $(@D)/$*.d/init $<
	cd $(@D)/$*.d && echo init | cpio --quiet -o -H newc -R 0:0 >../$(@F)
# Or its firmware.
$(BUILD)/guest/%.bin: tests/guest/%.S
	@$(VM)/deps build
	@mkdir -p $(@D)
	$(CC) -m32 -c -o $(@:.bin=.o) $<
	objcopy -O binary -j .text $(@:.bin=.o) $@

$(BUILD)/vm/tsc: $(VM)/tsc.c
	@$(VM)/deps build
	@mkdir -p $(@D)
	@$(CC) $(TEST_CFLAGS) -o $@ $<

# All that tests/vm/run needs.
.PHONY: vm-stock vm-debug
vm-stock vm-debug: vm-%: tools test-programs bench-programs $(BUILD)/vm/tsc \
			  $(guest_images)
	@$(VM)/deps build vm
	@$(VM)/build-modules $*
	@$(VM)/initramfs $*

unit_sources := $(wildcard tests/unit/*.h mm/*.[ch] mm/*/*.[ch] drivers/*/*.[ch] daxctl-plugin/*.[ch] \
	dmemfs-tools/*.[ch])

.PHONY: unit
unit: $(unit_programs:%=%.ok) $(fuzz_programs:%=%.ok)
$(BUILD)/unit/%.ok: $(BUILD)/unit/%
	$<
	@touch $@
$(BUILD)/unit/%: tests/unit/%.c $(unit_sources)
	@$(VM)/deps build unit
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -D_GNU_SOURCE -o $@ $< -lcmocka -ljson-c

# What a fuzzer finds stays in BUILD; seeds are in a directory of its name.
$(BUILD)/fuzz/%.ok: $(BUILD)/fuzz/%
	@mkdir -p $<.corpus
	$< $(FUZZ_ARGS) -artifact_prefix=$(@D)/ $<.corpus $(wildcard tests/fuzz/$*) \
		>$<.log 2>&1 || { tail -n 40 $<.log; exit 1; }
	@touch $@
$(BUILD)/fuzz/%: tests/fuzz/%.c $(unit_sources)
	@$(VM)/deps build unit
	@mkdir -p $(@D)
	clang $(FUZZ_CFLAGS) -o $@ $< -ljson-c

.PHONY: check check-debug
check: unit vm-stock
	@$(VM)/deps check fs libvirt
	prove --jobs $(JOBS) --timer --exec $(VM)/prove-one $(TESTS_STOCK)
check-debug: vm-debug
	@$(VM)/deps check fs
	@$(VM)/linked
	DEBUG_KERNEL=1 prove --jobs $(JOBS) --timer --exec $(VM)/prove-one $(TESTS_DEBUG)

# On other kernels than the first. All of them: hours.
.PHONY: check-newest check-all
check-newest:
	@$(MAKE) --no-print-directory check KERNEL=newest TESTS='$(TESTS_KERNEL)'
check-all:
	@$(MAKE) --no-print-directory check TESTS_RACE=
	@$(MAKE) --no-print-directory check KERNEL=newest

# Those with guests, under the newest QEMU.
.PHONY: check-qemu
TESTS_GUESTS := $(patsubst %,tests/%.t,guest guest-nested failure-guest dmemfs-guests \
	dmemfs-vfio vfio-guest libvirt)
check-qemu:
	@GUEST_QEMU=newest $(MAKE) --no-print-directory check TESTS='$(TESTS_GUESTS)'

# By itself: it installs a whole Debian host, and compiles in it, without KVM.
.PHONY: check-packages
check-packages: vm-stock
	@$(VM)/deps check deb host
	prove --timer --exec $(VM)/prove-one tests/packages.t

# What the test of system calls has to say becomes what the documentation says.
.PHONY: syscalls-accept
syscalls-accept: vm-stock
	@$(VM)/deps check fs
	@tests/bin/syscalls/accept

# Random calls on the debug kernel, for an hour or more. SEED makes it another run.
.PHONY: soak
OPS ?= 1000000
SEED ?= 1
soak: vm-debug
	@$(VM)/deps check fs
	@mkdir -p $(BUILD)/logs
	@eval "$(VM)/run $$(sed -n 's/^# vm: *//p' tests/soak.t)" --debug-kernel --timeout 86400 \
		--log $(BUILD)/logs/soak.log -- tests/soak.t -n $(OPS) -s $(SEED)

# What tests/carve-kills.t does for a minute, for an hour or two.
.PHONY: carve-kills
KILLS ?= 1000
carve-kills: vm-stock
	@$(VM)/deps check
	@mkdir -p $(BUILD)/logs
	@eval "$(VM)/run $$(sed -n 's/^# vm: *//p' tests/carve-kills.t)" --timeout 86400 \
		--log $(BUILD)/logs/carve-kills.log -- \
		CARVE_KILLS=$(KILLS) CARVE_SEED=$(SEED) tests/carve-kills.t

# What tests/owners.t does for a minute, on the debug kernel.
.PHONY: owners
ROUNDS ?= 10000
owners: vm-debug
	@$(VM)/deps check
	@mkdir -p $(BUILD)/logs
	@eval "$(VM)/run $$(sed -n 's/^# vm: *//p' tests/owners.t)" --debug-kernel \
		--timeout 86400 --log $(BUILD)/logs/owners.log -- \
		OWNERS_ROUNDS=$(ROUNDS) OWNERS_SEED=$(SEED) tests/owners.t

.PHONY: bench bench-accept bench-clear bench-together
bench: vm-stock
	@$(VM)/deps check bench
	@tests/bench/run
bench-clear: $(BUILD)/bench/clear
	@$<
bench-together: vm-stock
	@$(VM)/deps check
	@eval "$(VM)/run $$(sed -n 's/^# vm: *//p' tests/bench/together) -- tests/bench/together"
bench-accept:
	@tests/bench/accept

.PHONY: demo
demo: vm-stock
	@tests/demo

.PHONY: lint
lint:
	@$(VM)/deps build lint
	@$(VM)/lint

# The tools are built once more: they look for their libraries under PREFIX.
.PHONY: install
install:
	@$(VM)/deps build
	@$(VM)/build-modules $(KVER)
	@$(VM)/install-modules $(KVER) "$(DESTDIR)"
	@if [ -x ndctl-patches/build ]; then \
		ndctl-patches/build -p "$(PREFIX)" $(BUILD)/install && \
		$(MAKE) -s --no-print-directory -C daxctl-plugin BUILD=$(BUILD)/install PREFIX="$(PREFIX)" && \
		$(MAKE) -s --no-print-directory -C dmemfs-tools BUILD=$(BUILD)/install && \
		mkdir -p "$(DESTDIR)$(PREFIX)" && \
		cp -a $(BUILD)/install/tools/. "$(DESTDIR)$(PREFIX)/"; \
	fi
	@install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/man/man8" Documentation/man/*.8
	@install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/man/man7" Documentation/man/*.7
	@install -D -m 644 -t "$(DESTDIR)$(PREFIX)/share/doc/dax-none/examples/modprobe.d" \
		debian/dax-none.conf drivers/nvdimm/*.conf

# The modules as source. KSRC is for drivers/vfio alone, which patches it.
.PHONY: install-dkms
install-dkms:
	@debian/install-dkms "$(DESTDIR)/" $(shell sed 's/.*(\(.*\)).*/\1/;q' debian/changelog) $(KSRC)

.PHONY: deb
deb:
	@$(VM)/deps build deb
	@debian/build

# MODULES is the directory with the modules that are to be patched, by default where they are
# installed.
.PHONY: livepatch
livepatch:
	@$(VM)/deps build livepatch
	@livepatch/build "$(KVER)" "$(FIX)" $(MODULES)

.PHONY: clean
clean:
	rm -rf $(BUILD)
