# SPDX-License-Identifier: GPL-2.0-or-later
# Stopgap: make help lists what there is.

ifneq ($(KERNELRELEASE),)
# Called by kbuild with M=<this folder>: the Kbuild file beside this one rules.
else

MAKEFLAGS += --no-print-directory
TOP := $(CURDIR)
B   ?= $(TOP)/build
OUT ?= $(TOP)/out

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc

VERSION := $(shell sed -n 's/^.define SGAP_VERSION "\(.*\)"/\1/p' kmod/uapi/stopgap.h)

all: module userspace

# Each area brings its own rules; an area that is not there yet is not built.
include kmod/kmod.mk
-include userspace/userspace.mk
-include $(sort $(wildcard tests/*/*.mk))
-include udev/udev.mk
include packaging/packaging.mk

help: ## list the targets
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | \
	  awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}' | sort

deps: ## install the Debian packages that building and testing need
	packaging/install-deps

check: ## everything that proves it: all lanes, then one table
	packaging/install-deps
	tests/check

clean: ## remove what was built
	rm -rf $(B) $(OUT)

.PHONY: all help deps check clean
.DEFAULT_GOAL := all
endif
