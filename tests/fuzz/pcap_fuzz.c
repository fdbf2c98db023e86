// SPDX-License-Identifier: GPL-2.0-or-later
// link: userspace/lib/pcap.c userspace/lib/offline.c userspace/lib/addr.c userspace/lib/names.c
// link: userspace/probe/*.c userspace/locate/*.c
// libs: -lcrypto -lm -lldns
/*
 * Any bytes as a capture, all the way to the answer: a verdict or a clear error.
 * The first byte asks for the same file as a second vantage point too.
 */
#include <stdint.h>
#include <stdlib.h>

#include "locate/answer.h"
#include "locate/capture.h"
#include "locate/judge.h"
#include "lib/pcap.h"

static int take(struct sgap_ev *ev, const uint8_t *data, size_t size, char *note)
{
	struct sgap_pcap *pcap = NULL;
	int ret = sgap_pcap_open_mem(&pcap, data, size, note, 200);

	if (!ret)
		ret = sgap_capture_take(ev, "fuzz", pcap, NULL, note, 200);
	if (ret && !*note)
		abort();	/* an error without a sentence */
	sgap_pcap_free(pcap);
	return ret;
}

static void answer(const struct sgap_ev *ev, const char *note)
{
	const struct sgap_answer_source source = { "pcap", note };
	struct sgap_judge *j = sgap_judge_new(ev);
	FILE *null = fopen("/dev/null", "w");
	struct sgap_verdict v;

	if (!j || !null || sgap_judge_run(j, &v) || sgap_answer_json(null, &source, j, &v) ||
	    sgap_answer_text(null, &source, j, &v))
		abort();
	if (v.confidence < 0 || v.confidence > 1 || sgap_answer_exit(&v) > 3)
		abort();
	fclose(null);
	sgap_judge_free(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sgap_ev *ev = sgap_ev_new(256);
	char note[200] = "";
	int ret;

	if (!ev || !size)
		goto out;
	ret = take(ev, data + 1, size - 1, note);
	if (!ret && data[0] & 1)
		ret = take(ev, data + 1, size - 1, note);
	if (!ret && !sgap_ev_finish(ev))
		answer(ev, note);
out:
	sgap_ev_free(ev);
	return 0;
}
