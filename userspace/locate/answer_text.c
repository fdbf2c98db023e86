// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"
#include "lib/addr.h"
#include "refine.h"
#include "role.h"
#include "say.h"

static void facts(FILE *out, const struct sgap_finding *f)
{
	__u32 i;

	for (i = 0; i < f->nfacts; i++) {
		const struct sgap_fact *fact = &f->facts[i];

		fprintf(out, "  %s: %u of %u", fact->what, fact->after.bad, fact->after.all);
		if (fact->before.all)
			fprintf(out, ", before %u of %u", fact->before.bad, fact->before.all);
		fprintf(out, "\n");
	}
}

/* References are separated by semicolons, without spaces. */
static void references(FILE *out, const char *ref)
{
	fputs("Reference: ", out);
	for (; *ref; ref++)
		fprintf(out, "%c%s", *ref, *ref == ';' ? " " : "");
	fputs("\n", out);
}

static void somebody(FILE *out, const struct sgap_judge *j, const struct sgap_finding *f)
{
	char words[SGAP_SAY], who[SGAP_ADDR_TEXT];
	const char *address = sgap_say_address(j, f, who);
	__u64 rate;

	sgap_say_time(words, sizeof(words), f->since);
	fprintf(out, "%s%s%s %s (%s), since %s", sgap_role_name(f->role), address ? " " : "",
		address ? address : "", f->cause->what, f->cause->id, words);
	if (f->until) {
		sgap_say_time(words, sizeof(words), f->until);
		fprintf(out, " until %s", words);
	}
	fprintf(out, "; confidence %.2f.\n", f->confidence);
	if (f->detail[0])
		fprintf(out, "  %s\n", f->detail);
	facts(out, f);
	rate = sgap_say_rate(j, f);
	fprintf(out, "  hurt in the last ten seconds: %s%u client%s, %u queries, %llu.%llu a second\n",
		j->ev->thin > 1 ? "at least " : "", f->clients, f->clients == 1 ? "" : "s", f->queries,
		(unsigned long long)rate / 10, (unsigned long long)rate % 10);
	sgap_say_why(words, j, f);
	fprintf(out, "A detour %s: %s.\n",
		f->helps == SGAP_HELPS_YES ? "helps" :
		f->helps == SGAP_HELPS_PARTLY ? "helps partly" : "does not help", words);
	sgap_say_vendor(words, j, f);
	fprintf(out, "To its owner: %s\n", words);
	references(out, f->cause->ref);
}

static void others(FILE *out, const struct sgap_judge *j, const struct sgap_verdict *v)
{
	char who[SGAP_ADDR_TEXT];
	__u32 i, n = 0;

	for (i = 0; i < j->nfindings && n < 5; i++) {
		const struct sgap_finding *f = &j->findings[i];
		const char *address = sgap_say_address(j, f, who);

		if (v->best && !i)
			continue;
		if (!n++)
			fprintf(out, "Other findings:\n");
		fprintf(out, "  %.2f %s: %s %s, %u of %u\n", f->confidence, f->cause->id,
			sgap_role_name(f->role), address ? address : "-", f->in_set.bad,
			f->in_set.all);
	}
}

int sgap_answer_text(FILE *out, const struct sgap_answer_source *source,
		     const struct sgap_judge *j, const struct sgap_verdict *v)
{
	char words[SGAP_SAY];

	if (v->lacks == SGAP_LACKS_ANSWERS)
		fprintf(out, "Too little evidence: one-sided, or nobody answers: %u queries and nothing that came back.\n",
			v->judged);
	else if (v->lacks == SGAP_LACKS_QUERIES)
		fprintf(out, "Too little evidence: one-sided, answers to queries that were not seen.\n");
	else if (v->lacks)
		fprintf(out, "Too little evidence: %u transactions, expected at least %u.\n",
			v->judged, SGAP_ENOUGH);
	else if (!v->best)
		fprintf(out, "Nobody is at fault: %u transactions looked at; confidence %.2f.\n",
			v->judged, v->confidence);
	else
		somebody(out, j, v->best);
	if (v->refined)
		fprintf(out, "Asked, with %llu queries, at most %u a second: %s (%s before, confidence %.2f): %s.\n",
			(unsigned long long)v->refined->sent, v->refined->rate,
			sgap_refined_name(v->refined->how), v->refined->was->id,
			v->refined->confidence, v->refined->why);
	if (source->note[0])
		fprintf(out, "Note: %s.\n", source->note);
	sgap_say_next(words, j, v);
	fprintf(out, "Next: %s.\n", words);
	others(out, j, v);
	return 0;
}
