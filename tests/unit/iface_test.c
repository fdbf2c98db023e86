// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said of an interface: the sentences, and which counters are errors. */
#include "build.h"

#include <stdio.h>

#include "lib/iface.h"
#include "lib/iface_changes.h"
#include "lib/iface_says.h"

/* The pictures are made here: the kernel is not asked. */
int sgap_iface_ask_route(struct sgap_iface *iface)
{
	(void)iface;
	return 0;
}

int sgap_iface_ask_ethtool(struct sgap_iface *iface)
{
	(void)iface;
	return 0;
}

int sgap_iface_ask_driver(struct sgap_iface *iface)
{
	(void)iface;
	return 0;
}

struct said {
	int n;
	enum sgap_iface_weight weight;
	char about[64], text[SGAP_IFACE_SAYS_TEXT];
};

static void hear(void *ctx, enum sgap_iface_weight weight, const char *about, const char *text)
{
	struct said *s = ctx;

	s->n++;
	s->weight = weight;
	snprintf(s->about, sizeof(s->about), "%s", about);
	snprintf(s->text, sizeof(s->text), "%s", text);
}

/* A card that is well: nothing is said of it. */
static void good(struct sgap_iface *iface)
{
	assert_int_equal(sgap_iface_get(iface, "eth0"), 0);
	iface->param[SGAP_IFACE_UP] = 1;
	iface->param[SGAP_IFACE_CARRIER] = 1;
	iface->param[SGAP_IFACE_OPERSTATE] = 6;
	iface->param[SGAP_IFACE_CARRIER_CHANGES] = 2;
	iface->param[SGAP_IFACE_SPEED] = 1000;
	iface->param[SGAP_IFACE_DUPLEX] = 1;
	iface->param[SGAP_IFACE_AUTONEG] = 1;
	iface->param[SGAP_IFACE_MTU] = 1500;
	iface->param[SGAP_IFACE_TXQLEN] = 1000;
	iface->param[SGAP_IFACE_RING_RX] = 256;
	iface->param[SGAP_IFACE_RING_RX_MAX] = 4096;
	iface->param[SGAP_IFACE_CO_RX_USECS] = 20;
	assert_int_equal(sgap_iface_add(iface, "link", "rx_packets", SGAP_IFACE_TRAFFIC, 9), 0);
	assert_int_equal(sgap_iface_add_mode(&iface->supported, "1000baseT/Full"), 0);
	assert_int_equal(sgap_iface_add_mode(&iface->ours, "1000baseT/Full"), 0);
	assert_int_equal(sgap_iface_add_mode(&iface->peer, "1000baseT/Full"), 0);
}

/* One thing is said: so heavy, about this, with these words. Frees now. */
static void one(struct sgap_iface *now, enum sgap_iface_weight weight, const char *about,
		const char *words)
{
	struct said s = { 0 };

	sgap_iface_says(now, NULL, hear, &s);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.about, about);
	assert_int_equal(s.weight, weight);
	assert_non_null(strstr(s.text, words));
	sgap_iface_free(now);
}

static void test_params(void **state)
{
	static const struct {
		enum sgap_iface_param param;
		__s64 value;
		enum sgap_iface_weight weight;
		const char *about, *words;
	} table[] = {
		{ SGAP_IFACE_UP, 0, SGAP_IFACE_FAULT, "up", "switched off" },
		{ SGAP_IFACE_CARRIER, 0, SGAP_IFACE_FAULT, "carrier", "no carrier" },
		{ SGAP_IFACE_OPERSTATE, 5, SGAP_IFACE_FAULT, "operstate", "dormant" },
		{ SGAP_IFACE_CARRIER_CHANGES, 11, SGAP_IFACE_WARNING, "carrier_changes", "5 times" },
		{ SGAP_IFACE_SPEED, 100, SGAP_IFACE_WARNING, "speed", "100 Mb/s, though it can do 1000" },
		{ SGAP_IFACE_DUPLEX, 0, SGAP_IFACE_FAULT, "duplex", "half duplex:" },
		{ SGAP_IFACE_AUTONEG, 0, SGAP_IFACE_WARNING, "autonegotiation", "falls back" },
		{ SGAP_IFACE_MTU, 1279, SGAP_IFACE_FAULT, "mtu", "IPv6 needs 1280" },
		{ SGAP_IFACE_MTU, 1492, SGAP_IFACE_NOTE, "mtu", "1492 and not 1500" },
		{ SGAP_IFACE_MTU, 9000, SGAP_IFACE_NOTE, "mtu", "every device" },
		{ SGAP_IFACE_TXQLEN, 0, SGAP_IFACE_NOTE, "txqueuelen", "queues nothing" },
		{ SGAP_IFACE_PROMISC, 1, SGAP_IFACE_NOTE, "promiscuity", "promiscuous" },
		{ SGAP_IFACE_CO_RX_USECS, 5000, SGAP_IFACE_WARNING, "rx_usecs", "5000 us" },
		{ SGAP_IFACE_CO_TX_USECS, 1000, SGAP_IFACE_WARNING, "tx_usecs", "up to 1000 us late" },
		{ SGAP_IFACE_EEE_ACTIVE, 1, SGAP_IFACE_NOTE, "eee", "awake" },
	};
	struct sgap_iface iface;
	struct said s = { 0 };
	size_t i;

	(void)state;
	good(&iface);
	sgap_iface_says(&iface, NULL, hear, &s);
	assert_int_equal(s.n, 0);
	sgap_iface_free(&iface);
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		good(&iface);
		iface.param[table[i].param] = table[i].value;
		one(&iface, table[i].weight, table[i].about, table[i].words);
	}
	good(&iface);
	iface.param[SGAP_IFACE_CARRIER] = 0;
	iface.param[SGAP_IFACE_EXT_STATE] = 4;
	one(&iface, SGAP_IFACE_FAULT, "carrier", "no cable");
	good(&iface);
	assert_int_equal(sgap_iface_add_mode(&iface.supported, "10000baseT/Full"), 0);
	one(&iface, SGAP_IFACE_NOTE, "speed", "the other side offers no more");
	good(&iface);
	iface.param[SGAP_IFACE_SQI] = 2;
	iface.param[SGAP_IFACE_SQI_MAX] = 7;
	one(&iface, SGAP_IFACE_WARNING, "signal_quality", "2 of 7");
}

/* Some are unusual only together with others; nothing is said where @about is NULL. */
static void test_together(void **state)
{
#define P(param) SGAP_IFACE_##param
	static const struct {
		struct { enum sgap_iface_param param; __s64 value; } set[3];
		const char *peer;	/* what it offers, besides its speed */
		enum sgap_iface_weight weight;
		const char *about, *words;
	} table[] = {
		{ { { P(PAUSE_RX), 1 }, { P(PAUSE_TX), 1 } }, NULL, 0, NULL, NULL },
		{ { { P(PAUSE_RX), 0 }, { P(PAUSE_TX), 0 } }, NULL, 0, NULL, NULL },
		{ { { P(PAUSE_RX), 1 }, { P(PAUSE_TX), 0 } }, NULL, SGAP_IFACE_NOTE, "pause",
		  "never asks for one itself" },
		{ { { P(PAUSE_RX), 0 }, { P(PAUSE_TX), 1 } }, NULL, SGAP_IFACE_NOTE, "pause",
		  "does not stop when it is asked" },
		{ { { P(FEC_ACTIVE), SGAP_IFACE_FEC_RS } }, "RS", 0, NULL, NULL },
		{ { { P(FEC_ACTIVE), SGAP_IFACE_FEC_NONE } }, NULL, 0, NULL, NULL },
		{ { { P(FEC_ACTIVE), SGAP_IFACE_FEC_NONE } }, "BASER", SGAP_IFACE_WARNING, "fec",
		  "it can do RS and the other side offers BASER" },
		{ { { P(FEC_ACTIVE), SGAP_IFACE_FEC_NONE }, { P(SPEED), 25000 } }, NULL,
		  SGAP_IFACE_NOTE, "fec", "it can do RS: at 25000 Mb/s" },
		{ { { P(CH_COMBINED), 1 }, { P(CH_COMBINED_MAX), 1 } }, NULL, 0, NULL, NULL },
		{ { { P(CH_COMBINED), 4 }, { P(CH_COMBINED_MAX), 8 } }, NULL, 0, NULL, NULL },
		{ { { P(CH_COMBINED), 1 }, { P(CH_COMBINED_MAX), 8 } }, NULL, SGAP_IFACE_NOTE,
		  "combined", "one channel of 8" },
		{ { { P(CH_RX), 1 }, { P(CH_RX_MAX), 2 } }, NULL, SGAP_IFACE_NOTE, "rx",
		  "'ethtool -L eth0 rx 2'" },
		{ { { P(CO_TX_USECS), 5000 }, { P(CO_ADAPTIVE_TX), 1 } }, NULL, 0, NULL, NULL },
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct said s = { 0 };
		struct sgap_iface iface;

		good(&iface);
		assert_int_equal(sgap_iface_add_mode(&iface.supported, "RS"), 0);
		if (table[i].peer)
			assert_int_equal(sgap_iface_add_mode(&iface.peer, table[i].peer), 0);
		for (k = 0; k < 3; k++)
			if (table[i].set[k].param)
				iface.param[table[i].set[k].param] = table[i].set[k].value;
		if (table[i].about) {
			one(&iface, table[i].weight, table[i].about, table[i].words);
			continue;
		}
		sgap_iface_says(&iface, NULL, hear, &s);
		assert_int_equal(s.n, 0);
		sgap_iface_free(&iface);
	}
#undef P
}

static void test_features(void **state)
{
	struct sgap_iface_feature *f;
	struct sgap_iface iface;

	(void)state;
	good(&iface);
	f = sgap_iface_feature(&iface, "rx-lro");
	f->active = true;
	assert_ptr_equal(sgap_iface_feature(&iface, "rx-lro"), f);
	one(&iface, SGAP_IFACE_WARNING, "rx-lro", "forwarded");
	good(&iface);
	sgap_iface_feature(&iface, "rx-checksum")->can = true;
	one(&iface, SGAP_IFACE_NOTE, "rx-checksum", "by the CPU");
	good(&iface);
	f = sgap_iface_feature(&iface, "tx-tcp-segmentation");
	f->can = true;
	f->wanted = true;
	one(&iface, SGAP_IFACE_NOTE, "tx-tcp-segmentation", "keeps it off");
}

/* now - before = 10 in 2 s */
static void pictures(struct sgap_iface *now, struct sgap_iface *before, const char *source,
		     const char *name, enum sgap_iface_count what, __u64 grown)
{
	good(before);
	good(now);
	before->ts = 1000000000;
	now->ts = 3000000000;
	assert_int_equal(sgap_iface_add(before, source, name, what, 100), 0);
	assert_int_equal(sgap_iface_add(now, source, name, what, 100 + grown), 0);
}

static void test_counters(void **state)
{
	static const struct {
		const char *source, *name;
		enum sgap_iface_count what;
		__u64 grown;
		enum sgap_iface_weight weight;
		const char *words;
	} table[] = {
		{ "link", "rx_crc_errors", SGAP_IFACE_ERROR, 10, SGAP_IFACE_FAULT, "110, 5.0 more each second: frames came damaged" },
		{ "link", "rx_crc_errors", SGAP_IFACE_ERROR, 0, SGAP_IFACE_WARNING, "100, no more just now" },
		{ "qdisc", "fq_codel 0: drops", SGAP_IFACE_DROP, 3, SGAP_IFACE_WARNING, "1.5 more each second: the queue was full" },
		{ "driver", "rx_queue_0_drops", SGAP_IFACE_DROP, 0, SGAP_IFACE_NOTE, "given up" },
		{ "pause", "rx_pause_frames", SGAP_IFACE_SIGN, 4, SGAP_IFACE_WARNING, "2.0 more each second: the other side asks it to stop" },
		{ "pause", "tx_pause_frames", SGAP_IFACE_SIGN, 0, SGAP_IFACE_NOTE, "100, no more just now: it asks the other side" },
		{ "fec", "uncorrectable_blocks", SGAP_IFACE_ERROR, 2, SGAP_IFACE_FAULT, "1.0 more each second: so bad a signal" },
		{ "fec", "uncorrectable_blocks", SGAP_IFACE_ERROR, 0, SGAP_IFACE_WARNING, "100, no more just now: so bad a signal" },
		{ "fec", "corrected_blocks", SGAP_IFACE_SIGN, 10, SGAP_IFACE_NOTE, "5.0 more each second: bit errors, mended" },
		{ "fec", "corrected_bits", SGAP_IFACE_SIGN, 10, SGAP_IFACE_NOTE, "forward error correction" },
	};
	struct sgap_iface now, before;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++) {
		struct said s = { 0 };

		pictures(&now, &before, table[i].source, table[i].name, table[i].what,
			 table[i].grown);
		now.param[SGAP_IFACE_RING_RX] = now.param[SGAP_IFACE_RING_RX_MAX];
		sgap_iface_says(&now, &before, hear, &s);
		assert_int_equal(s.n, 1);
		assert_int_equal(s.weight, table[i].weight);
		assert_non_null(strstr(s.text, table[i].words));
		sgap_iface_free(&now);
		sgap_iface_free(&before);
	}
	/* The ring is small, and that is why. */
	pictures(&now, &before, "link", "rx_missed_errors", SGAP_IFACE_DROP, 1);
	{
		struct said s = { 0 };

		sgap_iface_says(&now, &before, hear, &s);
		assert_int_equal(s.n, 2);
	}
	/* A counter that went back gives no rate, nor does one that is new. */
	now.counter[1].value = 50;
	assert_true(sgap_iface_rate(&now, &before, &now.counter[1]) < 0);
	assert_true(sgap_iface_rate(&now, NULL, &now.counter[1]) < 0);
	sgap_iface_free(&now);
	sgap_iface_free(&before);
}

static void hear_change(void *ctx, const char *what, const char *before, const char *after)
{
	size_t at = strlen(ctx);

	snprintf((char *)ctx + at, 512 - at, "%s: %s, was %s; ", what, after, before);
}

static void test_changes(void **state)
{
	struct sgap_iface before, now;
	char heard[512] = "";

	(void)state;
	pictures(&now, &before, "qdisc", "tbf 1: drops", SGAP_IFACE_DROP, 0);
	sgap_iface_feature(&before, "rx-gro")->active = true;
	sgap_iface_feature(&now, "rx-gro")->active = true;
	sgap_iface_changes(&before, &now, hear_change, heard);
	assert_string_equal(heard, "");
	/* Measured, or of traffic: no change. A counter that sank, or is new, is none either. */
	now.param[SGAP_IFACE_SQI] = 3;
	now.param[SGAP_IFACE_CARRIER_CHANGES] = 4;
	now.counter[0].value = 90;
	now.counter[1].value = 50;
	assert_int_equal(sgap_iface_add(&now, "qdisc", "fq 2: drops", SGAP_IFACE_DROP, 7), 0);
	sgap_iface_changes(&before, &now, hear_change, heard);
	assert_string_equal(heard, "");
	now.counter[1].value = 107;
	now.param[SGAP_IFACE_DUPLEX] = 0;
	now.param[SGAP_IFACE_PAUSE_RX] = 1;
	now.param[SGAP_IFACE_CO_RX_USECS] = 50;
	now.param[SGAP_IFACE_RING_RX] = SGAP_IFACE_NONE;
	sgap_iface_feature(&now, "rx-gro")->active = false;
	snprintf(now.fec, sizeof(now.fec), "RS");
	sgap_iface_changes(&before, &now, hear_change, heard);
	assert_string_equal(heard, "link.duplex: half, was full; rings.rx: unknown, was 256; "
			    "coalescing.rx_usecs: 50 us, was 20 us; pause.rx: on, was unknown; "
			    "fec modes: RS, was unknown; offload rx-gro: off, was on; "
			    "qdisc tbf 1: drops: 107, was 100; ");
	sgap_iface_free(&now);
	sgap_iface_free(&before);
}

static void test_what(void **state)
{
	static const struct { const char *name; enum sgap_iface_count what; } table[] = {
		{ "rx_packets", SGAP_IFACE_TRAFFIC }, { "rx_queue_0_bytes", SGAP_IFACE_TRAFFIC },
		{ "tx_good_bytes", SGAP_IFACE_TRAFFIC }, { "rx_csum_offload_good", SGAP_IFACE_TRAFFIC },
		{ "rx_crc_errors", SGAP_IFACE_ERROR }, { "tx_timeout_count", SGAP_IFACE_ERROR },
		{ "rx_fcs_err", SGAP_IFACE_ERROR }, { "symbol_err3", SGAP_IFACE_ERROR },
		{ "rx_no_buffer_count", SGAP_IFACE_DROP }, { "rx_missed_errors", SGAP_IFACE_DROP },
		{ "rx_queue_3_drops", SGAP_IFACE_DROP }, { "rx_dropped", SGAP_IFACE_DROP },
		{ "tx_fifo_errors", SGAP_IFACE_DROP }, { "badger_packets", SGAP_IFACE_TRAFFIC },
		{ "interrupts", SGAP_IFACE_TRAFFIC }, { "alloc_rx_buff_failed", SGAP_IFACE_ERROR },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		assert_int_equal(sgap_iface_what(table[i].name), table[i].what);
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(sgap_iface_word(SGAP_IFACE_KIND_BOOL, 1), "on");
	assert_string_equal(sgap_iface_word(SGAP_IFACE_KIND_PORT, 3), "fibre");
	assert_string_equal(sgap_iface_word(SGAP_IFACE_KIND_PORT, 0xef), "other");
	assert_string_equal(sgap_iface_word(SGAP_IFACE_KIND_OPERSTATE, 6), "up");
	assert_null(sgap_iface_word(SGAP_IFACE_KIND_OPERSTATE, 7));
	assert_null(sgap_iface_word(SGAP_IFACE_KIND_OPERSTATE, -1));
	assert_null(sgap_iface_word(SGAP_IFACE_KIND_NUMBER, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_features),
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_what),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests_name("iface", tests, NULL, NULL);
}
