/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints: stopgap:sgap_txn, stopgap:sgap_state. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM stopgap

#if !defined(SGAP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define SGAP_TRACE_H

#include "txn.h"

#include <linux/tracepoint.h>

/* What a TXN record is made of, whether or not anybody reads records. */
TRACE_EVENT(sgap_txn,
	TP_PROTO(int ifindex, const struct sgap_txn *txn, u16 rcode, int state, u64 ts),
	TP_ARGS(ifindex, txn, rcode, state, ts),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__field(int, state)
		__field(u64, us)
		__field(u16, rcode)
		__field(u16, qtype)
		__field(u16, id)
		__field(u16, client_port)
		__field(u8, proto)
		__array(u8, client, 16)
		__array(u8, server, 16)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		__entry->state = state;
		__entry->us = txn->ts_query && ts > txn->ts_query ?
			      sgap_ns_to_us(ts - txn->ts_query) : 0;
		__entry->rcode = rcode;
		__entry->qtype = txn->qtype;
		__entry->id = txn->key.id;
		__entry->client_port = txn->key.client_port;
		__entry->proto = txn->key.proto;
		memcpy(__entry->client, txn->key.client.b, 16);
		memcpy(__entry->server, txn->key.server.b, 16);
	),
	TP_printk("ifindex=%d client=%pI6c client_port=%u server=%pI6c proto=%u id=%u qtype=%u state=%s rcode=%d us=%llu",
		  __entry->ifindex, __entry->client, __entry->client_port, __entry->server,
		  __entry->proto, __entry->id, __entry->qtype,
		  __print_symbolic(__entry->state,
				   { SGAP_TXN_ANSWERED, "answered" },
				   { SGAP_TXN_OVERDUE, "overdue" },
				   { SGAP_TXN_TIMEOUT, "timeout" },
				   { SGAP_TXN_LATE, "late" },
				   { SGAP_TXN_DUPLICATE, "duplicate" },
				   { SGAP_TXN_UNMATCHED, "unmatched" },
				   { SGAP_TXN_EVICTED, "evicted" },
				   { SGAP_TXN_ICMP, "icmp" },
				   { SGAP_TXN_REFUSED, "refused" },
				   { SGAP_TXN_SILENT, "silent" },
				   { SGAP_TXN_CONNECTED, "connected" },
				   { SGAP_TXN_ICMP_ANSWER, "icmp-answer" },
				   { SGAP_TXN_TLS_REFUSED, "tls-refused" },
				   { SGAP_TXN_TLS_SILENT, "tls-silent" }),
		  __entry->rcode == SGAP_NONE16 ? -1 : (int)__entry->rcode, __entry->us)
);

/* A server's state changed. */
TRACE_EVENT(sgap_state,
	TP_PROTO(int ifindex, const struct sgap_addr *server, u8 before, u8 after,
		 const struct sgap_window *window),
	TP_ARGS(ifindex, server, before, after, window),
	TP_STRUCT__entry(
		__field(int, ifindex)
		__array(u8, server, 16)
		__field(u8, before)
		__field(u8, after)
		__field(u32, ended)
		__field(u32, unanswered)
		__field(u32, bad)
	),
	TP_fast_assign(
		__entry->ifindex = ifindex;
		memcpy(__entry->server, server->b, 16);
		__entry->before = before;
		__entry->after = after;
		__entry->ended = window->ended;
		__entry->unanswered = window->unanswered;
		__entry->bad = window->bad;
	),
	TP_printk("ifindex=%d server=%pI6c before=%u after=%u ended=%u unanswered=%u bad=%u",
		  __entry->ifindex, __entry->server, __entry->before, __entry->after,
		  __entry->ended, __entry->unanswered, __entry->bad)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
