// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "args.h"
#include "command.h"
#include "lib/dnstap.h"
#include "lib/pcapng_write.h"
#include "lib/why.h"
#include "out.h"
#include "source.h"

/* A record may be gone from the ring when the next one is looked at. */
struct copy {
	union {
		struct sgap_rec *rec;
		struct sgap_rec_txn *txn;
		struct sgap_rec_packet *packet;
	};
	size_t room;
	bool is_set;
};

struct sgap_trace_file {
	const char *to;		/* as the user called it */
	const char *path;	/* of the command */
	struct sgap_pcapng *pcapng;
	struct sgap_dnstap *dnstap;
	struct copy txn;	/* the one that packets may still come for */
	struct copy packet[2];	/* of it: the query's, the answer's */
	__u64 txns, packets, bare, frames;
	bool has_packet;	/* the transaction at hand has one */
	int err;
};

static int complain(struct sgap_trace_file *f)
{
	const char *what = f->err == -ECONNREFUSED || f->err == -ENOENT ? "nobody listens there" :
			   f->err == -EPROTO ? "who listens there does not take dnstap" :
			   f->err == -ETIMEDOUT ? "who listens there takes nothing any more" :
			   strerror(-f->err);

	if (f->pcapng || strncmp(f->to, "unix:", 5) != 0)
		what = strerror(-f->err);
	sgap_error("%s: '%s': %s (%s)", f->path, f->to, what, strerrorname_np(-f->err));
	return SGAP_EXIT_FAULT;
}

static int open_pcapng(struct sgap_trace_file *f, const struct sgap_source *source)
{
	char about[512];

	snprintf(about, sizeof(about), "DNS transactions that failed, %s %s",
		 sgap_source_is_live(source) ? "seen by the tap on" : "from", sgap_source_name(source));
	return sgap_pcapng_open(&f->pcapng, f->to, sgap_source_name(source), about);
}

/* A capture is no server's: only a tap's host has an identity. */
static int open_dnstap(struct sgap_trace_file *f, const struct sgap_source *source)
{
	char host[256] = "";

	if (sgap_source_is_live(source))
		gethostname(host, sizeof(host) - 1);
	return sgap_dnstap_open(&f->dnstap, f->to, *host ? host : NULL);
}

int sgap_trace_file_open(struct sgap_trace_file **out, const struct sgap_args *args,
			 const struct sgap_source *source)
{
	const char *write = sgap_args_get(args, "write"), *dnstap = sgap_args_get(args, "dnstap");
	struct sgap_trace_file *f;
	int ret;

	*out = NULL;
	if (!write && !dnstap)
		return SGAP_EXIT_OK;
	f = calloc(1, sizeof(*f));
	if (!f) {
		sgap_error("%s: %s", args->path, strerror(ENOMEM));
		return SGAP_EXIT_FAULT;
	}
	f->path = args->path;
	f->to = write ? write : dnstap;
	f->err = write ? open_pcapng(f, source) : open_dnstap(f, source);
	if (!f->err) {
		*out = f;
		return SGAP_EXIT_OK;
	}
	ret = complain(f);
	free(f);
	return ret;
}

static bool copy(struct sgap_trace_file *f, struct copy *to, const struct sgap_rec *rec)
{
	size_t len = rec->len & SGAP_REC_LEN;

	if (len > to->room) {
		void *p = realloc(to->rec, len);

		if (!p) {
			f->err = -ENOMEM;
			return false;
		}
		to->rec = p;
		to->room = len;
	}
	memcpy(to->rec, rec, len);
	to->is_set = true;
	return true;
}

static int write_packet(struct sgap_trace_file *f, const struct sgap_rec_packet *rec)
{
	char why[SGAP_WHY_TEXT], comment[SGAP_WHY_TEXT + 64];
	const struct sgap_rec_txn *txn = f->txn.txn;
	const struct sgap_pcapng_pkt pkt = {
		.ts = rec->ts, .data = rec->data, .caplen = rec->cap_len, .len = rec->wire_len,
		.link_type = rec->link_type, .outbound = !rec->is_answer, .comment = comment,
	};

	snprintf(comment, sizeof(comment), "stopgap: transaction %llu, %s: %s",
		 (unsigned long long)txn->id, !rec->is_answer ? "query" :
		 txn->state == SGAP_TXN_ANSWERED ? "answer" : "its end",
		 sgap_why_text(why, txn));
	f->packets++;
	return sgap_pcapng_packet(f->pcapng, &pkt);
}

/* All packets of the transaction have come, if any were to come. */
static void finish_txn(struct sgap_trace_file *f)
{
	struct sgap_dnstap_bytes bytes = { 0 };
	int ret;

	if (!f->txn.is_set)
		return;
	f->txns++;
	f->bare += !f->has_packet;
	if (f->dnstap && !f->err) {
		if (f->packet[0].is_set)
			bytes.query = sgap_dnstap_message(f->packet[0].packet, f->txn.txn,
							  &bytes.query_len);
		if (f->packet[1].is_set)
			bytes.answer = sgap_dnstap_message(f->packet[1].packet, f->txn.txn,
							   &bytes.answer_len);
		ret = sgap_dnstap_txn(f->dnstap, f->txn.txn, &bytes);
		if (ret < 0)
			f->err = ret;
		else
			f->frames += (unsigned int)ret;
	}
	f->txn.is_set = false;
	f->packet[0].is_set = false;
	f->packet[1].is_set = false;
	f->has_packet = false;
}

/* pcapng is of what failed; dnstap of all that passed. */
static void take_txn(struct sgap_trace_file *f, const struct sgap_rec *rec)
{
	const struct sgap_rec_txn *txn = (const void *)rec;

	finish_txn(f);
	if (f->pcapng ? sgap_keep_is_failed(txn) : sgap_dnstap_has_message(txn))
		copy(f, &f->txn, rec);
}

static void take_packet(struct sgap_trace_file *f, const struct sgap_rec *rec)
{
	const struct sgap_rec_packet *packet = (const void *)rec;

	if (rec->len < sizeof(*packet) || packet->cap_len > rec->len - sizeof(*packet) ||
	    !f->txn.is_set || packet->txn_id != f->txn.txn->id)
		return;
	f->has_packet = true;
	if (f->pcapng)
		f->err = write_packet(f, packet);
	else
		copy(f, &f->packet[!!packet->is_answer], rec);
}

void sgap_trace_file_take(struct sgap_trace_file *f, const struct sgap_rec *rec)
{
	if (f->err)
		return;
	if (rec->type == SGAP_REC_TXN)
		take_txn(f, rec);
	else if (rec->type == SGAP_REC_PACKET)
		take_packet(f, rec);
}

bool sgap_trace_file_flush(struct sgap_trace_file *f)
{
	if (!f->err && f->pcapng)
		f->err = sgap_pcapng_flush(f->pcapng);
	return !f->err;
}

/* Nothing on stdout when that is where the packets went. */
static void report(const struct sgap_trace_file *f, bool json)
{
	if (!strcmp(f->to, "-"))
		return;
	if (json) {
		sgap_out_json(json_pack("{s:s,s:I,s:I,s:I,s:I}", "file", f->to,
					"transactions", (json_int_t)f->txns,
					"packets", (json_int_t)f->packets,
					"frames", (json_int_t)f->frames,
					"without_packets", (json_int_t)f->bare));
		return;
	}
	if (f->pcapng)
		printf("%s: %llu packets of %llu transactions that failed", f->to,
		       (unsigned long long)f->packets, (unsigned long long)f->txns);
	else
		printf("%s: %llu messages of %llu transactions", f->to,
		       (unsigned long long)f->frames, (unsigned long long)f->txns);
	if (f->bare)
		printf("; of %llu no packet was kept", (unsigned long long)f->bare);
	putchar('\n');
}

int sgap_trace_file_close(struct sgap_trace_file *f, bool json, __u64 lost)
{
	int ret = SGAP_EXIT_OK, err;
	size_t i;

	if (!f)
		return SGAP_EXIT_OK;
	finish_txn(f);
	err = f->pcapng ? sgap_pcapng_close(f->pcapng, f->bare + lost) :
			  sgap_dnstap_close(f->dnstap);
	if (!f->err)
		f->err = err;
	if (f->err)
		ret = complain(f);
	else
		report(f, json);
	free(f->txn.rec);
	for (i = 0; i < 2; i++)
		free(f->packet[i].rec);
	free(f);
	return ret;
}
