# SPDX-License-Identifier: GPL-2.0-or-later
# libstopgap (static and shared) and the command. A new .c file in a room below
# is compiled and linked without a change here.

U := $(B)/userspace

# The rooms that the kernel module and userspace compile from one source.
USR_PURE := $(wildcard $(addprefix kmod/,frame.c wire.c stream.c conn.c tcp.c opaque.c txn.c frag.c stats.c census.c grant_check.c quorum.c))
USR_LIB  := $(sort $(wildcard userspace/lib/*.c))
USR_APP  := $(sort $(wildcard $(addprefix userspace/,locate/*.c probe/*.c ledger/*.c incident/*.c report/*.c bundle/*.c)))
USR_CLI  := $(sort $(wildcard userspace/cli/*.c))
USR_DAEMON := $(sort $(wildcard userspace/daemon/*.c))

USR_PKGS := libnl-genl-3.0 libnl-route-3.0 libnl-3.0 libudev libpcap jansson libcrypto sqlite3 libprotobuf-c libfstrm ldns
# Made from .proto files.
USR_GEN  := $(U)/gen/dnstap.pb-c.c
USR_OPT  ?= -O2 -g
USR_WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	    -Wold-style-definition -Wpointer-arith -Wwrite-strings -Wundef -Wvla \
	    -Wformat=2 -Wcast-qual -Wimplicit-fallthrough
USR_HARD ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong \
	    -fstack-clash-protection -fcf-protection
# SAN=-fsanitize=address,undefined builds everything with it (and its own B).
SAN ?=

# A command whose file is there is in the table (userspace/cli/command.c).
USR_HAVE := $(foreach c,locate report,$(if $(wildcard userspace/cli/cmd_$(c).c),\
	    -DHAVE_CMD_$(shell echo $(c) | tr a-z A-Z)))

USR_CPPFLAGS := -D_GNU_SOURCE -Ikmod -Iuserspace -I$(U)/gen $(USR_HAVE) $(shell pkg-config --cflags $(USR_PKGS))
USR_CFLAGS    = -std=gnu11 $(USR_OPT) $(USR_WARN) $(USR_HARD) $(SAN) -fPIC $(CFLAGS)
USR_LDFLAGS   = -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(SAN) $(LDFLAGS)
USR_LIBS     := $(shell pkg-config --libs $(USR_PKGS) ncursesw) -lm

usr_obj = $(patsubst %.c,$(U)/obj/%.o,$(1))
GEN_OBJ = $(USR_GEN:.c=.o)
USR_ALL_OBJ = $(call usr_obj,$(USR_PURE) $(USR_LIB) $(USR_APP) $(USR_CLI) $(USR_DAEMON)) $(GEN_OBJ)

LIB_SO_VER := 0
LIB_A  := $(U)/libstopgap.a
LIB_SO := $(U)/libstopgap.so.$(LIB_SO_VER)
APP_A  := $(U)/libapp.a

userspace: $(LIB_A) $(LIB_SO) $(U)/stopgap $(U)/stopgapd $(U)/stopgap.1 $(U)/stopgap.conf.5 $(U)/stopgapd.8 $(U)/stopgap.bash $(U)/stopgap.conf ## the library, the command, the daemon, man pages and completion

# The command is to be found beside its sources too.
ifeq ($(B),$(TOP)/build)
userspace: userspace/cli/stopgap
userspace/cli/stopgap: $(U)/stopgap
	@ln -sfnr $< $@
endif

# Objects depend on the flags that they were built with.
$(U)/flags: FORCE
	@mkdir -p $(U)
	@echo '$(CC) $(USR_CPPFLAGS) $(USR_CFLAGS)' | cmp -s - $@ || \
	  echo '$(CC) $(USR_CPPFLAGS) $(USR_CFLAGS)' > $@

$(U)/gen/%.pb-c.c: userspace/lib/%.proto
	@mkdir -p $(@D)
	@echo "  PB  $*.pb-c.c"
	@protoc-c --proto_path=$(<D) --c_out=$(@D) $<

userspace-gen: $(USR_GEN)

$(GEN_OBJ): %.o: %.c $(U)/flags
	@echo "  CC  $(notdir $@)"
	@$(CC) $(USR_CPPFLAGS) $(USR_CFLAGS) -Wno-cast-qual -MMD -MP -MT $@ -c -o $@ $<

$(U)/obj/%.o: %.c $(U)/flags | $(USR_GEN)
	@mkdir -p $(@D)
	@echo "  CC  $*.o"
	@$(CC) $(USR_CPPFLAGS) $(USR_CFLAGS) -MMD -MP -MT $@ -c -o $@ $<

$(U)/obj/userspace/bundle/page.o: userspace/bundle/verify.html

# Quick append: rooms may have files of the same name.
$(LIB_A): $(call usr_obj,$(USR_PURE) $(USR_LIB)) $(GEN_OBJ)
	@echo "  AR  $(notdir $@)"
	@rm -f $@ && ar qcs $@ $^

$(APP_A): $(call usr_obj,$(USR_APP))
	@echo "  AR  $(notdir $@)"
	@rm -f $@ && ar qcs $@ $^

$(LIB_SO): $(call usr_obj,$(USR_PURE) $(USR_LIB)) $(GEN_OBJ) userspace/lib/libstopgap.map
	@echo "  LD  $(notdir $@)"
	@$(CC) -shared -Wl,-soname,$(notdir $@) -Wl,--version-script=userspace/lib/libstopgap.map \
	  $(USR_LDFLAGS) $(if $(SAN),,-Wl,-z,defs) -o $@ $(filter %.o,$^) $(USR_LIBS)
	@ln -sfn $(notdir $@) $(U)/libstopgap.so

$(U)/stopgap: $(call usr_obj,$(USR_CLI)) $(APP_A) $(LIB_A)
	@echo "  LD  $(notdir $@)"
	@$(CC) -pie $(USR_LDFLAGS) -o $@ $^ $(USR_LIBS)

$(U)/stopgapd: $(call usr_obj,$(USR_DAEMON)) $(APP_A) $(LIB_A)
	@echo "  LD  $(notdir $@)"
	@$(CC) -pie $(USR_LDFLAGS) -o $@ $^ $(USR_LIBS) -lseccomp -lmicrohttpd

# What the command table knows goes into the man page and the completion.
$(U)/stopgap.1: userspace/man/stopgap.1.scd $(U)/stopgap
	@echo "  MAN $(notdir $@)"
	@$(U)/stopgap help --scdoc > $@.commands
	@sed -e '/^@COMMANDS@$$/{r $@.commands' -e 'd}' $< > $@.scd
	@scdoc < $@.scd > $@.tmp && mv $@.tmp $@

$(U)/stopgap.conf.5: userspace/man/stopgap.conf.5.scd $(U)/stopgap
	@echo "  MAN $(notdir $@)"
	@$(U)/stopgap help --scdoc-conf > $@.settings
	@sed -e '/^@SETTINGS@$$/{r $@.settings' -e 'd}' $< > $@.scd
	@scdoc < $@.scd > $@.tmp && mv $@.tmp $@

$(U)/stopgap.conf: $(U)/stopgap
	@$(U)/stopgap help --conf > $@.tmp && mv $@.tmp $@

$(U)/stopgapd.8: userspace/man/stopgapd.8.scd
	@mkdir -p $(@D)
	@echo "  MAN $(notdir $@)"
	@scdoc < $< > $@.tmp && mv $@.tmp $@

$(U)/stopgap.bash: userspace/completion/stopgap.bash $(U)/stopgap
	@$(U)/stopgap help --bash > $@.words
	@sed -e '/^@WORDS@$$/{r $@.words' -e 'd}' $< > $@

-include $(USR_ALL_OBJ:.o=.d)

BINDIR  = $(DESTDIR)$(PREFIX)/bin
# Where the library goes below PREFIX: lib/x86_64-linux-gnu in Debian.
LIBSUB ?= lib
LIBDIR  = $(DESTDIR)$(PREFIX)/$(LIBSUB)
INCDIR  = $(DESTDIR)$(PREFIX)/include/stopgap
MANDIR  = $(DESTDIR)$(PREFIX)/share/man
COMPDIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
UDEVDIR = $(DESTDIR)/usr/lib/udev/rules.d
UNITDIR = $(DESTDIR)/usr/lib/systemd/system
SYSUDIR = $(DESTDIR)/usr/lib/sysusers.d
TMPFDIR = $(DESTDIR)/usr/lib/tmpfiles.d
MODLDIR = $(DESTDIR)/usr/lib/modules-load.d
CONFDIR = $(DESTDIR)/etc/stopgap
PROMDIR = $(DESTDIR)$(PREFIX)/share/stopgap
# Headers of the rooms that the library's own include; three are for inside alone.
LIB_HDR = $(filter-out %/nl_msg.h %/text.h %/conf.h,$(wildcard userspace/lib/*.h)) \
	  $(wildcard $(USR_PURE:.c=.h) $(addprefix kmod/,pure.h hist.h key.h track.h))
# In these files /usr/bin is where the command is installed.
at_bindir = sed 's|/usr/bin/stopgap|$(PREFIX)/bin/stopgap|g'

install: install-userspace ## module, command, library, man page, completion, udev rules and unit (DESTDIR, PREFIX)

install-userspace: userspace
	install -d $(BINDIR) $(LIBDIR)/pkgconfig $(INCDIR)/uapi $(MANDIR)/man1 $(MANDIR)/man5 $(MANDIR)/man8 $(COMPDIR) \
	  $(UDEVDIR) $(UNITDIR) $(SYSUDIR) $(TMPFDIR) $(MODLDIR) $(CONFDIR)/tap.d $(PROMDIR)
	install -m 755 $(U)/stopgap $(BINDIR)/stopgap
	install -m 755 $(U)/stopgapd $(BINDIR)/stopgapd
	install -m 644 $(LIB_A) $(LIBDIR)/libstopgap.a
	install -m 755 $(LIB_SO) $(LIBDIR)/libstopgap.so.$(LIB_SO_VER)
	ln -sfn libstopgap.so.$(LIB_SO_VER) $(LIBDIR)/libstopgap.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' -e 's|@LIBSUB@|$(LIBSUB)|' userspace/lib/libstopgap.pc.in \
	  > $(LIBDIR)/pkgconfig/libstopgap.pc
	install -m 644 $(LIB_HDR) $(INCDIR)
	install -m 644 kmod/uapi/stopgap.h $(INCDIR)/uapi/stopgap.h
	install -m 644 $(U)/stopgap.1 $(MANDIR)/man1/stopgap.1
	install -m 644 $(U)/stopgap.conf.5 $(MANDIR)/man5/stopgap.conf.5
	install -m 644 $(U)/stopgapd.8 $(MANDIR)/man8/stopgapd.8
	install -m 644 $(U)/stopgap.bash $(COMPDIR)/stopgap
	install -m 644 udev/60-stopgap.rules $(UDEVDIR)/60-stopgap.rules
	$(at_bindir) udev/61-stopgap-setup.rules > $(UDEVDIR)/61-stopgap-setup.rules
	$(at_bindir) userspace/systemd/stopgap-tap@.service > '$(UNITDIR)/stopgap-tap@.service'
	$(at_bindir) userspace/systemd/stopgapd.service > $(UNITDIR)/stopgapd.service
	install -m 644 packaging/sysusers/stopgap.conf $(SYSUDIR)/stopgap.conf
	install -m 644 packaging/tmpfiles/stopgap.conf $(TMPFDIR)/stopgap.conf
	install -m 644 packaging/modules-load/stopgap.conf $(MODLDIR)/stopgap.conf
	install -m 644 packaging/prometheus/stopgap.rules.yml packaging/grafana/stopgap.json $(PROMDIR)
	[ -e $(CONFDIR)/stopgap.conf ] || install -m 644 $(U)/stopgap.conf $(CONFDIR)/stopgap.conf

uninstall: uninstall-userspace ## take away what install put there, but not /etc/stopgap

uninstall-userspace:
	rm -f $(BINDIR)/stopgap $(BINDIR)/stopgapd $(MANDIR)/man8/stopgapd.8 \
	  $(UNITDIR)/stopgapd.service $(LIBDIR)/libstopgap.a $(LIBDIR)/libstopgap.so \
	  $(LIBDIR)/libstopgap.so.$(LIB_SO_VER) $(LIBDIR)/pkgconfig/libstopgap.pc \
	  $(MANDIR)/man1/stopgap.1 $(MANDIR)/man5/stopgap.conf.5 $(COMPDIR)/stopgap $(UDEVDIR)/60-stopgap.rules \
	  $(UDEVDIR)/61-stopgap-setup.rules '$(UNITDIR)/stopgap-tap@.service' \
	  $(SYSUDIR)/stopgap.conf $(TMPFDIR)/stopgap.conf $(MODLDIR)/stopgap.conf
	rm -rf $(INCDIR) $(PROMDIR)

.PHONY: userspace userspace-gen install install-userspace uninstall uninstall-userspace
