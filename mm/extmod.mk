# SPDX-License-Identifier: GPL-2.0-only
#
# Included by every Kbuild file of mm/ and drivers/, so that each of them serves
# both ways of building.
#
# Outside a kernel's tree nobody has been asked what to build: all of it, as modules.
# The private headers of the kernel's drivers, which no package of headers has, come
# from DAX_NONE_KSRC. Inside a tree (see drivers/link) Kconfig asks, and the headers
# are the tree's own.
ifneq ($(KBUILD_EXTMOD),)
CONFIG_PFN_SPECIAL := m
CONFIG_DAX_NONE := m
CONFIG_DAX_NODE := m
CONFIG_ND_E820_LABEL := m
CONFIG_DAX_PMEM_NONE := m
CONFIG_DMEMFS := m
else
DAX_NONE_KSRC := $(srctree)
endif

ccflags-y += -include $(dir $(lastword $(MAKEFILE_LIST)))compat.h
