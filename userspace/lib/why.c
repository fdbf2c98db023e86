// SPDX-License-Identifier: GPL-2.0-or-later
#include "why.h"

#include <stdarg.h>
#include <stdio.h>

#include "addr.h"
#include "names.h"
#include "text.h"
#include "wire.h"

struct text {
	char *buf;
	size_t at;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
	size_t room = SGAP_WHY_TEXT - t->at;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(t->buf + t->at, room, format, ap);
	va_end(ap);
	if (n > 0)
		t->at += (size_t)n < room ? (size_t)n : room - 1;
}

static void add_question(struct text *t, const struct sgap_rec_txn *txn)
{
	size_t room = (txn->rec.len & SGAP_REC_LEN) - sizeof(*txn);
	char name[1025], type[SGAP_NAME_TEXT];

	if (!txn->qname_len || txn->qname_len > room ||
	    sgap_wire_name_text(name, sizeof(name), txn->data, txn->qname_len, false) < 0)
		return;
	add(t, " for %.255s %s", name, sgap_names_type(type, txn->qtype));
}

static void add_after(struct text *t, const struct sgap_rec_txn *txn)
{
	if (txn->ts_query && txn->ts >= txn->ts_query)
		add(t, " after %.3f ms", (double)(txn->ts - txn->ts_query) / 1e6);
}

static void add_ede(struct text *t, const struct sgap_rec_txn *txn)
{
	size_t room = (txn->rec.len & SGAP_REC_LEN) - sizeof(*txn);
	const __u8 *p = txn->data + txn->qname_len;
	unsigned int i;

	if (txn->ede == SGAP_NONE16)
		return;
	add(t, ", EDE %u", txn->ede);
	if (*sgap_names_ede(txn->ede))
		add(t, " (%s)", sgap_names_ede(txn->ede));
	if (!txn->ede_text_len || (size_t)txn->qname_len + txn->ede_text_len > room)
		return;
	add(t, " \"");
	for (i = 0; i < txn->ede_text_len && i < 120; i++)
		add(t, "%c", p[i] < 0x20 || p[i] > 0x7e ? '?' : p[i]);
	add(t, "\"");
}

static void add_answer(struct text *t, const struct sgap_rec_txn *txn)
{
	char rcode[SGAP_NAME_TEXT];

	add(t, "%s", sgap_names_rcode(rcode, txn->rcode));
	add_after(t, txn);
	if (txn->state == SGAP_TXN_LATE)
		add(t, ", when it had been given up");
	else if (txn->state == SGAP_TXN_DUPLICATE)
		add(t, ", answered before");
	else if (txn->state == SGAP_TXN_UNMATCHED)
		add(t, ", to no query that was seen");
	if (txn->flags & SGAP_TXN_F_MALFORMED)
		add(t, ", and its records cannot be read to the end");
	if (txn->flags & SGAP_TXN_F_FRAGMENT)
		add(t, ", in fragments, of which this is the first");
	add_ede(t, txn);
}

#define ANY 255			/* whatever code */

/* RFC 792, 1812 and 4443. */
static const struct {
	__u8 v6, type, code;
	const char *says;
} icmp_errors[] = {
	{ 0, 3, 0, "network unreachable" }, { 0, 3, 1, "host unreachable" },
	{ 0, 3, 2, "protocol unreachable" }, { 0, 3, 3, "port unreachable" },
	{ 0, 3, 4, "fragmentation needed" }, { 0, 3, 9, "administratively prohibited" },
	{ 0, 3, 10, "administratively prohibited" }, { 0, 3, 13, "administratively prohibited" },
	{ 0, 11, ANY, "time exceeded" }, { 0, 12, ANY, "parameter problem" },
	{ 1, 1, 0, "no route" }, { 1, 1, 1, "administratively prohibited" },
	{ 1, 1, 3, "address unreachable" }, { 1, 1, 4, "port unreachable" },
	{ 1, 1, 5, "source address refused" }, { 1, 1, 6, "route refused" },
	{ 1, 2, ANY, "packet too big" }, { 1, 3, ANY, "time exceeded" },
	{ 1, 4, ANY, "parameter problem" },
};

static const char *icmp_says(bool v6, __u8 type, __u8 code)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(icmp_errors); i++)
		if (icmp_errors[i].v6 == v6 && icmp_errors[i].type == type &&
		    (icmp_errors[i].code == code || icmp_errors[i].code == ANY))
			return icmp_errors[i].says;
	return "an error";
}

static void add_icmp(struct text *t, const struct sgap_rec_txn *txn)
{
	char from[SGAP_ADDR_TEXT];
	struct sgap_addr addr;
	bool v6;

	memcpy(addr.b, txn->icmp_from, sizeof(addr.b));
	v6 = !sgap_addr_is_v4(&addr);
	add(t, "%s (ICMP%s type %u code %u) from %s",
	    icmp_says(v6, txn->icmp_type, txn->icmp_code), v6 ? "v6" : "", txn->icmp_type, txn->icmp_code, sgap_addr_text(from, txn->icmp_from));
	add_after(t, txn);
}

static void add_end(struct text *t, const struct sgap_rec_txn *txn)
{
	switch (txn->state) {
	case SGAP_TXN_OVERDUE:
	case SGAP_TXN_TIMEOUT:
		add(t, "no answer within %.1f s", (double)(txn->ts - txn->ts_query) / 1e9);
		break;
	case SGAP_TXN_EVICTED:
		add(t, "forgotten, because more were open than are remembered");
		break;
	case SGAP_TXN_ICMP:
	case SGAP_TXN_ICMP_ANSWER:
		add_icmp(t, txn);
		break;
	case SGAP_TXN_REFUSED:
		add(t, txn->proto == SGAP_PROTO_TCP ? "the server reset or ended the connection" :
		       "the server knows no QUIC of the client's version");
		add_after(t, txn);
		break;
	case SGAP_TXN_SILENT:
		add(t, "nothing answered the %s",
		    txn->proto == SGAP_PROTO_TCP ? "SYN" : "QUIC Initial");
		break;
	case SGAP_TXN_TLS_REFUSED:
		add(t, "connected, but the server ended it before the handshake");
		add_after(t, txn);
		break;
	case SGAP_TXN_TLS_SILENT:
		add(t, "connected, but nothing answered the handshake");
		break;
	case SGAP_TXN_CONNECTED:
		add(t, "connected");
		add_after(t, txn);
		break;
	default:
		add_answer(t, txn);
		break;
	}
}

const char *sgap_why_text(char buf[static SGAP_WHY_TEXT], const struct sgap_rec_txn *txn)
{
	char client[SGAP_ADDR_TEXT], server[SGAP_ADDR_TEXT];
	struct text t = { .buf = buf };

	add(&t, "%s asked %s over %s", sgap_addr_text(client, txn->client),
	    sgap_addr_text(server, txn->server), txn->proto == SGAP_PROTO_TCP ? "TCP" : "UDP");
	add_question(&t, txn);
	add(&t, ": ");
	add_end(&t, txn);
	if (txn->copies > 1)
		add(&t, ", sent %u times", txn->copies);
	return buf;
}
