// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: to_check [-ri] [-t TXNS] [-T TIMEOUT_MS] FILE...
 * What the offline source makes of a capture, per server and transport, as JSON:
 * counters exactly, quantiles of the RTT in ns from the histogram. -r: makes each
 * record too, with its digest; the counters are the same. -i: looks inside tunnels.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/offline.h"
#include "lib/pcap.h"
#include "stats.h"

static __u64 digest;

/* A consumer that looks at each record, so that they are made. */
static void take(void *ctx, const struct sgap_rec_txn *rec)
{
	(void)ctx;
	digest += rec->digest ^ rec->id ^ rec->state;
}

static void print_rtt(const char *name, const __u32 *hist)
{
	static const struct { const char *name; __u32 permille; } q[] = {
		{ "p50", 500 }, { "p90", 900 }, { "p95", 950 }, { "p99", 990 }, { "p999", 999 },
	};
	__u64 n = 0;
	size_t i;

	for (i = 0; i < SGAP_HIST_BINS; i++)
		n += hist[i];
	printf(",\"%s\":{\"n\":%" PRIu64, name, (uint64_t)n);
	for (i = 0; i < sizeof(q) / sizeof(q[0]); i++)
		printf(",\"%s\":%" PRIu64, q[i].name,
		       (uint64_t)(sgap_stats_quantile(hist, q[i].permille) * 1000));
	printf("}");
}

static void print_stats(const char *name, const struct sgap_stats *s)
{
	static const struct sgap_stats none;
	const char *comma = "";
	int i;

	s = s ? s : &none;
	/* What still waited when the capture ended got no answer in it. */
	printf("\"%s\":{\"queries\":%llu,\"transactions\":%llu,\"responses\":%llu,\"answered\":%llu,"
	       "\"unanswered\":%llu,\"resends\":%llu,\"dup_responses\":%llu,"
	       "\"orphan_responses\":%llu,\"tc\":%llu,\"rcode\":{", name,
	       s->queries, s->transactions, s->responses, s->answered,
	       s->transactions - s->answered - s->failed - s->evicted, s->resends,
	       s->duplicates + s->late, s->unmatched, s->truncated);
	for (i = 0; i < SGAP_RCODES; i++) {
		if (!s->rcode[i])
			continue;
		printf("%s\"%d\":%llu", comma, i, s->rcode[i]);
		comma = ",";
	}
	printf("}");
	print_rtt("rtt_first", s->rtt_first);
	print_rtt("rtt_last", s->rtt_last);
	printf("}");
}

static void print_server(const struct sgap_addr *addr, const struct sgap_stats *udp,
			 const struct sgap_stats *tcp)
{
	char text[INET6_ADDRSTRLEN];

	if (sgap_addr_is_v4(addr))
		inet_ntop(AF_INET, addr->b + 12, text, sizeof(text));
	else
		inet_ntop(AF_INET6, addr->b, text, sizeof(text));
	printf("\n\"%s\":{", text);
	print_stats("udp", udp);
	printf(",\n ");
	print_stats("tcp", tcp);
	printf("}");
}

static void print(const struct sgap_offline *o)
{
	const struct sgap_tap_counters *c = sgap_offline_counters(o);
	const struct sgap_stats *udp, *tcp;
	__u64 malformed = 0;
	struct sgap_addr addr;
	__u32 i;

	for (i = 0; i < 16; i++)
		malformed += c->unparsed[i];
	printf("{\"packets\":%llu,\"malformed\":%llu,\"records\":%llu,\"digest\":\"%016llx\",\"servers\":{",
	       c->frames, malformed, c->records_made, digest);
	for (i = 0; sgap_offline_server(o, i, &addr, &udp, &tcp); i++) {
		if (i)
			printf(",");
		print_server(&addr, udp, tcp);
	}
	printf("}}\n");
}

/* 2 as soon as a sum does not hold. */
static int balance(const struct sgap_offline *o)
{
	const struct sgap_tap_counters *c = sgap_offline_counters(o);
	__u64 sum = c->queries + c->responses + c->icmp + c->tcp_control;
	int i;

	for (i = 0; i < 16; i++)
		sum += c->unparsed[i];
	if (sum == c->seen && c->transactions == c->answered + c->unanswered + c->failed +
	    c->evicted + c->in_flight)
		return 0;
	fprintf(stderr, "to_check: the counters do not balance\n");
	return 2;
}

static int run(const char *name, const struct sgap_offline_cfg *cfg, bool records)
{
	struct sgap_offline *o = NULL;
	struct sgap_pcap *pcap = NULL;
	struct sgap_pcap_pkt pkt;
	char err[256];
	int ret;

	if (sgap_pcap_open(&pcap, name, err, sizeof(err))) {
		fprintf(stderr, "to_check: %s\n", err);
		return 1;
	}
	ret = sgap_offline_new(&o, cfg, records ? take : NULL, NULL);
	while (!ret && sgap_pcap_next(pcap, &pkt) > 0)
		sgap_offline_packet(o, &pkt);
	if (ret) {
		fprintf(stderr, "to_check: out of memory\n");
	} else {
		sgap_offline_finish(o);
		print(o);
		ret = balance(o);
	}
	sgap_offline_free(o);
	sgap_pcap_free(pcap);
	return ret;
}

int main(int argc, char **argv)
{
	struct sgap_offline_cfg cfg = { 0 };
	int i, opt, ret = 0;
	bool records = false;

	while ((opt = getopt(argc, argv, "rit:T:")) != -1) {
		if (opt == 'r')
			records = true;
		else if (opt == 'i')
			cfg.flags = SGAP_TAP_F_TUNNELS;
		else if (opt == 't')
			cfg.txn_max = (__u32)strtoul(optarg, NULL, 0);
		else if (opt == 'T')
			cfg.timeout_ms = (__u32)strtoul(optarg, NULL, 0);
		else
			return 2;
	}
	if (optind == argc) {
		fprintf(stderr, "usage: to_check [-ri] [-t TXNS] [-T TIMEOUT_MS] FILE...\n");
		return 2;
	}
	for (i = optind; i < argc && !ret; i++)
		ret = run(argv[i], &cfg, records);
	return ret;
}
