# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests: each tests/unit/ROOM_test.c is a program of its own (cmocka, TAP),
# built with ASan and UBSan together with all the pure rooms of kmod/.

UNIT := $(B)/unit
UNIT_SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -D_GNU_SOURCE -Ikmod -Iuserspace -Itests/unit -I$(U)/gen $(UNIT_SAN)
UNIT_PURE := $(USR_PURE) kmod/judge.c
UNIT_TESTS := $(patsubst tests/unit/%.c,$(UNIT)/%,$(wildcard tests/unit/*_test.c))
UNIT_OBJ := $(UNIT_PURE:%.c=$(UNIT)/obj/%.o) $(UNIT)/obj/tests/unit/build.o $(UNIT)/obj/tests/unit/rig.o

unit: $(UNIT_TESTS) ## build the unit tests

$(UNIT)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC  $(@:$(B)/%=%)"
	@$(CC) $(UNIT_CFLAGS) -MMD -MP -MT $@ -c $< -o $@

$(UNIT_TESTS): $(UNIT)/%: $(UNIT)/obj/tests/unit/%.o $(UNIT_OBJ)
	@echo "  LD  $(@:$(B)/%=%)"
	@$(CC) $(UNIT_SAN) $^ -lcmocka $(UNIT_LIBS) -o $@

# Rooms of libstopgap that need no kernel.
$(UNIT)/addr_test: $(addprefix $(UNIT)/obj/userspace/lib/,addr.o names.o)
$(UNIT)/dnstap_test: $(UNIT)/obj/userspace/lib/dnstap.o $(U)/gen/dnstap.pb-c.o
$(UNIT)/dnstap_test: UNIT_LIBS := -lfstrm -lprotobuf-c
$(UNIT)/obj/userspace/lib/dnstap.o $(UNIT)/obj/tests/unit/dnstap_test.o: $(USR_GEN)
$(UNIT)/filter_test: $(addprefix $(UNIT)/obj/userspace/,cli/args.o cli/filter.o lib/addr.o lib/names.o)
$(UNIT)/case_test: $(addprefix $(UNIT)/obj/userspace/,incident/case.o incident/case_json.o \
	incident/case_tick.o incident/leases.o incident/seconds.o incident/said.o) \
	$(addprefix $(UNIT)/obj/userspace/lib/,addr.o effect.o json.o json_rec.o names.o grant.o) \
	$(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/locate/*.c)) \
	$(addprefix $(UNIT)/obj/userspace/lib/,offline.o pcap.o)
$(UNIT)/case_test $(UNIT)/locate_test $(UNIT)/recent_test: $(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/probe/*.c)) \
	$(UNIT)/obj/userspace/lib/names.o
$(UNIT)/case_test: UNIT_LIBS := -ljansson -lcrypto -lm -lldns
$(UNIT)/compose_test: $(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/ledger/*.c) \
	$(addprefix userspace/incident/,compose.c case_json.c phases.c seconds.c) \
	$(addprefix userspace/lib/,addr.c effect.c grant.c json.c json_rec.c names.c))
$(UNIT)/compose_test: UNIT_LIBS := -lcrypto -lsqlite3 -ljansson -lm
$(UNIT)/conf_test: $(addprefix $(UNIT)/obj/userspace/lib/,addr.o conf.o)
$(UNIT)/effect_test: $(UNIT)/obj/userspace/lib/effect.o
$(UNIT)/effect_test: UNIT_LIBS := -lm
$(UNIT)/grant_test: $(UNIT)/obj/userspace/lib/grant.o
$(UNIT)/ledger_test $(UNIT)/cut_test: $(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/ledger/*.c)) \
	$(UNIT)/obj/tests/unit/ledger_rig.o
$(UNIT)/ledger_test $(UNIT)/cut_test: UNIT_LIBS := -lcrypto -lsqlite3 -ljansson
$(UNIT)/bundle_test: $(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard $(addprefix userspace/,ledger/*.c bundle/*.c report/*.c)) \
	$(addprefix userspace/incident/,compose.c case_json.c phases.c seconds.c) \
	$(addprefix userspace/lib/,addr.c effect.c grant.c json.c json_rec.c names.c pcapng_write.c))
$(UNIT)/bundle_test: UNIT_LIBS := -lcrypto -lsqlite3 -ljansson -lm
$(UNIT)/obj/userspace/bundle/page.o: userspace/bundle/verify.html
$(UNIT)/iface_test: $(addprefix $(UNIT)/obj/userspace/lib/,iface.o iface_changes.o iface_says.o)
$(UNIT)/keep_test: $(addprefix $(UNIT)/obj/userspace/lib/,keep.o offline.o)
$(UNIT)/live_test: $(UNIT)/obj/userspace/lib/live.o
$(UNIT)/locate_test $(UNIT)/recent_test: $(addprefix $(UNIT)/obj/userspace/,lib/addr.o lib/offline.o lib/pcap.o) \
	$(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/locate/*.c))
$(UNIT)/locate_test $(UNIT)/recent_test: UNIT_LIBS := -lcrypto -lm -lldns
$(UNIT)/metrics_test: $(addprefix $(UNIT)/obj/userspace/,daemon/exposition.o daemon/metrics.o \
	incident/case_json.o incident/seconds.o report/text.o lib/addr.o lib/effect.o lib/grant.o lib/json.o lib/json_rec.o lib/names.o)
$(UNIT)/metrics_test: UNIT_LIBS := -ljansson -lm
$(UNIT)/phases_test: $(addprefix $(UNIT)/obj/userspace/,incident/phases.o lib/effect.o)
$(UNIT)/phases_test: UNIT_LIBS := -ljansson -lm
$(UNIT)/pcapng_write_test: $(addprefix $(UNIT)/obj/userspace/lib/,pcapng_write.o pcap.o)
$(UNIT)/ask_test $(UNIT)/probe_test: $(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/probe/*.c)) \
	$(addprefix $(UNIT)/obj/userspace/lib/,addr.o names.o)
$(UNIT)/ask_test $(UNIT)/probe_test: UNIT_LIBS := -lldns
$(UNIT)/verdict_test $(UNIT)/alike_test $(UNIT)/copies_test $(UNIT)/early_test $(UNIT)/healthy_test $(UNIT)/lookups_test $(UNIT)/networks_test $(UNIT)/places_test $(UNIT)/refine_test: $(addprefix $(UNIT)/obj/userspace/lib/,addr.o names.o offline.o pcap.o) \
	$(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/probe/*.c userspace/locate/*.c))
$(UNIT)/verdict_test $(UNIT)/alike_test $(UNIT)/copies_test $(UNIT)/early_test $(UNIT)/healthy_test $(UNIT)/lookups_test $(UNIT)/networks_test $(UNIT)/places_test $(UNIT)/refine_test: UNIT_LIBS := -lcrypto -lm -lldns
$(UNIT)/trial_test: $(addprefix $(UNIT)/obj/userspace/,cli/trial.o cli/plan.o cli/args.o cli/filter.o \
	lib/addr.o lib/grant.o lib/names.o) $(patsubst %.c,$(UNIT)/obj/%.o,$(wildcard userspace/probe/*.c))
$(UNIT)/trial_test: UNIT_LIBS := -lldns
$(UNIT)/top_model_test: $(addprefix $(UNIT)/obj/userspace/,cli/top_model.o lib/addr.o)
$(UNIT)/why_test: $(addprefix $(UNIT)/obj/userspace/lib/,why.o addr.o names.o)

.PRECIOUS: $(UNIT)/obj/%.o
.PHONY: unit
-include $(shell find $(UNIT) -name '*.d' 2>/dev/null)
