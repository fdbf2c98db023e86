# SPDX-License-Identifier: GPL-2.0-or-later
DIFFERENTIAL := $(B)/tests/dns_messages

dns-messages: $(DIFFERENTIAL) ## build what lists the DNS messages of a capture, for the test against tshark

$(DIFFERENTIAL): tests/differential/dns_messages.c $(LIB_A)
	@mkdir -p $(@D)
	$(CC) $(USR_CPPFLAGS) $(USR_CFLAGS) -o $@ $^ $(USR_LDFLAGS)

.PHONY: dns-messages
