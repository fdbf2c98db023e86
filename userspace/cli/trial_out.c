// SPDX-License-Identifier: GPL-2.0-or-later
#include <openssl/sha.h>
#include <stdio.h>

#include "lib/json.h"
#include "out.h"
#include "stats.h"
#include "trial.h"

static const char *const answers[] = {
	"records", "empty", "nxdomain", "truncated", "bad", "none",
};

static_assert(sizeof(answers) / sizeof(*answers) == __SGAP_ANSWER_MAX, "an answer without a name");

static double ms(const struct sgap_trial *t, int side, __u32 mille)
{
	return (double)sgap_stats_quantile(t->rtt[side], mille) / 1000.0;
}

static void print_classes(const struct sgap_trial *t)
{
	int i, j;

	for (i = 0; i < __SGAP_ANSWER_MAX; i++)
		for (j = 0; j < __SGAP_ANSWER_MAX; j++)
			if (t->was[i][j])
				printf("  %-9s > %-9s  %llu\n", answers[i], answers[j],
				       (unsigned long long)t->was[i][j]);
}

void sgap_trial_print(const struct sgap_trial *t)
{
	printf("%llu queries of the grant's clients were seen; %llu of them, one in %u, were put "
	       "to the fallback.\n", (unsigned long long)t->seen, (unsigned long long)t->copied,
	       t->one_in);
	if (t->over)
		printf("%llu more were not, to stay within %u a second.\n",
		       (unsigned long long)t->over, t->rate);
	if (!t->copied)
		return;
	printf("Server > fallback:\n");
	print_classes(t);
	printf("%llu failed at the server, %llu at the fallback.\n",
	       (unsigned long long)sgap_trial_failed(t, false),
	       (unsigned long long)sgap_trial_failed(t, true));
	if (!t->both)
		return;
	printf("Of %llu that both answered, %llu had the same RCODE; of %llu with records from "
	       "both, %llu had the same.\n", (unsigned long long)t->both,
	       (unsigned long long)t->same_rcode, (unsigned long long)t->records,
	       (unsigned long long)t->same_records);
	printf("Median %.1f ms at the server, %.1f ms at the fallback; of 99 %% at most %.1f ms "
	       "and %.1f ms.\n", ms(t, 0, 500), ms(t, 1, 500), ms(t, 0, 990), ms(t, 1, 990));
}

static json_t *classes(const struct sgap_trial *t)
{
	json_t *list = json_array();
	int i, j;

	for (i = 0; i < __SGAP_ANSWER_MAX; i++)
		for (j = 0; j < __SGAP_ANSWER_MAX; j++)
			if (t->was[i][j])
				json_array_append_new(list, json_pack("{s:s,s:s,s:o}",
					"server", answers[i], "fallback", answers[j],
					"n", sgap_json_u64(t->was[i][j])));
	return list;
}

static json_t *rtt(const struct sgap_trial *t, int side)
{
	if (!t->both)
		return json_null();
	return json_pack("{s:f,s:f,s:f}", "p50", ms(t, side, 500), "p90", ms(t, side, 900),
			 "p99", ms(t, side, 990));
}

/* The grant's digest says which 256 bytes the trial was of. */
json_t *sgap_trial_json(const struct sgap_trial *t, const struct sgap_grant *grant)
{
	__u8 digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)grant, sizeof(*grant), digest);
	return json_pack("{s:o,s:o,s:o,s:o,s:i,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
			 "grant", sgap_json_grant(grant), "grant_sha256",
			 sgap_json_hex(digest, sizeof(digest)),
			 "from", sgap_json_u64(t->from), "until", sgap_json_u64(t->until),
			 "one_in", (int)t->one_in, "rate", (int)t->rate,
			 "seen", sgap_json_u64(t->seen), "copied", sgap_json_u64(t->copied),
			 "over_rate", sgap_json_u64(t->over), "answers", classes(t),
			 "failed_server", sgap_json_u64(sgap_trial_failed(t, false)),
			 "failed_fallback", sgap_json_u64(sgap_trial_failed(t, true)),
			 "both_answered", sgap_json_u64(t->both),
			 "same_rcode", sgap_json_u64(t->same_rcode),
			 "both_records", sgap_json_u64(t->records),
			 "same_records", sgap_json_u64(t->same_records),
			 "rtt_ms_server", rtt(t, 0), "rtt_ms_fallback", rtt(t, 1));
}
