// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three passes: the file by SQLite, the entries with the keys that they name,
 * the heads against both. A forger who owns the file and makes a new key can
 * write a ledger that is whole in itself: this is why the key should be known
 * from elsewhere, or a head kept elsewhere.
 */
#include "verify.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "ledger.h"

#define SAID_MAX 50u		/* sentences on entries; more are counted */

/* From entry seq on this key is the one to seal with. */
struct term {
	__u64 seq;
	__u8 key[SGAP_SEAL_KEY];
};

/* Entries that entry seq says had no head until then. */
struct late {
	__u64 from, to, seq;
};

struct pass {
	struct sgap_verified *v;
	sgap_verify_fn say;
	void *ctx;
	const struct sgap_head *known;
	int known_met;
	struct sgap_cut cut;
	__u8 prev[SGAP_HASH];	/* stored hash of the entry before */
	__u64 seq;		/* of it */
	struct term *term;
	size_t nterms;
	struct late *late;
	size_t nlate;
	__u8 (*hash)[SGAP_HASH];	/* stored ones, by seq - first */
	__u64 *seqs;
	size_t n, room;
	int nomem;
};

static void __attribute__((format(printf, 2, 3)))
wrong(struct pass *p, const char *format, ...)
{
	char text[SGAP_VERIFY_SAY];
	va_list ap;

	p->v->wrong++;
	if (p->v->wrong > SAID_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	p->say(p->ctx, 1, text);
}

static int well_typed(const struct sgap_entry *e)
{
	size_t len = strlen(e->type);

	return len && len < SGAP_CHAIN_TYPE && strspn(e->type, "abcdefghijklmnopqrstuvwxyz.-") == len &&
	       !memchr(e->payload, '\n', e->len);
}

static void add_term(struct pass *p, const struct term *new)
{
	struct term *term = reallocarray(p->term, p->nterms + 1, sizeof(*term));

	if (!term) {
		p->nomem = 1;
		return;
	}
	term[p->nterms++] = *new;
	p->term = term;
}

/* {"key": HEX, "previous": HEX or null} */
static void take_key(struct pass *p, const struct sgap_entry *e)
{
	json_t *obj = json_loadb(e->payload, e->len, 0, NULL);
	const char *key = json_string_value(json_object_get(obj, "key"));
	struct term new = { .seq = e->seq };

	if (!key || sgap_unhex(new.key, SGAP_SEAL_KEY, key)) {
		wrong(p, "entry %llu names no key", (unsigned long long)e->seq);
		json_decref(obj);
		return;
	}
	if (p->nterms)
		wrong(p, "entry %llu: from here on the ledger is sealed with another key (%.16s...), "
		      "and the one before did not hand over: it was lost, or somebody else goes on",
		      (unsigned long long)e->seq, key);
	json_decref(obj);
	add_term(p, &new);
}

/* {"entries": N, "from": SEQ, "to": SEQ}, right after the last of them */
static void take_late(struct pass *p, const struct sgap_entry *e)
{
	json_t *obj = json_loadb(e->payload, e->len, 0, NULL);
	json_int_t n = json_integer_value(json_object_get(obj, "entries"));
	struct late new = { .from = (__u64)json_integer_value(json_object_get(obj, "from")),
			    .to = (__u64)json_integer_value(json_object_get(obj, "to")), .seq = e->seq };
	struct late *late;

	json_decref(obj);
	if (n < 1 || new.from < 1 || new.to != e->seq - 1 || new.to - new.from + 1 != (__u64)n) {
		wrong(p, "entry %llu says of entries without a head what cannot be",
		      (unsigned long long)e->seq);
		return;
	}
	late = reallocarray(p->late, p->nlate + 1, sizeof(*late));
	if (!late) {
		p->nomem = 1;
		return;
	}
	late[p->nlate++] = new;
	p->late = late;
	p->v->late += (__u64)n;
}

static int keep(struct pass *p, const struct sgap_entry *e)
{
	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 1024;
		void *hash = reallocarray(p->hash, room, SGAP_HASH), *seqs;

		if (hash)
			p->hash = hash;
		seqs = hash ? reallocarray(p->seqs, room, sizeof(*p->seqs)) : NULL;
		if (!seqs)
			return -ENOMEM;
		p->seqs = seqs;
		p->room = room;
	}
	memcpy(p->hash[p->n], e->hash, SGAP_HASH);
	p->seqs[p->n++] = e->seq;
	return 0;
}

/* The key of what retention removed goes on after it, if it is the first one. */
static void take_cut(struct pass *p)
{
	struct term new = { .seq = p->cut.through };

	memcpy(new.key, p->cut.key, SGAP_SEAL_KEY);
	p->v->cut = p->cut.through;
	p->seq = p->cut.through;
	memcpy(p->prev, p->cut.hash, SGAP_HASH);
	if (p->nterms && !memcmp(p->term[0].key, new.key, SGAP_SEAL_KEY))
		return;
	wrong(p, "within entries 2 to %llu, which retention removed, the ledger came to be sealed with "
	      "another key", (unsigned long long)p->cut.through);
	add_term(p, &new);
}

static int check_entry(void *ctx, const struct sgap_entry *e)
{
	unsigned long long seq = e->seq;
	__u8 hash[SGAP_HASH] = { 0 };
	struct pass *p = ctx;

	if (p->seq == 1 && e->seq > 2 && e->seq == p->cut.through + 1)
		take_cut(p);
	if (e->seq != p->seq + 1) {
		wrong(p, "entries %llu to %llu are missing", (unsigned long long)p->seq + 1, seq - 1);
		/* After a gap what was before is unknown: the stored hash stands for it. */
	} else if (!well_typed(e)) {
		wrong(p, "entry %llu is not in the form of an entry", seq);
	} else if (sgap_chain_hash(hash, p->prev, e) || memcmp(hash, e->hash, SGAP_HASH)) {
		wrong(p, "entry %llu was changed: it does not have the hash that the chain has for it",
		      seq);
	}
	if (!strcmp(e->type, "ledger.key"))
		take_key(p, e);
	if (!strcmp(e->type, SGAP_LEDGER_UNSEALED))
		take_late(p, e);
	if (!p->v->entries)
		p->v->first = e->time;
	p->v->entries++;
	p->v->last = e->time;
	p->seq = e->seq;
	memcpy(p->prev, e->hash, SGAP_HASH);
	if (p->known && p->known->seq == e->seq)
		p->known_met = memcmp(p->known->hash, e->hash, SGAP_HASH) ? -1 : 1;
	return keep(p, e);
}

static int compare_seq(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static const __u8 *hash_of(const struct pass *p, __u64 seq)
{
	const __u64 *at = p->n ? bsearch(&seq, p->seqs, p->n, sizeof(seq), compare_seq) : NULL;

	return at ? p->hash[at - p->seqs] : NULL;
}

/* The key that was in force when entry seq was the last one. */
static const struct term *term_at(const struct pass *p, __u64 seq)
{
	const struct term *best = NULL;
	size_t i;

	for (i = 0; i < p->nterms; i++)
		if (p->term[i].seq <= seq)
			best = &p->term[i];
	return best;
}

static int is_later_key(const struct pass *p, const __u8 *key, __u64 seq)
{
	size_t i;

	for (i = 0; i < p->nterms; i++)
		if (p->term[i].seq > seq && !memcmp(p->term[i].key, key, SGAP_SEAL_KEY))
			return 1;
	return 0;
}

static const struct late *late_at(const struct pass *p, __u64 seq)
{
	size_t i;

	for (i = 0; i < p->nlate; i++)
		if (seq >= p->late[i].from && seq <= p->late[i].to)
			return &p->late[i];
	return NULL;
}

static int check_head(void *ctx, const struct sgap_sealed *s)
{
	unsigned long long seq = s->head.seq;
	const struct late *late = late_at(ctx, seq);
	const struct term *term = term_at(ctx, seq);
	const __u8 *hash = hash_of(ctx, seq), *id = hash_of(ctx, 1);
	char text[SGAP_CHAIN_HEAD];
	struct pass *p = ctx;
	size_t len = sgap_chain_head(text, &s->head);
	__u64 before = p->v->wrong;

	p->v->heads++;
	if (!sgap_seal_check(s->key, s->sig, text, len))
		wrong(p, "the head at entry %llu has a signature that is not of its key", seq);
	if (!hash)
		wrong(p, "the head at entry %llu seals an entry that is not there: the end was cut off",
		      seq);
	else if (memcmp(hash, s->head.hash, SGAP_HASH))
		wrong(p, "the head at entry %llu seals another chain than this one", seq);
	if (id && memcmp(id, s->head.ledger, SGAP_HASH))
		wrong(p, "the head at entry %llu is of another ledger", seq);
	if (is_later_key(p, s->key, seq))
		wrong(p, "the head at entry %llu was sealed again, with a key that is newer than it", seq);
	else if (!term || memcmp(term->key, s->key, SGAP_SEAL_KEY))
		wrong(p, "the head at entry %llu is sealed with a key that the ledger does not name", seq);
	if (late)
		wrong(p, "there is a head at entry %llu, of which entry %llu says that it had none", seq,
		      (unsigned long long)late->seq);
	if (p->v->wrong == before)
		p->v->sealed = s->head.seq;
	return 0;
}

/* What is to be known, though the ledger is whole. */
static void tell_late(const struct pass *p)
{
	char text[SGAP_VERIFY_SAY];
	size_t i;

	for (i = 0; i < p->nlate && i < SAID_MAX; i++) {
		snprintf(text, sizeof(text), "entries %llu to %llu had no head when a run began, and were "
			 "sealed then, by entry %llu: until then whoever could write the file could change them",
			 (unsigned long long)p->late[i].from, (unsigned long long)p->late[i].to,
			 (unsigned long long)p->late[i].seq);
		p->say(p->ctx, 0, text);
	}
	if (p->nlate > SAID_MAX) {
		snprintf(text, sizeof(text), "and so %zu times more", p->nlate - SAID_MAX);
		p->say(p->ctx, 0, text);
	}
}

static void check_end(struct pass *p, const __u8 *key)
{
	struct sgap_verified *v = p->v;

	if (p->nterms) {
		v->keyed = 1;
		memcpy(v->key, p->term[0].key, SGAP_SEAL_KEY);
	}
	memcpy(v->hash, p->prev, SGAP_HASH);
	if (v->entries && !p->nterms)
		wrong(p, "no entry names the key of the ledger");
	if (key && p->nterms && memcmp(key, v->key, SGAP_SEAL_KEY))
		wrong(p, "the ledger is sealed with another key than the one given");
	if (p->seq > v->sealed)
		wrong(p, "entries %llu to %llu are not sealed: no good head covers them",
		      (unsigned long long)v->sealed + 1, (unsigned long long)p->seq);
	if (p->known && !p->known_met && p->known->seq > 1 && p->known->seq <= v->cut)
		wrong(p, "the head that was kept is of entry %llu, which retention removed: give a younger one",
		      (unsigned long long)p->known->seq);
	else if (p->known && !p->known_met)
		wrong(p, "the head that was kept is of entry %llu, which is not there: the end was cut off",
		      (unsigned long long)p->known->seq);
	else if (p->known && p->known_met < 0)
		wrong(p, "entry %llu is not the one of the head that was kept: the chain was made anew",
		      (unsigned long long)p->known->seq);
	if (v->wrong > SAID_MAX) {
		char text[SGAP_VERIFY_SAY];

		snprintf(text, sizeof(text), "and %llu more",
			 (unsigned long long)(v->wrong - SAID_MAX));
		p->say(p->ctx, 1, text);
	}
}

int sgap_ledger_verify(struct sgap_ledger *l, const __u8 *key, const struct sgap_head *known,
		       sgap_verify_fn say, void *ctx, struct sgap_verified *v)
{
	struct pass p = { .v = v, .say = say, .ctx = ctx, .known = known };
	char err[256];
	int ret;

	memset(v, 0, sizeof(*v));
	ret = sgap_ledger_integrity(l, err, sizeof(err));
	if (ret)
		wrong(&p, "the file is damaged: %s", err);
	ret = sgap_ledger_last_cut(l, &p.cut);
	if (!ret)
		ret = sgap_ledger_each(l, 1, 0, check_entry, &p);
	if (!ret)
		ret = sgap_ledger_heads(l, check_head, &p);
	if (ret)
		wrong(&p, "the file cannot be read to its end: %s", sgap_ledger_error(l));
	if (p.nomem)
		ret = -ENOMEM;
	check_end(&p, key);
	tell_late(&p);
	free(p.term);
	free(p.late);
	free(p.hash);
	free(p.seqs);
	return ret == -EUCLEAN ? 0 : ret;
}

/* "NAME VALUE\n" of a head's text. Moves *text past it. */
static int head_line(const char **text, const char *name, char *value, size_t size)
{
	size_t len = strlen(name), n;

	if (strncmp(*text, name, len) || (*text)[len] != ' ')
		return -EINVAL;
	*text += len + 1;
	n = strcspn(*text, "\n");
	if (n >= size || !n)
		return -EINVAL;
	memcpy(value, *text, n);
	value[n] = '\0';
	*text += n + ((*text)[n] == '\n');
	return 0;
}

int sgap_head_parse(struct sgap_head *head, const char *text)
{
	char ledger[SGAP_HASH_HEX], seq[24], time[24], hash[SGAP_HASH_HEX], again[SGAP_CHAIN_HEAD];
	const char *p = text, first[] = "stopgap-head-1\n";

	if (strncmp(p, first, sizeof(first) - 1))
		return -EINVAL;
	p += sizeof(first) - 1;
	if (head_line(&p, "ledger", ledger, sizeof(ledger)) || head_line(&p, "seq", seq, sizeof(seq)) ||
	    head_line(&p, "time", time, sizeof(time)) || head_line(&p, "hash", hash, sizeof(hash)))
		return -EINVAL;
	if (sgap_unhex(head->ledger, SGAP_HASH, ledger) || sgap_unhex(head->hash, SGAP_HASH, hash))
		return -EINVAL;
	head->seq = strtoull(seq, NULL, 10);
	head->time = strtoull(time, NULL, 10);
	sgap_chain_head(again, head);
	again[strlen(again) - 1] = '\0';	/* a last newline may be there or not */
	return strncmp(text, again, strlen(again)) || strspn(p, "\n") != strlen(p) ? -EINVAL : 0;
}
