// SPDX-License-Identifier: GPL-2.0-or-later
#include "age.h"

#include <errno.h>
#include <stdlib.h>

#include "ledger.h"
#include "ledger_db.h"

/* Entries from seq on, up to the next piece, have times of one clock. */
struct piece {
	__u64 seq;
	__u64 time;	/* of entry seq, ns since 1970 */
	__u64 at;	/* what is attested to have gone from the oldest entry until then, ns */
};

struct pieces {
	struct piece *p;
	size_t n;
};

static __u64 gone(__u64 from, __u64 to)
{
	return to > from ? to - from : 0;
}

static int add(struct pieces *s, const struct piece *new)
{
	struct piece *p = reallocarray(s->p, s->n + 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p[s->n++] = *new;
	s->p = p;
	return 0;
}

/* The piece that a row of the query below begins. */
static int take_row(struct pieces *s, sqlite3_stmt *stmt)
{
	struct piece new = { .seq = (__u64)sqlite3_column_int64(stmt, 0),
			     .time = (__u64)sqlite3_column_int64(stmt, 1) };
	const struct piece *last = s->n ? &s->p[s->n - 1] : NULL;
	__u64 end = (__u64)sqlite3_column_int64(stmt, 3);

	if (sqlite3_column_type(stmt, 2) == SQLITE_INTEGER)
		end = new.time - (__u64)sqlite3_column_int64(stmt, 2);
	if (last)
		new.at = last->at + gone(last->time, end);
	return add(s, &new);
}

/* The oldest entry and all breaks after it: seq, time, a step's ns, time of the entry before. */
static int collect(struct pieces *s, struct sgap_ledger *l)
{
	sqlite3_stmt *stmt;
	int ret, code;

	ret = sgap_ledger_prepare(l, &stmt, "SELECT * FROM (SELECT seq, time, NULL, 0 FROM entry WHERE seq > 1"
				  " ORDER BY seq LIMIT 1) UNION ALL SELECT seq, time,"
				  " CASE WHEN type = 'clock.step' AND json_valid(payload)"
				  " THEN json_extract(payload, '$.ns') END,"
				  " (SELECT b.time FROM entry b WHERE b.seq = entry.seq - 1)"
				  " FROM entry WHERE " SGAP_AGE_BREAKS " AND seq >"
				  " (SELECT min(f.seq) FROM entry f WHERE f.seq > 1) ORDER BY 1");
	while (!ret && (code = sqlite3_step(stmt)) != SQLITE_DONE) {
		ret = sgap_ledger_keep(l, code);
		if (!ret)
			ret = take_row(s, stmt);
	}
	sqlite3_finalize(stmt);
	return ret;
}

/* The first entry of a piece that is not before this time of its clock; 0 = none. */
static int first_since(struct sgap_ledger *l, __u64 from, __u64 to, __u64 time, __u64 *seq)
{
	sqlite3_stmt *stmt;
	int ret = sgap_ledger_prepare(l, &stmt, "SELECT seq FROM entry WHERE seq BETWEEN ?1 AND ?2"
				      " AND time >= ?3 ORDER BY seq LIMIT 1"), code;

	*seq = 0;
	if (ret)
		return ret;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)from);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)to);
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)time);
	code = sqlite3_step(stmt);
	ret = sgap_ledger_keep(l, code);
	if (code == SQLITE_ROW)
		*seq = (__u64)sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return ret;
}

/* young: an entry at that time or later stays, as pieces count it */
static int search(struct sgap_ledger *l, const struct pieces *s, __u64 young, __u64 *through)
{
	__u64 seq = 0;
	size_t i;
	int ret = 0;

	for (i = 0; i < s->n && !ret && !seq; i++) {
		const struct piece *p = &s->p[i];
		__u64 to = i + 1 < s->n ? p[1].seq - 1 : sgap_ledger_last(l);

		if (p->at >= young)
			seq = p->seq;
		else
			ret = first_since(l, p->seq, to, p->time + (young - p->at), &seq);
	}
	*through = seq ? seq - 1 : sgap_ledger_last(l);
	return ret;
}

int sgap_ledger_older(struct sgap_ledger *l, __u64 age, __u64 now, __u64 *through)
{
	struct pieces s = { 0 };
	int ret = collect(&s, l);

	*through = 0;
	if (!ret && s.n) {
		const struct piece *last = &s.p[s.n - 1];
		__u64 all = last->at + gone(last->time, now);

		if (all > age)
			ret = search(l, &s, all - age, through);
	}
	if (*through < 2)
		*through = 0;
	free(s.p);
	return ret;
}
