// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: dns_messages [-t] FILE
 * The DNS messages of a capture as the module's own parser sees them, one line
 * each: frame number, id, QR, RCODE, name, type, and the four counts; or the
 * frame number, id, QR and the reason why it is neither a query nor an answer.
 * -t looks inside tunnels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "frame.h"
#include "lib/names.h"
#include "lib/pcap.h"
#include "tcp.h"
#include "wire.h"

struct list {
	unsigned long frame;
	struct sgap_frame_opt opt;
	struct sgap_tcp_table *tcp;
};

static void print_message(const struct list *l, const __u8 *p, __u32 len, __u32 wire_len)
{
	char name[1025] = "-";
	struct sgap_msg m;
	int why = sgap_wire_parse(&m, p, len, wire_len);

	if (len < SGAP_WIRE_HEADER)
		return;
	printf("%lu\t0x%04x\t%d\t", l->frame, m.id, !!(m.flags & SGAP_DNS_QR));
	if (why) {
		printf("%s\n", sgap_names_unparsed(why));
		return;
	}
	if (m.qname)
		sgap_wire_name_text(name, sizeof(name), m.qname, m.qname_len, false);
	printf("%u\t%s\t%u\t%u\t%u\t%u\t%u\n", m.rcode & 15, name, m.qtype, m.qdcount,
	       m.ancount, m.nscount, m.arcount);
}

static void take_event(void *ctx, const struct sgap_tcp_event *event)
{
	if (event->what == SGAP_TCP_MESSAGE)
		print_message(ctx, event->p, event->len, event->wire_len);
}

static void take_segment(struct list *l, const struct sgap_pkt *pkt)
{
	struct sgap_key key;
	bool to_server = sgap_tcp_key(&key, pkt);

	sgap_tcp_segment(l->tcp, pkt, &key, sgap_txn_hash(&key, 0), to_server, take_event, l);
}

static void take_packet(struct list *l, const struct sgap_pcap_pkt *p)
{
	struct sgap_pkt pkt = { .ts = p->ts };

	l->frame++;
	if (p->link_type < 0)
		return;
	switch (sgap_frame_parse(&pkt, p->link_type, p->data, p->caplen, p->len, &l->opt)) {
	case SGAP_FRAME_UDP:
		print_message(l, pkt.payload, pkt.payload_len, pkt.payload_wire);
		break;
	case SGAP_FRAME_TCP:
		take_segment(l, &pkt);
		break;
	}
}

static struct sgap_tcp_table *make_table(void)
{
	const struct sgap_tcp_cfg cfg = {
		.conns = 4096, .pieces = 8192, .timeout_ns = 5 * SGAP_NS_PER_S,
	};
	size_t size = (sgap_tcp_table_size(&cfg) + 63) & ~(size_t)63;
	void *mem = aligned_alloc(64, size);

	return mem ? sgap_tcp_table_init(memset(mem, 0, size), &cfg) : NULL;
}

int main(int argc, char **argv)
{
	struct list l = { .opt.ports = { .n = 1, .port = { 53 } }, .tcp = make_table() };
	struct sgap_pcap_pkt pkt;
	struct sgap_pcap *pcap;
	char err[256];
	int ret;

	if (argc > 1 && !strcmp(argv[1], "-t")) {
		l.opt.flags = SGAP_TAP_F_TUNNELS;
		argv++;
		argc--;
	}
	if (argc != 2 || !l.tcp || sgap_pcap_open(&pcap, argv[1], err, sizeof(err))) {
		fprintf(stderr, "dns_messages: %s\n", argc != 2 || !l.tcp ? "usage" : err);
		return 2;
	}
	while ((ret = sgap_pcap_next(pcap, &pkt)) > 0)
		take_packet(&l, &pkt);
	sgap_pcap_free(pcap);
	free(l.tcp);
	return ret < 0;
}
