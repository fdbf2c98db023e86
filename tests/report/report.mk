# SPDX-License-Identifier: GPL-2.0-or-later
REPORT_TEST := $(B)/tests/report_test

report-test: $(REPORT_TEST) ## build the report's unit tests

$(REPORT_TEST): tests/report/report_test.c $(wildcard userspace/report/*.[ch])
	@mkdir -p $(@D)
	$(CC) -g -O1 -std=gnu11 -Wall -Wextra -Werror -fsanitize=address,undefined -D_GNU_SOURCE \
	  -Iuserspace -o $@ $(filter %.c,$^) -ljansson -lcrypto -lm -lcmocka

.PHONY: report-test
