// SPDX-License-Identifier: GPL-2.0-or-later
#include "top_screen.h"

#include <curses.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/text.h"
#include "out.h"

#define TOP_LINES 3		/* source, tables, columns */
#define FIXED 47		/* columns of a row beside name and history */
#define FILTER 64

enum pair { PAIR_BAD = 1, PAIR_WORSE };

const char *const sgap_top_tables[] = { "servers", "clients", "zones" };
const char *const sgap_top_sorts[] = { "per second", "total", "failed", "p50", "p99", "name" };

struct sgap_top_screen {
	const char *source;
	SCREEN *screen;
	enum sgap_top_by by;
	enum sgap_top_sort sort;
	bool reverse, paused, help, typing, utf8;
	size_t scroll, rows, room;	/* first row shown; how many there are, and fit */
	char filter[FILTER];
	struct sgap_top *frozen;	/* while paused */
};

const char *sgap_top_spark(__u32 n, __u32 most, bool utf8)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const ascii[] = { " ", "_", ".", ",", "-", "=", "+", "*", "#" };
	__u32 level = most ? (__u32)(((__u64)n * 8 + most - 1) / most) : 0;

	return (utf8 ? blocks : ascii)[level < 8 ? level : 8];
}

struct sgap_top_screen *sgap_top_screen_open(const char *source)
{
	struct sgap_top_screen *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->source = source;
	s->screen = newterm(NULL, stdout, stdin);
	if (!s->screen) {
		free(s);
		return NULL;
	}
	s->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	if (has_colors()) {
		start_color();
		use_default_colors();
		init_pair(PAIR_BAD, COLOR_YELLOW, -1);
		init_pair(PAIR_WORSE, COLOR_RED, -1);
	}
	return s;
}

void sgap_top_screen_close(struct sgap_top_screen *s)
{
	if (!s)
		return;
	endwin();
	delscreen(s->screen);
	sgap_top_free(s->frozen);
	free(s);
}

/* One line, cut at the right edge, the rest of it blank. */
__attribute__((format(printf, 3, 4)))
static void line(int y, attr_t attr, const char *format, ...)
{
	char text[1400];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	attrset(attr);
	mvaddnstr(y, 0, text, COLS);
	if (attr & A_REVERSE)
		mvchgat(y, 0, -1, attr, 0, NULL);
	attrset(A_NORMAL);
}

/* 850us, 12.3ms, 4.10s */
static const char *time_text(char buf[static 12], __u64 us)
{
	if (!us)
		snprintf(buf, 12, "-");
	else if (us < 1000)
		snprintf(buf, 12, "%uus", (unsigned int)us);
	else if (us < 1000000)
		snprintf(buf, 12, "%.1fms", (double)us / 1e3);
	else
		snprintf(buf, 12, "%.2fs", (double)us / 1e6);
	return buf;
}

static double percent(const struct sgap_top_row *row)
{
	return row->total ? 100.0 * (double)row->failed / (double)row->total : 0;
}

static int name_width(void)
{
	int width = COLS - FIXED - 12;

	return width < 16 ? 16 : width > 48 ? 48 : width;
}

static void draw_history(const struct sgap_top_screen *s, const struct sgap_top_row *row, int y)
{
	int x = name_width() + FIXED, i, n = COLS - x;
	__u32 most = 0;

	n = n > SGAP_TOP_HISTORY ? SGAP_TOP_HISTORY : n;
	for (i = SGAP_TOP_HISTORY - n; i >= 0 && i < SGAP_TOP_HISTORY; i++)
		most = row->history[i] > most ? row->history[i] : most;
	for (i = SGAP_TOP_HISTORY - n; i >= 0 && i < SGAP_TOP_HISTORY; i++)
		mvaddstr(y, x + i - (SGAP_TOP_HISTORY - n),
			 sgap_top_spark(row->history[i], most, s->utf8));
}

static void draw_row(const struct sgap_top_screen *s, const struct sgap_top_row *row, int y)
{
	int width = name_width(), len = (int)strlen(row->name);
	attr_t attr = A_NORMAL;
	char p50[12], p99[12];

	if (percent(row) >= 10)
		attr = A_BOLD | (has_colors() ? (attr_t)COLOR_PAIR(percent(row) >= 50 ?
								   PAIR_WORSE : PAIR_BAD) : 0);
	/* Of a name that is too long the end says more than its beginning. */
	line(y, attr, "%-*s %9.1f %9llu %6.1f%% %8s %8s ", width,
	     len > width ? row->name + len - width : row->name, row->rate,
	     (unsigned long long)row->total, percent(row), time_text(p50, row->p50_us),
	     time_text(p99, row->p99_us));
	draw_history(s, row, y);
}

static void draw_head(struct sgap_top_screen *s, struct sgap_top *top, const char *note)
{
	struct sgap_top_row sum;
	char tables[96], time[SGAP_OUT_TIME];
	int width = COLS / 4, len = (int)strlen(s->source);
	size_t at = 0;
	int i;

	sgap_top_sum(top, &sum);
	sgap_out_time(time, sgap_top_time(top));
	time[19] = 0;	/* whole seconds */
	line(0, A_BOLD, "%s  %s%s  %.1f/s  %llu ended  %.1f%% failed%s%s",
	     len > width ? s->source + len - width : s->source, time, s->paused ? "  PAUSED" : "", sum.rate, (unsigned long long)sum.total,
	     percent(&sum), *note ? "  " : "", note);
	for (i = 0; i < __SGAP_TOP_BY_MAX; i++)
		at += (size_t)snprintf(tables + at, sizeof(tables) - at, "%s%d %s %zu%s  ",
				       i == (int)s->by ? "[" : " ", i + 1, sgap_top_tables[i],
				       sgap_top_rows(top, (enum sgap_top_by)i),
				       i == (int)s->by ? "]" : " ");
	line(1, A_NORMAL, "%ssorted by %s%s%s%s%s", tables, sgap_top_sorts[s->sort],
	     s->reverse ? ", reversed" : "", s->typing || *s->filter ? "  filter: " : "",
	     s->filter, s->typing ? "_" : "");
	line(2, A_REVERSE, "%-*.*s %9s %9s %7s %8s %8s %s", name_width(), name_width(),
	     s->by == SGAP_TOP_SERVERS ? "SERVER" : s->by == SGAP_TOP_CLIENTS ? "CLIENT" : "ZONE",
	     "PER SEC", "ENDED", "FAILED", "P50", "P99", "LAST MINUTE");
}

static void draw_rows(struct sgap_top_screen *s, struct sgap_top *top)
{
	struct sgap_top_row row;
	size_t i;

	s->rows = sgap_top_sort(top, s->by, s->sort, s->reverse, s->filter);
	s->room = LINES > TOP_LINES + 1 ? (size_t)(LINES - TOP_LINES - 1) : 0;
	if (s->scroll + s->room > s->rows)
		s->scroll = s->rows > s->room ? s->rows - s->room : 0;
	for (i = 0; i < s->room && s->scroll + i < s->rows; i++) {
		sgap_top_row(top, s->by, s->scroll + i, &row);
		draw_row(s, &row, (int)i + TOP_LINES);
	}
	if (!s->rows)
		line(TOP_LINES, A_NORMAL, "%s", *s->filter ? "no name has the filter's text in it" :
							   "no transaction has ended yet");
}

static void draw_help(void)
{
	static const char *const text[] = {
		"1 2 3, TAB      servers, clients, zones",
		"s, S            sort by the next column, by the one before",
		"r               turn the order round",
		"/               filter: a part of the name; ENTER keeps it, ESC drops it",
		"p, space        pause: the picture stands still, counting goes on",
		"arrows, page    scroll", "q               end", "", "any key goes back",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(text) && TOP_LINES + (int)i < LINES; i++)
		line(TOP_LINES + (int)i, A_NORMAL, "%s", text[i]);
}

void sgap_top_screen_draw(struct sgap_top_screen *s, struct sgap_top *top, const char *note)
{
	if (s->paused && !s->frozen)
		s->frozen = sgap_top_copy(top);
	if (!s->paused) {
		sgap_top_free(s->frozen);
		s->frozen = NULL;
	}
	if (s->frozen)
		top = s->frozen;
	erase();
	draw_head(s, top, note);
	if (s->help)
		draw_help();
	else
		draw_rows(s, top);
	line(LINES - 1, A_REVERSE, "q end  1-3 table  s sort  r reverse  / filter  p pause  h help  %zu-%zu of %zu",
	     s->rows ? s->scroll + 1 : 0,
	     s->scroll + s->room < s->rows ? s->scroll + s->room : s->rows, s->rows);
	refresh();
}

/* While the filter is typed. */
static void type_key(struct sgap_top_screen *s, int key)
{
	size_t len = strlen(s->filter);

	if (key == 27)
		*s->filter = 0;
	if (key == 27 || key == '\n' || key == '\r' || key == KEY_ENTER)
		s->typing = false;
	else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && len)
		s->filter[len - 1] = 0;
	else if (key > 0x20 && key < 0x7f && len + 1 < sizeof(s->filter)) {
		s->filter[len] = (char)key;
		s->filter[len + 1] = 0;
	}
}

static void scroll_by(struct sgap_top_screen *s, long rows)
{
	size_t last = s->rows > s->room ? s->rows - s->room : 0;

	if (rows < 0)
		s->scroll = s->scroll > (size_t)-rows ? s->scroll - (size_t)-rows : 0;
	else
		s->scroll = s->scroll + (size_t)rows < last ? s->scroll + (size_t)rows : last;
}

static void show_table(struct sgap_top_screen *s, int by)
{
	s->by = (enum sgap_top_by)(by % __SGAP_TOP_BY_MAX);
	s->scroll = 0;
}

/* False: the user wants an end. */
static bool take_key(struct sgap_top_screen *s, int key)
{
	switch (key) {
	case 'q': case 'Q': case 3:
		return false;
	case '1': case '2': case '3':
		show_table(s, key - '1');
		break;
	case '\t':
		show_table(s, (int)s->by + 1);
		break;
	case 's':
		s->sort = (enum sgap_top_sort)((s->sort + 1) % __SGAP_TOP_SORT_MAX);
		break;
	case 'S':
		s->sort = (enum sgap_top_sort)((s->sort + __SGAP_TOP_SORT_MAX - 1) %
					       __SGAP_TOP_SORT_MAX);
		break;
	case 'r':
		s->reverse = !s->reverse;
		break;
	case '/':
		s->typing = true;
		break;
	case 27:
		*s->filter = 0;
		break;
	case 'p': case ' ':
		s->paused = !s->paused;
		break;
	case 'h': case '?':
		s->help = true;
		break;
	case KEY_UP: case KEY_DOWN:
		scroll_by(s, key == KEY_UP ? -1 : 1);
		break;
	case KEY_PPAGE: case KEY_NPAGE:
		scroll_by(s, key == KEY_PPAGE ? -(long)s->room : (long)s->room);
		break;
	}
	return true;
}

bool sgap_top_screen_keys(struct sgap_top_screen *s)
{
	int key;

	while ((key = getch()) != ERR) {
		if (key == KEY_RESIZE)
			continue;	/* the next picture has the new size */
		if (s->help)
			s->help = false;
		else if (s->typing)
			type_key(s, key);
		else if (!take_key(s, key))
			return false;
	}
	return true;
}
