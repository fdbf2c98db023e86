/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TXN records for tests. */
#ifndef UNIT_RECORD_H
#define UNIT_RECORD_H

#include "build.h"

union record {
	struct sgap_rec_txn txn;
	__u8 room[sizeof(struct sgap_rec_txn) + 2048];
};

/* A query of 192.0.2.1#1024 to 198.51.100.53#53 at 1 s for www.example.org. A with RD,
 * id 0x1234; in the state and, but for states without an answer, answered 12.5 ms later. */
static inline struct sgap_rec_txn *record(union record *r, int state, __u16 rcode)
{
	struct bytes name = { 0 };

	memset(r, 0, sizeof(*r));
	put_name(&name, "www.example.org");
	r->txn.rec.type = SGAP_REC_TXN;
	r->txn.rec.version = 1;
	r->txn.id = 7;
	r->txn.ts_query = 1000000000;
	r->txn.ts = rcode == SGAP_NONE16 ? 6000000000 : 1012500000;
	r->txn.ts_answer = rcode == SGAP_NONE16 ? 0 : r->txn.ts;
	memcpy(r->txn.client, addr("192.0.2.1").b, 16);
	memcpy(r->txn.server, addr("198.51.100.53").b, 16);
	r->txn.client_port = 1024;
	r->txn.server_port = 53;
	r->txn.dns_id = 0x1234;
	r->txn.qflags = 0x0100;
	r->txn.qtype = 1;
	r->txn.qclass = 1;
	r->txn.rcode = rcode;
	r->txn.ede = SGAP_NONE16;
	r->txn.copies = 1;
	r->txn.state = (__u8)state;
	r->txn.proto = 17;
	r->txn.qname_len = (__u16)name.len;
	memcpy(r->txn.data, name.b, name.len);
	r->txn.rec.len = (__u32)(sizeof(r->txn) + name.len + 7) & ~7u;
	return &r->txn;
}

/* EXTRA-TEXT behind the name. */
static inline void set_ede(union record *r, __u16 code, const char *text)
{
	size_t len = strlen(text);

	r->txn.ede = code;
	r->txn.ede_text_len = (__u16)len;
	memcpy(r->txn.data + r->txn.qname_len, text, len);
	r->txn.rec.len = (__u32)(sizeof(r->txn) + r->txn.qname_len + len + 7) & ~7u;
}

#endif
