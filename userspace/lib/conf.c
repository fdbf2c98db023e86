// SPDX-License-Identifier: GPL-2.0-or-later
#include "conf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "addr.h"
#include "text.h"

#define SAY 400

enum kind {
	PATH,			/* begins with / */
	TEXT,
	TIME,			/* in ms, min to max */
	NUMBER,			/* min to max */
	WORD,			/* one of words */
	DEVICES,
	COMMAND,
	LISTEN,			/* ADDRESS:PORT, or off */
};

static const struct setting {
	const char *section, *name;
	enum kind kind;
	size_t at;		/* in struct sgap_conf */
	__u64 min, max;
	const char *standard;
	const char *words;	/* with blanks between, in the order of their numbers */
	const char *help;
} settings[] = {
#define AT(member) offsetof(struct sgap_conf, member)
	{ "daemon", "store", PATH, AT(store), 0, 0, "/var/lib/stopgap", NULL,
	  "The folder of the ledger and its key." },
	{ "daemon", "user", TEXT, AT(user), 0, 0, "stopgap", NULL,
	  "Whom stopgapd becomes when root starts it; it keeps CAP_NET_ADMIN alone." },
	{ "daemon", "site", TEXT, AT(site), 0, 0, "", NULL,
	  "What this place is called in reports." },
	{ "daemon", "judge", TIME, AT(judge_ms), 200, 60000, "1s", NULL,
	  "How often the traffic is judged." },
	{ "daemon", "seal", TIME, AT(seal_ms), 1000, 3600000, "1m", NULL,
	  "How often a head of the ledger is signed." },
	{ "daemon", "keep", TIME, AT(keep_ms), 3600000, 315360000000ULL, "730d", NULL,
	  "How long entries stay in the ledger, not counting the time between runs and whatever the "
	  "clock is put by. What is older goes, incidents as a whole, and the "
	  "chain says so." },
	{ "daemon", "keep-size", NUMBER, AT(keep_mib), 16, 1048576, "1024", NULL,
	  "How large the ledger may get, in MiB, before its oldest entries go." },
	{ "tap", "interfaces", DEVICES, AT(taps), 0, 0, "", NULL,
	  "Interfaces to be tapped whenever they are there, beside those that have a tap." },
	{ "tap", "snaplen", NUMBER, AT(snaplen), 0, 65535, "1522", NULL,
	  "Bytes kept of the packets of failed transactions, for incidents and trace --write, by taps "
	  "made from now on, here or for /etc/stopgap/tap.d; 0 = none. The usual is a whole Ethernet "
	  "frame with two VLAN tags, so any message over UDP that is not in fragments; of a query at "
	  "most 512 bytes are kept." },
	{ "tap", "packet-rate", NUMBER, AT(packet_rate), 0, 0xffffffff, "200", NULL,
	  "Such packets a second at most; 0 = no limit. An incident keeps those of its first 40 failed "
	  "transactions, two of each; more of them only take room from other records." },
	{ "incident", "budget", TIME, AT(budget_ms), 1000, 604800000, "31m", NULL,
	  "How long an incident may take from its onset until service is restored." },
	{ "incident", "quiet", TIME, AT(quiet_ms), 5000, 86400000, "1m", NULL,
	  "How long all must be well before an incident is closed." },
	{ "policy", "grants", PATH, AT(grants), 0, 0, "", NULL,
	  "A folder of signed grants, NAME.grant with NAME.sig, that are given to the kernel "
	  "whenever it does not have them." },
	{ "policy", "start", WORD, AT(start), 0, 0, "never", "never located",
	  "May stopgapd start a granted detour: never, or when the verdict blames the grant's "
	  "server and says that a detour helps. The kernel starts standing ones by itself." },
	{ "policy", "use", WORD, AT(use), 0, 0, "standing", "standing all",
	  "The grants that stopgapd may start: standing ones, or all." },
	{ "policy", "confidence", NUMBER, AT(confidence), 50, 100, "80", NULL,
	  "How sure the verdict must be, in percent, to start a detour or to inform." },
	{ "policy", "inform", COMMAND, AT(inform), 0, 0, "", NULL,
	  "A program and its arguments, run without a shell for each located incident with the "
	  "message to the vendor on its standard input; status 0 says that the vendor was informed." },
	{ "policy", "inform-limit", TIME, AT(inform_ms), 1000, 600000, "1m", NULL,
	  "How long that program may take." },
	{ "metrics", "listen", LISTEN, AT(listen), 0, 0, "127.0.0.1:9353", NULL,
	  "Where Prometheus may ask for /metrics: ADDRESS:PORT, [ADDRESS]:PORT for IPv6, or off." },
	{ "metrics", "textfile", PATH, AT(textfile), 0, 0, "", NULL,
	  "A file that is written with the same, for the textfile collector of node_exporter, "
	  "and removed when stopgapd ends." },
	{ "metrics", "every", TIME, AT(every_ms), 1000, 600000, "15s", NULL,
	  "How often that file is written." },
	{ "metrics", "servers", NUMBER, AT(servers), 0, 1000, "100", NULL,
	  "How many servers have samples of their own: the busiest ones." },
#undef AT
};

struct reader {
	struct sgap_conf *conf;
	sgap_conf_fn say;
	void *ctx;
	unsigned int line;
	char section[32];
	unsigned int seen[ARRAY_SIZE(settings)];	/* line that set it */
	int wrong;
};

static void __attribute__((format(printf, 2, 3)))
wrong(struct reader *r, const char *format, ...)
{
	char text[SAY];
	va_list ap;

	r->wrong++;
	if (!r->say)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	r->say(r->ctx, r->line, text);
}

static void *member(const struct setting *s, struct sgap_conf *conf)
{
	return (char *)conf + s->at;
}

static int put_text(struct reader *r, const struct setting *s, const char *value)
{
	if (strlen(value) >= SGAP_CONF_TEXT) {
		wrong(r, "%s: longer than %u characters", s->name, SGAP_CONF_TEXT - 1);
		return -EINVAL;
	}
	if (s->kind == PATH && *value && *value != '/') {
		wrong(r, "%s '%s': expected a path that begins with /", s->name, value);
		return -EINVAL;
	}
	sgap_text_copy(member(s, r->conf), SGAP_CONF_TEXT, value);
	return 0;
}

static int put_time(struct reader *r, const struct setting *s, const char *value)
{
	char min[SGAP_DURATION_TEXT], max[SGAP_DURATION_TEXT];
	__u64 ms;

	if (sgap_duration_parse(&ms, value) || ms < s->min || ms > s->max) {
		wrong(r, "%s '%.100s': expected a time from %s to %s", s->name, value,
		      sgap_duration_text(min, s->min), sgap_duration_text(max, s->max));
		return -EINVAL;
	}
	memcpy(member(s, r->conf), &ms, sizeof(ms));
	return 0;
}

static int put_number(struct reader *r, const struct setting *s, const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);
	__u32 n32 = (__u32)n;

	if (*value < '0' || *value > '9' || *end || n < s->min || n > s->max) {
		wrong(r, "%s '%.100s': expected a number from %llu to %llu", s->name, value,
		      (unsigned long long)s->min, (unsigned long long)s->max);
		return -EINVAL;
	}
	memcpy(member(s, r->conf), &n32, sizeof(n32));
	return 0;
}

static int put_word(struct reader *r, const struct setting *s, const char *value)
{
	const char *word = s->words;
	__u32 n;

	for (n = 0; *word; n++) {
		size_t len = strcspn(word, " ");

		if (strlen(value) == len && !memcmp(word, value, len)) {
			memcpy(member(s, r->conf), &n, sizeof(n));
			return 0;
		}
		word += len + (word[len] == ' ');
	}
	wrong(r, "%s '%.100s': expected one of: %s", s->name, value, s->words);
	return -EINVAL;
}

static int put_devices(struct reader *r, const struct setting *s, const char *value)
{
	struct sgap_conf *conf = r->conf;

	for (conf->ntaps = 0; *value; conf->ntaps++) {
		size_t len = strcspn(value, " \t");

		if (conf->ntaps == SGAP_CONF_TAPS) {
			wrong(r, "%s: '%.100s' is one too many: expected at most %u", s->name, value,
			      SGAP_CONF_TAPS);
			return -EINVAL;
		}
		if (len >= sizeof(conf->taps[0]) || memchr(value, '/', len)) {
			wrong(r, "%s '%.*s': expected names of interfaces, with blanks between", s->name,
			      (int)(len < 100 ? len : 100), value);
			return -EINVAL;
		}
		sgap_text_copy(conf->taps[conf->ntaps], len + 1, value);
		value += len + strspn(value + len, " \t");
	}
	return 0;
}

static int put_command(struct reader *r, const struct setting *s, const char *value)
{
	char **word = member(s, r->conf);
	char *to = r->conf->inform_text;
	__u32 n = 0;

	word[0] = NULL;
	if (strlen(value) >= SGAP_CONF_TEXT) {
		wrong(r, "%s: longer than %u characters", s->name, SGAP_CONF_TEXT - 1);
		return -EINVAL;
	}
	if (*value && *value != '/') {
		wrong(r, "%s '%.100s': expected the whole path of a program, and its arguments",
		      s->name, value);
		return -EINVAL;
	}
	while (*value) {
		size_t len = strcspn(value, " \t");

		if (n == SGAP_CONF_ARGS) {
			wrong(r, "%s: '%.100s' is one word too many: expected at most %u", s->name,
			      value, SGAP_CONF_ARGS);
			word[0] = NULL;
			return -EINVAL;
		}
		word[n++] = sgap_text_copy(to, len + 1, value);
		to += len + 1;
		value += len + strspn(value + len, " \t");
	}
	word[n] = NULL;
	return 0;
}

static int put_listen(struct reader *r, const struct setting *s, const char *value)
{
	struct sgap_addr addr;
	__u16 port;

	if (strcmp(value, "off") != 0 && sgap_addr_port_parse(&addr, &port, value)) {
		wrong(r, "%s '%.100s': expected ADDRESS:PORT, [ADDRESS]:PORT or off", s->name, value);
		return -EINVAL;
	}
	sgap_text_copy(member(s, r->conf), SGAP_CONF_TEXT, value);
	return 0;
}

static int put(struct reader *r, const struct setting *s, const char *value)
{
	switch (s->kind) {
	case PATH:
	case TEXT:
		return put_text(r, s, value);
	case TIME:
		return put_time(r, s, value);
	case NUMBER:
		return put_number(r, s, value);
	case WORD:
		return put_word(r, s, value);
	case DEVICES:
		return put_devices(r, s, value);
	case COMMAND:
		return put_command(r, s, value);
	case LISTEN:
		return put_listen(r, s, value);
	}
	return -EINVAL;
}

void sgap_conf_default(struct sgap_conf *conf)
{
	struct reader r = { .conf = conf };
	size_t i;

	memset(conf, 0, sizeof(*conf));
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		put(&r, &settings[i], settings[i].standard);
}

/* In buf of SAY bytes: "a, b or c" of what may stand there. */
static const char *list(char *buf, const char *section)
{
	const char *last = "";
	size_t i, at = 0;

	*buf = '\0';
	for (i = 0; i < ARRAY_SIZE(settings) && at < SAY - 100; i++) {
		const char *word = section ? settings[i].name : settings[i].section;

		if (section ? strcmp(settings[i].section, section) != 0 : !strcmp(word, last))
			continue;
		last = word;
		at += (size_t)snprintf(buf + at, SAY - at, "%s%s", at ? ", " : "", word);
	}
	return buf;
}

static void take_section(struct reader *r, char *text)
{
	size_t i, len = strlen(text);
	char names[SAY];

	if (len < 3 || text[len - 1] != ']') {
		wrong(r, "'%.100s': expected [SECTION]", text);
		return;
	}
	text[len - 1] = '\0';
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (!strcmp(settings[i].section, text + 1)) {
			sgap_text_copy(r->section, sizeof(r->section), text + 1);
			return;
		}
	}
	wrong(r, "'[%.100s]' is no section: expected one of: %s", text + 1, list(names, NULL));
	sgap_text_copy(r->section, sizeof(r->section), "?");
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r");
	len = strlen(text);
	while (len && strchr(" \t\r", text[len - 1]))
		text[--len] = '\0';
	return text;
}

static void take_setting(struct reader *r, char *text)
{
	char *equals = strchr(text, '='), *name = text;
	char names[SAY];
	size_t i;

	if (!equals) {
		wrong(r, "'%.100s': expected NAME = VALUE, or [SECTION]", text);
		return;
	}
	*equals = '\0';
	name = trim(name);
	if (!*r->section) {
		wrong(r, "'%.100s' stands before the first [SECTION]", name);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (strcmp(settings[i].section, r->section) != 0 ||
		    strcmp(settings[i].name, name) != 0)
			continue;
		if (r->seen[i])
			wrong(r, "'%s' is set a second time; the first is in line %u", name,
			      r->seen[i]);
		r->seen[i] = r->line;
		put(r, &settings[i], trim(equals + 1));
		return;
	}
	if (strcmp(r->section, "?") != 0)	/* that was said already */
		wrong(r, "'%.100s' is not a setting of [%s]: expected one of: %s", name, r->section,
		      list(names, r->section));
}

/* A # begins a comment at a line's start or after a blank. */
static void cut_comment(char *text)
{
	char *p;

	for (p = text; (p = strchr(p, '#')); p++) {
		if (p == text || p[-1] == ' ' || p[-1] == '\t') {
			*p = '\0';
			return;
		}
	}
}

static void take_line(struct reader *r, const char *text, size_t len)
{
	char line[2 * SGAP_CONF_TEXT], *p;

	r->line++;
	if (len >= sizeof(line)) {
		wrong(r, "the line is longer than %zu characters", sizeof(line) - 1);
		return;
	}
	if (memchr(text, 0, len)) {
		wrong(r, "a zero byte: this is not a text file");
		return;
	}
	memcpy(line, text, len);
	line[len] = '\0';
	cut_comment(line);
	p = trim(line);
	if (*p == '[')
		take_section(r, p);
	else if (*p)
		take_setting(r, p);
}

int sgap_conf_parse(struct sgap_conf *conf, const char *text, size_t len, sgap_conf_fn say,
		    void *ctx)
{
	struct reader r = { .conf = conf, .say = say, .ctx = ctx };
	size_t at = 0;

	sgap_conf_default(conf);
	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;

		take_line(&r, text + at, n);
		at += n + 1;
	}
	return r.wrong;
}

int sgap_conf_read(struct sgap_conf *conf, const char *path, sgap_conf_fn say, void *ctx)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t len;
	int ret;

	if (!f)
		return -errno;
	text = malloc(SGAP_CONF_MAX + 1);
	len = text ? fread(text, 1, SGAP_CONF_MAX + 1, f) : 0;
	if (!text)
		ret = -ENOMEM;
	else if (ferror(f))
		ret = -EIO;
	else if (len > SGAP_CONF_MAX)
		ret = -EFBIG;
	else
		ret = sgap_conf_parse(conf, text, len, say, ctx);
	free(text);
	fclose(f);
	return ret;
}

static void show_value(const struct sgap_conf *conf, const struct setting *s, char *buf,
		       size_t size)
{
	const char *at = (const char *)conf + s->at, *word = s->words;
	char ms[SGAP_DURATION_TEXT];
	__u64 n64;
	__u32 n, i;
	size_t used = 0;

	switch (s->kind) {
	case TIME:
		memcpy(&n64, at, sizeof(n64));
		snprintf(buf, size, "%s", sgap_duration_text(ms, n64));
		break;
	case NUMBER:
		memcpy(&n, at, sizeof(n));
		snprintf(buf, size, "%u", n);
		break;
	case WORD:
		memcpy(&n, at, sizeof(n));
		while (n--)
			word += strcspn(word, " ") + 1;
		snprintf(buf, size, "%.*s", (int)strcspn(word, " "), word);
		break;
	case DEVICES:
		for (*buf = '\0', i = 0; i < conf->ntaps; i++)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? " " : "",
						 conf->taps[i]);
		break;
	case COMMAND:
		for (*buf = '\0', i = 0; conf->inform[i]; i++)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? " " : "",
						 conf->inform[i]);
		break;
	default:
		snprintf(buf, size, "%s", at);
	}
}

bool sgap_conf_show(const struct sgap_conf *conf, __u32 i, struct sgap_conf_line *line)
{
	if (i >= ARRAY_SIZE(settings))
		return false;
	line->section = settings[i].section;
	line->name = settings[i].name;
	line->help = settings[i].help;
	show_value(conf, &settings[i], line->value, sizeof(line->value));
	return true;
}
