// SPDX-License-Identifier: GPL-2.0-or-later
#include "ask.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "flight.h"
#include "lib/names.h"
#include "wire.h"

#define APART_US 300000u	/* as long as most names take a resolver */

/* All questions of a call, and where each one is. */
struct crowd {
	struct sgap_ask *const *ask;
	struct sgap_flight *flight;
	struct pollfd *fds;
	struct sgap_pace *pace;
	int n;
};

static bool is_due(const struct crowd *c, int i)
{
	return c->flight[i].fd < 0 && c->ask[i]->got == SGAP_GOT_NOTHING &&
	       c->ask[i]->sent < (__u32)c->pace->tries;
}

static bool may_send(struct sgap_pace *pace, __u64 now)
{
	if (!pace->rate)
		return true;
	if (now < pace->next)
		return false;
	pace->next = now + (1000000 + pace->rate - 1) / pace->rate;
	return true;
}

static bool is_like(const struct sgap_ask *a, const struct sgap_ask *b)
{
	return a->port == b->port && a->qtype == b->qtype && a->qname_len == b->qname_len &&
	       sgap_addr_eq(&a->server, &b->server) && !memcmp(a->qname, b->qname, a->qname_len);
}

/* It left a question unanswered, and has answered none. */
static bool is_silent(const struct crowd *c, const struct sgap_ask *like)
{
	bool silent = false;
	int i;

	for (i = 0; i < c->n; i++) {
		if (!sgap_addr_eq(&c->ask[i]->server, &like->server))
			continue;
		if (c->ask[i]->got == SGAP_GOT_ANSWER || c->ask[i]->got == SGAP_GOT_GARBAGE)
			return false;
		silent |= c->ask[i]->sent && c->flight[i].fd < 0;
	}
	return silent;
}

/* Until when a question waits for those like it that are under way; 0 = it need not. */
static __u64 apart_until(const struct crowd *c, const struct sgap_ask *ask)
{
	__u64 at = 0;
	int i;

	if (!c->pace->apart || is_silent(c, ask))
		return 0;
	for (i = 0; i < c->n; i++)
		if (c->flight[i].fd >= 0 && is_like(c->ask[i], ask) &&
		    c->flight[i].sent + APART_US > at)
			at = c->flight[i].sent + APART_US;
	return at;
}

/*
 * Those never asked come first, then those asked in vain. Returns when there is more
 * to be sent, 0 = when something has happened.
 */
static __u64 send_some(struct crowd *c, __u64 now)
{
	__u64 next = 0, at;
	__u32 least = ~0u;
	int i;

	for (i = 0; i < c->n; i++)
		if (is_due(c, i) && c->ask[i]->sent < least)
			least = c->ask[i]->sent;
	for (i = 0; i < c->n; i++) {
		if (!is_due(c, i) || c->ask[i]->sent != least)
			continue;
		at = apart_until(c, c->ask[i]);
		if (at <= now && may_send(c->pace, now)) {
			c->pace->sent++;
			sgap_flight_send(&c->flight[i], c->ask[i],
					 now + (__u64)c->pace->wait_ms * 1000);
			continue;
		}
		if (at <= now)
			at = c->pace->next;
		if (!next || at < next)
			next = at;
	}
	return next;
}

/* The next moment that something is to be done at by itself; 0 = never again. */
static __u64 next_moment(const struct crowd *c, __u64 at)
{
	int i;

	for (i = 0; i < c->n; i++)
		if (c->flight[i].fd >= 0 && (!at || c->flight[i].deadline < at))
			at = c->flight[i].deadline;
	for (i = 0; !at && i < c->n; i++)
		if (is_due(c, i))
			at = c->pace->next + 1;
	return at;
}

static int wait_until(struct crowd *c, __u64 at)
{
	__u64 now = sgap_flight_clock();
	int i, ms = at > now ? (int)((at - now) / 1000) + 1 : 0;

	for (i = 0; i < c->n; i++)
		c->fds[i] = (struct pollfd){ .fd = c->flight[i].fd,
			.events = sgap_flight_events(&c->flight[i], c->ask[i]) };
	if (poll(c->fds, (nfds_t)c->n, ms) < 0 && errno != EINTR)
		return -errno;
	for (i = 0; i < c->n; i++)
		if (c->flight[i].fd >= 0 && c->fds[i].revents)
			sgap_flight_step(&c->flight[i], c->ask[i]);
	now = sgap_flight_clock();
	for (i = 0; i < c->n; i++)
		if (c->flight[i].fd >= 0 && now >= c->flight[i].deadline)
			sgap_flight_land(&c->flight[i]);
	return 0;
}

static int run(struct crowd *c)
{
	int ret = 0;
	__u64 at;

	while (!ret) {
		at = next_moment(c, send_some(c, sgap_flight_clock()));
		if (!at)
			break;
		ret = wait_until(c, at);
	}
	return ret;
}

int sgap_ask(struct sgap_ask *const *ask, int n, struct sgap_pace *pace)
{
	struct crowd c = { .ask = ask, .n = n, .pace = pace,
			   .flight = calloc((size_t)n + 1, sizeof(*c.flight)),
			   .fds = calloc((size_t)n + 1, sizeof(*c.fds)) };
	int ret = -ENOMEM, i;

	for (i = 0; c.flight && i < n; i++)
		c.flight[i].fd = -1;
	if (c.flight && c.fds)
		ret = run(&c);
	for (i = 0; c.flight && i < n; i++)
		sgap_flight_land(&c.flight[i]);
	free(c.flight);
	free(c.fds);
	return ret;
}

static const char *answer_text(char *buf, size_t size, const struct sgap_reply *r)
{
	char rcode[SGAP_NAME_TEXT], ede[24] = "";

	if (r->ede != SGAP_NONE16)
		snprintf(ede, sizeof(ede), ", EDE %u", r->ede);
	snprintf(buf, size, "%s%s%s", sgap_names_rcode(rcode, r->rcode),
		 r->flags & SGAP_DNS_TC ? ", truncated" : "", ede);
	return buf;
}

const char *sgap_ask_text(char *buf, size_t size, const struct sgap_ask *ask)
{
	switch (ask->got) {
	case SGAP_GOT_ANSWER:
		return answer_text(buf, size, &ask->reply);
	case SGAP_GOT_GARBAGE:
		return "an answer that is not well formed";
	case SGAP_GOT_CLOSED:
		return ask->form && ask->form->tcp ? "connection refused" : "port unreachable";
	case SGAP_GOT_UNREACHABLE:
		snprintf(buf, size, "%s", strerror(ask->err));
		return buf;
	case SGAP_GOT_CUT:
		return "connection closed without an answer";
	default:
		return ask->has_other ? "no answer but from another address" : "no answer";
	}
}

const char *sgap_ask_outcome(char *buf, size_t size, const struct sgap_ask *ask)
{
	char text[96];

	if (ask->got != SGAP_GOT_ANSWER)
		return sgap_ask_text(buf, size, ask);
	snprintf(buf, size, "%s, %u records, %.1f ms", sgap_ask_text(text, sizeof(text), ask),
		 ask->reply.ancount, ask->rtt_us / 1000.0);
	return buf;
}
