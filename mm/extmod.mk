# SPDX-License-Identifier: GPL-2.0-only
#
# Included by every Kbuild file of mm/ and drivers/, so that each of them serves
# both ways of building.
#
# Outside a kernel's tree nobody has been asked what to build: all that the kernel has
# room for, as modules. No package of headers has the private headers of the kernel's
# drivers: drivers/private makes them from the kernel's BTF, unless DAX_NONE_KSRC names
# the very source that the kernel was built from. Inside a tree (see drivers/link)
# Kconfig asks, and the headers are the tree's own.
extmod-mm := $(dir $(lastword $(MAKEFILE_LIST)))

ifneq ($(KBUILD_EXTMOD),)
CONFIG_PFN_SPECIAL := m
CONFIG_DAX_PRIVATE_LAYOUT := m
CONFIG_DAX_NONE := $(if $(CONFIG_DEV_DAX),m)
CONFIG_DAX_NODE := $(if $(CONFIG_DEV_DAX_HMEM),m)
CONFIG_ND_E820_LABEL := $(if $(CONFIG_LIBNVDIMM),m)
CONFIG_DAX_PMEM_NONE := $(if $(CONFIG_NVDIMM_DAX),m)
CONFIG_DMEMFS := m
CONFIG_TMEM := m
CONFIG_TMEM_SWAP := $(if $(CONFIG_SWAP),$(if $(CONFIG_BLOCK),m))
else
DAX_NONE_KSRC := $(srctree)
endif

ifdef DAX_NONE_KSRC
private-headers := -I$(DAX_NONE_KSRC)/drivers
else
private-headers := -I$(extmod-mm)../drivers/private/include \
	-I$(extmod-mm)../drivers/private/generated
endif

ccflags-y += -include $(extmod-mm)compat.h
ccflags-y += $(shell $(extmod-mm)probe $(srctree) $(objtree))
