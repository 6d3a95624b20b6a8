/* See when.h. */
#include "app/when.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void when_set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

/* Exactly n digits as a number within min..max. */
static bool digits(const char **p, int n, int min, int max, int *ret)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (!isdigit((unsigned char)(*p)[i]))
			return false;
		v = v * 10 + ((*p)[i] - '0');
	}
	if (v < min || v > max)
		return false;
	*p += n;
	*ret = v;
	return true;
}

static bool letter(const char **p, const char *any)
{
	for (; *any; any++)
		if (**p == *any) {
			++*p;
			return true;
		}
	return false;
}

/* Up to three digits behind the point count. */
static int fraction(const char **p)
{
	int ms = 0, weight = 100;

	while (isdigit((unsigned char)**p)) {
		ms += (*(*p)++ - '0') * weight;
		weight /= 10;
	}
	return ms;
}

struct fields {
	struct tm tm;
	int ms;
	bool has_time, has_zone;
	int offset_min;
};

static bool read_clock(const char **p, struct fields *f)
{
	f->has_time = true;
	if (!digits(p, 2, 0, 23, &f->tm.tm_hour) || !letter(p, ":") || !digits(p, 2, 0, 59, &f->tm.tm_min))
		return false;
	if (letter(p, ":") && !digits(p, 2, 0, 59, &f->tm.tm_sec))
		return false;
	if (letter(p, ".,"))
		f->ms = fraction(p);
	return true;
}

static bool read_zone(const char **p, struct fields *f)
{
	int hours, minutes = 0, sign = **p == '-' ? -1 : 1;

	f->has_zone = **p != '\0';
	if (!f->has_zone || letter(p, "Zz"))
		return true;
	if (!letter(p, "+-") || !digits(p, 2, 0, 14, &hours))
		return false;
	letter(p, ":");
	if (**p && !digits(p, 2, 0, 59, &minutes))
		return false;
	f->offset_min = sign * (hours * 60 + minutes);
	return true;
}

static bool read_all(const char *p, struct fields *f)
{
	int year, month;

	if (!digits(&p, 4, 1970, 9999, &year) || !letter(&p, "-") || !digits(&p, 2, 1, 12, &month) ||
		!letter(&p, "-") || !digits(&p, 2, 1, 31, &f->tm.tm_mday))
		return false;
	f->tm.tm_year = year - 1900;
	f->tm.tm_mon = month - 1;
	f->tm.tm_isdst = -1;
	if (letter(&p, "T ") && !read_clock(&p, f))
		return false;
	return read_zone(&p, f) && *p == '\0';
}

/* The midnight that begins the day `days` from today. */
static int64_t midnight(int64_t now_ms, int days)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

int when_parse(const char *text, int64_t now_ms, bool is_end, int64_t *ret_ms)
{
	struct fields f = {0};
	bool is_today = str_equal(text, "today");

	if (str_equal(text, "now") || (is_today && is_end))
		return *ret_ms = now_ms, 0;
	if (is_today || str_equal(text, "yesterday"))
		return *ret_ms = midnight(now_ms, is_today || is_end ? 0 : -1), 0;
	if (!read_all(text, &f))
		return -EINVAL;
	int day = f.tm.tm_mday;
	if (is_end && !f.has_time)
		f.tm.tm_mday++;
	struct tm check = f.tm;
	check.tm_mday = day;
	if (timegm(&check) < 0 || check.tm_mday != day) /* no such day, like 31 April */
		return -EINVAL;
	int64_t s = f.has_zone ? (int64_t)timegm(&f.tm) - (int64_t)f.offset_min * 60 : (int64_t)mktime(&f.tm);
	*ret_ms = s * 1000 + f.ms;
	return 0;
}

char *when_text(int64_t ms, char ret_text[static WHEN_TEXT_SIZE])
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;
	char text[24];

	localtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	str_printf(ret_text, WHEN_TEXT_SIZE, "%s.%03d", text, (int)(ms % 1000));
	return ret_text;
}
