# SPDX-License-Identifier: GPL-2.0-or-later
# The module, for every installed headers package. kbuild writes beside the
# sources, so each kernel version is built in a tree of links of its own.

KVERS ?= $(notdir $(patsubst %/build,%,$(wildcard /lib/modules/*/build)))
KMAKE  = $(MAKE) -C $(KDIR) M=$(B)/kmod/$(KVER) $(KFLAGS)
KFLAGS ?= W=1

module: $(KVERS:%=module-%) ## the kernel module, for every installed headers package

module-%: KVER = $*
module-%: KDIR = /lib/modules/$*/build
# Of another folder's headers nothing is kept: two of one version may differ, and what was built
# with the one may be younger than the other.
module-%: FORCE
	@readlink -f $(KDIR) | cmp -s - $(B)/kmod/$*/.headers || rm -rf $(B)/kmod/$*
	@packaging/link-tree $(B)/kmod/$*
	@readlink -f $(KDIR) >$(B)/kmod/$*/.headers
	$(KMAKE) modules

install: install-module

install-module: module ## the modules, to each kernel's updates folder (DESTDIR)
	for k in $(KVERS); do \
	  install -D -m 644 $(B)/kmod/$$k/stopgap.ko $(DESTDIR)/lib/modules/$$k/updates/stopgap.ko && \
	  { [ -n "$(DESTDIR)" ] || depmod $$k; } || exit; \
	done

FORCE:
uninstall: uninstall-module

uninstall-module:
	@for k in $(KVERS); do \
	  rm -f $(DESTDIR)/lib/modules/$$k/updates/stopgap.ko && \
	  { [ -n "$(DESTDIR)" ] || depmod $$k; } || exit 1; \
	done

.PHONY: module install-module uninstall-module FORCE
