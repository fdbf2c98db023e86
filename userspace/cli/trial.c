// SPDX-License-Identifier: GPL-2.0-or-later
#include "trial.h"

#include <string.h>

#include "hist.h"
#include "plan.h"
#include "wire.h"

#define RCODE_NXDOMAIN 3

static enum sgap_answer answer_of(bool answered, __u16 rcode, __u16 flags, __u16 ancount)
{
	if (!answered)
		return SGAP_ANSWER_NONE;
	if (rcode)
		return rcode == RCODE_NXDOMAIN ? SGAP_ANSWER_NXDOMAIN : SGAP_ANSWER_BAD;
	if (flags & SGAP_DNS_TC)
		return SGAP_ANSWER_TRUNCATED;
	return ancount ? SGAP_ANSWER_RECORDS : SGAP_ANSWER_EMPTY;
}

/*
 * By chance, not each n-th: a client's questions for A and for AAAA alternate. Of
 * the same capture, the same ones.
 */
static bool is_chosen(const struct sgap_trial *t, const struct sgap_rec_txn *txn)
{
	return !(sgap_mix(txn->ts_query, txn->id) % t->one_in);
}

/* With RD, and with OPT as the client's had it. */
static struct sgap_form form_of(const struct sgap_rec_txn *txn)
{
	struct sgap_form form = { .flags = SGAP_DNS_RD };

	if (txn->flags & SGAP_TXN_F_QOPT) {
		form.edns = true;
		form.size = txn->query_bufsize;
		form.eflags = txn->flags & SGAP_TXN_F_QDO ? SGAP_EDNS_DO : 0;
	}
	return form;
}

void sgap_trial_take(struct sgap_trial *t, const struct sgap_rec_txn *txn)
{
	struct sgap_trial_pair *pair = &t->pair[t->n];
	struct sgap_form *form = &t->form[t->n];
	struct sgap_ask *ask = &t->ask[t->n];

	if (!sgap_plan_counts(txn, t->overdue_ms) || !sgap_plan_in_scope(&t->grant, txn) ||
	    txn->qclass != 1 || !txn->qname_len || txn->qname_len > sizeof(ask->qname) ||
	    sizeof(*txn) + txn->qname_len > (txn->rec.len & SGAP_REC_LEN))
		return;
	t->seen++;
	if (!is_chosen(t, txn))
		return;
	if (t->n >= (int)t->rate) {
		t->over++;
		return;
	}
	memset(ask, 0, sizeof(*ask));
	ask->server = t->grant.fallback;
	ask->port = t->grant.port;
	memcpy(ask->qname, txn->data, txn->qname_len);
	ask->qname_len = txn->qname_len;
	ask->qtype = txn->qtype;
	*form = form_of(txn);
	ask->form = form;
	pair->was = answer_of(txn->state == SGAP_TXN_ANSWERED, txn->rcode, txn->aflags,
			      txn->ancount);
	pair->rcode = txn->rcode;
	pair->digest = txn->digest;
	pair->rtt_us = (__u32)((txn->ts_answer - txn->ts_query) / SGAP_NS_PER_US);
	t->n++;
}

static void compare(struct sgap_trial *t, const struct sgap_trial_pair *pair,
		    const struct sgap_ask *ask)
{
	const struct sgap_reply *r = &ask->reply;
	enum sgap_answer now = answer_of(ask->got == SGAP_GOT_ANSWER, r->rcode, r->flags,
					 r->ancount);

	t->copied++;
	t->was[pair->was][now]++;
	if (pair->was == SGAP_ANSWER_NONE || now == SGAP_ANSWER_NONE)
		return;
	t->both++;
	t->same_rcode += pair->rcode == r->rcode;
	t->rtt[0][sgap_hist_bin(pair->rtt_us)]++;
	t->rtt[1][sgap_hist_bin(ask->rtt_us)]++;
	if (pair->was != SGAP_ANSWER_RECORDS || now != SGAP_ANSWER_RECORDS)
		return;
	t->records++;
	t->same_records += pair->digest == r->digest;
}

void sgap_trial_compare(struct sgap_trial *t)
{
	int i;

	for (i = 0; i < t->n; i++)
		compare(t, &t->pair[i], &t->ask[i]);
	t->n = 0;
}

int sgap_trial_ask(struct sgap_trial *t, int wait_ms)
{
	struct sgap_pace pace = { .tries = 1, .wait_ms = wait_ms };
	struct sgap_ask *all[SGAP_TRIAL_RATE_MAX];
	int i, ret;

	for (i = 0; i < t->n; i++)
		all[i] = &t->ask[i];
	ret = sgap_ask(all, t->n, &pace);
	if (!ret)
		sgap_trial_compare(t);
	return ret;
}

__u64 sgap_trial_failed(const struct sgap_trial *t, bool fallback)
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < __SGAP_ANSWER_MAX; i++)
		sum += fallback ? t->was[i][SGAP_ANSWER_BAD] + t->was[i][SGAP_ANSWER_NONE]
				: t->was[SGAP_ANSWER_BAD][i] + t->was[SGAP_ANSWER_NONE][i];
	return sum;
}
